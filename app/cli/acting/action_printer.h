// Plans, reports and audit records as the contract's JSON, and as text. Pure.
#pragma once

#include "backends/acting/action_report.h"
#include "backends/journal/action_journal.h"
#include "backends/remediation/acting_backend.h"

namespace spillway {

// `load`: of a replay, where its queue was looked at.
[[nodiscard]] QJsonObject planJson(const PlannedAction& planned,
                                   const std::optional<LoadForecast>& load = std::nullopt);
[[nodiscard]] QString planText(const PlannedAction& planned,
                               const std::optional<LoadForecast>& load = std::nullopt);
[[nodiscard]] QJsonObject reportJson(const ActionReport& report);
[[nodiscard]] QString reportText(const ActionReport& report);
[[nodiscard]] QString progressText(const ActionSnapshot& snapshot);
// Newest first; actions that were cut off stand among them as "interrupted".
[[nodiscard]] QJsonObject auditJson(const std::vector<AuditEntry>& audit,
                                    const std::vector<ActionRecord>& actions, bool intact);

}  // namespace spillway

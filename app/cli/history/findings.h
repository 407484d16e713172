// Findings of the past as text and JSON. Pure.
#pragma once

#include <QJsonObject>
#include <QString>

#include "app/cli/printers/text_style.h"
#include "backends/domain/finding.h"

namespace spillway {

// Whether polls still see it, as far as a file can tell that is written every quarter of a minute.
[[nodiscard]] bool isStillOpen(const FindingRun& run, ServerTime now);
[[nodiscard]] QString findingRunsText(const std::vector<FindingRun>& runs, const Acknowledgements& said,
                                      ServerTime now, const TextStyle& style);
[[nodiscard]] QJsonObject findingRunJson(const FindingRun& run, ServerTime now);

}  // namespace spillway

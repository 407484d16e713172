// What the audit keeps of an action.
#pragma once

#include <QJsonObject>

#include "backends/remediation/action_state.h"

namespace spillway {

// Who acts, for the audit.
struct Actor {
    QString name, host, version;
};
[[nodiscard]] Actor thisActor(const QString& version);

[[nodiscard]] QJsonObject auditRecordOf(const ActionReport& report, const ActionPlan& plan,
                                        const Actor& actor, const QString& reason,
                                        const std::vector<Guard>& overridden, ServerTime at);

}  // namespace spillway

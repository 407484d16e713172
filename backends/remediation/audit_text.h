// An audit record as a person keeps it with an incident. Pure.
#pragma once

#include <QJsonObject>
#include <QString>

namespace spillway {

[[nodiscard]] QString auditMarkdown(const QJsonObject& record);

}  // namespace spillway

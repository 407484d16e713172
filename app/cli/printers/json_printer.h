// The contract's JSON documents. Pure.
#pragma once

#include <QJsonObject>

#include "app/cli/poll_window.h"
#include "backends/domain/finding.h"
#include "backends/domain/measured_json.h"

namespace spillway {

// The head that every document has: name, environment, server. The second one with the clock skew.
[[nodiscard]] QJsonObject serverJson(const QString& name, Environment environment, const ServerInfo& server);
[[nodiscard]] QJsonObject connectionJson(const Reading& reading);

[[nodiscard]] QJsonObject statusJson(const Reading& reading, const PollCosts& costs);
[[nodiscard]] QJsonObject detectJson(const ConnectionSettings& settings, const ServerInfo& server,
                                     const std::vector<DetectedSystem>& systems);
[[nodiscard]] QJsonObject acknowledgementJson(const Acknowledgement& said);
[[nodiscard]] QByteArray jsonLine(const QJsonObject& document);  // compact, with the newline

}  // namespace spillway

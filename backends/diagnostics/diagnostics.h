// What to send along with a question about the program: versions, systems, settings without secrets, the last
// lines of the log. Text for people; blocks for reading the log's end.
#pragma once

#include <vector>

#include "backends/domain/connection_settings.h"
#include "backends/domain/queue_reading.h"

namespace spillway {

struct DiagnosedConnection {
    ConnectionSettings settings;
    std::optional<ServerInfo> server;  // nullopt: not connected; `trouble` says why
    std::vector<SystemIdentity> systems;
    QString trouble;  // the last failure, a sentence; may be empty
};

// `program`: as in logFilePath().
[[nodiscard]] QString diagnosticsText(const QString& program,
                                      const std::vector<DiagnosedConnection>& connections);

}  // namespace spillway

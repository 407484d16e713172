// What a server's dead letters are when the report is written. Blocks on the server.
#pragma once

#include <memory>

#include "backends/domain/queue_backend.h"
#include "backends/domain/redaction.h"
#include "backends/report/incident_report.h"

namespace spillway {

// Of the queues of this connection in the report that have dead letters, the first five. One that cannot be
// asked is said in the report, and no other is asked then.
void addDeadLetters(IncidentReport& report, const ConnectionSettings& settings,
                    std::unique_ptr<QueueBackend> backend, const RedactionRules& rules);

}  // namespace spillway

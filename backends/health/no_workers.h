// Queues that wait because nobody takes jobs: one cause, said once, however many queues and places it shows
// in.
#pragma once

#include "backends/health/findings.h"

namespace spillway {

// Nobody takes jobs from this queue, because the system has no worker at all that would.
[[nodiscard]] bool lacksWorkers(const QueueHealth& queue, const SystemHealth& system);
// The same because its workers listen to other queues only.
[[nodiscard]] bool isUnserved(const QueueHealth& queue, const SystemHealth& system);
[[nodiscard]] std::optional<Finding> noWorkers(const FindingContext& context);
// Several schemas or key prefixes of one kind of system without workers become one finding.
void mergeNoWorkers(std::vector<Finding>& seen);
// Whether this finding says that a system of that kind has no workers.
[[nodiscard]] bool tellsOfNoWorkers(const Finding& finding, const SystemIdentity& identity);

}  // namespace spillway

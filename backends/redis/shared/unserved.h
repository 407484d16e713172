// Queues with waiting jobs that no live worker listens to, though others are served: a name that was
// mistyped, a worker that was never started for it. Pure.
#pragma once

#include "backends/domain/queue_reading.h"

namespace spillway {

// Adds a condition for each. Says nothing where the queues of a live worker are not known, or not all
// workers. `queuesListed`: a worker with so many queues may have more; 0: all are listed.
void noteUnserved(SystemReading& reading, qsizetype queuesListed = 0);

}  // namespace spillway

// Queues that others name as the place for their dead letters. A system that copies a dead job there and
// keeps the original has one dead letter, not two: it counts with its original, and the copies without one
// count in their queue. Pure.
#pragma once

#include "backends/postgres/engine/queue_answers.h"

namespace spillway {

// `readings[i]` is that of `queues[i]`. Marks the dead-letter queues with the queues they serve, and takes
// from what waits in them what their sources still keep as dead.
void countCopiesOnce(std::vector<QueueReading>& readings, const std::vector<ListedQueue>& queues);

}  // namespace spillway

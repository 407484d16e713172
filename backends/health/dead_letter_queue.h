// A queue that others send their dead letters to is not a backlog. Pure.
#pragma once

#include "backends/domain/queue_reading.h"

namespace spillway {

// What waits there is dead, since it came; nobody has to drain it. Its own arrivals are deaths.
[[nodiscard]] QueueReading asDeadLetters(QueueReading queue);

// Marks the queues whose name fits one of these patterns ("*-dlq", "*:dead"; * ? and [] as in a shell).
void markDeadLetterQueues(ServerReading& reading, const QStringList& patterns);

}  // namespace spillway

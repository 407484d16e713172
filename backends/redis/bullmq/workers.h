// The workers of BullMQ queues, as far as the names of their connections tell: "bull:<base64 of the queue>"
// and "bull:<base64>:w:<worker name>" are workers, "…:qe" listens to events. Workers write no heartbeat.
#pragma once

#include "backends/domain/lease.h"
#include "backends/redis/shared/clients.h"
#include "backends/redis/shared/display_names.h"

namespace spillway {

// Workers of the queues in `names`, under this key prefix, in the order of the list.
[[nodiscard]] std::vector<Worker> bullmqWorkers(const std::vector<RedisClient>& clients,
                                                const QByteArray& prefix, DisplayNames& names);

}  // namespace spillway

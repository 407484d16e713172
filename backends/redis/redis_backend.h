// One Redis server connection (one logical database) and the queue systems found there.
#pragma once

#include <memory>

#include "backends/domain/queue_backend.h"

namespace spillway {

[[nodiscard]] std::unique_ptr<QueueBackend> makeRedisBackend(const ConnectionSettings& settings);

}  // namespace spillway

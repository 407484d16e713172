#include "backends/redis/redis_backend.h"

namespace spillway {
std::unique_ptr<QueueBackend> makeRedisBackend(const ConnectionSettings&) {
    return nullptr;
}
}  // namespace spillway

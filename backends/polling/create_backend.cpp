#include "backends/domain/queue_backend.h"
#include "backends/postgres/postgres_backend.h"
#include "backends/redis/redis_backend.h"

namespace spillway {

std::unique_ptr<QueueBackend> createBackend(const ConnectionSettings& settings) {
    if (settings.kind == ServerKind::postgres) return makePostgresBackend(settings);
    return makeRedisBackend(settings);
}

}  // namespace spillway

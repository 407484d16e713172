#include "backends/postgres/acting/acting_backend.h"
#include "backends/redis/acting/acting_backend.h"

namespace spillway {

std::unique_ptr<ActingBackend> createActingBackend(const ConnectionSettings& settings) {
    if (settings.kind == ServerKind::postgres) return makePostgresActingBackend(settings);
    return makeRedisActingBackend(settings);
}

}  // namespace spillway

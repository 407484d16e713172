#include "backends/postgres/acting/acting_backend.h"
#include "backends/redis/acting/acting_backend.h"

namespace spillway {

std::unique_ptr<ActingBackend> createActingBackend(const ConnectionSettings& settings) {
    const ConnectionSettings acting = actingSettings(settings);
    if (settings.kind == ServerKind::postgres) return makePostgresActingBackend(acting);
    return makeRedisActingBackend(acting);
}

}  // namespace spillway

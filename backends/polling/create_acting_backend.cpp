#include "backends/postgres/acting/acting_backend.h"

namespace spillway {

// Redis: nobody acts there yet.
std::unique_ptr<ActingBackend> createActingBackend(const ConnectionSettings& settings) {
    if (settings.kind == ServerKind::postgres) return makePostgresActingBackend(settings);
    return nullptr;
}

}  // namespace spillway

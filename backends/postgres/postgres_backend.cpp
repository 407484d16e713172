#include "backends/postgres/postgres_backend.h"

namespace spillway {
std::unique_ptr<QueueBackend> makePostgresBackend(const ConnectionSettings&) {
    return nullptr;
}
}  // namespace spillway

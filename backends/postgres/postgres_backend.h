// One PostgreSQL server connection and the queue systems found in its database.
#pragma once

#include <memory>

#include "backends/domain/queue_backend.h"

namespace spillway {

[[nodiscard]] std::unique_ptr<QueueBackend> makePostgresBackend(const ConnectionSettings& settings);

}  // namespace spillway

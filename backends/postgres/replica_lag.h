// How far a replica is behind.
#pragma once

#include "backends/domain/measured.h"
#include "backends/postgres/wire/connection.h"

namespace spillway {

// Not observable on a primary. Throws PostgresError.
[[nodiscard]] Seconds replicaLag(ReadTransaction& transaction);

}  // namespace spillway

// The least that a role needs to read, and to act on, one installed queue system: from the columns that its
// questions declare. Pure.
#pragma once

#include "backends/domain/rights.h"
#include "backends/postgres/engine/system.h"

namespace spillway {

// `role`: quoted.
[[nodiscard]] SystemRights neededRights(const PostgresSystem& system, const QString& role);

}  // namespace spillway

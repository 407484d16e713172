// The claim drill in PostgreSQL: a schema of its own, marked by a comment, created and dropped.
#pragma once

#include "backends/drill/claim_arena.h"

namespace spillway {

[[nodiscard]] std::unique_ptr<ClaimArena> makePostgresClaimArena(const ConnectionSettings& settings,
                                                                 const ClaimDrillSettings& drill);

}  // namespace spillway

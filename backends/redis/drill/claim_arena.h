// The claim drill in Redis: keys under a prefix of its own, which expire by themselves a minute after the
// drill has stopped tending them, and are removed at its end.
#pragma once

#include "backends/drill/claim_arena.h"

namespace spillway {

[[nodiscard]] std::unique_ptr<ClaimArena> makeRedisClaimArena(const ConnectionSettings& settings,
                                                              const ClaimDrillSettings& drill);

}  // namespace spillway

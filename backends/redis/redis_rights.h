// The least that a Redis user needs for the systems found in one database: from what their folders ask, the
// keys that they read and what their scripts call. Pure.
#pragma once

#include "backends/domain/rights.h"
#include "backends/redis/shared/system.h"

namespace spillway {

// `server`: its version decides how rules are written. Failure: usage, for a name that no user can have, or a
// server without users.
[[nodiscard]] Outcome<ServerRights> redisRights(const RedisSystems& systems, const ServerInfo& server,
                                                const QString& user);

}  // namespace spillway

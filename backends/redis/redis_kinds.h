// The queue systems that are looked for in a Redis database. A further one is a line of this table and a
// folder.
#pragma once

#include "backends/redis/acting/actor.h"
#include "backends/redis/shared/finder.h"

namespace spillway {

struct RedisKind {
    const char* name;     // as --system has it
    QByteArrayList ends;  // of the keys that give it away; none: any stream may
    std::unique_ptr<RedisFinder> (*finder)(RedisFinding&);
    std::unique_ptr<RedisActor> (*actor)();  // how its jobs are replayed and released
};

[[nodiscard]] const std::vector<RedisKind>& redisKinds();

}  // namespace spillway

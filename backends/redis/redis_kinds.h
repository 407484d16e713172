// The queue systems that are looked for in a Redis database. A further one is a line of this table and a
// folder.
#pragma once

#include "backends/redis/acting/actor.h"
#include "backends/redis/shared/finder.h"

namespace spillway {

struct RedisKind {
    const char* name;     // as --system has it
    const char* title;    // for people
    QByteArrayList ends;  // of the keys that give it away; none: any stream may
    std::unique_ptr<RedisFinder> (*finder)(RedisFinding&);
    std::unique_ptr<RedisActor> (*actor)();  // how its jobs are replayed and released
    const std::vector<Capability>& (*sees)();
    // What its folder asks the server, as an ACL rule has it: "llen", "xinfo|groups". A test compares.
    QByteArrayList reads;
};

[[nodiscard]] const std::vector<RedisKind>& redisKinds();
// What is asked for every system, by the connection and what the folders share.
[[nodiscard]] const QByteArrayList& redisSharedReads();

}  // namespace spillway

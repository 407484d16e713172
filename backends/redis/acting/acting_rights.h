// May the user do what an action needs? Asked with ACL DRYRUN (Redis 7), which changes nothing.
#pragma once

#include "backends/redis/acting/actor.h"

namespace spillway {

// Asks in the pipeline; afterwards `capabilities` hold the action, with the rule that is missing.
void askActingRights(RedisPipeline& pipeline, const RedisActor& actor, ActionKind kind,
                     const ActingPlace& place, const QByteArray& user, Capabilities& capabilities);

// The rules of an ACL that the action needs besides those for reading: "+evalsha", "+lpush", …; with what its
// script calls. None where the system cannot do it at all.
[[nodiscard]] QByteArrayList actingRules(const RedisActor& actor, ActionKind kind, const DeadShelf& shelf);
inline const QByteArray kActingLocks = "spillway:lock:*";  // the keys of our own locks

}  // namespace spillway

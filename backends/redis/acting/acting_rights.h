// May the user do what an action needs? Asked with ACL DRYRUN (Redis 7), which changes nothing.
#pragma once

#include "backends/redis/acting/actor.h"

namespace spillway {

// Asks in the pipeline; afterwards `capabilities` hold the action, with the rule that is missing.
void askActingRights(RedisPipeline& pipeline, const RedisActor& actor, ActionKind kind,
                     const ActingPlace& place, const QByteArray& user, Capabilities& capabilities);

}  // namespace spillway

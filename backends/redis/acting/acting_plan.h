// Makes the frozen list: which jobs, each with the version seen. Reads only.
#pragma once

#include "backends/redis/acting/actor.h"
#include "backends/redis/shared/dead_walk.h"

namespace spillway {

// `planned.plan` names the queue already; fills jobs, matched, warnings.
[[nodiscard]] Outcome<Done> planReplay(const RedisSystems& systems, const RedisInquiryLink& link,
                                       const RedisActor& actor, const ActionRequest& request, ServerTime now,
                                       PlannedAction& planned);
[[nodiscard]] Outcome<Done> planRelease(const RedisInquiryLink& link, const RedisActor& actor,
                                        const ActingPlace& place, const ActionRequest& request,
                                        ServerTime now, PlannedAction& planned);

}  // namespace spillway

// Plans that put jobs back to where they were: an undo of a replay, and jobs lost with their process.
// Reads only.
#pragma once

#include "backends/redis/acting/acting_session.h"

namespace spillway {

[[nodiscard]] Outcome<PlannedAction> planUndo(RedisActingSession& session, const ActionPlan& replay,
                                              const std::vector<RowResult>& results);
// Of a system that loses jobs.
[[nodiscard]] Outcome<PlannedAction> planLost(RedisActingSession& session, const RedisActingSite& site,
                                              const ActionRequest& request, const std::vector<LostJob>& jobs);

}  // namespace spillway

// Runs the script of an action for a batch of jobs, fenced by the lock, and reads what became of each.
#pragma once

#include "backends/redis/acting/acting_lock.h"
#include "backends/redis/acting/acting_session.h"

namespace spillway {

inline constexpr int kMostActedOn = 500;  // jobs of one batch

// The script of the plan's action, of the folder of its system.
[[nodiscard]] QByteArray actingScriptOf(const ActionPlan& plan);
// What a plan is pinned to: the digest of that script and the queue's key.
[[nodiscard]] QString actingPins(const QByteArray& script, const RedisActingSite& site);
// What the request says of the plan, and what the plan is pinned to: a new id, this connection, server, queue
// and script.
void startPlan(ActionPlan& plan, const ActionRequest& request);
void pinPlan(ActionPlan& plan, const RedisActingSession& session, const RedisActingSite& site,
             const QByteArray& script, ServerTime now);
// Jobs [first, first + count) of the plan, at most kMostActedOn.
[[nodiscard]] std::vector<PlannedJob> slicedJobs(const ActionPlan& plan, size_t first, int count);

[[nodiscard]] Outcome<ActingBackend::Applied> applyScript(RedisActingSession& session,
                                                          const RedisActingLock& lock,
                                                          const RedisActingSite& site, const ActionPlan& plan,
                                                          const std::vector<PlannedJob>& jobs);

}  // namespace spillway

#include "backends/redis/acting/acting_undo.h"

#include <QSet>
#include <algorithm>
#include <deque>

#include "backends/redis/acting/acting_scripts.h"
#include "backends/remediation/live_facts.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// The jobs that the replay moved, with what they were before; `unkept`: those of which nothing is known.
std::vector<PlannedJob> undoneJobs(const ActionPlan& replay, const std::vector<RowResult>& results,
                                   qint64& unkept) {
    QHash<QString, QString> before;
    for (const RowResult& row : results)
        if (row.outcome == RowOutcome::moved) before.insert(row.id, row.undo_token);
    std::vector<PlannedJob> jobs;
    for (const PlannedJob& job : replay.jobs) {
        const auto token = before.constFind(job.id);
        if (token == before.constEnd()) continue;
        if (token->isEmpty()) {
            ++unkept;
            continue;
        }
        PlannedJob& undone = jobs.emplace_back(job);
        undone.version += u'\n' + *token;
    }
    return jobs;
}

Outcome<Done> keepWaiting(RedisActingSession& session, const RedisActingSite& site,
                          const std::vector<PlannedJob>& jobs, std::size_t first,
                          std::vector<PlannedJob>& kept) {
    const std::size_t end = std::min(jobs.size(), first + kMostActedOn);
    const std::vector<PlannedJob> some(jobs.begin() + static_cast<qint64>(first),
                                       jobs.begin() + static_cast<qint64>(end));
    if (const auto found = site.actor->findWaiting(session.link(), site.place, some); !found) return found;
    std::deque<Standing> standings(some.size());
    RedisPipeline pipeline;
    for (std::size_t i = 0; i < some.size(); ++i)
        site.actor->standing(pipeline, ActionKind::undo, site.place, some[i], standings[i]);
    if (const auto read = session.run(pipeline); !read) return read;
    for (std::size_t i = 0; i < some.size(); ++i)
        if (standings[i].as_planned) kept.push_back(some[i]);
    return Done{};
}

}  // namespace

// The version of an undo is that of the replay's plan and what the replay left of the job before: with it,
// the script can compare and give back.
Outcome<PlannedAction> planUndo(RedisActingSession& session, const ActionPlan& replay,
                                const std::vector<RowResult>& results) {
    const auto site = session.siteOf(replay.system, replay.queue);
    if (!site) return site.failure();
    for (const QString& gap : {site->actor->gap(ActionKind::undo), site->place.gap})
        if (!gap.isEmpty()) return actingUsage(u"This replay cannot be undone: %1."_s.arg(gap), {});
    if (std::any_of(replay.jobs.begin(), replay.jobs.end(), isLostJob))
        return actingUsage(
            u"These jobs had gone with their process and were nowhere before they were put back: "
            "to undo that would delete them."_s,
            u"If they must not run, delete them from the queue with the system's own tool."_s);
    const auto polled = session.poll(*site->place.system);
    if (!polled) return polled.failure();
    PlannedAction planned;
    ActionPlan& plan = planned.plan = replay;
    pinPlan(plan, session, *site, "undo", polled->facts.now);
    plan.action = ActionKind::undo;
    plan.server_id = replay.server_id;
    if (session.serverId() != replay.server_id)
        planned.refusals << u"This is not the server on which the replay was made, or it was restarted."_s;
    plan.jobs.clear();
    qint64 unkept = 0;
    const auto candidates = undoneJobs(replay, results, unkept);
    for (std::size_t first = 0; first < candidates.size(); first += kMostActedOn)
        if (auto kept = keepWaiting(session, *site, candidates, first, plan.jobs); !kept)
            return kept.failure();
    plan.matched = static_cast<qint64>(plan.jobs.size());
    if (const auto taken = static_cast<qint64>(candidates.size()) - plan.matched; taken > 0)
        planned.warnings << takenMeanwhile(taken);
    if (unkept > 0)
        planned.warnings << u"Of %1 jobs nothing is kept of how they were, because the answer was lost. They "
                            u"stay as they are."_s.arg(unkept);
    return planned;
}

Outcome<PlannedAction> planLost(RedisActingSession& session, const RedisActingSite& site,
                                const ActionRequest& request, const std::vector<LostJob>& jobs) {
    const auto polled = session.poll(*site.place.system);
    if (!polled) return polled.failure();
    PlannedAction planned;
    ActionPlan& plan = planned.plan;
    startPlan(plan, request);
    pinPlan(plan, session, site, "lost", polled->facts.now);
    QSet<QString> running;
    for (const Lease& lease : polled->reading.leases.leases)
        if (!lease.stuck) running.insert(lease.id);
    std::deque<Standing> standings(jobs.size());
    RedisPipeline pipeline;
    for (std::size_t i = 0; i < jobs.size(); ++i)
        site.actor->standing(pipeline, ActionKind::replay, site.place, lostJobAsPlanned(jobs[i]),
                             standings[i]);
    if (const auto read = session.run(pipeline); !read) return read.failure();
    for (std::size_t i = 0; i < jobs.size() && plan.jobs.size() < static_cast<std::size_t>(request.most); ++i)
        if (standings[i].as_planned && !running.contains(jobs[i].id))
            plan.jobs.push_back(lostJobAsPlanned(jobs[i]));
    plan.matched = static_cast<qint64>(plan.jobs.size());
    if (const auto back = static_cast<qint64>(jobs.size()) - plan.matched; back > 0)
        planned.warnings << u"%1 more were lost, but have come back, were put back, or are among the dead or "
                            u"retrying."_s.arg(back);
    planned.warnings
        << (jobs.empty() ? u"No lost job of this queue is remembered: that takes a status, a recorder or a "
                           "window that watched when its process went."_s
                         : u"These jobs were running when their process was last heard of: they may have "
                           "run in part, or to the end, and run again from the start."_s);
    return planned;
}

}  // namespace spillway

#include "backends/redis/acting/acting_backend.h"

#include <algorithm>
#include <deque>

#include "backends/health/error_signature.h"
#include "backends/redis/acting/acting_plan.h"
#include "backends/redis/acting/acting_scripts.h"
#include "backends/redis/acting/acting_undo.h"
#include "backends/remediation/live_facts.h"
#include "backends/remediation/lost_gap.h"

namespace spillway {
using namespace Qt::StringLiterals;

class RedisActingBackend final : public ActingBackend {
public:
    explicit RedisActingBackend(const ConnectionSettings& settings) : m_session(settings) {}

    Outcome<std::vector<DetectedSystem>> open() override { return m_session.open(); }
    Outcome<std::vector<DetectedSystem>> lookFor(const QString& queue) override {
        return m_session.lookFor(queue);
    }
    Outcome<PlannedAction> plan(const ActionRequest& request) override;
    Outcome<ActingFacts> facts(const ActionPlan& plan, bool withReady) override;
    Outcome<ActionLock> lock(const ActionPlan& plan, const QString& action) override;
    void unlock() noexcept override;
    Outcome<Applied> apply(const ActionPlan& plan, size_t first, int count) override;
    Outcome<std::vector<JobEnding>> endings(const ActionPlan& plan,
                                            const std::vector<RowResult>& results) override;
    Outcome<std::vector<RowResult>> readBack(const ActionPlan& plan, size_t first, int count) override;
    Outcome<PlannedAction> undoPlan(const ActionPlan& replay,
                                    const std::vector<RowResult>& results) override {
        return planUndo(m_session, replay, results);
    }
    QString serverId() const override { return m_session.serverId(); }
    Outcome<PlannedAction> lostPlan(const ActionRequest& request, const std::vector<LostJob>& jobs) override;
    void interrupt() noexcept override { m_session.interrupt(); }

private:
    [[nodiscard]] Outcome<Done> samePins(const ActionPlan& plan, const RedisActingSite& site) const;

    RedisActingSession m_session;
    RedisActingLock m_lock;
};

Outcome<PlannedAction> RedisActingBackend::plan(const ActionRequest& request) {
    const JobFilter& filter = request.filter;
    if (filter.queues.size() != 1) return actingUsage(u"An action needs one queue."_s, u"Name it."_s);
    const auto site = m_session.siteOf(filter.system, filter.queues.front());
    for (const auto& system : m_session.systems()) {
        const SystemIdentity identity = system->detected().identity;
        const auto actor = m_session.actorOf(identity.system);
        if (identity.key() != filter.system || !actor || actor->gap(request.action).isEmpty()) continue;
        return actingUsage(
            u"%1 cannot be acted on like this: %2."_s.arg(identity.name(), actor->gap(request.action)),
            u"Use what the sentence says instead."_s);
    }
    if (!site) return site.failure();
    if (const QString gap = site->actor->gapAt(request.action, site->place); !gap.isEmpty())
        return actingUsage(u"This queue cannot be acted on: %1."_s.arg(gap), {});
    const auto polled = m_session.poll(*site->place.system);
    if (!polled) return polled.failure();
    if (std::none_of(polled->reading.queues.begin(), polled->reading.queues.end(),
                     [&filter](const QueueReading& queue) { return queue.queue == filter.queues.front(); }))
        return actingUsage(u"There is no queue %1."_s.arg(filter.queues.front()),
                           u"Look at the list of queues."_s);
    PlannedAction planned;
    ActionPlan& plan = planned.plan;
    startPlan(plan, request);
    pinPlan(plan, m_session, *site, actionKindName(request.action).toLatin1(), polled->facts.now);
    const auto done =
        request.action == ActionKind::release
            ? planRelease(m_session.link(), *site->actor, site->place, request, polled->facts.now, planned)
        : request.retrying ? site->actor->planRetrying(m_session.link(), site->place, request, planned)
                           : planReplay(m_session.systems(), m_session.link(), *site->actor, request,
                                        polled->facts.now, planned);
    if (!done) return done.failure();
    return planned;
}

Outcome<PlannedAction> RedisActingBackend::lostPlan(const ActionRequest& request,
                                                    const std::vector<LostJob>& jobs) {
    const auto site = m_session.siteOf(request.filter.system, request.filter.queues.value(0));
    if (!site) return site.failure();
    if (const QString gap = site->actor->lostGap(); !gap.isEmpty()) return nothingLost(gap);
    return planLost(m_session, *site, request, jobs);
}

Outcome<ActingFacts> RedisActingBackend::facts(const ActionPlan& plan, bool) {
    const auto site = m_session.siteOf(plan.system, plan.queue);
    if (!site) return site.failure();
    const auto polled = m_session.poll(*site->place.system);
    if (!polled) return polled.failure();
    ActingFacts facts = polled->facts;
    for (const QueueReading& queue : polled->reading.queues) {
        if (queue.queue != plan.queue) continue;
        facts.paused = queue.paused;
        facts.ready = queue.ready.value;
    }
    facts.live_worker = liveWorkerFor(polled->reading.workers, plan.queue);
    if (plan.action == ActionKind::release && site->actor->knowsOnlyAge())
        facts.weak_leases = static_cast<qint64>(plan.jobs.size());
    return facts;
}

Outcome<ActionLock> RedisActingBackend::lock(const ActionPlan& plan, const QString& action) {
    if (const auto connected = m_session.beConnected(); !connected) return connected.failure();
    const QByteArray key = "spillway:lock:" + plan.system.toUtf8() + ':' + plan.queue.toUtf8();
    return m_lock.take(m_session.connection(), key, action, RedisActingSession::deadline());
}

void RedisActingBackend::unlock() noexcept {
    if (m_session.isConnected()) m_lock.giveBack(m_session.connection(), RedisActingSession::deadline());
}

Outcome<Done> RedisActingBackend::samePins(const ActionPlan& plan, const RedisActingSite& site) const {
    if (m_session.serverId() == plan.server_id && actingPins(actingScriptOf(plan), site) == plan.pins)
        return Done{};
    return Failure{FailureKind::changed,
                   u"This is not the server, queue or script that the plan was made for."_s,
                   {},
                   u"Make a new plan."_s};
}

Outcome<ActingBackend::Applied> RedisActingBackend::apply(const ActionPlan& plan, size_t first, int count) {
    const auto site = m_session.siteOf(plan.system, plan.queue);
    if (!site) return site.failure();
    const auto jobs = slicedJobs(plan, first, count);
    if (plan.action == ActionKind::undo)
        if (const auto found = site->actor->findWaiting(m_session.link(), site->place, jobs); !found)
            return found.failure();
    // From here on there is no other session: where this one ends, nothing more is sent.
    if (const auto same = samePins(plan, *site); !same) return same.failure();
    return applyScript(m_session, m_lock, *site, plan, jobs);
}

Outcome<std::vector<JobEnding>> RedisActingBackend::endings(const ActionPlan& plan,
                                                            const std::vector<RowResult>& results) {
    const auto site = m_session.siteOf(plan.system, plan.queue);
    if (!site) return site.failure();
    QSet<QString> running;
    if (site->actor->room() == "sidekiq") {  // a job that runs stands only in the heartbeats
        const auto polled = m_session.poll(*site->place.system);
        if (!polled) return polled.failure();
        for (const Lease& lease : polled->reading.leases.leases) running.insert(lease.id);
    }
    QHash<QString, const PlannedJob*> byId;
    for (const PlannedJob& job : plan.jobs) byId.insert(job.id, &job);
    std::deque<EndingProbe> probes;
    RedisPipeline pipeline;
    for (const RowResult& row : results) {
        const PlannedJob* job = byId.value(row.id);
        if (!job || row.outcome != RowOutcome::moved) continue;
        EndingProbe& probe = probes.emplace_back();
        probe.ending.id = row.id;
        probe.token = row.undo_token;
        if (running.contains(row.id)) probe.ending.end = JobEnd::running;
        site->actor->ending(pipeline, site->place, *job, probe);
    }
    if (const auto read = m_session.run(pipeline); !read) return read.failure();
    std::vector<JobEnding> endings;
    for (EndingProbe& probe : probes) {
        const bool failed = probe.ending.end == JobEnd::died || probe.ending.end == JobEnd::retrying;
        if (failed && !probe.dead.error.isEmpty()) probe.ending.signature = errorSignature(probe.dead.error);
        endings.push_back(std::move(probe.ending));
    }
    return endings;
}

Outcome<std::vector<RowResult>> RedisActingBackend::readBack(const ActionPlan& plan, size_t first,
                                                             int count) {
    const auto site = m_session.siteOf(plan.system, plan.queue);
    if (!site) return site.failure();
    const auto jobs = slicedJobs(plan, first, count);
    if (plan.action == ActionKind::undo)
        if (const auto found = site->actor->findWaiting(m_session.link(), site->place, jobs); !found)
            return found.failure();
    std::deque<Standing> standings(jobs.size());
    RedisPipeline pipeline;
    for (std::size_t i = 0; i < jobs.size(); ++i)
        site->actor->standing(pipeline, plan.action, site->place, jobs[i], standings[i]);
    if (const auto read = m_session.run(pipeline); !read) return read.failure();
    std::vector<RowResult> rows;
    for (std::size_t i = 0; i < jobs.size(); ++i)
        if (!standings[i].as_planned)
            rows.push_back({jobs[i].id, standings[i].outcome, standings[i].why, {}});
    return rows;
}

std::unique_ptr<ActingBackend> makeRedisActingBackend(const ConnectionSettings& settings) {
    return std::make_unique<RedisActingBackend>(settings);
}

}  // namespace spillway

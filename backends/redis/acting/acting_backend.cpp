#include "backends/redis/acting/acting_backend.h"

#include <QUuid>
#include <algorithm>
#include <deque>

#include "backends/domain/human_text.h"
#include "backends/health/error_signature.h"
#include "backends/redis/acting/acting_lock.h"
#include "backends/redis/acting/acting_plan.h"
#include "backends/redis/acting/acting_rights.h"
#include "backends/redis/redis_discovery.h"
#include "backends/redis/shared/server_info.h"
#include "backends/redis/wire/errors.h"
#include "backends/redis/wire/sentinel.h"
#include "backends/remediation/live_facts.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr std::chrono::milliseconds kPatience{10'000};
constexpr int kMostJobs = 500;  // of one batch

Failure usage(const QString& what, const QString& next) {
    return {FailureKind::usage, what, {}, next};
}

// "changed its lock is held": the outcome and, behind the first space, the reason.
RowResult rowFrom(const QString& id, const RedisReply& reply) {
    if (reply.isError()) return {id, RowOutcome::failed, visibleText(reply.text, 300), {}};
    const QString text = QString::fromUtf8(reply.text);
    const auto outcome = rowOutcomeFromName(text.section(u' ', 0, 0));
    if (!outcome) return {id, RowOutcome::unknown, u"the script answered something unexpected"_s, {}};
    if (*outcome == RowOutcome::moved) return {id, *outcome, {}, text.section(u' ', 1)};  // a new id
    return {id, *outcome, text.section(u' ', 1), {}};
}

// The server said no to all of it, for one reason.
bool isRefusal(const std::vector<RowResult>& rows) {
    return !rows.empty() && std::all_of(rows.begin(), rows.end(), [](const RowResult& row) {
        return row.outcome == RowOutcome::failed;
    });
}

}  // namespace

class RedisActingBackend final : public ActingBackend {
public:
    explicit RedisActingBackend(ConnectionSettings settings)
        : m_settings(std::move(settings)), m_discovery(m_settings) {}

    Outcome<std::vector<DetectedSystem>> open() override;
    Outcome<PlannedAction> plan(const ActionRequest& request) override;
    Outcome<ActingFacts> facts(const ActionPlan& plan) override;
    Outcome<ActionLock> lock(const ActionPlan& plan, const QString& action) override;
    void unlock() noexcept override;
    Outcome<Applied> apply(const ActionPlan& plan, size_t first, int count) override;
    Outcome<std::vector<JobEnding>> endings(const ActionPlan& plan,
                                            const std::vector<RowResult>& results) override;
    Outcome<std::vector<RowResult>> readBack(const ActionPlan& plan, size_t first, int count) override;
    Outcome<PlannedAction> undoPlan(const ActionPlan&, const std::vector<RowResult>&) override;
    void interrupt() noexcept override { m_interrupted = true; }

private:
    struct Site {
        ActingPlace place;
        std::shared_ptr<RedisActor> actor;
    };
    [[nodiscard]] QDeadlineTimer deadline() const { return QDeadlineTimer(kPatience); }
    [[nodiscard]] Outcome<Done> connect();
    [[nodiscard]] Outcome<Done> run(RedisPipeline& pipeline);
    [[nodiscard]] RedisInquiryLink link();
    [[nodiscard]] Outcome<Done> poll(RedisSystem& system, SystemReading& reading, ActingFacts& facts);
    [[nodiscard]] Outcome<Site> siteOf(const QString& system, const QString& queue);
    [[nodiscard]] Outcome<Done> samePins(const ActionPlan& plan, const Site& site) const;
    [[nodiscard]] QString pinsOf(ActionKind kind, const Site& site) const;
    [[nodiscard]] Outcome<std::vector<RedisReply>> call(const RedisScript& script,
                                                        const std::deque<PreparedJob>& jobs);
    [[nodiscard]] static std::vector<PlannedJob> slice(const ActionPlan& plan, size_t first, int count);

    ConnectionSettings m_settings;
    std::atomic<bool> m_interrupted = false;
    std::unique_ptr<RedisConnection> m_connection;
    RedisDiscovery m_discovery;
    QHash<QString, std::shared_ptr<RedisActor>> m_actors;  // by system
    RedisActingLock m_lock;
    QString m_runId;
};

Outcome<Done> RedisActingBackend::connect() {
    if (m_connection && m_connection->isOpen()) return Done{};
    const QDeadlineTimer until(m_settings.connectDeadline);
    const auto address = locateRedis(m_settings, until, m_interrupted);
    if (!address) return address.failure();
    if (!address->cluster_seeds.empty())
        return usage(
            u"Jobs in a Redis Cluster are observed, not acted on: a script must not touch keys of "
            u"two slots, as the lock and the job are."_s,
            u"Use the library's own tool."_s);
    m_connection = std::make_unique<RedisConnection>(*address, m_interrupted);
    if (const auto opened = m_connection->open(until); !opened) return opened.failure();
    const RedisCommand info{"INFO", "server"};
    const auto replies = m_connection->run({info}, until);
    if (!replies) return replies.failure();
    if (replies->front().isError())
        return failureFromReply(replies->front(), info, m_connection->address().display());
    m_runId = QString::fromLatin1(infoFrom(replies->front()).value("run_id"));
    return Done{};
}

Outcome<Done> RedisActingBackend::run(RedisPipeline& pipeline) {
    if (const auto connected = connect(); !connected) return connected.failure();
    const QDeadlineTimer until = deadline();
    while (!pipeline.empty())
        if (auto done = pipeline.run(*m_connection, until); !done) return done;
    return Done{};
}

RedisInquiryLink RedisActingBackend::link() {
    const auto recover = [this]() -> RedisCommand {
        const RedisCommand tooLarge = m_connection ? m_connection->oversized() : RedisCommand();
        if (tooLarge.isEmpty() || !m_connection->open(deadline())) return {};
        return tooLarge;
    };
    return {[this](RedisPipeline& pipeline) { return run(pipeline); }, recover};
}

Outcome<std::vector<DetectedSystem>> RedisActingBackend::open() {
    m_connection.reset();
    m_discovery.clear();
    m_actors.clear();
    if (const auto connected = connect(); !connected) return connected.failure();
    const auto once = [this](RedisPipeline& pipeline) { return pipeline.run(*m_connection, deadline()); };
    if (const auto found = m_discovery.find(*m_connection, RedisPipeline(), once, deadline()); !found)
        return found.failure();
    std::deque<DetectedSystem> detected;
    RedisPipeline rights;
    QByteArray user = m_connection->address().user.toUtf8();
    if (user.isEmpty()) user = "default";
    for (const auto& system : m_discovery.systems()) {
        SystemReading reading;
        ActingFacts facts;
        if (const auto polled = poll(*system, reading, facts); !polled) return polled.failure();
        std::shared_ptr<RedisActor> actor = redisActorFor(reading.identity.system);
        DetectedSystem& each = detected.emplace_back(DetectedSystem{reading.identity, {}});
        ActingPlace place{system.get(), {}, 0, {}};
        if (const auto shelves = system->deadShelves({}); !shelves.empty())
            place.shelf = shelves.front();
        else if (!reading.queues.empty())
            place.shelf = system->actingShelf(reading.queues.front().queue).value_or(DeadShelf());
        for (const ActionKind kind : {ActionKind::replay, ActionKind::release})
            askActingRights(rights, *actor, kind, place, user, each.capabilities);
        m_actors.insert(reading.identity.system, actor);
    }
    if (const auto asked = run(rights); !asked) return asked.failure();
    return std::vector<DetectedSystem>(detected.begin(), detected.end());
}

// Asks the one system as a poll does: whether it is paused, who works and what waits.
Outcome<Done> RedisActingBackend::poll(RedisSystem& system, SystemReading& reading, ActingFacts& facts) {
    RedisPipeline pipeline;
    std::optional<ServerTime> now;
    const RedisServerClock clock;
    pipeline.add(clock.command(), [&](const RedisReply& reply) { now = clock.read(reply); });
    pipeline.add({"INFO", "replication"}, [&facts](const RedisReply& reply) {
        const QByteArray role = infoFrom(reply).value("role");
        if (!role.isEmpty()) facts.writable = role == "master";
    });
    pipeline.add({"CLIENT", "LIST"}, [&system](const RedisReply& reply) {
        const bool listed = reply.isText();
        system.takeClients(listed ? clientsFrom(reply.text) : std::vector<RedisClient>(),
                           listed ? QString() : reasonFromReply(reply, {"CLIENT", "LIST"}));
    });
    system.startPoll(pipeline, SystemClock().wallNow());
    if (const auto done = run(pipeline); !done) return done.failure();
    if (!now)
        return Failure{FailureKind::permission,
                       u"The Redis user may not read the server's clock."_s,
                       {},
                       u"Allow it with ACL SETUSER <user> +time."_s};
    facts.now = *now;
    facts.server_id = m_runId;
    reading = system.finishPoll(*now);
    return Done{};
}

Outcome<RedisActingBackend::Site> RedisActingBackend::siteOf(const QString& key, const QString& queue) {
    for (const auto& system : m_discovery.systems()) {
        const SystemIdentity identity = system->detected().identity;
        if (identity.key() != key) continue;
        Site site{{system.get(), {}, 0, {}}, m_actors.value(identity.system)};
        const auto shelf = system->actingShelf(queue);
        if (!shelf || !site.actor) break;
        site.place.shelf = *shelf;
        RedisPipeline pipeline;
        site.actor->learn(pipeline, site.place);
        if (const auto done = run(pipeline); !done) return done.failure();
        return site;
    }
    return usage(
        u"There is no queue %1 of %2 here to act on."_s.arg(queue, key),
        u"Look at the list of queues; spillwayctl detect shows what can be done with each system."_s);
}

QString RedisActingBackend::pinsOf(ActionKind kind, const Site& site) const {
    const RedisScript script(site.actor->room() + '/' + actionKindName(kind).toLatin1());
    const DeadShelf& shelf = site.place.shelf;
    return QString::fromLatin1(script.digest()) + u' ' + visibleText(shelf.key + ' ' + shelf.queue, 400);
}

Outcome<PlannedAction> RedisActingBackend::plan(const ActionRequest& request) {
    const JobFilter& filter = request.filter;
    if (filter.queues.size() != 1) return usage(u"An action needs one queue."_s, u"Name it."_s);
    const auto site = siteOf(filter.system, filter.queues.front());
    for (const auto& system : m_discovery.systems()) {
        const SystemIdentity identity = system->detected().identity;
        const auto actor = m_actors.value(identity.system);
        if (identity.key() != filter.system || !actor || actor->gap(request.action).isEmpty()) continue;
        return usage(
            u"%1 cannot be acted on like this: %2."_s.arg(identity.name(), actor->gap(request.action)),
            u"Use what the sentence says instead."_s);
    }
    if (!site) return site.failure();
    if (const QString gap = site->actor->gapAt(request.action, site->place); !gap.isEmpty())
        return usage(u"This queue cannot be acted on: %1."_s.arg(gap), {});
    SystemReading reading;
    ActingFacts facts;
    if (const auto polled = poll(*site->place.system, reading, facts); !polled) return polled.failure();
    if (std::none_of(reading.queues.begin(), reading.queues.end(),
                     [&filter](const QueueReading& queue) { return queue.queue == filter.queues.front(); }))
        return usage(u"There is no queue %1."_s.arg(filter.queues.front()), u"Look at the list of queues."_s);
    PlannedAction planned;
    ActionPlan& plan = planned.plan;
    plan.id = QUuid::createUuid().toString(QUuid::WithoutBraces);
    plan.action = request.action;
    plan.connection = m_settings.name;
    plan.environment = m_settings.environment;
    plan.server_id = m_runId;
    plan.pins = pinsOf(request.action, *site);
    plan.system = filter.system;
    plan.queue = filter.queues.front();
    plan.made_at = facts.now;
    plan.rate = request.rate;
    plan.canary = request.canary;
    plan.halt_above = request.halt_above;
    const auto done =
        request.action == ActionKind::release
            ? planRelease(link(), *site->actor, site->place, request, facts.now, planned)
            : planReplay(m_discovery.systems(), link(), *site->actor, request, facts.now, planned);
    if (!done) return done.failure();
    return planned;
}

Outcome<ActingFacts> RedisActingBackend::facts(const ActionPlan& plan) {
    const auto site = siteOf(plan.system, plan.queue);
    if (!site) return site.failure();
    SystemReading reading;
    ActingFacts facts;
    if (const auto polled = poll(*site->place.system, reading, facts); !polled) return polled.failure();
    for (const QueueReading& queue : reading.queues) {
        if (queue.queue != plan.queue) continue;
        facts.paused = queue.paused;
        facts.ready = queue.ready.value;
    }
    facts.live_worker = liveWorkerFor(reading.workers, plan.queue);
    if (plan.action == ActionKind::release && site->actor->knowsOnlyAge())
        facts.weak_leases = static_cast<qint64>(plan.jobs.size());
    return facts;
}

Outcome<ActionLock> RedisActingBackend::lock(const ActionPlan& plan, const QString& action) {
    if (const auto connected = connect(); !connected) return connected.failure();
    const QByteArray key = "spillway:lock:" + plan.system.toUtf8() + ':' + plan.queue.toUtf8();
    return m_lock.take(*m_connection, key, action, deadline());
}

void RedisActingBackend::unlock() noexcept {
    if (m_connection && m_connection->isOpen()) m_lock.giveBack(*m_connection, deadline());
}

Outcome<Done> RedisActingBackend::samePins(const ActionPlan& plan, const Site& site) const {
    if (m_runId == plan.server_id && pinsOf(plan.action, site) == plan.pins) return Done{};
    return Failure{FailureKind::changed,
                   u"This is not the server, queue or script that the plan was made for."_s,
                   {},
                   u"Make a new plan."_s};
}

std::vector<PlannedJob> RedisActingBackend::slice(const ActionPlan& plan, size_t first, int count) {
    const auto begin = std::min(first, plan.jobs.size());
    const auto end = std::min(plan.jobs.size(), begin + static_cast<size_t>(std::clamp(count, 0, kMostJobs)));
    return {plan.jobs.begin() + static_cast<qint64>(begin), plan.jobs.begin() + static_cast<qint64>(end)};
}

// A reply for each; jobs that are settled already are not asked for. What the server has forgotten is sent
// again with its text: a script that is not known has done nothing.
Outcome<std::vector<RedisReply>> RedisActingBackend::call(const RedisScript& script,
                                                          const std::deque<PreparedJob>& jobs) {
    const auto command = [this, &script](const PreparedJob& job, bool withText) {
        const QList<QByteArray> keys = QList<QByteArray>{m_lock.key()} + job.keys;
        const QList<QByteArray> arguments = QList<QByteArray>{m_lock.token()} + job.arguments;
        return withText ? script.callWithText(keys, arguments) : script.call(keys, arguments);
    };
    std::vector<RedisReply> answers(jobs.size());
    for (const bool withText : {false, true}) {
        std::vector<RedisCommand> commands;
        std::vector<std::size_t> asked;
        for (std::size_t i = 0; i < jobs.size(); ++i) {
            if (jobs[i].settled || (withText && answers[i].errorCode() != "NOSCRIPT")) continue;
            commands.push_back(command(jobs[i], withText));
            asked.push_back(i);
        }
        if (commands.empty()) continue;
        auto replies = m_connection->run(commands, deadline());
        if (!replies) return replies.failure();
        for (std::size_t i = 0; i < asked.size(); ++i) answers[asked[i]] = std::move((*replies)[i]);
    }
    return answers;
}

Outcome<ActingBackend::Applied> RedisActingBackend::apply(const ActionPlan& plan, size_t first, int count) {
    const auto site = siteOf(plan.system, plan.queue);
    if (!site) return site.failure();
    if (const auto same = samePins(plan, *site); !same) return same.failure();
    const auto jobs = slice(plan, first, count);
    std::deque<PreparedJob> prepared(jobs.size());
    RedisPipeline pipeline;
    for (std::size_t i = 0; i < jobs.size(); ++i)
        site->actor->prepare(pipeline, plan.action, site->place, jobs[i], SystemClock().wallNow(),
                             prepared[i]);
    if (const auto read = run(pipeline); !read) return read.failure();
    const RedisScript script(site->actor->room() + '/' + actionKindName(plan.action).toLatin1());
    const auto replies = call(script, prepared);
    if (!replies) return replies.failure();
    Applied applied;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        if ((*replies)[i].text == "fenced")
            applied.rows.push_back(
                {jobs[i].id, RowOutcome::failed, u"another console holds the lock of this queue now"_s, {}});
        else
            applied.rows.push_back(prepared[i].settled ? *prepared[i].settled
                                                       : rowFrom(jobs[i].id, (*replies)[i]));
        if (applied.why.isEmpty() && applied.rows.back().outcome == RowOutcome::failed)
            applied.why = applied.rows.back().why;
    }
    const bool settled = std::any_of(prepared.begin(), prepared.end(),
                                     [](const PreparedJob& job) { return job.settled.has_value(); });
    applied.refused = !settled && isRefusal(applied.rows);
    return applied;
}

Outcome<std::vector<JobEnding>> RedisActingBackend::endings(const ActionPlan& plan,
                                                            const std::vector<RowResult>& results) {
    const auto site = siteOf(plan.system, plan.queue);
    if (!site) return site.failure();
    QSet<QString> running;
    if (site->actor->room() == "sidekiq") {  // a job that runs stands only in the heartbeats
        SystemReading reading;
        ActingFacts facts;
        if (const auto polled = poll(*site->place.system, reading, facts); !polled) return polled.failure();
        for (const Lease& lease : reading.leases.leases) running.insert(lease.id);
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
    if (const auto read = run(pipeline); !read) return read.failure();
    std::vector<JobEnding> endings;
    for (EndingProbe& probe : probes) {
        if (probe.ending.end == JobEnd::died && !probe.dead.error.isEmpty())
            probe.ending.signature = errorSignature(probe.dead.error);
        endings.push_back(std::move(probe.ending));
    }
    return endings;
}

Outcome<std::vector<RowResult>> RedisActingBackend::readBack(const ActionPlan& plan, size_t first,
                                                             int count) {
    const auto site = siteOf(plan.system, plan.queue);
    if (!site) return site.failure();
    const auto jobs = slice(plan, first, count);
    std::deque<Standing> standings(jobs.size());
    RedisPipeline pipeline;
    for (std::size_t i = 0; i < jobs.size(); ++i)
        site->actor->standing(pipeline, plan.action, site->place, jobs[i], standings[i]);
    if (const auto read = run(pipeline); !read) return read.failure();
    std::vector<RowResult> rows;
    for (std::size_t i = 0; i < jobs.size(); ++i)
        if (!standings[i].as_planned)
            rows.push_back({jobs[i].id, standings[i].outcome, standings[i].why, {}});
    return rows;
}

Outcome<PlannedAction> RedisActingBackend::undoPlan(const ActionPlan&, const std::vector<RowResult>&) {
    return usage(u"Jobs that were put back into a Redis queue cannot be taken back."_s,
                 u"Pause the queue and remove them with the queue system's own tools."_s);
}

std::unique_ptr<ActingBackend> makeRedisActingBackend(const ConnectionSettings& settings) {
    return std::make_unique<RedisActingBackend>(settings);
}

}  // namespace spillway

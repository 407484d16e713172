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

// Of the folder of its system.
QByteArray scriptOf(const ActionPlan& plan) {
    const bool lost = plan.action == ActionKind::replay && !plan.jobs.empty() && isLostJob(plan.jobs.front());
    return lost ? "lost" : actionKindName(plan.action).toLatin1();
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
    Outcome<std::vector<DetectedSystem>> lookFor(const QString& queue) override;
    Outcome<PlannedAction> plan(const ActionRequest& request) override;
    Outcome<ActingFacts> facts(const ActionPlan& plan, bool withReady) override;
    Outcome<ActionLock> lock(const ActionPlan& plan, const QString& action) override;
    void unlock() noexcept override;
    Outcome<Applied> apply(const ActionPlan& plan, size_t first, int count) override;
    Outcome<std::vector<JobEnding>> endings(const ActionPlan& plan,
                                            const std::vector<RowResult>& results) override;
    Outcome<std::vector<RowResult>> readBack(const ActionPlan& plan, size_t first, int count) override;
    Outcome<PlannedAction> undoPlan(const ActionPlan&, const std::vector<RowResult>&) override;
    QString serverId() const override { return m_runId; }
    Outcome<PlannedAction> lostPlan(const ActionRequest& request, const std::vector<LostJob>& jobs) override;
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
    [[nodiscard]] Outcome<std::vector<DetectedSystem>> describe();
    [[nodiscard]] Outcome<std::optional<Site>> findSite(const QString& system, const QString& queue);
    [[nodiscard]] Outcome<Site> siteOf(const QString& system, const QString& queue);
    [[nodiscard]] Outcome<Done> samePins(const ActionPlan& plan, const Site& site) const;
    [[nodiscard]] QString pinsOf(const QByteArray& script, const Site& site) const;
    [[nodiscard]] Outcome<std::vector<RedisReply>> call(const RedisScript& script,
                                                        const std::deque<PreparedJob>& jobs);
    [[nodiscard]] Outcome<Done> keepWaiting(const Site& site, const std::vector<PlannedJob>& jobs,
                                            std::size_t first, std::vector<PlannedJob>& kept);
    [[nodiscard]] Outcome<std::vector<RedisReply>> callForAll(const RedisScript& script,
                                                              const BatchHead& head,
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
    m_runId = redisServerId(infoFrom(replies->front()), address->database);
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
    return describe();
}

// BullMQ's queues are found by their keys alone; the others have lists of theirs.
Outcome<std::vector<DetectedSystem>> RedisActingBackend::lookFor(const QString& queue) {
    if (const auto connected = connect(); !connected) return connected.failure();
    QSet<QByteArray> prefixes{m_settings.onlyNamespace.isEmpty() ? "bull"
                                                                 : m_settings.onlyNamespace.toUtf8()};
    for (const auto& system : m_discovery.systems())
        if (const auto identity = system->detected().identity; identity.system == "bullmq"_L1)
            prefixes << (identity.name_space.isEmpty() ? "bull" : identity.name_space.toUtf8());
    QSet<QByteArray> keys;
    for (const QByteArray& prefix : prefixes) keys << prefix + ':' + queue.toUtf8() + ":meta";
    const auto once = [this](RedisPipeline& pipeline) { return pipeline.run(*m_connection, deadline()); };
    if (const auto found = m_discovery.lookFor(keys, once); !found) return found.failure();
    return describe();
}

// What is there, and what may be done with it.
Outcome<std::vector<DetectedSystem>> RedisActingBackend::describe() {
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
        for (const ActionKind kind : {ActionKind::replay, ActionKind::release, ActionKind::undo})
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

Outcome<std::optional<RedisActingBackend::Site>> RedisActingBackend::findSite(const QString& key,
                                                                              const QString& queue) {
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
        return std::optional(site);
    }
    return std::optional<Site>();
}

Outcome<RedisActingBackend::Site> RedisActingBackend::siteOf(const QString& key, const QString& queue) {
    auto site = findSite(key, queue);
    if (site && !*site && key.startsWith("bullmq"_L1)) {
        if (const auto looked = lookFor(queue); !looked) return looked.failure();
        site = findSite(key, queue);
    }
    if (!site) return site.failure();
    if (*site) return **site;
    return usage(
        u"There is no queue %1 of %2 here to act on."_s.arg(queue, key),
        u"Look at the list of queues; spillwayctl detect shows what can be done with each system."_s);
}

QString RedisActingBackend::pinsOf(const QByteArray& name, const Site& site) const {
    const RedisScript script(site.actor->room() + '/' + name);
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
    plan.pins = pinsOf(actionKindName(request.action).toLatin1(), *site);
    plan.system = filter.system;
    plan.queue = filter.queues.front();
    plan.made_at = facts.now;
    plan.rate = request.rate;
    plan.canary = request.canary;
    plan.halt_above = request.halt_above;
    const auto done = request.action == ActionKind::release
                          ? planRelease(link(), *site->actor, site->place, request, facts.now, planned)
                      : request.retrying ? site->actor->planRetrying(link(), site->place, request, planned)
                                         : planReplay(m_discovery.systems(), link(), *site->actor, request,
                                                      facts.now, planned);
    if (!done) return done.failure();
    return planned;
}

Outcome<ActingFacts> RedisActingBackend::facts(const ActionPlan& plan, bool) {
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
    if (m_runId == plan.server_id && pinsOf(scriptOf(plan), site) == plan.pins) return Done{};
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

// One call for the whole batch; what the server says of the call it says of each job.
Outcome<std::vector<RedisReply>> RedisActingBackend::callForAll(const RedisScript& script,
                                                                const BatchHead& head,
                                                                const std::deque<PreparedJob>& jobs) {
    std::deque<PreparedJob> whole(1);
    whole.front().keys = head.keys;
    whole.front().arguments = head.arguments;
    for (const PreparedJob& job : jobs) {
        whole.front().keys += job.keys;
        whole.front().arguments += job.arguments;
    }
    const auto replies = call(script, whole);
    if (!replies) return replies.failure();
    const RedisReply& said = replies->front();
    if (said.isArray() && said.items.size() == jobs.size()) return said.items;
    return std::vector<RedisReply>(jobs.size(), said);
}

Outcome<ActingBackend::Applied> RedisActingBackend::apply(const ActionPlan& plan, size_t first, int count) {
    const auto site = siteOf(plan.system, plan.queue);
    if (!site) return site.failure();
    if (const auto same = samePins(plan, *site); !same) return same.failure();
    const auto jobs = slice(plan, first, count);
    if (plan.action == ActionKind::undo)
        if (const auto found = site->actor->findWaiting(link(), site->place, jobs); !found)
            return found.failure();
    std::deque<PreparedJob> prepared(jobs.size());
    RedisPipeline pipeline;
    for (std::size_t i = 0; i < jobs.size(); ++i)
        site->actor->prepare(pipeline, plan.action, site->place, jobs[i], SystemClock().wallNow(),
                             prepared[i]);
    if (const auto read = run(pipeline); !read) return read.failure();
    const RedisScript script(site->actor->room() + '/' + scriptOf(plan));
    const auto head = site->actor->batchHead(plan.action, site->place);
    const auto replies = head ? callForAll(script, *head, prepared) : call(script, prepared);
    if (!replies) return replies.failure();
    Applied applied;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        if ((*replies)[i].text == "fenced")
            applied.rows.push_back(
                {jobs[i].id, RowOutcome::failed, u"another console holds the lock of this queue now"_s, {}});
        else
            applied.rows.push_back(prepared[i].settled ? *prepared[i].settled
                                                       : rowFrom(jobs[i].id, (*replies)[i]));
        if (RowResult& row = applied.rows.back();
            row.outcome == RowOutcome::moved && row.undo_token.isEmpty())
            row.undo_token = prepared[i].before;
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
        const bool failed = probe.ending.end == JobEnd::died || probe.ending.end == JobEnd::retrying;
        if (failed && !probe.dead.error.isEmpty()) probe.ending.signature = errorSignature(probe.dead.error);
        endings.push_back(std::move(probe.ending));
    }
    return endings;
}

Outcome<std::vector<RowResult>> RedisActingBackend::readBack(const ActionPlan& plan, size_t first,
                                                             int count) {
    const auto site = siteOf(plan.system, plan.queue);
    if (!site) return site.failure();
    const auto jobs = slice(plan, first, count);
    if (plan.action == ActionKind::undo)
        if (const auto found = site->actor->findWaiting(link(), site->place, jobs); !found)
            return found.failure();
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

// The version of an undo is that of the replay's plan and what the replay left of the job before: with it,
// the script can compare and give back.
Outcome<PlannedAction> RedisActingBackend::undoPlan(const ActionPlan& replay,
                                                    const std::vector<RowResult>& results) {
    const auto site = siteOf(replay.system, replay.queue);
    if (!site) return site.failure();
    for (const QString& gap : {site->actor->gap(ActionKind::undo), site->place.gap})
        if (!gap.isEmpty()) return usage(u"This replay cannot be undone: %1."_s.arg(gap), {});
    SystemReading reading;
    ActingFacts facts;
    if (const auto polled = poll(*site->place.system, reading, facts); !polled) return polled.failure();
    PlannedAction planned;
    ActionPlan& plan = planned.plan = replay;
    plan.id = QUuid::createUuid().toString(QUuid::WithoutBraces);
    plan.action = ActionKind::undo;
    plan.connection = m_settings.name;
    plan.environment = m_settings.environment;
    plan.made_at = facts.now;
    plan.pins = pinsOf("undo", *site);
    if (m_runId != replay.server_id)
        planned.refusals << u"This is not the server on which the replay was made, or it was restarted."_s;
    plan.jobs.clear();
    qint64 unkept = 0;
    const auto candidates = undoneJobs(replay, results, unkept);
    for (std::size_t first = 0; first < candidates.size(); first += kMostJobs)
        if (auto kept = keepWaiting(*site, candidates, first, plan.jobs); !kept) return kept.failure();
    plan.matched = static_cast<qint64>(plan.jobs.size());
    if (const auto taken = static_cast<qint64>(candidates.size()) - plan.matched; taken > 0)
        planned.warnings << takenMeanwhile(taken);
    if (unkept > 0)
        planned.warnings << u"Of %1 jobs nothing is kept of how they were, because the answer was lost. They "
                            u"stay as they are."_s.arg(unkept);
    return planned;
}

Outcome<PlannedAction> RedisActingBackend::lostPlan(const ActionRequest& request,
                                                    const std::vector<LostJob>& jobs) {
    const QString queue = request.filter.queues.value(0);
    const auto site = siteOf(request.filter.system, queue);
    if (!site) return site.failure();
    if (!site->actor->losesJobs()) return ActingBackend::lostPlan(request, jobs);
    SystemReading reading;
    ActingFacts facts;
    if (const auto polled = poll(*site->place.system, reading, facts); !polled) return polled.failure();
    PlannedAction planned;
    ActionPlan& plan = planned.plan;
    plan.id = QUuid::createUuid().toString(QUuid::WithoutBraces);
    plan.connection = m_settings.name;
    plan.environment = m_settings.environment;
    plan.server_id = m_runId;
    plan.pins = pinsOf("lost", *site);
    plan.system = request.filter.system;
    plan.queue = queue;
    plan.made_at = facts.now;
    plan.rate = request.rate;
    plan.canary = request.canary;
    plan.halt_above = request.halt_above;
    QSet<QString> running;
    for (const Lease& lease : reading.leases.leases)
        if (!lease.stuck) running.insert(lease.id);
    std::deque<Standing> standings(jobs.size());
    RedisPipeline pipeline;
    for (std::size_t i = 0; i < jobs.size(); ++i)
        site->actor->standing(pipeline, ActionKind::replay, site->place, lostJobAsPlanned(jobs[i]),
                              standings[i]);
    if (const auto read = run(pipeline); !read) return read.failure();
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

Outcome<Done> RedisActingBackend::keepWaiting(const Site& site, const std::vector<PlannedJob>& jobs,
                                              std::size_t first, std::vector<PlannedJob>& kept) {
    const std::size_t end = std::min(jobs.size(), first + kMostJobs);
    const std::vector<PlannedJob> some(jobs.begin() + static_cast<qint64>(first),
                                       jobs.begin() + static_cast<qint64>(end));
    if (const auto found = site.actor->findWaiting(link(), site.place, some); !found) return found;
    std::deque<Standing> standings(some.size());
    RedisPipeline pipeline;
    for (std::size_t i = 0; i < some.size(); ++i)
        site.actor->standing(pipeline, ActionKind::undo, site.place, some[i], standings[i]);
    if (const auto read = run(pipeline); !read) return read;
    for (std::size_t i = 0; i < some.size(); ++i)
        if (standings[i].as_planned) kept.push_back(some[i]);
    return Done{};
}

std::unique_ptr<ActingBackend> makeRedisActingBackend(const ConnectionSettings& settings) {
    return std::make_unique<RedisActingBackend>(settings);
}

}  // namespace spillway

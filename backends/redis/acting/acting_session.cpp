#include "backends/redis/acting/acting_session.h"

#include "backends/redis/acting/acting_rights.h"
#include "backends/redis/shared/clients.h"
#include "backends/redis/shared/server_info.h"
#include "backends/redis/wire/errors.h"
#include "backends/redis/wire/sentinel.h"

namespace spillway {
using namespace Qt::StringLiterals;

Failure actingUsage(const QString& what, const QString& next) {
    return {FailureKind::usage, what, {}, next};
}

QDeadlineTimer RedisActingSession::deadline() {
    return QDeadlineTimer(std::chrono::milliseconds(10'000));
}

Outcome<Done> RedisActingSession::beConnected() {
    if (isConnected()) return Done{};
    const QDeadlineTimer until(m_settings.connectDeadline);
    const auto address = locateRedis(m_settings, until, m_interrupted);
    if (!address) return address.failure();
    if (!address->cluster_seeds.empty())
        return actingUsage(
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
    m_serverId = redisServerId(infoFrom(replies->front()), address->database);
    return Done{};
}

Outcome<Done> RedisActingSession::run(RedisPipeline& pipeline) {
    if (const auto connected = beConnected(); !connected) return connected.failure();
    const QDeadlineTimer until = deadline();
    while (!pipeline.empty())
        if (auto done = pipeline.run(*m_connection, until); !done) return done;
    return Done{};
}

RedisInquiryLink RedisActingSession::link() {
    // By a new session, which learns again which server this is.
    const auto recover = [this]() -> RedisOversized {
        const RedisOversized tooLarge = m_connection ? m_connection->oversized() : RedisOversized();
        if (tooLarge.command.isEmpty() || !beConnected()) return {};
        return tooLarge;
    };
    return {[this](RedisPipeline& pipeline) { return run(pipeline); }, recover};
}

Outcome<std::vector<DetectedSystem>> RedisActingSession::open() {
    m_connection.reset();
    m_discovery.clear();
    m_actors.clear();
    if (const auto connected = beConnected(); !connected) return connected.failure();
    const auto once = [this](RedisPipeline& pipeline) { return pipeline.run(*m_connection, deadline()); };
    if (const auto found = m_discovery.find(*m_connection, RedisPipeline(), once, deadline()); !found)
        return found.failure();
    return describe();
}

// BullMQ's queues are found by their keys alone; the others have lists of theirs.
Outcome<std::vector<DetectedSystem>> RedisActingSession::lookFor(const QString& queue) {
    if (const auto connected = beConnected(); !connected) return connected.failure();
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
Outcome<std::vector<DetectedSystem>> RedisActingSession::describe() {
    std::deque<DetectedSystem> detected;
    RedisPipeline rights;
    QByteArray user = m_connection->address().user.toUtf8();
    if (user.isEmpty()) user = "default";
    for (const auto& system : m_discovery.systems()) {
        const auto polled = poll(*system);
        if (!polled) return polled.failure();
        const SystemReading& reading = polled->reading;
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

Outcome<RedisActingPoll> RedisActingSession::poll(RedisSystem& system) {
    RedisActingPoll polled;
    RedisPipeline pipeline;
    std::optional<ServerTime> now;
    const RedisServerClock clock;
    pipeline.add(clock.command(), [&](const RedisReply& reply) { now = clock.read(reply); });
    pipeline.add({"INFO", "replication"}, [&facts = polled.facts](const RedisReply& reply) {
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
    polled.facts.now = *now;
    polled.facts.server_id = m_serverId;
    polled.reading = system.finishPoll(*now);
    return polled;
}

Outcome<std::optional<RedisActingSite>> RedisActingSession::findSite(const QString& key,
                                                                     const QString& queue) {
    for (const auto& system : m_discovery.systems()) {
        const SystemIdentity identity = system->detected().identity;
        if (identity.key() != key) continue;
        RedisActingSite site{{system.get(), {}, 0, {}}, m_actors.value(identity.system)};
        const auto shelf = system->actingShelf(queue);
        if (!shelf || !site.actor) break;
        site.place.shelf = *shelf;
        RedisPipeline pipeline;
        site.actor->learn(pipeline, site.place);
        if (const auto done = run(pipeline); !done) return done.failure();
        return std::optional(site);
    }
    return std::optional<RedisActingSite>();
}

Outcome<RedisActingSite> RedisActingSession::siteOf(const QString& key, const QString& queue) {
    auto site = findSite(key, queue);
    if (site && !*site && key.startsWith("bullmq"_L1)) {
        if (const auto looked = lookFor(queue); !looked) return looked.failure();
        site = findSite(key, queue);
    }
    if (!site) return site.failure();
    if (*site) return **site;
    return actingUsage(
        u"There is no queue %1 of %2 here to act on."_s.arg(queue, key),
        u"Look at the list of queues; spillwayctl detect shows what can be done with each system."_s);
}

}  // namespace spillway

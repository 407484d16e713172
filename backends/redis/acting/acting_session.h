// The server session of a Redis acting backend: its connection, the queue systems found on it and how each
// is acted on. Everything blocks and belongs to one thread, but interrupt().
#pragma once

#include <atomic>

#include "backends/redis/acting/actor.h"
#include "backends/redis/redis_discovery.h"
#include "backends/redis/wire/connection.h"

namespace spillway {

// One queue, and who knows how to act on it.
struct RedisActingSite {
    ActingPlace place;
    std::shared_ptr<RedisActor> actor;
};

// One system, asked as a poll asks it: whether it is paused, who works and what waits.
struct RedisActingPoll {
    SystemReading reading;
    ActingFacts facts;  // of the server: now, server_id, writable
};

class RedisActingSession {
public:
    explicit RedisActingSession(ConnectionSettings settings)
        : m_settings(std::move(settings)), m_discovery(m_settings) {}

    // Connects and finds the systems, with what may be done with each.
    [[nodiscard]] Outcome<std::vector<DetectedSystem>> open();
    [[nodiscard]] Outcome<std::vector<DetectedSystem>> lookFor(const QString& queue);
    [[nodiscard]] Outcome<Done> beConnected();
    [[nodiscard]] Outcome<Done> run(RedisPipeline& pipeline);  // until it is dry
    [[nodiscard]] RedisInquiryLink link();
    [[nodiscard]] Outcome<RedisActingPoll> poll(RedisSystem& system);
    // FailureKind::usage: there is no such queue.
    [[nodiscard]] Outcome<RedisActingSite> siteOf(const QString& system, const QString& queue);

    [[nodiscard]] static QDeadlineTimer deadline();
    [[nodiscard]] RedisConnection& connection() { return *m_connection; }  // after beConnected()
    [[nodiscard]] bool isConnected() const { return m_connection && m_connection->isOpen(); }
    [[nodiscard]] const ConnectionSettings& settings() const { return m_settings; }
    [[nodiscard]] const RedisSystems& systems() const { return m_discovery.systems(); }
    [[nodiscard]] std::shared_ptr<RedisActor> actorOf(const QString& system) const {
        return m_actors.value(system);
    }
    [[nodiscard]] const QString& serverId() const { return m_serverId; }
    void interrupt() noexcept { m_interrupted = true; }  // any thread; sticky

private:
    [[nodiscard]] Outcome<std::vector<DetectedSystem>> describe();
    [[nodiscard]] Outcome<std::optional<RedisActingSite>> findSite(const QString& system,
                                                                   const QString& queue);

    ConnectionSettings m_settings;
    std::atomic<bool> m_interrupted = false;
    std::unique_ptr<RedisConnection> m_connection;
    RedisDiscovery m_discovery;
    QHash<QString, std::shared_ptr<RedisActor>> m_actors;  // by system
    QString m_serverId;
};

[[nodiscard]] Failure actingUsage(const QString& what, const QString& next);

}  // namespace spillway

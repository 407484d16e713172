#include "tests/redis/redis_probe.h"

#include <QDebug>
#include <atomic>

#include "backends/domain/human_text.h"
#include "backends/redis/redis_backend.h"
#include "backends/redis/wire/connection.h"

namespace spillway {
using namespace Qt::StringLiterals;

ConnectionSettings redisSettings(const QString& url) {
    ConnectionSettings settings = *connectionFromUrl(url);
    settings.connectDeadline = std::chrono::seconds(10);
    settings.pollDeadline = std::chrono::seconds(10);
    return settings;
}

namespace {
ConnectionSettings only(const QString& url, const QString& system, const QString& nameSpace) {
    ConnectionSettings settings = redisSettings(url);
    settings.onlySystem = system;
    settings.onlyNamespace = nameSpace;
    return settings;
}
}  // namespace

RedisProbe::RedisProbe(const QString& url, const QString& onlySystem, const QString& onlyNamespace)
    : RedisProbe(only(url, onlySystem, onlyNamespace)) {}

RedisProbe::RedisProbe(const ConnectionSettings& settings) : m_backend(makeRedisBackend(settings)) {
    const auto server = m_backend->open();
    if (!server) {
        m_failure = server.failure();
        return;
    }
    m_server = *server;
    detect();
}

bool RedisProbe::detect() {
    const auto found = m_backend->detect();
    if (found)
        m_detected = *found;
    else
        m_failure = found.failure();
    return found.ok();
}

QStringList RedisProbe::systems() const {
    QStringList keys;
    for (const DetectedSystem& system : m_detected) keys << system.identity.key();
    return keys;
}

Capabilities RedisProbe::capabilities(const QString& systemKey) const {
    for (const DetectedSystem& system : m_detected)
        if (system.identity.key() == systemKey) return system.capabilities;
    return {};
}

ServerReading RedisProbe::read() {
    if (m_failure) {
        qWarning() << "no reading:" << failure();
        return {};
    }
    const auto reading = m_backend->read();
    if (reading) return *reading;
    m_failure = reading.failure();
    qWarning() << "no reading:" << failure();
    return {};
}

SystemReading RedisProbe::system(const QString& name, const QString& nameSpace) {
    for (SystemReading& system : read().systems)
        if (system.identity.system == name && system.identity.name_space == nameSpace) return system;
    return {};
}

QueueReading RedisProbe::queue(const SystemReading& system, const QString& name) {
    for (const QueueReading& queue : system.queues)
        if (queue.queue == name) return queue;
    return {};
}

QByteArray redisCommand(const PrivateRedis& redis, const QList<QByteArray>& command, int database) {
    static const std::atomic<bool> interrupted = false;
    RedisConnection connection(*redisAddressFrom(*connectionFromUrl(redis.url(database))), interrupted);
    const QDeadlineTimer deadline(10'000);
    if (const auto opened = connection.open(deadline); !opened)
        return "failed: " + opened.failure().sentence().toUtf8();
    const auto replies = connection.run({command}, deadline);
    if (!replies) return "failed: " + replies.failure().sentence().toUtf8();
    const RedisReply& reply = replies->front();
    return reply.isInteger() ? QByteArray::number(reply.integer) : reply.text;
}

}  // namespace spillway

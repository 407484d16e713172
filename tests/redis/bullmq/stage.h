// A private Redis with processes of the real BullMQ library on it.
#pragma once

#include "app/demo/private_redis.h"
#include "tests/redis/json_peer.h"
#include "tests/redis/redis_probe.h"

namespace spillway {

class BullmqStage {
public:
    // False: the server or the library cannot be started; problem() says why.
    bool start(const QString& library);
    [[nodiscard]] const QString& problem() const { return m_problem; }
    // A further process of the library; the first one exists from start() on. nullptr: it does not start.
    JsonPeer* addPeer();
    QJsonObject ask(const QJsonObject& request) { return ask(*m_peers.front(), request); }
    QJsonObject ask(JsonPeer& peer, const QJsonObject& request);
    [[nodiscard]] qint64 count(const QString& queue, const QString& state);
    QByteArray command(const QList<QByteArray>& words) { return redisCommand(*m_redis, words); }
    [[nodiscard]] PrivateRedis& redis() { return *m_redis; }

private:
    QString m_library, m_problem;
    std::unique_ptr<PrivateRedis> m_redis;  // outlives the peers
    std::vector<std::unique_ptr<JsonPeer>> m_peers;
};

// Test rows: the column "library" with each major version.
void bullmqLibraries();

}  // namespace spillway

// For initTestCase().
#define BULLMQ_OR_SKIP() \
    SKIP_UNLESS(!nodeModules().isEmpty(), "bullmq is not installed: run npm ci in tests/npm")

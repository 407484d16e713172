// A private Redis with streams, producers and consumers: they are its own commands.
#pragma once

#include "app/demo/private_redis.h"
#include "tests/redis/redis_probe.h"

namespace spillway {

class StreamStage {
public:
    bool start();  // false: problem() says why
    [[nodiscard]] const QString& problem() const { return m_problem; }
    QByteArray command(const QList<QByteArray>& words) { return redisCommand(*m_redis, words); }
    // Adds that many entries; their ids.
    QList<QByteArray> add(int count, const QByteArray& stream = "orders", const QByteArray& value = "1");
    void group(const QByteArray& stream = "orders", const QByteArray& name = "billing",
               const QByteArray& from = "0");
    // A consumer of "billing" reads that many.
    void read(const QByteArray& consumer, int count, const QByteArray& stream = "orders");
    // The URL of a user who may do all but `denied`.
    QString narrowUser(const QByteArray& denied);

protected:
    std::unique_ptr<PrivateRedis> m_redis;

private:
    QString m_problem;
};

inline const QString kStreams = QStringLiteral("redis_stream");
[[nodiscard]] QueueReading billing(RedisProbe& probe);  // the queue orders/billing
[[nodiscard]] std::optional<Condition> conditionOf(const SystemReading& system, ConditionKind kind);

}  // namespace spillway

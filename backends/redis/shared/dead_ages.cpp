#include "backends/redis/shared/dead_ages.h"

#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;

void RedisDeadAges::ask(RedisPipeline& pipeline, qint64 size, ServerTime now) {
    m_known = true;
    askRank(pipeline, size / 2, m_ages.p50_died_at);
    askRank(pipeline, size / 10, m_ages.p90_died_at);
    m_olderThan[0] = Count::exact(size);
    for (std::size_t i = 0; i < kDeadAgeEnds_s.size(); ++i) {
        const auto age = std::chrono::microseconds(qint64(kDeadAgeEnds_s[i] * 1e6));
        pipeline.count({"ZCOUNT", m_key, "-inf", m_scale.scoreOf(now - age)}, m_olderThan[i + 1],
                       u"sorted set"_s);
    }
}

void RedisDeadAges::askRank(RedisPipeline& pipeline, qint64 rank, Measured<ServerTime>& into) {
    const RedisCommand command{"ZRANGE", m_key, QByteArray::number(rank), QByteArray::number(rank),
                               "WITHSCORES"};
    pipeline.add(command, [this, command, &into](const RedisReply& reply) {
        if (reply.isError())
            into = Measured<ServerTime>::notObservable(reasonFromReply(reply, command, u"sorted set"_s));
        if (reply.isArray() && reply.items.size() == 2)
            into = Measured<ServerTime>::exact(m_scale.timeOf(reply.items[1].text));
    });
}

DeadAges RedisDeadAges::ages(const Count& size) const {
    DeadAges ages;
    const bool empty = size.known() && *size.value == 0;
    const QString why = empty          ? u"no job is dead"_s
                        : size.known() ? u"read with one of the next polls"_s
                                       : size.method;
    if (m_known && size.known() && !empty) {
        ages = m_ages;
        for (std::size_t i = 0; i < ages.buckets.size(); ++i) {
            const Count& from = m_olderThan[i];
            const Count next = i + 1 < m_olderThan.size() ? m_olderThan[i + 1] : Count::exact(0);
            ages.buckets[i] = from.known() && next.known()
                                  ? Count::exact(std::max<qint64>(0, *from.value - *next.value))
                                  : Count::notObservable(from.known() ? next.method : from.method);
        }
        return ages;
    }
    ages.p50_died_at = ages.p90_died_at = ages.purge_next_at = Measured<ServerTime>::notObservable(why);
    for (Count& bucket : ages.buckets) bucket = empty ? Count::exact(0) : Count::notObservable(why);
    return ages;
}

}  // namespace spillway

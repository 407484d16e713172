// The failed registry of one RQ queue: rq:failed:<queue>. A score is not the moment of death but that of the
// expiry, failure_ttl later (a year by default; negative: never); workers delete what has expired. The death
// stands in the job's hash (ended_at), else it is the score less the ttl. Of an id whose job is gone it is
// not known. At most kLookAtMost jobs are looked at, evenly spread where there are more.
#pragma once

#include <QHash>
#include <map>

#include "backends/redis/wire/pipeline.h"

namespace spillway {

class RqFailed {
public:
    explicit RqFailed(const QByteArray& queue) : m_key("rq:failed:" + queue) {}

    void startPoll(RedisPipeline& pipeline, ServerTime now);
    // Fills dead, oldest_dead_at, dead_ages and lost_next_24h.
    void finishPoll(QueueReading& reading, ServerTime now);
    // Ids, among those looked at, whose job is gone though the registry still keeps them.
    [[nodiscard]] qint64 missing() const { return m_missing; }
    [[nodiscard]] bool complete() const { return m_size.valueOr(0) <= kLookAtMost; }
    // Seconds from death to expiry, as most looked-at jobs have it.
    [[nodiscard]] double usualTtl() const { return m_usualTtl; }

    static constexpr qint64 kLookAtMost = 100;
    static constexpr double kDefaultTtl_s = 31'536'000;

private:
    struct Job {
        QByteArray expiry;
        std::optional<ServerTime> died_at;
        std::optional<double> ttl_s;
        bool gone = false;  // an id without a job: nobody knows when it died
    };
    [[nodiscard]] bool mustLook() const;
    void look(RedisPipeline& pipeline);
    void takeEntries(RedisPipeline& pipeline, const RedisReply& reply, const RedisCommand& command);
    void takeJob(const QByteArray& id, const QByteArray& expiry, const RedisReply& fields);
    void findUsualTtl();
    void countMissing(ServerTime now);
    void fillAges(QueueReading& reading, ServerTime now) const;
    [[nodiscard]] QString retention() const;

    QByteArray m_key;
    QHash<QByteArray, Job> m_jobs, m_jobsBefore;
    qint64 m_sizeAtLook = -1;
    QByteArray m_lastAtLook;
    int m_pollsSinceLook = 0;
    double m_usualTtl = kDefaultTtl_s;
    bool m_mixedTtls = false;
    QString m_problem;
    qint64 m_missing = 0;
    // Of this poll:
    Count m_size, m_expired, m_lost;
    QByteArray m_last;  // the highest score
    std::optional<double> m_purgeNext;
};

}  // namespace spillway

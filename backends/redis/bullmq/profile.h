// What changes slowly in one BullMQ queue and is read about twice a minute: how old the dead are, how many
// attempts jobs may take, how long they run, and whether its schedulers and its stalled check work.
#pragma once

#include "backends/redis/bullmq/counters.h"
#include "backends/redis/bullmq/dead.h"
#include "backends/redis/shared/dead_ages.h"

namespace spillway {

class BullmqProfile {
public:
    explicit BullmqProfile(const QByteArray& base)
        : m_base(base), m_deadAges(base + "failed", kBullmqScale) {}

    struct Sizes {  // as of the poll before
        qint64 running = 0, dead = 0, delayed = 0, blocked = 0;
    };
    // Time to read it again?
    [[nodiscard]] bool due(ServerTime now, const Sizes& sizes) const;
    // What the failed jobs say about workers that died goes to `counters`.
    void ask(RedisPipeline& pipeline, ServerTime now, const Sizes& sizes, BullmqCounters& counters);
    // Fills dead_ages, lost_next_24h, max_attempts_mean and run_time_s from what was read last.
    void finishPoll(QueueReading& reading);
    void addConditions(const QueueReading& reading, ServerTime now, std::vector<Condition>& into) const;

private:
    struct Schedule {
        QByteArray id;
        ServerTime next;
    };
    void sampleAttempts(RedisPipeline& pipeline, const RedisCommand& ids);
    void askRetention(RedisPipeline& pipeline, ServerTime now);
    void takeRetention(RedisPipeline& pipeline, const QByteArray& opts, ServerTime now);
    void askRunTimes(RedisPipeline& pipeline);
    void takeCompleted(const BullmqTries& tries);
    [[nodiscard]] QString runTimesText() const;
    void askSchedules(RedisPipeline& pipeline, ServerTime now);
    void askStalledCheck(RedisPipeline& pipeline, ServerTime now);

    QByteArray m_base;
    RedisDeadAges m_deadAges;
    std::optional<ServerTime> m_readAt;
    qint64 m_attempts = 0, m_attemptsOf = 0;  // of the jobs looked at
    std::vector<double> m_runTimes_s;
    std::optional<double> m_keepDead_s;  // removeOnFail: { age }
    std::optional<qint64> m_keepDeadCount;
    bool m_retentionKnown = false;
    Count m_lost = Count::exact(0);
    std::vector<Schedule> m_late;
    std::optional<ServerTime> m_uncheckedSince;  // first seen without a stalled check while jobs ran
    qint64 m_leftPaused = 0;
};

}  // namespace spillway

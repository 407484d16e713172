// What the hashes of BullMQ jobs say about claims that were lost: `ats` (attempts started), `atm` (attempts
// accounted for), `stc` (times stalled; up to 5.48 stalledCounter) and `defa`/failedReason. Read of the jobs
// that hold a claim, of the newest failed ones of the last day and of the newest completed ones; bounded.
//
// A stall after which the job was started again is a second claim. The events stream records it, too: what
// stands there is not counted here once more. More starts than accounted for without a stall prove nothing:
// manual delays, rate limits and waiting for children raise `ats` alone.
#pragma once

#include <QHash>

#include "backends/redis/bullmq/events.h"

namespace spillway {

struct BullmqTries {
    QByteArray id;
    QString kind, owner;
    qint64 started = 0, accounted = 0, stalled = 0;  // ats, atm, stc
    bool active = false;
    bool gave_up = false;                  // "job stalled more than allowable limit"
    std::optional<ServerTime> created_at;  // by the clock of the producer
    std::optional<ServerTime> claimed_at, ended_at;

    // Claims that were started anew after a stall.
    [[nodiscard]] qint64 claimedAgain() const;
    // Its attempts went by without an error: the worker died each time.
    [[nodiscard]] bool poison() const;
};

// The fields of a job's hash, and what they say; nullopt: that is not their answer.
[[nodiscard]] const RedisCommand& bullmqTriesFields();
[[nodiscard]] std::optional<BullmqTries> bullmqTriesFrom(const QByteArray& id, const RedisReply& fields);

class BullmqCounters {
public:
    explicit BullmqCounters(QByteArray base) : m_base(std::move(base)) {}

    // Reads the newest failed jobs of the last day.
    void askDead(RedisPipeline& pipeline, ServerTime now);
    void forgetDead() { m_dead.clear(); }  // there are none any more
    // The newest completed jobs and the claims held are read elsewhere.
    void noteCompleted(const BullmqTries& tries) { note(tries); }
    void setActive(const std::vector<BullmqTries>& claims);

    // Adds to `claims` what the events stream did not show. What was noted in this poll counts from the next
    // one on: by then the events of that moment have been read.
    void finishPoll(QueueReading& reading, const BullmqEvents& events);
    void addConditions(const QueueReading& reading, ServerTime now, std::vector<Condition>& into) const;

    static constexpr qint64 kDeadAtMost = 20;

private:
    void takeDead(RedisPipeline& pipeline, const RedisReply& ids);
    void takeFailed(RedisPipeline& pipeline, BullmqTries tries);
    void note(const BullmqTries& tries);
    void weigh(const BullmqTries& tries, const BullmqEvents& events);
    void report(const BullmqTries& tries, qint64 claims, bool before);

    struct Known {
        qint64 before = 0;   // claimed again before Spillway watched
        qint64 counted = 0;  // by this class
    };
    QByteArray m_base;
    std::vector<BullmqTries> m_active, m_dead;  // that stalled, as last read
    bool m_deadWhole = true;
    std::vector<BullmqTries> m_noted, m_ripe;
    QHash<QByteArray, Known> m_known;
    qint64 m_counted = 0;
    std::vector<DuplicateClaim> m_incidents;
};

}  // namespace spillway

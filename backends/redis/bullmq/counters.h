// Jobs that kill their workers, from the hashes of the jobs that hold a claim and of the newest failed ones
// of the last day: `ats` (attempts started), `atm` (attempts accounted for), `stc` (times stalled; up to 5.48
// stalledCounter) and `defa`/failedReason. A stall by itself is no duplicate claim: the lock had run out, and
// the stalled check moved the job back by the rules.
#pragma once

#include "backends/redis/wire/pipeline.h"

namespace spillway {

struct BullmqTries {
    QByteArray id;
    QString kind, owner;
    qint64 started = 0, accounted = 0, stalled = 0;  // ats, atm, stc
    bool active = false;
    bool gave_up = false;  // "job stalled more than allowable limit"
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
    // The claims held, as read elsewhere.
    void setActive(const std::vector<BullmqTries>& claims);

    void addConditions(const QueueReading& reading, ServerTime now, std::vector<Condition>& into) const;

    static constexpr qint64 kDeadAtMost = 20;

private:
    void takeDead(RedisPipeline& pipeline, const RedisReply& ids);
    void takeFailed(RedisPipeline& pipeline, BullmqTries tries);

    QByteArray m_base;
    std::vector<BullmqTries> m_active, m_dead;  // that stalled, as last read
    bool m_deadWhole = true;
};

}  // namespace spillway

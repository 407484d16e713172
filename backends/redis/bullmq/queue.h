// One BullMQ queue (versions 4, 5 and 6): what one poll asks of it and what the answers mean.
// Facts: BullMQ source, src/commands/*.lua and src/classes/queue-keys.ts.
//   meta hash (version, paused) · wait and active lists of ids · prioritized, delayed, failed sorted sets
//   · id counter, INCR on every add · delayed score = due ms * 4096 + sequence · failed score = ms.
//   · limiter = jobs taken in the rate limiter's window, its PTTL is the rest of it.
//   `paused` list: up to version 5 the wait list is renamed to it while the queue is paused.
#pragma once

#include "backends/redis/bullmq/children.h"
#include "backends/redis/bullmq/clock.h"
#include "backends/redis/bullmq/delayed.h"
#include "backends/redis/bullmq/events.h"
#include "backends/redis/bullmq/leases.h"
#include "backends/redis/bullmq/profile.h"
#include "backends/redis/shared/missing_jobs.h"

namespace spillway {

class BullmqQueue {
public:
    // `name` is the raw name; `display` what people see.
    BullmqQueue(const QByteArray& prefix, QByteArray name, QString display);

    struct Turns {
        bool delayed =
            false;  // read a bounded sample of the delayed jobs, to tell retries from scheduled jobs
        bool profile = false;  // read what changes slowly
        qint64 leases = 0;     // claims that may be looked at
        bool missing = false;  // look for ids whose job is gone
    };
    void startPoll(RedisPipeline& pipeline, ServerTime now, const Turns& turns);
    // How many of the places hold jobs of the queue whose keys begin with `base`.
    [[nodiscard]] static RedisCommand jobsLeft(const QByteArray& base);
    // `served`: a live worker of this queue is known.
    [[nodiscard]] QueueReading finishPoll(bool served);
    void addConditions(const QueueReading& reading, ServerTime now, std::vector<Condition>& into) const {
        m_profile.addConditions(reading, now, into);
        m_counters.addConditions(reading, now, into);
        m_missing.addConditions(m_display, into);
        m_clock.addConditions(m_display, into);
    }

    [[nodiscard]] const QByteArray& name() const { return m_name; }
    [[nodiscard]] const QString& display() const { return m_display; }
    [[nodiscard]] const QByteArray& version() const { return m_version; }  // "5.81.5"
    // False once its meta key has lost the mark of BullMQ and no job is left: the queue was obliterated.
    [[nodiscard]] bool exists() const { return m_exists; }
    // The id counters of many queues are read with one MGET: the caller asks, the queue takes its part.
    [[nodiscard]] const QByteArray& idKey() const { return m_keys.id; }
    void takeAdds(RedisPipeline& pipeline, const RedisReply& counter);
    [[nodiscard]] qint64 lookCost() const { return m_split.lookCost(); }
    [[nodiscard]] bool profileDue(ServerTime now) const { return m_profile.due(now, m_sizes); }
    [[nodiscard]] bool missingDue(ServerTime now) const { return m_missing.due(now); }
    // Ids that a look for missing jobs would read.
    [[nodiscard]] qint64 idsToLookAt() const;
    [[nodiscard]] qint64 ranBefore() const { return m_sizes.running; }  // jobs claimed at the last poll
    [[nodiscard]] BullmqEvents& events() { return m_events; }
    [[nodiscard]] const BullmqLeases& leases() const { return m_leases; }

    static constexpr double kPromotionInterval_s = 10;  // the longest a blocked worker waits

private:
    struct Keys {
        QByteArray meta, wait, paused, active, prioritized, delayed, failed, id, limiter;
    };
    void takeMeta(RedisPipeline& pipeline, const RedisReply& reply);
    void askWhetherJobsAreLeft(RedisPipeline& pipeline);
    void askWaiting(RedisPipeline& pipeline);
    void askLimiter(RedisPipeline& pipeline);
    void askOldest(RedisPipeline& pipeline, const QByteArray& list, qint64 index);
    void askCreated(RedisPipeline& pipeline, const QByteArray& id, const QByteArray& list);
    void askOtherEnd(RedisPipeline& pipeline, const QByteArray& list);
    void takeCreated(const QByteArray& id, const RedisReply& fields, bool prioritized);
    void askPausedList(RedisPipeline& pipeline);
    void askNextPrioritized(RedisPipeline& pipeline);
    void askOldestDead(RedisPipeline& pipeline);
    void askOverdue(RedisPipeline& pipeline);
    void askMissing(RedisPipeline& pipeline);
    [[nodiscard]] std::vector<std::pair<QByteArray, qint64>> placesBefore() const;
    [[nodiscard]] Count ready() const;
    [[nodiscard]] std::optional<Hold> hold(bool served) const;
    [[nodiscard]] QString concurrencyText() const;

    QByteArray m_name;
    QString m_display;
    QByteArray m_base;  // "bull:orders:"
    Keys m_keys;
    QByteArray m_version;
    bool m_exists = true;
    BullmqDelayed m_split;
    BullmqChildren m_children;
    BullmqEvents m_events;
    BullmqLeases m_leases;
    BullmqCounters m_counters;
    BullmqProfile m_profile;
    RedisMissingJobs m_missing;
    BullmqClock m_clock;
    BullmqProfile::Sizes m_sizes;
    // Remembered from poll to poll, to ask in the first round what will most likely be needed:
    bool m_hasPausedList = false;
    bool m_hadWaiting = true;
    bool m_hadFailed = true;
    std::optional<ServerTime> m_noneDueAt;  // no delayed job was due then
    QByteArray m_oldestId;
    bool m_oldestIsLifo = false;
    Measured<ServerTime> m_oldestCreated;
    // Of this poll:
    QueueReading m_reading;
    ServerTime m_now;
    Count m_wait, m_pausedList, m_prioritized;
    qint64 m_markers = 0;
    std::optional<qint64> m_concurrency, m_limit;  // of the whole queue, from its meta
    qint64 m_limiterTaken = 0;                     // jobs of the limiter's present window
    std::optional<ServerTime> m_limiterEnds;
};

}  // namespace spillway

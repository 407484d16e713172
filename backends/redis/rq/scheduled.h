// The scheduled registry of one RQ queue: rq:scheduled:<queue>, score = due, whole seconds. It holds jobs
// that were enqueued for later and retries with an interval. A job that has started before is a retry; that
// stands only in its hash, so at most kLookAtMost jobs are looked at, evenly spread where there are more.
//
// Due jobs are moved by the scheduler that some worker runs (--with-scheduler); it holds a lock.
#pragma once

#include <QHash>

#include "backends/redis/wire/pipeline.h"

namespace spillway {

class RqScheduled {
public:
    explicit RqScheduled(const QByteArray& queue)
        : m_key("rq:scheduled:" + queue), m_lockKey("rq:scheduler-lock:" + queue) {}

    void startPoll(RedisPipeline& pipeline, ServerTime now, bool mayLook);
    // Fills scheduled, retrying, overdue and retry_due.
    void finishPoll(QueueReading& reading);
    // Jobs are overdue and no scheduler is there to move them.
    [[nodiscard]] bool lacksScheduler() const { return m_lockKnown && !m_locked && m_overdue.valueOr(0) > 0; }
    [[nodiscard]] const Count& overdue() const { return m_overdue; }
    [[nodiscard]] const Measured<ServerTime>& firstDue() const { return m_firstDue; }
    [[nodiscard]] qint64 lookCost() const { return std::min(m_sizeBefore, kLookAtMost); }

    static constexpr qint64 kLookAtMost = 100;
    static constexpr double kPromotion_s = 10;  // the scheduler looks every second

private:
    struct Job {
        QByteArray due;
        bool retry = false;
    };
    void look(RedisPipeline& pipeline);
    void takeSlice(RedisPipeline& pipeline, const RedisReply& reply, const RedisCommand& command);
    [[nodiscard]] RetryDues dues(bool complete) const;

    QByteArray m_key, m_lockKey;
    qint64 m_sizeBefore = 1;
    QHash<QByteArray, Job> m_jobs, m_jobsBefore;
    QString m_problem;
    // Of this poll:
    Count m_size, m_overdue;
    Measured<ServerTime> m_firstDue;
    bool m_locked = false, m_lockKnown = false, m_looked = false;
};

}  // namespace spillway

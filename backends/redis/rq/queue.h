// One RQ queue: the list rq:queue:<name> of job ids, taken from the head, and its registries. RQ counts no
// enqueues: what arrived follows from what left and from how the queue has grown.
#pragma once

#include "backends/redis/rq/deferred.h"
#include "backends/redis/rq/failed.h"
#include "backends/redis/rq/growth.h"
#include "backends/redis/rq/intermediate.h"
#include "backends/redis/rq/scheduled.h"
#include "backends/redis/rq/started.h"
#include "backends/redis/shared/missing_jobs.h"

namespace spillway {

class RqQueue {
public:
    RqQueue(QByteArray name, QString display);

    struct Budget {
        bool mayLook = true;  // into the scheduled registry
        qint64 leases = 0;
    };
    void startPoll(RedisPipeline& pipeline, ServerTime now, Budget budget);
    [[nodiscard]] QueueReading finishPoll(const RqWorkers& workers, ServerTime now);
    // Successes that the registries show, since the first poll.
    [[nodiscard]] qint64 finished() const { return m_finished.valueOr(0); }
    // No worker serves this queue alone: only the finished registry tells its successes.
    [[nodiscard]] bool sharesWorkers() const { return !m_countedByWorkers; }
    // Valid after finishPoll().
    [[nodiscard]] const RqStarted& started() const { return m_started; }
    [[nodiscard]] const RqIntermediate& intermediate() const { return m_intermediate; }
    [[nodiscard]] std::vector<Condition> conditions() const;

    [[nodiscard]] const QByteArray& name() const { return m_name; }
    [[nodiscard]] const QString& display() const { return m_display; }
    [[nodiscard]] qint64 lookCost() const { return m_scheduled.lookCost(); }
    [[nodiscard]] qint64 claimed() const { return m_running.valueOr(0); }
    [[nodiscard]] double usualTtl() const { return m_failed.usualTtl(); }
    bool listed = true;  // in the set of queues

private:
    void askMissing(RedisPipeline& pipeline, ServerTime now);
    void askOldest(RedisPipeline& pipeline);
    void askEnqueued(RedisPipeline& pipeline, const QByteArray& id);
    void fillFlow(QueueReading& reading, const RqWorkers& workers);
    [[nodiscard]] Count completed(const RqWorkers& workers);
    void fillClaims(QueueReading& reading, const RqWorkers& workers);

    QByteArray m_name;
    QString m_display;
    QByteArray m_key;
    RqScheduled m_scheduled;
    RqDeferred m_deferred;
    RqFailed m_failed;
    RqStarted m_started;
    RqIntermediate m_intermediate;
    RedisMissingJobs m_missing;
    RqGrowth m_finishedGrowth, m_failedGrowth;
    Count m_finished;        // added to the finished registry
    qint64 m_completed = 0;  // since the first poll
    qint64 m_countedBefore = 0, m_finishedBefore = 0;
    bool m_countedByWorkers = false;    // in this poll or the one before
    std::optional<ServerTime> m_since;  // the first poll
    // Of this poll:
    Count m_length, m_running;
    Measured<ServerTime> m_oldest;
};

}  // namespace spillway

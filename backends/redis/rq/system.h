// RQ (Redis Queue for Python, versions 1 and 2). Its key prefix is always "rq:".
#pragma once

#include <deque>

#include "backends/redis/rq/queue.h"
#include "backends/redis/shared/display_names.h"
#include "backends/redis/shared/system.h"

namespace spillway {

class RqSystem final : public RedisSystem {
public:
    [[nodiscard]] DetectedSystem detected() const override;
    [[nodiscard]] QList<QByteArray> keyPatterns() const override;
    void startPoll(RedisPipeline& pipeline, ServerTime now) override;
    [[nodiscard]] SystemReading finishPoll(ServerTime now) override;

    [[nodiscard]] std::vector<DeadShelf> deadShelves(const QStringList& queues) const override;
    void countDead(RedisPipeline& pipeline, const DeadShelf& shelf, const DeadSlice& slice,
                   Count& count) override;
    void readDead(RedisPipeline& pipeline, const DeadShelf& shelf, const DeadSlice& slice,
                  DeadEntries& into) override;
    bool findDead(RedisPipeline& pipeline, const DeadShelf& shelf, const QByteArray& id,
                  DeadEntries& into) override;
    void describeDead(RedisPipeline& pipeline, const DeadShelf& shelf, const DeadEntry& entry,
                      DeadJob& job) override;
    void detailDead(RedisPipeline& pipeline, const DeadShelf& shelf, const DeadEntry& entry,
                    JobDetail& detail) override;

    static constexpr int kMaxQueues = 500;

private:
    void takeQueueNames(RedisPipeline& pipeline, const RedisReply& reply, ServerTime now);
    void startQueue(RedisPipeline& pipeline, RqQueue& queue, ServerTime now);
    RqQueue* queueNamed(const QByteArray& name);
    void dropGoneQueues();
    void fillLeases(SystemReading& reading) const;
    void noteUnseenSuccesses(SystemReading& reading) const;
    [[nodiscard]] double ttlOf(const QByteArray& queue) const;
    [[nodiscard]] SystemIdentity identity() const;

    std::deque<RqQueue> m_queues;
    DisplayNames m_names;
    RqWorkers m_workers;
    bool m_firstPoll = true;
    Capabilities m_capabilities;
    // Of this poll:
    qint64 m_lookBudget = 0, m_leaseBudget = 0;
    qint64 m_notShown = 0;
    std::optional<bool> m_suspended;
    QString m_queuesGap;
};

}  // namespace spillway

// One Sidekiq installation (versions 5 to 8), plain or under the key prefix of redis-namespace.
#pragma once

#include <deque>

#include "backends/redis/shared/display_names.h"
#include "backends/redis/shared/system.h"
#include "backends/redis/sidekiq/endings.h"
#include "backends/redis/sidekiq/processes.h"
#include "backends/redis/sidekiq/queue.h"
#include "backends/redis/sidekiq/set.h"

namespace spillway {

class SidekiqSystem final : public RedisSystem {
public:
    explicit SidekiqSystem(const QByteArray& nameSpace);  // empty: no prefix

    [[nodiscard]] DetectedSystem detected() const override;
    [[nodiscard]] QList<QByteArray> keyPatterns() const override;
    void startPoll(RedisPipeline& pipeline, ServerTime now) override;
    [[nodiscard]] SystemReading finishPoll(ServerTime now) override;
    [[nodiscard]] std::vector<LostJob> takeLost() override { return m_processes.takeLost(); }

    [[nodiscard]] std::vector<DeadShelf> deadShelves(const QStringList& queues) const override;
    void countDead(RedisPipeline&, const DeadShelf&, const DeadSlice&, Count&) override;
    void readDead(RedisPipeline&, const DeadShelf&, const DeadSlice&, DeadEntries&) override;
    bool findDead(RedisPipeline&, const DeadShelf&, const QByteArray& id, DeadEntries&) override;
    void describeDead(RedisPipeline&, const DeadShelf&, const DeadEntry&, DeadJob&) override;
    void detailDead(RedisPipeline&, const DeadShelf&, const DeadEntry&, JobDetail&) override;

    static constexpr int kMaxQueues = 2000;

private:
    void takeQueueNames(RedisPipeline& pipeline, const RedisReply& reply);
    void takePaused(const RedisReply& reply);
    SidekiqQueue& queueNamed(const QByteArray& name);
    void listQueuesOfJobs();
    void dropGoneQueues();
    void attributePushes(ServerTime now);
    [[nodiscard]] qint64 withLate(qint64 rest, ServerTime now);
    void followFailures();
    [[nodiscard]] QString displayOf(const QByteArray& queue);
    [[nodiscard]] QueueReading readingOf(SidekiqQueue& queue, ServerTime now) const;
    void fillExecutions(SidekiqQueue& queue, QueueReading& reading) const;
    void followEndings(SystemReading& reading, ServerTime now);
    void findDoubles();
    void fillClaims(const SidekiqQueue& queue, QueueReading& reading) const;
    [[nodiscard]] Ratio maxAttempts(const QByteArray& queue) const;
    [[nodiscard]] LeasesReading leases();
    [[nodiscard]] std::vector<Condition> conditions(ServerTime now) const;
    [[nodiscard]] Condition fullDeadSet(ServerTime now) const;
    [[nodiscard]] Count lostWithinADay(const QByteArray& queue) const;
    [[nodiscard]] Count enqueued(const SidekiqQueue& queue, const QueueReading& reading) const;
    [[nodiscard]] SystemIdentity identity() const;

    QByteArray m_nameSpace;
    QByteArray m_start;  // "" or "namespace:"
    std::deque<SidekiqQueue> m_queues;
    QHash<QByteArray, SidekiqQueue*> m_byName;  // rebuilt when a queue goes
    DisplayNames m_names;
    SidekiqSet m_schedule, m_retry, m_dead;
    SidekiqProcesses m_processes;
    SidekiqDoubles m_doubles;
    SidekiqEndings m_endings;
    bool m_noWorkerBefore = false;
    QString m_queuesGap;
    qint64 m_notShown = 0;
    std::optional<QSet<QByteArray>> m_paused;  // Sidekiq Pro only
    std::optional<qint64> m_processedBefore, m_failedBefore;
    Count m_processed, m_failed;
    std::optional<ServerTime> m_since;
    qint64 m_runningBefore = 0;
    qint64 m_late = 0;  // executions that the next heartbeats will report; negative
    std::optional<ServerTime> m_lateSince;
    QSet<QByteArray> m_guessed;  // queues whose pushes of the last step are only a lower bound
    Capabilities m_capabilities;
};

}  // namespace spillway

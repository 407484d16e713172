// All BullMQ queues with one key prefix.
#pragma once

#include <deque>
#include <optional>

#include "backends/redis/bullmq/queue.h"
#include "backends/redis/shared/display_names.h"
#include "backends/redis/shared/system.h"

namespace spillway {

class BullmqSystem final : public RedisSystem {
public:
    explicit BullmqSystem(QByteArray prefix) : m_prefix(std::move(prefix)) {}

    // A queue of this prefix; read from the next poll on.
    void add(const QByteArray& queue);
    [[nodiscard]] bool knows(const QByteArray& queue) const { return m_names.contains(queue); }

    [[nodiscard]] DetectedSystem detected() const override;
    [[nodiscard]] QList<QByteArray> keyPatterns() const override;
    void startPoll(RedisPipeline& pipeline, ServerTime now) override;
    [[nodiscard]] SystemReading finishPoll(ServerTime now) override;
    void takeClients(const std::vector<RedisClient>& clients, const QString& why) override;
    [[nodiscard]] bool wantsClients() const override { return true; }
    [[nodiscard]] std::vector<DeadShelf> deadShelves(const QStringList& queues) const override;
    void countDead(RedisPipeline&, const DeadShelf&, const DeadSlice&, Count&) override;
    void readDead(RedisPipeline&, const DeadShelf&, const DeadSlice&, DeadEntries&) override;
    bool findDead(RedisPipeline&, const DeadShelf&, const QByteArray& id, DeadEntries&) override;
    void describeDead(RedisPipeline&, const DeadShelf&, const DeadEntry&, DeadJob&) override;
    void detailDead(RedisPipeline&, const DeadShelf&, const DeadEntry&, JobDetail&) override;

    static constexpr std::size_t kMaxQueues = 2000;  // read in one poll; more are counted, not read

private:
    [[nodiscard]] std::vector<BullmqQueue::Turns> turns(ServerTime now);
    void askAdds(RedisPipeline& pipeline, std::size_t first, std::size_t end);
    void askEvents(RedisPipeline& pipeline, ServerTime now, std::size_t first, std::size_t end);
    void takeNews(RedisPipeline& pipeline, ServerTime now, const RedisReply& reply);
    [[nodiscard]] LeasesReading leases(const SystemReading& reading) const;
    [[nodiscard]] SystemIdentity identity() const;
    [[nodiscard]] QString versions() const;
    [[nodiscard]] WorkersReading workers(const SystemReading& reading) const;

    QByteArray m_prefix;
    std::deque<BullmqQueue> m_queues;
    DisplayNames m_names;
    // Whose turn it is to have its delayed jobs, its leases or its profile looked at:
    std::size_t m_nextLook = 0, m_nextLease = 0, m_nextProfile = 0, m_nextMissing = 0;
    QHash<QByteArray, BullmqQueue*> m_byEvents;  // of this poll
    qint64 m_eventBudget = 0;
    bool m_firstPoll = true;
    std::size_t m_polled = 0;  // queues that this poll reads
    std::optional<std::vector<Worker>> m_workers;
    QString m_workersGap;
    Capabilities m_capabilities;
};

}  // namespace spillway

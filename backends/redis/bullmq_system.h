// All BullMQ queues with one key prefix.
#pragma once

#include <deque>
#include <optional>

#include "backends/redis/bullmq_queue.h"
#include "backends/redis/display_names.h"
#include "backends/redis/redis_system.h"

namespace spillway {

class BullmqSystem final : public RedisSystem {
public:
    explicit BullmqSystem(QByteArray prefix) : m_prefix(std::move(prefix)) {}

    struct Name {
        QByteArray prefix, queue;
    };
    // "bull:orders:meta" → bull, orders. BullMQ forbids ':' in queue names, prefixes may have it.
    [[nodiscard]] static std::optional<Name> nameFromMetaKey(const QByteArray& key);
    // Whether the `version` field of a meta hash is BullMQ's ("bullmq:5.81.5"); Bull 3 and 4 have none.
    [[nodiscard]] static bool isBullmqMark(const RedisReply& version);

    [[nodiscard]] const QByteArray& prefix() const { return m_prefix; }
    [[nodiscard]] DetectedSystem detected() const override;
    void startPoll(RedisPipeline& pipeline, ServerTime now) override;
    [[nodiscard]] SystemReading finishPoll(ServerTime now) override;
    bool adopt(const QByteArray& key) override;
    void takeClients(const std::vector<RedisClient>& clients, const QString& why) override;
    [[nodiscard]] bool wantsClients() const override { return true; }

    static constexpr std::size_t kMaxQueues = 2000;  // read in one poll; more are counted, not read

private:
    void askAdds(RedisPipeline& pipeline, std::size_t first, std::size_t end);
    [[nodiscard]] SystemIdentity identity() const;
    [[nodiscard]] QString versions() const;
    [[nodiscard]] WorkersReading workers(const SystemReading& reading) const;

    QByteArray m_prefix;
    std::deque<BullmqQueue> m_queues;
    DisplayNames m_names;
    std::size_t m_nextLook = 0;  // whose turn it is to have its delayed jobs looked at
    bool m_firstPoll = true;
    std::size_t m_polled = 0;  // queues that this poll reads
    std::optional<qint64> m_workers;
    QString m_workersGap;
    Capabilities m_capabilities;
};

}  // namespace spillway

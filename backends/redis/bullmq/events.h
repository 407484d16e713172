// Reads the `events` stream of one BullMQ queue (added, waiting, active, delayed, completed, failed, stalled;
// ids are the server's milliseconds; trimmed to about opts.maxLenEvents, 10 000). What follows from it is
// BullmqAttempts' and BullmqBalance's.
#pragma once

#include "backends/redis/bullmq/balance.h"

namespace spillway {

class BullmqEvents {
public:
    // `base`: "bull:orders:".
    explicit BullmqEvents(const QByteArray& base) : m_key(base + "events"), m_attempts(base) {}

    [[nodiscard]] const QByteArray& key() const { return m_key; }
    // From where on the next entries are read; the first call begins to watch at `now`.
    [[nodiscard]] const QByteArray& position(ServerTime now);
    // May its entries be asked for together with those of other queues?
    [[nodiscard]] bool small() const { return m_gap.isEmpty(); }
    // There are new entries. `budget`: entries that this poll may still read, over all queues.
    void read(RedisPipeline& pipeline, ServerTime now, qint64& budget);
    void setGap(const QString& why) { m_gap = why; }
    void setKept(qint64 entries) { m_kept = entries; }  // opts.maxLenEvents
    void noteOwner(const QByteArray& id, const QString& owner, const QString& kind) {
        m_attempts.noteOwner(id, owner, kind);
    }

    // Fills flow and claims, and run_time_s where it is not known yet. In: flow.enqueued as the id counter,
    // and the counts of jobs.
    void finishPoll(QueueReading& reading);

    static constexpr qint64 kPage = 4000;

private:
    void askSize(RedisPipeline& pipeline, ServerTime now, qint64& budget);
    void readPage(RedisPipeline& pipeline, ServerTime now, qint64& budget, int page);
    void take(const RedisReply& reply);
    void jumpTo(ServerTime now, const QString& why);

    QByteArray m_key, m_position;
    std::optional<ServerTime> m_since;
    QString m_gap;
    qint64 m_kept = 10'000;
    qint64 m_bytesPerEntry = 0;  // 0: not asked yet
    BullmqAttempts m_attempts;
    BullmqBalance m_balance;
    // Of this poll:
    qint64 m_readNow = 0;
    QString m_lost;  // why more may have happened than was counted
};

}  // namespace spillway

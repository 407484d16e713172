// One of Sidekiq's three global sorted sets: schedule, retry (score: due) or dead (score: death), float
// seconds. The queue of an entry stands only inside its JSON, so a bounded part is read: the whole set
// up to kReadAtMost entries, then each queue's share is exact; otherwise the first half of that from the
// low end and five slices from the rest, and shares are estimated.
#pragma once

#include <QHash>

#include "backends/redis/redis_pipeline.h"

namespace spillway {

class SidekiqSet {
public:
    SidekiqSet(QByteArray key, QString title) : m_key(std::move(key)), m_title(std::move(title)) {}

    // `early`: entries with a lower score are counted apart (overdue, or soon to be deleted).
    void startPoll(RedisPipeline& pipeline, double early);
    // After the last round.
    void finishPoll();
    [[nodiscard]] const Count& size() const { return m_size; }
    [[nodiscard]] QList<QByteArray> queues() const { return m_shares.keys(); }
    [[nodiscard]] Count countOf(const QByteArray& queue) const;
    [[nodiscard]] Count earlyOf(const QByteArray& queue) const;
    [[nodiscard]] Measured<ServerTime> lowestOf(const QByteArray& queue) const;

    static constexpr qint64 kReadAtMost = 1000;

private:
    struct Share {
        qint64 low = 0;    // in the part from the low end
        qint64 rest = 0;   // in the slices
        qint64 early = 0;  // in the part from the low end
        std::optional<double> lowest;
    };
    struct Slice {
        qint64 from, to;
        bool low;
    };
    [[nodiscard]] bool readAgain() const;
    void askBytes(RedisPipeline& pipeline);
    void readPart(RedisPipeline& pipeline);
    void takeSlice(const RedisReply& reply, const RedisCommand& command, bool low);
    [[nodiscard]] bool whole() const { return m_low == m_size.valueOr(-1); }
    [[nodiscard]] QString method() const;

    QByteArray m_key;
    QString m_title;
    double m_early = 0;
    Count m_size, m_earlyInAll;
    bool m_hugeJobs = false;
    // Of the last time a part was read:
    QHash<QByteArray, Share> m_shares;
    qint64 m_low = 0, m_rest = 0;  // entries read
    qint64 m_sizeWhenRead = -1;
    int m_pollsSinceRead = 0;
    qint64 m_bytesPerEntry = 0;  // 0: not asked yet
    bool m_readNow = false;
    QString m_problem;
};

}  // namespace spillway

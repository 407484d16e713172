// One of Sidekiq's three global sorted sets: schedule, retry (score: due) or dead (score: death), float
// seconds. The queue of an entry stands only inside its JSON, so a bounded part is read: the whole set
// up to kReadAtMost entries, then each queue's share is exact; otherwise the first half of that from the
// low end and five slices from the rest, and shares are estimated.
#pragma once

#include <QHash>
#include <QSet>

#include "backends/redis/shared/dead_ages.h"
#include "backends/redis/shared/due_minutes.h"
#include "backends/redis/sidekiq/payload.h"

namespace spillway {

class SidekiqSet {
public:
    SidekiqSet(const QByteArray& key, QString title)
        : m_key(key), m_title(std::move(title)), m_minutes(key, 1e-3), m_ages(key, ShelfScale{}) {}

    // `early`: entries with a lower score are counted apart (overdue, or soon to be deleted).
    void startPoll(RedisPipeline& pipeline, double early);
    // What only a large set needs, and not with every poll: when its entries are due, or how old they are.
    void askMinutes(RedisPipeline& pipeline, ServerTime now);
    void askAges(RedisPipeline& pipeline, ServerTime now);
    // After the last round.
    void finishPoll();
    [[nodiscard]] const Count& size() const { return m_size; }
    [[nodiscard]] QList<QByteArray> queues() const { return m_shares.keys(); }
    [[nodiscard]] Count countOf(const QByteArray& queue) const;
    [[nodiscard]] Count earlyOf(const QByteArray& queue) const;
    [[nodiscard]] Measured<ServerTime> lowestOf(const QByteArray& queue) const;
    // Of all queues, among what was read; that begins with the lowest.
    [[nodiscard]] std::optional<ServerTime> lowest() const;
    [[nodiscard]] RetryDues duesOf(const QByteArray& queue) const;
    [[nodiscard]] DeadAges agesOf(const QByteArray& queue, ServerTime now) const;
    struct Attempts {  // limits of the jobs that were looked at
        qint64 sum = 0, jobs = 0;
    };
    [[nodiscard]] Attempts attemptsOf(const QByteArray& queue) const {
        return m_shares.value(queue).attempts;
    }
    // Entries that came and went since the first poll, from one whole read to the next; less where the set
    // is too large to be read whole.
    struct Traffic {
        qint64 came = 0, left = 0;
    };
    [[nodiscard]] Traffic trafficOf(const QByteArray& queue) const { return m_traffic.value(queue); }
    // Entries of the last whole read whose job has failed since then.
    [[nodiscard]] qint64 failedSince(ServerTime since) const;
    // The last step of the traffic is known entry by entry.
    [[nodiscard]] bool trafficSeen() const { return m_trafficSeen; }
    // The set was read in this poll; which of its entries are those of `jobs`, among what was read.
    [[nodiscard]] bool readNow() const { return m_readNow || m_size.valueOr(1) == 0; }
    [[nodiscard]] QStringList among(const QSet<QString>& jobs) const;
    [[nodiscard]] const QString& title() const { return m_title; }
    // For a large set: entries that came to it in all; they are shared out as the set is.
    void guessTraffic(qint64 came);
    [[nodiscard]] qint64 growth() const { return m_growth; }                // since the poll before
    [[nodiscard]] qint64 bytesPerEntry() const { return m_bytesPerEntry; }  // 0: not known

    static constexpr qint64 kReadAtMost = 1000;

private:
    struct Share {
        qint64 low = 0;    // in the part from the low end
        qint64 rest = 0;   // in the slices
        qint64 early = 0;  // in the part from the low end
        std::optional<double> lowest;
        std::vector<double> scores;  // in the part from the low end
        Attempts attempts;
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
    [[nodiscard]] double shareOf(const QByteArray& queue) const;
    void followEntries();

    QByteArray m_key;
    QString m_title;
    double m_early = 0;
    Count m_size, m_earlyInAll;
    bool m_hugeJobs = false;
    // Of the last time a part was read:
    QHash<QByteArray, Share> m_shares;
    QHash<QByteArray, QByteArray> m_entries, m_entriesBefore;  // "jid score" → queue, of a whole read
    std::vector<ServerTime> m_failedAt;                        // of the entries that were read
    bool m_followed = false;                                   // m_entriesBefore is one
    bool m_trafficSeen = false;
    QHash<QByteArray, Traffic> m_traffic;
    RedisDueMinutes m_minutes;
    RedisDeadAges m_ages;
    std::optional<ServerTime> m_minutesAt, m_agesAt;
    qint64 m_sizeBefore = 0, m_growth = 0;
    bool m_everFinished = false;
    qint64 m_low = 0, m_rest = 0;  // entries read
    qint64 m_sizeWhenRead = -1;
    int m_pollsSinceRead = 0;
    qint64 m_bytesPerEntry = 0;  // 0: not asked yet
    bool m_readNow = false;
    bool m_readWhole = false;  // the last read asked for all entries
    QString m_problem;
};

}  // namespace spillway

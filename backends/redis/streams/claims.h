// The pending entries of one consumer group as claims: who holds what since when, how often it was delivered,
// and which deliveries took an entry from a consumer that was still alive.
//
// Redis knows no end of a claim: when an entry may be taken over (XAUTOCLAIM, XCLAIM) is the rule of each
// application. So time alone is weak evidence here. A take-over is a duplicate claim only where the consumer
// that lost the entry was heard of afterwards.
#pragma once

#include <QHash>
#include <deque>

#include "backends/domain/queue_reading.h"
#include "backends/redis/streams/fields.h"

namespace spillway {

class StreamClaims {
public:
    // What this poll read; `pending`: how many there are, read or not.
    void take(const std::vector<PendingEntry>& entries, const std::vector<StreamConsumer>& consumers,
              qint64 pending, const QString& display, ServerTime now);

    [[nodiscard]] const std::vector<Lease>& leases() const { return m_leases; }
    [[nodiscard]] const std::optional<Condition>& poison() const { return m_poison; }
    [[nodiscard]] qint64 redeliveries() const { return m_redeliveries; }  // seen since the first poll
    [[nodiscard]] qint64 duplicates() const { return m_duplicates; }
    [[nodiscard]] const std::vector<DuplicateClaim>& incidents() const { return m_incidents; }

    static constexpr double kWeaklyStuck_s = 600;
    static constexpr qint64 kPoisonDeliveries = 3;

private:
    struct Held {
        QByteArray consumer;
        qint64 deliveries = 0;
        ServerTime since;
    };
    struct TakeOver {  // not yet known whether the first consumer was alive
        QByteArray id, first, second;
        ServerTime first_since, second_since;
        qint64 deliveries = 0;
    };
    [[nodiscard]] Lease leaseOf(const PendingEntry& entry, const QHash<QByteArray, double>& silence,
                                const QString& display, ServerTime now) const;
    void compare(const PendingEntry& entry, ServerTime since);
    void settle(const QHash<QByteArray, double>& silence, const QString& display, ServerTime now);
    void note(const TakeOver& takeOver, const QString& display);
    void findPoison(const std::vector<PendingEntry>& entries, bool all, const QString& display,
                    ServerTime now);

    QHash<QByteArray, Held> m_held;  // of the poll before
    ServerTime m_at;                 // of the poll before
    std::deque<TakeOver> m_takeOvers;
    std::vector<Lease> m_leases;
    std::optional<Condition> m_poison;
    std::vector<DuplicateClaim> m_incidents;
    qint64 m_redeliveries = 0;
    qint64 m_duplicates = 0;
};

}  // namespace spillway

// The claims of one BullMQ queue: the oldest ids of its active list (tail first), each with its lock (string
// <id>:lock, PX, renewed by the worker) and its hash (processedOn, pb, ats, atm, stc). BullMQ's own rule: a
// job whose lock is gone is stalled; live workers put it back with one of their next checks.
#pragma once

#include "backends/redis/bullmq/counters.h"

namespace spillway {

class BullmqLeases {
public:
    BullmqLeases(QByteArray base, QString display) : m_base(std::move(base)), m_display(std::move(display)) {}

    // Reads at most `most` of them; what was read before is replaced when the poll is over.
    void ask(RedisPipeline& pipeline, qint64 most, ServerTime now);
    // As last read; none while nothing is `running`.
    [[nodiscard]] const std::vector<Lease>& finishPoll(qint64 running);
    [[nodiscard]] const std::vector<Lease>& leases() const { return m_leases; }
    // What their hashes say, as last read; `fresh` only in the poll that read them.
    [[nodiscard]] const std::vector<BullmqTries>& tries() const { return m_tries; }
    [[nodiscard]] bool fresh() const { return m_fresh; }
    [[nodiscard]] bool whole() const { return m_whole; }  // that reading left no claim out
    [[nodiscard]] const QString& problem() const { return m_problem; }

    static constexpr qint64 kMost = 100;  // of one queue

private:
    struct Claim {
        QByteArray id;
        qint64 lock_ms = -2;  // as PTTL answers
        QByteArray token;
        std::optional<BullmqTries> tries;
        bool gone = false;  // still listed after its hash was not found
    };
    void askWhetherListed(RedisPipeline& pipeline, const RedisCommand& ids);
    [[nodiscard]] Lease leaseWithoutJob(const Claim& claim) const;
    [[nodiscard]] std::optional<Lease> leaseFrom(const Claim& claim) const;

    QByteArray m_base;
    QString m_display;
    ServerTime m_now;
    bool m_asked = false, m_fresh = false, m_whole = false;
    std::vector<std::shared_ptr<Claim>> m_claims;
    std::vector<Lease> m_leases;
    std::vector<BullmqTries> m_tries;
    QString m_problem;
};

}  // namespace spillway

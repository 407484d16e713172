// The jobs of one RQ queue that run now: rq:wip:<queue>, score = the moment by which the worker must renew
// its claim (up to 90 s ahead). Up to version 1 a member is the job's id, from 2 on job and execution.
#pragma once

#include "backends/redis/rq/fields.h"
#include "backends/redis/rq/workers.h"
#include "backends/redis/wire/pipeline.h"

namespace spillway {

class RqStarted {
public:
    explicit RqStarted(QByteArray queue) : m_queue(std::move(queue)), m_key("rq:wip:" + m_queue) {}

    // `most`: claims to read; those that expire first.
    void startPoll(RedisPipeline& pipeline, qint64 most);
    void finishPoll(const QString& display, const RqWorkers& workers, ServerTime now);

    [[nodiscard]] const Count& running() const { return m_running; }
    [[nodiscard]] const std::vector<Lease>& leases() const { return m_leases; }
    [[nodiscard]] const QString& problem() const { return m_problem; }  // why claims cannot be read
    [[nodiscard]] const std::optional<Condition>& orphans() const { return m_orphans; }
    // Jobs that were seen with two executions at once, since the first poll. Only where members name the
    // execution; `recorded` tells whether they do.
    [[nodiscard]] qint64 duplicates() const { return m_duplicates; }
    [[nodiscard]] bool recorded() const { return m_recorded; }
    [[nodiscard]] const std::vector<DuplicateClaim>& incidents() const { return m_incidents; }

private:
    struct Claim {
        QByteArray member, score;
        RqExecution execution;
        QByteArray worker;
        std::optional<ServerTime> claimed_at;
        std::optional<int> attempt;
        bool gone = false;   // an id without a job
        bool ended = false;  // finished well and still listed, or not listed any more
    };
    void askWhetherListed(RedisPipeline& pipeline, std::size_t index, bool finished);
    void takeClaims(RedisPipeline& pipeline, const RedisReply& reply, const RedisCommand& command);
    void askJob(RedisPipeline& pipeline, std::size_t index);
    void askExecution(RedisPipeline& pipeline, std::size_t index);
    void askKind(RedisPipeline& pipeline, const QByteArray& job);
    void forgetKinds();
    [[nodiscard]] Lease leaseOf(const Claim& claim, const QString& display, const RqWorkers& workers,
                                ServerTime now) const;
    [[nodiscard]] QString kindOf(const Claim& claim) const { return m_kinds.value(claim.execution.job); }
    void noteDuplicates(const QString& display, const RqWorkers& workers);
    void noteDuplicate(const Claim& one, const Claim& other, const QString& display,
                       const RqWorkers& workers);

    QByteArray m_queue, m_key;
    Count m_size, m_running;
    std::vector<Claim> m_claims;
    std::vector<Lease> m_leases;
    std::optional<Condition> m_orphans;
    QString m_problem;
    QHash<QByteArray, QString> m_kinds;  // by job
    QList<QByteArray> m_seenTwice;       // members that were already counted
    std::vector<DuplicateClaim> m_incidents;
    qint64 m_duplicates = 0;
    bool m_recorded = false;
};

}  // namespace spillway

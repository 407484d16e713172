#include "backends/redis/rq/started.h"

#include <algorithm>

#include "backends/domain/human_text.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qsizetype kRemembered = 1000;
constexpr qint64 kLongestDescription = 64 << 10;  // bytes

}  // namespace

void RqStarted::startPoll(RedisPipeline& pipeline, qint64 most) {
    m_claims.clear();
    m_problem.clear();
    m_running = m_size = {};
    pipeline.count({"ZCARD", m_key}, m_size, u"sorted set"_s, [this, &pipeline, most] {
        m_running = m_size;
        if (*m_size.value == 0 || most <= 0) return;
        const RedisCommand command{"ZRANGE", m_key, "0", QByteArray::number(most - 1), "WITHSCORES"};
        pipeline.add(command, [this, &pipeline, command](const RedisReply& reply) {
            takeClaims(pipeline, reply, command);
        });
    });
}

void RqStarted::takeClaims(RedisPipeline& pipeline, const RedisReply& reply, const RedisCommand& command) {
    if (!reply.isArray()) {
        m_problem = reasonFromReply(reply, command, u"sorted set"_s);
        return;
    }
    for (std::size_t i = 0; i + 1 < reply.items.size(); i += 2) {
        Claim claim;
        claim.member = reply.items[i].text;
        claim.score = reply.items[i + 1].text;
        claim.execution = rqExecutionFrom(claim.member);
        m_claims.push_back(claim);
    }
    for (std::size_t i = 0; i < m_claims.size(); ++i) {
        askJob(pipeline, i);
        if (!m_claims[i].execution.execution.isEmpty()) askExecution(pipeline, i);
    }
}

void RqStarted::askJob(RedisPipeline& pipeline, std::size_t index) {
    const QByteArray& job = m_claims[index].execution.job;
    const RedisCommand command{"HMGET",  "rq:job:" + job, "started_at", "worker_name", "number_of_retries",
                               "status", "origin"};
    pipeline.add(command, [this, &pipeline, index, command](const RedisReply& reply) {
        if (!reply.isArray() || reply.items.size() != 5) {
            m_problem = reasonFromReply(reply, command, u"hash"_s);
            return;
        }
        Claim& claim = m_claims[index];
        if (!claim.claimed_at) claim.claimed_at = rqTimeFrom(reply.items[0].text);
        if (claim.worker.isEmpty()) claim.worker = reply.items[1].text;
        if (const auto retries = integerFrom(reply.items[2])) claim.attempt = static_cast<int>(*retries) + 1;
        const bool finished = reply.items[3].text == "finished";
        if (finished || reply.items[4].isNil()) askWhetherListed(pipeline, index, finished);
    });
    if (!m_kinds.contains(job)) askKind(pipeline, job);
}

// Both are usual for a moment, between two reads: what counts is that the id stays listed.
void RqStarted::askWhetherListed(RedisPipeline& pipeline, std::size_t index, bool finished) {
    pipeline.add({"ZSCORE", m_key, m_claims[index].member}, [this, index, finished](const RedisReply& score) {
        const bool listed = score.isText();
        m_claims[index].ended = finished || !listed;
        m_claims[index].gone = listed && !finished;
        if (finished && listed && m_running.known()) --*m_running.value;
    });
}

// A description may be as long as the arguments of the call; how long must be known before it is asked for.
void RqStarted::askKind(RedisPipeline& pipeline, const QByteArray& job) {
    m_kinds.insert(job, {});
    pipeline.add({"HSTRLEN", "rq:job:" + job, "description"}, [this, &pipeline, job](const RedisReply& size) {
        if (!size.isInteger() || size.integer == 0 || size.integer > kLongestDescription) return;
        pipeline.add({"HGET", "rq:job:" + job, "description"}, [this, job](const RedisReply& text) {
            m_kinds.insert(job, visibleText(rqKindFrom(text.text)));
        });
    });
}

void RqStarted::forgetKinds() {
    QHash<QByteArray, QString> kept;
    for (const Claim& claim : m_claims) kept.insert(claim.execution.job, kindOf(claim));
    m_kinds = std::move(kept);
}

// The execution's own facts count for more than the job's, which the newest execution has overwritten.
void RqStarted::askExecution(RedisPipeline& pipeline, std::size_t index) {
    m_recorded = true;
    pipeline.add({"HMGET", "rq:execution:" + m_claims[index].member, "created_at", "worker_name"},
                 [this, index](const RedisReply& reply) {
                     if (!reply.isArray() || reply.items.size() != 2) return;
                     if (const auto at = rqTimeFrom(reply.items[0].text)) m_claims[index].claimed_at = at;
                     if (!reply.items[1].text.isEmpty()) m_claims[index].worker = reply.items[1].text;
                 });
}

Lease RqStarted::leaseOf(const Claim& claim, const QString& display, const RqWorkers& workers,
                         ServerTime now) const {
    Lease lease;
    lease.id = visibleText(claim.execution.job);
    lease.queue = display;
    lease.kind = kindOf(claim);
    lease.owner = visibleText(claim.worker);
    lease.claimed_at = claim.claimed_at;
    lease.attempt = claim.attempt;
    lease.version = visibleText(claim.score, 40) + u' ' + visibleText(claim.execution.execution, 40);
    lease.version = lease.version.trimmed();
    lease.fencing =
        u"RQ does not fence: a worker that comes back still stores its result and removes the claim"_s;
    if (claim.gone) {
        lease.job_gone = true;
        lease.evidence << u"the job is gone: only its id is left in the started registry"_s;
        return lease;
    }
    const auto life = workers.lifeOf(claim.worker);
    if (life == RqWorkers::Life::gone)
        lease.evidence << u"worker %1 is gone: its registration has expired"_s.arg(lease.owner);
    if (const auto expires = rqExpiryFrom(claim.score)) {
        lease.expires_at = serverTimeFromSeconds(*expires);
        if (*lease.expires_at <= now)
            lease.evidence << u"the claim ran out %1 ago (score in %2)"_s.arg(
                durationText(secondsBetween(*lease.expires_at, now)), visibleText(m_key, 80));
    }
    lease.stuck = !lease.evidence.isEmpty();
    const QByteArray current = workers.currentJobOf(claim.worker);
    if (lease.stuck && life == RqWorkers::Life::alive)
        lease.evidence << (current.isEmpty() || current != claim.execution.job
                               ? u"worker %1 is there, but does not run this job"_s.arg(lease.owner)
                               : u"weak: worker %1 is still registered with this job"_s.arg(lease.owner));
    return lease;
}

void RqStarted::finishPoll(const QString& display, const RqWorkers& workers, ServerTime now) {
    m_leases.clear();
    m_orphans.reset();
    qint64 orphans = 0;
    std::optional<ServerTime> since;
    if (!m_size.known()) m_running = m_size;
    for (const Claim& claim : m_claims) {
        if (claim.ended) continue;
        m_leases.push_back(leaseOf(claim, display, workers, now));
        if (claim.gone || workers.lifeOf(claim.worker) != RqWorkers::Life::gone) continue;
        ++orphans;
        if (claim.claimed_at && (!since || *claim.claimed_at < *since)) since = claim.claimed_at;
    }
    if (orphans > 0) {
        m_orphans = Condition{ConditionKind::orphaned, display, {}, Count::exact(orphans), since, {}};
        if (orphans < m_size.valueOr(0) && static_cast<qint64>(m_claims.size()) < m_size.valueOr(0))
            m_orphans->count = Count::lowerBound(orphans, u"not all claims were read"_s);
        m_orphans->evidence =
            u"claims in %1 whose worker's registration has expired; RQ's maintenance moves them when a "
            u"worker "
            "starts, else every 10 minutes"_s.arg(visibleText(m_key, 80));
    }
    noteDuplicates(display, workers);
}

void RqStarted::noteDuplicates(const QString& display, const RqWorkers& workers) {
    QHash<QByteArray, const Claim*> first;
    for (const Claim& claim : m_claims) {
        if (claim.execution.execution.isEmpty()) continue;
        if (const Claim* other = first.value(claim.execution.job))
            noteDuplicate(*other, claim, display, workers);
        else
            first.insert(claim.execution.job, &claim);
    }
    forgetKinds();
}

void RqStarted::noteDuplicate(const Claim& one, const Claim& other, const QString& display,
                              const RqWorkers& workers) {
    const bool swap = one.claimed_at && other.claimed_at && *one.claimed_at > *other.claimed_at;
    const Claim& earlier = swap ? other : one;
    const Claim& later = swap ? one : other;
    if (m_seenTwice.contains(later.member)) return;
    if (workers.lifeOf(earlier.worker) == RqWorkers::Life::gone) return;  // taken over, not doubled
    m_seenTwice << later.member;
    if (m_seenTwice.size() > kRemembered) m_seenTwice.removeFirst();
    ++m_duplicates;
    const DuplicateClaim incident{visibleText(later.execution.job),
                                  display,
                                  kindOf(later),
                                  visibleText(earlier.worker),
                                  visibleText(later.worker),
                                  earlier.claimed_at,
                                  later.claimed_at,
                                  std::nullopt,
                                  ClaimEvidence::recorded,
                                  u"two executions of it are registered at once"_s};
    addIncident(m_incidents, incident);
}

}  // namespace spillway

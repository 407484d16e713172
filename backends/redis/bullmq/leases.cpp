#include "backends/redis/bullmq/leases.h"

#include <algorithm>

#include "backends/domain/human_text.h"
#include "backends/redis/shared/missing_jobs.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr std::chrono::seconds kSurelyClaimed{1};  // no lock is shorter; younger claims may just be over

}  // namespace

void BullmqLeases::ask(RedisPipeline& pipeline, qint64 most, ServerTime now) {
    m_asked = true;
    m_now = now;
    m_claims.clear();
    m_problem.clear();
    const qint64 asked = std::min(most, kMost);
    const RedisCommand command{"LRANGE", m_base + "active", QByteArray::number(-asked), "-1"};
    pipeline.add(command, [this, &pipeline, command, asked](const RedisReply& reply) {
        if (!reply.isArray()) m_problem = reasonFromReply(reply, command, u"list"_s);
        m_whole = reply.isArray() && static_cast<qint64>(reply.items.size()) < asked;
        for (auto id = reply.items.rbegin(); id != reply.items.rend(); ++id) {
            const auto claim = m_claims.emplace_back(std::make_shared<Claim>(Claim{id->text, -2, {}, {}}));
            const QByteArray key = m_base + id->text;
            pipeline.add({"PTTL", key + ":lock"}, [claim](const RedisReply& ttl) {
                claim->lock_ms = integerFrom(ttl).value_or(0);  // refused: not known to be gone
            });
            pipeline.add({"GET", key + ":lock"},
                         [claim](const RedisReply& token) { claim->token = token.text; });
            const bool last = std::next(id) == reply.items.rend();
            pipeline.add(RedisCommand{"HMGET", key} + bullmqTriesFields(),
                         [this, &pipeline, command, claim, last](const RedisReply& fields) {
                             claim->tries = bullmqTriesFrom(claim->id, fields);
                             if (last) askWhetherListed(pipeline, command);
                         });
        }
    });
}

// Claims without a job: those that are listed although their hash was not found. Most have ended meanwhile.
void BullmqLeases::askWhetherListed(RedisPipeline& pipeline, const RedisCommand& ids) {
    const auto suspects = std::make_shared<QByteArrayList>();
    for (const auto& claim : m_claims)
        if (claim->tries && !claim->tries->claimed_at) *suspects << claim->id;
    if (suspects->isEmpty()) return;
    const auto length = [this](const QByteArray& id) {
        return RedisCommand{"HSTRLEN", m_base + id, "timestamp"};
    };
    confirmMissing(pipeline, ids, suspects, length, [this](const QByteArray& id) {
        for (const auto& claim : m_claims)
            if (claim->id == id) claim->gone = true;
    });
}

Lease BullmqLeases::leaseWithoutJob(const Claim& claim) const {
    Lease lease;
    lease.id = QString::fromUtf8(claim.id);
    lease.queue = m_display;
    lease.job_gone = true;
    lease.evidence << u"the job is gone: only its id is left in the active list"_s;
    if (!claim.token.isEmpty()) lease.owner = u"lock token %1"_s.arg(visibleText(claim.token, 60));
    return lease;
}

// nullopt: the claim ended between the reads.
std::optional<Lease> BullmqLeases::leaseFrom(const Claim& claim) const {
    if (!claim.tries || !claim.tries->claimed_at) return std::nullopt;
    const BullmqTries& tries = *claim.tries;
    if (tries.ended_at && *tries.ended_at >= *tries.claimed_at) return std::nullopt;
    const bool lockGone = claim.lock_ms == -2;
    if (lockGone && tries.started > 0 && tries.accounted >= tries.started) return std::nullopt;
    Lease lease;
    lease.id = QString::fromUtf8(claim.id);
    lease.queue = m_display;
    lease.kind = tries.kind;
    lease.owner = tries.owner;
    if (lease.owner.isEmpty() && !claim.token.isEmpty())
        lease.owner = u"lock token %1"_s.arg(visibleText(claim.token, 60));
    lease.claimed_at = tries.claimed_at;
    if (claim.lock_ms > 0) lease.expires_at = m_now + std::chrono::milliseconds(claim.lock_ms);
    if (tries.started > 0) lease.attempt = static_cast<int>(tries.started);
    if (lockGone && m_now - *lease.claimed_at > kSurelyClaimed) {
        lease.stuck = true;
        lease.evidence << u"its lock has expired and the stalled check of the workers has not moved it yet"_s;
    }
    if (tries.stalled > 0) lease.evidence << u"it stalled %1 times before (stc)"_s.arg(tries.stalled);
    if (tries.started > tries.accounted + 1 && tries.stalled == 0)
        lease.evidence << u"weak: started %1 times, but only %2 attempts were accounted for"_s
                              .arg(tries.started)
                              .arg(tries.accounted);
    lease.fencing =
        u"a late worker cannot finish the job any more, its lock token is refused; what it does elsewhere happens twice"_s;
    lease.version =
        QString::number(millisSinceEpoch(*tries.claimed_at)) + u'|' + QString::number(tries.started);
    return lease;
}

const std::vector<Lease>& BullmqLeases::finishPoll(qint64 running) {
    m_fresh = std::exchange(m_asked, false);
    if (running == 0) m_whole = true;
    if (running == 0 || m_fresh) {
        m_leases.clear();
        m_tries.clear();
    }
    if (!m_fresh) return m_leases;
    for (const auto& claim : m_claims) {
        if (claim->gone) m_leases.push_back(leaseWithoutJob(*claim));
        auto lease = leaseFrom(*claim);
        if (!lease) continue;
        m_leases.push_back(std::move(*lease));
        m_tries.push_back(*claim->tries);
    }
    m_claims.clear();
    return m_leases;
}

}  // namespace spillway

#include "backends/redis/bullmq_leases.h"

#include "backends/domain/human_text.h"
#include "backends/redis/redis_errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr std::chrono::seconds kSurelyClaimed{1};  // no lock is shorter; younger claims may just be over

enum Field { processedOn, finishedOn, owner, started, made, stalled, stalledBefore5, kind };
const RedisCommand kFields{"processedOn", "finishedOn", "pb", "ats", "atm", "stc", "stalledCounter", "name"};

}  // namespace

void BullmqLeases::ask(RedisPipeline& pipeline, qint64 most, ServerTime now) {
    m_asked = true;
    m_now = now;
    m_claims.clear();
    m_problem.clear();
    const RedisCommand command{"LRANGE", m_base + "active", QByteArray::number(-std::min(most, kMost)), "-1"};
    pipeline.add(command, [this, &pipeline, command](const RedisReply& reply) {
        if (!reply.isArray()) m_problem = reasonFromReply(reply, command, u"list"_s);
        for (auto id = reply.items.rbegin(); id != reply.items.rend(); ++id) {
            const auto claim = m_claims.emplace_back(std::make_shared<Claim>(Claim{id->text, -2, {}, {}}));
            const QByteArray key = m_base + id->text;
            pipeline.add({"PTTL", key + ":lock"}, [claim](const RedisReply& ttl) {
                claim->lock_ms = integerFrom(ttl).value_or(0);  // refused: not known to be gone
            });
            pipeline.add({"GET", key + ":lock"},
                         [claim](const RedisReply& token) { claim->token = token.text; });
            pipeline.add(RedisCommand{"HMGET", key} + kFields,
                         [claim](const RedisReply& fields) { claim->fields = fields.items; });
        }
    });
}

// nullopt: the claim ended between the reads.
std::optional<Lease> BullmqLeases::leaseFrom(const Claim& claim) const {
    if (claim.fields.size() != static_cast<std::size_t>(kFields.size())) return std::nullopt;
    const auto number = [&claim](Field field) { return integerFrom(claim.fields[field]); };
    const auto since = number(processedOn);
    if (!since || number(finishedOn).value_or(0) >= *since) return std::nullopt;
    const qint64 ats = number(started).value_or(0), atm = number(made).value_or(0);
    const qint64 stalls = std::max(number(stalled).value_or(0), number(stalledBefore5).value_or(0));
    const bool lockGone = claim.lock_ms == -2;
    if (lockGone && ats > 0 && atm >= ats) return std::nullopt;
    Lease lease;
    lease.id = QString::fromUtf8(claim.id);
    lease.queue = m_display;
    lease.kind = visibleText(claim.fields[kind].text);
    lease.owner = visibleText(claim.fields[owner].text);
    if (lease.owner.isEmpty() && !claim.token.isEmpty())
        lease.owner = u"lock token %1"_s.arg(visibleText(claim.token, 60));
    lease.claimed_at = serverTimeFromMillis(*since);
    if (claim.lock_ms > 0) lease.expires_at = m_now + std::chrono::milliseconds(claim.lock_ms);
    if (ats > 0) lease.attempt = static_cast<int>(ats);
    if (lockGone && m_now - *lease.claimed_at > kSurelyClaimed) {
        lease.stuck = true;
        lease.evidence << u"its lock has expired and the stalled check of the workers has not moved it yet"_s;
    }
    if (stalls > 0) lease.evidence << u"it stalled %1 times before (stc)"_s.arg(stalls);
    if (ats > atm + 1 && stalls == 0)
        lease.evidence << u"weak: started %1 times, but only %2 attempts were accounted for"_s.arg(ats).arg(
            atm);
    lease.fencing =
        u"a late worker cannot finish the job any more, its lock token is refused; what it does elsewhere happens twice"_s;
    lease.version = QString::number(*since) + u'|' + QString::number(ats);
    return lease;
}

const std::vector<Lease>& BullmqLeases::finishPoll(qint64 running) {
    if (running == 0) m_leases.clear();
    if (!std::exchange(m_asked, false)) return m_leases;
    m_leases.clear();
    for (const auto& claim : m_claims)
        if (auto lease = leaseFrom(*claim)) m_leases.push_back(std::move(*lease));
    m_claims.clear();
    return m_leases;
}

}  // namespace spillway

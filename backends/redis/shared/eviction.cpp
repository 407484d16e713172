#include "backends/redis/shared/eviction.h"

#include "backends/domain/human_text.h"
#include "backends/redis/shared/server_info.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {
constexpr std::chrono::minutes kAgainAfter{1};
}

void RedisEviction::ask(RedisPipeline& pipeline) {
    if (!m_next.hasExpired()) return;
    pipeline.add({"INFO", "memory"}, [this](const RedisReply& reply) {
        const RedisInfo info = infoFrom(reply);
        m_next.setRemainingTime(std::chrono::milliseconds(kAgainAfter));
        m_policy = info.value("maxmemory_policy");
        m_limit = info.value("maxmemory").toLongLong();
        m_used = info.value("used_memory").toLongLong();
    });
    pipeline.add({"INFO", "stats"}, [this](const RedisReply& reply) {
        m_evicted = infoFrom(reply).value("evicted_keys").toLongLong();
    });
}

void RedisEviction::note(SystemReading& reading) const {
    if (m_limit <= 0 || m_policy.isEmpty() || m_policy == "noeviction") return;
    const bool onlyExpiring = m_policy.startsWith("volatile");
    const double used = 100.0 * static_cast<double>(m_used) / static_cast<double>(m_limit);
    Condition condition;
    condition.kind = ConditionKind::eviction;
    condition.subject = visibleText(m_policy, 40);
    condition.evidence =
        u"maxmemory-policy is %1, and %2 % of maxmemory are used (INFO memory); %3"_s.arg(condition.subject)
            .arg(used, 0, 'f', 0)
            .arg(onlyExpiring ? u"locks and heartbeats may be deleted, queue systems want noeviction"_s
                              : u"jobs may be deleted, queue systems want noeviction"_s);
    if (m_evicted > 0) {
        condition.count = Count::exact(m_evicted);
        condition.evidence =
            u"%1 keys evicted since the server's start, policy %2; "_s.arg(m_evicted).arg(condition.subject) +
            condition.evidence;
    }
    reading.conditions.push_back(std::move(condition));
}

}  // namespace spillway

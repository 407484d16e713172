#include "backends/redis/streams/pending.h"

#include <algorithm>
#include <memory>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {
constexpr std::chrono::seconds kMessagesAgainAfter{20};
}

// A deleted message never comes back: it is gone if its entry is still pending afterwards.
void StreamPending::look(RedisPipeline& pipeline, const QByteArray& stream, const QByteArray& group,
                         const std::vector<PendingEntry>& entries) {
    if (m_lookedAt && m_now && *m_now - *m_lookedAt < kMessagesAgainAfter) return;
    m_lookedAt = m_now;
    m_looked = static_cast<qint64>(std::min(entries.size(), kLookAtMost));
    m_gone = 0;
    for (qint64 i = 0; i < m_looked; ++i) {
        const QByteArray& id = entries[static_cast<std::size_t>(i)].id;
        const auto there = std::make_shared<bool>(true);
        pipeline.add({"XRANGE", stream, id, id}, [there](const RedisReply& message) {
            *there = !message.isArray() || !message.items.empty();
        });
        pipeline.add({"XPENDING", stream, group, id, id, "1"}, [this, there](const RedisReply& pending) {
            if (!*there && pending.isArray() && !pending.items.empty()) ++m_gone;
        });
    }
}

void StreamPending::finishPoll(const StreamGroupInfo& info, const std::vector<PendingEntry>& entries,
                               ServerTime now) {
    m_now = now;
    m_pending = info.pending;
    if (m_pending == 0) m_gone = 0;
    m_oldest_s = 0;
    for (const PendingEntry& entry : entries) m_oldest_s = std::max(m_oldest_s, entry.idle_s);
    m_neverAny = info.entries_read == m_pending;
    const std::optional<qint64> done =
        info.entries_read ? std::optional(*info.entries_read - m_pending) : std::nullopt;
    if (!done || done != m_done || m_pending < kNotable) m_doneSince = now;
    m_done = done;
}

void StreamPending::addConditions(const QString& display, std::vector<Condition>& into) const {
    if (m_gone > 0)
        into.push_back(
            {ConditionKind::missing_jobs,
             display,
             u"among the pending entries"_s,
             m_looked >= m_pending
                 ? Count::exact(m_gone)
                 : Count::lowerBound(m_gone, u"only %1 of %2 were looked at"_s.arg(m_looked).arg(m_pending)),
             {},
             u"XPENDING lists them, and XRANGE finds no message: deleted or trimmed before they were "
             "acknowledged"_s});
    const double quiet_s = m_doneSince && m_now ? secondsBetween(*m_doneSince, *m_now) : 0;
    if (m_pending < kNotable || m_oldest_s < kQuiet_s || !(m_neverAny || quiet_s >= kQuiet_s)) return;
    into.push_back(
        {ConditionKind::unacknowledged,
         display,
         {},
         Count::exact(m_pending),
         {},
         m_neverAny
             ? u"every entry that this group ever read is still pending; one was delivered %1 ago"_s.arg(
                   durationText(m_oldest_s))
             : u"none was acknowledged in the last %1; one was delivered %2 ago"_s.arg(
                   durationText(quiet_s), durationText(m_oldest_s))});
}

}  // namespace spillway

#include "backends/redis/streams/losses.h"

#include <algorithm>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr std::size_t kLostKept = 20;
constexpr double kLostToldFor_s = 3600;
constexpr double kIdleGrain_s = 0.002;  // idle times are differences of whole milliseconds

}  // namespace

void StreamLosses::take(const StreamGroupInfo& info, const Seen& seen, ServerTime now) {
    m_guessed = false;
    if (hasMoved(info)) findSkipped(info, seen);
    if (m_at && seen.consumers) findDropped(info, *seen.consumers, now);
    std::erase_if(m_lost, [now](const Lost& lost) { return secondsBetween(lost.at, now) > kLostToldFor_s; });
    m_at = now;
    m_info = info;
    if (info.entries_read) m_read = info.entries_read;
    if (!seen.consumers) return;
    m_entries = seen.pending;
    m_pendingOf.clear();
    for (const StreamConsumer& consumer : *seen.consumers) m_pendingOf[consumer.name] = consumer.pending;
}

// A consumer is heard of whenever it reads; one that has gone meanwhile may have read before.
bool StreamLosses::nobodyRead(const Seen& seen) const {
    return seen.consumers && seen.consumers_at && seen.consumers->size() >= m_pendingOf.size() &&
           std::all_of(seen.consumers->begin(), seen.consumers->end(), [&](const StreamConsumer& consumer) {
               return secondsBetween(*m_at, *seen.consumers_at) + kIdleGrain_s < consumer.idle_s;
           });
}

// A group that was moved by hand does not know what it has read until it reads the next entry; then the
// server counts as if it had read all before it.
void StreamLosses::findSkipped(const StreamGroupInfo& info, const Seen& seen) {
    const bool byHand = nobodyRead(seen);
    if (!info.entries_read) {
        m_moved = m_moved || byHand;
        return;
    }
    if (!m_read || !(m_moved || byHand)) return;
    m_guessed = m_moved;  // what was read since is among them
    m_moved = false;
    m_skipped += std::max<qint64>(0, *info.entries_read - *m_read);
}

void StreamLosses::findDropped(const StreamGroupInfo& info, const std::vector<StreamConsumer>& consumers,
                               ServerTime now) {
    qint64 left = m_info.pending - info.pending;  // at least so many are not pending any more
    if (info.entries_read && m_info.entries_read)
        left += std::max<qint64>(0, *info.entries_read - *m_info.entries_read);
    for (const auto& [name, pending] : m_pendingOf) {
        const bool there = std::any_of(consumers.begin(), consumers.end(),
                                       [&name = name](const auto& each) { return each.name == name; });
        const qint64 gone = there ? 0 : std::min(pending, left);
        if (gone <= 0) continue;
        left -= gone;
        m_dropped += gone;
        m_guessed = true;
        note(name, gone, now);
    }
}

void StreamLosses::note(const QByteArray& consumer, qint64 dropped, ServerTime now) {
    Lost lost{consumer, 0, {}, now};
    for (const PendingEntry& entry : m_entries) {
        if (entry.consumer != consumer || entry.idle_s < kAbandoned_s) continue;
        if (lost.entries++ == 0) lost.first = entry.id;
    }
    lost.entries = std::min(lost.entries, dropped);
    if (lost.entries == 0) return;  // a consumer that ends may finish what it has and then go
    m_lost.push_back(lost);
    if (m_lost.size() > kLostKept) m_lost.pop_front();
}

// Entries go round among consumers that wait for them: one that got none while the others got many does not
// wait any more. One that holds entries may work on them.
double streamSilenceAllowed_s(qint64 read, double watched_s, std::size_t consumers, bool holdsEntries) {
    constexpr double kTurns = 10, kLeast_s = 30, kMost_s = 300;
    const auto among = static_cast<double>(consumers), entries = static_cast<double>(read);
    if (holdsEntries || entries < kTurns * among) return kMost_s;
    return std::clamp(kTurns * watched_s * among / entries, kLeast_s, kMost_s);
}

void StreamLosses::addConditions(const QString& display, std::vector<Condition>& into) const {
    for (const Lost& lost : m_lost)
        into.push_back(
            {ConditionKind::lost_with_worker, display, visibleText(lost.consumer, 80),
             Count::lowerBound(lost.entries, u"pending for more than %1 when the consumer was removed"_s.arg(
                                                 durationText(kAbandoned_s))),
             lost.at,
             u"the consumer was removed from the group (XGROUP DELCONSUMER), which drops what it had not "
             "acknowledged; the first of them is entry %1"_s.arg(visibleText(lost.first, 60)),
             u"Read these entries in the stream (XRANGE), find out which were done, and add the others again "
             "(XADD). Before a consumer is removed, let another one take over what it holds (XAUTOCLAIM)."_s});
}

}  // namespace spillway

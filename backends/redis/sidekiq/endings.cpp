#include "backends/redis/sidekiq/endings.h"

#include <algorithm>
#include <cmath>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {}  // namespace

void SidekiqEndings::startPoll(const Count& processed, const Count& failed, const SidekiqSet& retry,
                               ServerTime now) {
    m_followed = retry.trafficSeen();
    m_heartbeat = false;
    m_gap.clear();
    if (!failed.known() || !processed.known())
        m_gap = failed.known() ? processed.method : failed.method;
    else if (!m_followed)
        m_gap =
            u"the retry set is too large to be followed entry by entry, and what failed for good is told "
            u"apart by it"_s;
    for (Queue& queue : m_queues) queue.seen = false;
    if (!m_gap.isEmpty()) {
        m_failedAtFirst.reset();  // to begin anew
        return;
    }
    count(processed, failed, now, retry);
}

// A counter that went down was reset by hand.
void SidekiqEndings::count(const Count& processed, const Count& failed, ServerTime now,
                           const SidekiqSet& retry) {
    const bool reset =
        m_failedAtFirst && (*failed.value < *m_failedAtFirst || *processed.value < m_processed.value_or(0));
    if (!m_failedAtFirst || reset) {
        m_failedAtFirst = *failed.value;
        m_came = m_failures = m_told = 0;
        m_fresh = retry.failedSince(now - kLatestHeartbeat);
        m_processed = *processed.value;
        return;
    }
    m_heartbeat = *processed.value > *m_processed;
    m_anyHeartbeat = m_anyHeartbeat || m_heartbeat;
    m_processed = *processed.value;
    m_failures = std::max(m_failures, *failed.value - *m_failedAtFirst);
}

void SidekiqEndings::take(const QByteArray& name, qint64 attempts, qint64 cameToRetry, bool noWorker) {
    Queue& queue = m_queues[name];
    queue.seen = true;
    const qint64 came = cameToRetry - std::exchange(queue.cameBefore, cameToRetry);
    if (m_followed && came > 0) {
        queue.came += came;
        m_came += came;
    }
    if (!queue.atFirst) queue.atFirst = queue.attempts = attempts;
    const qint64 step = attempts - std::exchange(queue.attempts, attempts);
    if (noWorker && !m_heartbeat && m_gap.isEmpty()) queue.removed += std::max<qint64>(0, step);
    const qint64 ended = std::max(queue.ended, attempts - *queue.atFirst - queue.removed - queue.came);
    queue.pending += ended - std::exchange(queue.ended, ended);
}

void SidekiqEndings::shareOut() {
    const qint64 failed = std::max<qint64>(0, m_failures - m_came - m_fresh);
    qint64 pending = 0;
    int queues = 0;
    for (const Queue& queue : m_queues) {
        pending += queue.pending;
        queues += queue.pending > 0 ? 1 : 0;
    }
    if (!m_heartbeat || pending == 0) return;
    const qint64 more = std::min(failed - m_told, pending);
    m_shared = queues > 1 && more > 0 && more < pending;
    m_told += std::max<qint64>(0, more);
    for (Queue& queue : m_queues) {
        if (queue.pending == 0) continue;
        queue.failedShare = std::max(0.0, static_cast<double>(more) / static_cast<double>(pending));
        queue.failed += queue.failedShare * static_cast<double>(queue.pending);
        queue.pending = 0;
    }
}

void SidekiqEndings::finishPoll() {
    m_queues.removeIf([](const auto& each) { return !each.value().seen; });
    if (!m_gap.isEmpty()) return;
    shareOut();
    for (Queue& queue : m_queues) {
        const double failed = queue.failed + queue.failedShare * static_cast<double>(queue.pending);
        queue.shownFailed = std::max<qint64>(queue.shownFailed, std::llround(failed));
        queue.shownCompleted = std::max(queue.shownCompleted, queue.ended - queue.shownFailed);
    }
}

void SidekiqEndings::fill(const QByteArray& name, const Count& seen, FlowTotals& flow) const {
    if (!m_gap.isEmpty() || !seen.known()) {
        flow.completed = flow.died = flow.failed_for_good =
            Count::notObservable(m_gap.isEmpty() ? seen.method : m_gap);
        return;
    }
    const Queue queue = m_queues.value(name);
    const QString method =
        m_shared ? u"jobs that left the queue; Sidekiq counts failures for all queues together, so they are "
                   u"shared out as the jobs that ended"_s
                 : u"jobs that left the queue, less those that came to the retry set and those that the "
                   u"workers counted as failed"_s;
    flow.completed = {queue.shownCompleted, seen.provenance, method};
    flow.died = {queue.shownFailed, seen.provenance, method};
    flow.failed_for_good =
        m_anyHeartbeat
            ? flow.died
            : Count::notObservable(
                  u"failures are reported with the next heartbeat, within 10 s of the first poll"_s);
}

}  // namespace spillway

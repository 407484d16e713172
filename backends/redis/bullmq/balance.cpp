#include "backends/redis/bullmq/balance.h"

#include <algorithm>
#include <cmath>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

const QString kEvents = u"events of the queue: every job that was added, completed or failed for good"_s;
const QString kCounter =
    u"the queue's id counter; adds of ids that exist and deduplicated ones count, too, though they were "
    "refused"_s;
const QString kBalance = u"; made up from the id counter and the jobs in the queue"_s;

// nullopt: a part of it is not known.
std::optional<qint64> insideOf(const QueueReading& reading) {
    qint64 sum = 0;
    for (const Count* part :
         {&reading.ready, &reading.running, &reading.scheduled, &reading.retrying, &reading.blocked}) {
        if (!part->known() || part->provenance == Provenance::lower_bound) return std::nullopt;
        sum += *part->value;
    }
    return sum;
}

}  // namespace

void BullmqBalance::finishPoll(QueueReading& reading, const BullmqTally& tally, const QString& lost,
                               const QString& gap) {
    const Count counter = reading.flow.enqueued;
    const auto inside = insideOf(reading);
    m_balanced = false;
    if (m_first) {
        m_enqueued = counter.valueOr(0);
    } else if (!lost.isEmpty() || !gap.isEmpty()) {
        addLost(tally, counter, inside);
    } else {
        m_enqueued += tally.added;
        m_completed += tally.completed;
        m_failed += tally.failed;
    }
    m_completedSeen += tally.completed;
    m_failedSeen += tally.failed;
    m_first = false;
    m_counter = counter;
    m_inside = inside;
    const Provenance how = lost.isEmpty() ? Provenance::exact
                           : m_balanced   ? Provenance::estimated
                                          : Provenance::lower_bound;
    fill(reading.flow, counter, how, lost.isEmpty() ? kEvents : m_balanced ? lost + kBalance : lost, gap);
}

void BullmqBalance::addLost(const BullmqTally& tally, const Count& counter, std::optional<qint64> inside) {
    qint64 added = tally.added, left = tally.completed + tally.failed;
    const bool counted = counter.known() && m_counter.known() && *counter.value >= *m_counter.value;
    if (counted) {
        const auto adds = static_cast<double>(*counter.value - *m_counter.value);
        const qint64 known = tally.added + tally.refused;
        const double taken = known > 0 ? static_cast<double>(tally.added) / static_cast<double>(known) : 1;
        added = std::max(added, static_cast<qint64>(std::llround(adds * taken)));
    }
    m_balanced = counted && inside && m_inside;
    if (m_balanced) left = std::max(left, added + tally.replayed - (*inside - *m_inside));
    const bool now = tally.completed + tally.failed > 0;
    const qint64 well = now ? tally.completed : m_completedSeen, badly = now ? tally.failed : m_failedSeen;
    const double share =
        well + badly > 0 ? static_cast<double>(badly) / static_cast<double>(well + badly) : 0;
    const qint64 failed = std::llround(share * static_cast<double>(left));
    m_enqueued += added;
    m_failed += failed;
    m_completed += left - failed;
}

void BullmqBalance::fill(FlowTotals& flow, const Count& counter, Provenance how, const QString& method,
                         const QString& gap) const {
    if (!gap.isEmpty()) {
        flow.completed = flow.died = flow.failed_for_good = Count::notObservable(gap);
        if (counter.known()) flow.enqueued = Count::estimated(m_enqueued, kCounter);
        return;
    }
    flow.enqueued = {m_enqueued, how, method};
    flow.completed = {m_completed, how, method};
    flow.died = flow.failed_for_good = {m_failed, how, method};
}

}  // namespace spillway

#include "backends/redis/streams/claims.h"

#include <algorithm>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr std::size_t kTakeOversKept = 200;
constexpr double kTakeOverForgotten_s = 900;
constexpr double kClockSlack_s = 0.02;  // the two were not read in the same instant

ServerTime ago(ServerTime now, double seconds) {
    return now - std::chrono::microseconds(static_cast<qint64>(seconds * 1e6));
}

}  // namespace

void StreamClaims::take(const std::vector<PendingEntry>& entries,
                        const std::vector<StreamConsumer>& consumers, qint64 pending, const QString& display,
                        ServerTime now) {
    QHash<QByteArray, double> silence;
    for (const StreamConsumer& consumer : consumers) silence.insert(consumer.name, consumer.idle_s);
    m_leases.clear();
    QHash<QByteArray, Held> held;
    for (const PendingEntry& entry : entries) {
        const ServerTime since = ago(now, entry.idle_s);
        m_leases.push_back(leaseOf(entry, silence, display, now));
        compare(entry, since);
        held.insert(entry.id, {entry.consumer, entry.deliveries, since});
    }
    m_held = std::move(held);
    m_at = now;
    settle(silence, display, now);
    findPoison(entries, static_cast<qint64>(entries.size()) >= pending, display, now);
}

Lease StreamClaims::leaseOf(const PendingEntry& entry, const QHash<QByteArray, double>& silence,
                            const QString& display, ServerTime now) const {
    Lease lease;
    lease.id = visibleText(entry.id, 60);
    lease.queue = display;
    lease.owner = visibleText(entry.consumer);
    lease.claimed_at = ago(now, entry.idle_s);
    lease.attempt = static_cast<int>(std::min<qint64>(entry.deliveries, 1'000'000));
    lease.version = QString::number(entry.deliveries) + u' ' + lease.owner;
    lease.fencing = u"none: an XACK by the consumer that lost the entry ends it for the new one, too"_s;
    if (entry.idle_s < kWeaklyStuck_s) return lease;
    lease.stuck = true;
    lease.evidence
        << u"weak: delivered %1 ago and not acknowledged; after how long another consumer takes it "
           "over is the application's rule"_s.arg(durationText(entry.idle_s));
    if (!silence.contains(entry.consumer)) return lease;
    const double silent_s = silence.value(entry.consumer);
    lease.evidence << (silent_s < kWeaklyStuck_s
                           ? u"weak: its consumer was heard of %1 ago"_s.arg(durationText(silent_s))
                           : u"weak: its consumer was not heard of for %1"_s.arg(durationText(silent_s)));
    return lease;
}

// Against the poll before: was it delivered again, and to another consumer?
void StreamClaims::compare(const PendingEntry& entry, ServerTime since) {
    const auto before = m_held.constFind(entry.id);
    if (before == m_held.cend() || entry.deliveries <= before->deliveries) return;
    m_redeliveries += entry.deliveries - before->deliveries;
    if (before->consumer == entry.consumer) return;
    // The time is read a moment before the entries, so that both look a little older than they are.
    m_takeOvers.push_back(
        {entry.id, before->consumer, entry.consumer, before->since, std::max(since, m_at), entry.deliveries});
    if (m_takeOvers.size() > kTakeOversKept) m_takeOvers.pop_front();
}

void StreamClaims::settle(const QHash<QByteArray, double>& silence, const QString& display, ServerTime now) {
    std::erase_if(m_takeOvers, [&](const TakeOver& takeOver) {
        const auto silent = silence.constFind(takeOver.first);
        if (silent == silence.cend()) return false;
        if (secondsBetween(takeOver.second_since, ago(now, *silent)) < kClockSlack_s) return false;
        note(takeOver, display);
        return true;
    });
    std::erase_if(m_takeOvers, [now](const TakeOver& takeOver) {
        return secondsBetween(takeOver.second_since, now) > kTakeOverForgotten_s;
    });
}

void StreamClaims::note(const TakeOver& takeOver, const QString& display) {
    ++m_duplicates;
    DuplicateClaim incident;
    incident.id = visibleText(takeOver.id, 60);
    incident.queue = display;
    incident.first_owner = visibleText(takeOver.first);
    incident.second_owner = visibleText(takeOver.second);
    incident.first_claimed_at = takeOver.first_since;
    incident.second_claimed_at = takeOver.second_since;
    incident.evidence = ClaimEvidence::counter;
    incident.note =
        u"delivery %1 took it from a consumer that was heard of afterwards: it was alive, or has "
        "restarted under the same name"_s.arg(takeOver.deliveries);
    addIncident(m_incidents, incident);
}

void StreamClaims::findPoison(const std::vector<PendingEntry>& entries, bool all, const QString& display,
                              ServerTime now) {
    m_poison.reset();
    qint64 count = 0;
    const PendingEntry* worst = nullptr;
    for (const PendingEntry& entry : entries) {
        if (entry.deliveries < kPoisonDeliveries) continue;
        ++count;
        if (!worst || entry.deliveries > worst->deliveries) worst = &entry;
    }
    if (!worst) return;
    m_poison = Condition{ConditionKind::poison_pill, display, {}, Count::exact(count), {}, {}};
    if (!all) m_poison->count = Count::lowerBound(count, u"among the oldest pending entries"_s);
    m_poison->since = ago(now, worst->idle_s);
    m_poison->evidence =
        u"XPENDING: entry %1 was delivered %2 times, last to %3, and never acknowledged"_s.arg(
            visibleText(worst->id, 60), exactCountText(worst->deliveries), visibleText(worst->consumer, 60));
}

}  // namespace spillway

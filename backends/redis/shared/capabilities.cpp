#include "backends/redis/shared/capabilities.h"

#include <QHash>
#include <algorithm>
#include <functional>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// nullopt: nothing stands against the signal here; otherwise why it cannot be seen.
using Gap = std::optional<QString>;

Gap gapOf(const Count& count) {
    return count.known() ? Gap() : Gap(count.method);
}

// No oldest job in an empty set is no gap.
Gap gapOfOldest(const Measured<ServerTime>& oldest, const Count& count) {
    if (oldest.known() || count.valueOr(1) == 0) return {};
    return oldest.method;
}

const QHash<QString, std::function<Gap(const QueueReading&)>>& questions() {
    static const QHash<QString, std::function<Gap(const QueueReading&)>> all{
        {u"ready"_s, [](const auto& q) { return gapOf(q.ready); }},
        {u"scheduled"_s, [](const auto& q) { return gapOf(q.scheduled); }},
        {u"retrying"_s, [](const auto& q) { return gapOf(q.retrying); }},
        {u"blocked"_s, [](const auto& q) { return gapOf(q.blocked); }},
        {u"running"_s, [](const auto& q) { return gapOf(q.running); }},
        {u"dead"_s, [](const auto& q) { return gapOf(q.dead); }},
        {u"overdue"_s, [](const auto& q) { return gapOf(q.overdue); }},
        {u"oldest_age_s"_s, [](const auto& q) { return gapOfOldest(q.oldest_ready_at, q.ready); }},
        {u"dead_oldest_age_s"_s, [](const auto& q) { return gapOfOldest(q.oldest_dead_at, q.dead); }},
        {u"lost_next_24h"_s, [](const auto& q) { return gapOf(q.lost_next_24h); }},
        // One follows from the other by the balance of the queue.
        {u"arrival_rate"_s,
         [](const auto& q) { return q.flow.completed.known() ? Gap() : gapOf(q.flow.enqueued); }},
        {u"drain_rate"_s,
         [](const auto& q) { return q.flow.completed.known() ? Gap() : gapOf(q.flow.enqueued); }},
        {u"retries"_s, [](const auto& q) { return q.retry_due.known() ? Gap() : Gap(q.retry_due.method); }},
        {u"amplification"_s,
         [](const auto& q) {
             return q.flow.executed.known() ? gapOf(q.flow.first_executed) : gapOf(q.flow.executed);
         }},
        {u"duplicate_claims"_s, [](const auto& q) { return gapOf(q.claims.duplicates); }},
        {u"paused"_s,
         [](const auto& q) { return q.paused ? Gap() : Gap(u"this system does not record it"_s); }},
    };
    return all;
}

Gap gapIn(const SystemReading& reading, const QString& signal) {
    if (signal == u"workers"_s) return gapOf(reading.workers.live);
    if (signal == u"leases"_s) return reading.leases.gap.isEmpty() ? Gap() : Gap(reading.leases.gap);
    const auto question = questions().value(signal);
    if (!question || reading.queues.empty()) return {};
    Gap first;
    for (const QueueReading& queue : reading.queues) {
        const Gap gap = question(queue);
        if (!gap) return {};  // one queue gives it: the others say for themselves why they do not
        if (!first) first = gap;
    }
    return first;
}

}  // namespace

Capabilities capabilitiesOf(const SystemReading& reading, const std::vector<Capability>& known) {
    Capabilities capabilities;
    for (const Capability& each : known) {
        const Gap gap = gapIn(reading, each.signal);
        const bool never = !each.observable && !each.why.isEmpty();  // and the system knows why
        if (gap)
            capabilities.set(each.signal, false, never || gap->isEmpty() ? each.why : *gap);
        else
            capabilities.set(each.signal, each.observable, each.why);
    }
    return capabilities;
}

}  // namespace spillway

#include "backends/health/dead_letter_queue.h"

#include <algorithm>

#include "backends/domain/name_pattern.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// What is not recorded counts as nothing here; the sum claims no more than its weakest known part.
Count sumOf(const std::initializer_list<const Count*>& parts) {
    Count sum = Count::exact(0);
    for (const Count* part : parts)
        if (part->known())
            sum = {*sum.value + *part->value, weaker(sum.provenance, part->provenance), part->method};
    return sum;
}

Measured<ServerTime> older(const Measured<ServerTime>& a, const Measured<ServerTime>& b) {
    if (!a.known() || !b.known()) return a.known() ? a : b;
    return *a.value <= *b.value ? a : b;
}

}  // namespace

QueueReading asDeadLetters(QueueReading queue) {
    if (!queue.ready.known()) return queue;  // then nothing is known of the dead either
    queue.dead = sumOf({&queue.ready, &queue.scheduled, &queue.retrying, &queue.dead});
    queue.oldest_dead_at = older(queue.oldest_ready_at, queue.oldest_dead_at);
    queue.ready = queue.scheduled = queue.retrying = queue.overdue = Count::exact(0);
    queue.oldest_ready_at =
        Measured<ServerTime>::notObservable(u"what lies in a dead-letter queue is dead, not waiting"_s);
    if (!queue.lost_next_24h.known()) queue.lost_next_24h = queue.expiring;
    queue.expiring = {};
    queue.expires_next_at = {};
    queue.held = {};
    FlowTotals flow;
    flow.died = queue.flow.enqueued;
    const QString why = u"a dead-letter queue is no backlog"_s;
    for (Count* total : {&flow.enqueued, &flow.executed, &flow.first_executed, &flow.retried, &flow.completed,
                         &flow.failed_for_good})
        *total = Count::notObservable(why);
    queue.flow = flow;
    return queue;
}

void markDeadLetterQueues(ServerReading& reading, const QStringList& patterns) {
    if (patterns.isEmpty()) return;
    std::vector<NamePattern> wanted;
    for (const QString& pattern : patterns) wanted.emplace_back(pattern);
    for (auto& system : reading.systems)
        for (auto& queue : system.queues)
            if (std::any_of(wanted.begin(), wanted.end(),
                            [&](const auto& each) { return each.fits(queue.queue); }))
                queue.dead_letter_queue = true;
}

}  // namespace spillway

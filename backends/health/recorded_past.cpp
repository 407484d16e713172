#include "backends/health/recorded_past.h"

#include <algorithm>

namespace spillway {
namespace {
constexpr std::chrono::hours kToldFor{1};
}

RecordedPoll recordedPoll(const Reading& reading) {
    RecordedPoll poll{reading.observed_at, reading.run, {}, {}};
    for (const SystemHealth& system : reading.systems) {
        const QString key = system.identity.key();
        for (const QueueHealth& queue : system.queues)
            poll.queues.push_back(
                {key, queue.reading.queue, sampled(queue.reading), queue.reading.claims.since, queue.memory});
        for (const Condition& condition : system.conditions)
            if (condition.last) poll.happened.push_back({key, condition});
    }
    return poll;
}

void addHappened(const std::vector<RecordedCondition>& happened, const QString& system, ServerTime now,
                 std::vector<Condition>& conditions) {
    for (const auto& [of, before] : happened) {
        if (of != system || now - before.last.value_or(now) > kToldFor) continue;
        const auto same = std::find_if(conditions.begin(), conditions.end(), [&before](const Condition& c) {
            return c.kind == before.kind && c.queue == before.queue && c.subject == before.subject;
        });
        if (same == conditions.end()) {
            conditions.push_back(before);
            continue;
        }
        same->since = before.since;
        if (same->count.known() && before.count.known()) {
            *same->count.value += *before.count.value;
            same->count.provenance = weaker(same->count.provenance, before.count.provenance);
        }
    }
}

}  // namespace spillway

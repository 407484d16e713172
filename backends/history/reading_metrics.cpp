#include "backends/history/reading_metrics.h"

namespace spillway {
using namespace Qt::StringLiterals;

namespace {
template <typename T>
void add(std::vector<MetricSample>& samples, const QString& name, const Measured<T>& measured) {
    if (measured.known())
        samples.push_back({name, static_cast<double>(*measured.value), measured.provenance});
}

void addRetriesAndClaims(std::vector<MetricSample>& samples, const QueueHealth& queue) {
    add(samples, u"executions"_s, queue.retry.executions);
    add(samples, u"first_attempts"_s, queue.retry.first_attempts);
    add(samples, u"amplification"_s, queue.retry.amplification);
    add(samples, u"retry_share"_s, queue.retry.retry_share);
    add(samples, u"claims"_s, queue.duplicates.claims);
    add(samples, u"duplicate_claims"_s, queue.duplicates.duplicates);
    add(samples, u"duplicate_rate_ppm"_s, queue.recent_duplicates.rate_ppm);
    add(samples, u"duplicate_lower95_ppm"_s, queue.recent_duplicates.lower95_ppm);
    add(samples, u"duplicate_upper95_ppm"_s, queue.recent_duplicates.upper95_ppm);
    add(samples, u"stuck"_s, queue.stuck);
}

QueueSamples ofQueue(const SystemHealth& system, const QueueHealth& queue) {
    QueueSamples samples{system.identity.key(), queue.reading.queue, {}};
    add(samples.samples, u"ready"_s, queue.reading.ready);
    add(samples.samples, u"scheduled"_s, queue.reading.scheduled);
    add(samples.samples, u"blocked"_s, queue.reading.blocked);
    add(samples.samples, u"retrying"_s, queue.reading.retrying);
    add(samples.samples, u"running"_s, queue.reading.running);
    add(samples.samples, u"dead"_s, queue.reading.dead);
    add(samples.samples, u"overdue"_s, queue.reading.overdue);
    add(samples.samples, u"lost_next_24h"_s, queue.reading.lost_next_24h);
    add(samples.samples, u"oldest_age_s"_s, queue.oldest_age_s);
    add(samples.samples, u"dead_oldest_age_s"_s, queue.dead_oldest_age_s);
    add(samples.samples, u"dead_p50_age_s"_s, queue.dead.p50_s);
    add(samples.samples, u"dead_p90_age_s"_s, queue.dead.p90_s);
    add(samples.samples, u"arrival_rate"_s, queue.flow.arrival);
    add(samples.samples, u"drain_rate"_s, queue.flow.drain);
    add(samples.samples, u"growth"_s, queue.flow.growth);
    addRetriesAndClaims(samples.samples, queue);
    return samples;
}

QueueSamples ofWorkers(const SystemHealth& system) {
    QueueSamples samples{system.identity.key(), {}, {}};
    add(samples.samples, u"workers_live"_s, system.workers.live);
    add(samples.samples, u"workers_busy"_s, system.workers.busy);
    add(samples.samples, u"workers_concurrency"_s, system.workers.concurrency);
    return samples;
}

QueueSamples ofConnection(const Reading& reading) {
    return {{}, {}, {{u"poll_wall_ms"_s, reading.cost.wall_ms}, {u"clock_skew_s"_s, reading.clock_skew_s}}};
}
}  // namespace

HistoryBatch historyBatch(const Reading& reading) {
    HistoryBatch batch{
        reading.connection,   reading.observed_at, reading.clock_skew_s, {ofConnection(reading)}, {},
        recordedPoll(reading)};
    for (const SystemHealth& system : reading.systems) {
        batch.queues.push_back(ofWorkers(system));
        for (const QueueHealth& queue : system.queues) batch.queues.push_back(ofQueue(system, queue));
    }
    for (const Finding& finding : reading.findings)
        batch.findings.push_back(runOf(finding, reading.observed_at));
    return batch;
}

}  // namespace spillway

#include "backends/history/past_reading.h"

#include <algorithm>
#include <map>

#include "backends/domain/past_finding.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::minutes kNear{10};  // polls, or the minutes they became
constexpr std::chrono::hours kFar{2};      // the hours they became
constexpr std::chrono::minutes kLongestSilence{3};
constexpr int kMomentPoints = 2000;
// A recorder that still runs may not have written its newest polls.
constexpr std::chrono::seconds kUnwritten{30};
// Differences of two rates that say nothing.
constexpr double kQuietRate = 0.05, kNoiseShare = 0.05;

using Values = QHash<QString, HistoryBucket>;

template <typename T>
Measured<T> measuredOf(const Values& values, const QString& metric) {
    const auto it = values.constFind(metric);
    if (it == values.cend()) return Measured<T>::notObservable(u"not recorded then"_s);
    Measured<T> value = Measured<T>::exact(static_cast<T>(it->last));
    value.provenance = it->provenance;
    return value;
}

// The newest value of each metric, as long as it is of that time.
Outcome<Values> valuesAt(HistoryStore& store, const HistoryQueueKey& key, ServerTime at) {
    Values values;
    for (const milliseconds reach : {milliseconds(kNear), milliseconds(kFar)}) {
        const auto answer = store.answer({key, {}, at - reach, at + milliseconds{1}, kMomentPoints});
        if (!answer) return answer.failure();
        const milliseconds width{answer->width_ms};
        for (const HistoryLine& line : answer->lines) {
            if (line.buckets.empty()) continue;
            const HistoryBucket& newest = line.buckets.back();
            const auto silence =
                std::max<milliseconds>(kLongestSilence, milliseconds(answer->usual_interval_ms * 5 / 2));
            if (newest.at + width + silence >= at) values.insert(line.metric, newest);
        }
        if (!values.isEmpty()) break;
    }
    return values;
}

// As far as rates tell; whether it is serious is what the findings say.
DrainForecast forecastOf(const QueueHealth& queue, const std::vector<Finding>& findings) {
    DrainForecast forecast;
    forecast.polls = kForecastMinPolls;
    const auto has = [&](QLatin1StringView rule) {
        return std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
            return finding.queue == queue.reading.queue && finding.id.startsWith(rule);
        });
    };
    if (has("never_drains:"_L1)) {
        forecast.verdict = DrainVerdict::never_drains;
        forecast.significant = true;
        return forecast;
    }
    if (has("stalled:"_L1)) {
        forecast.verdict = DrainVerdict::stalled;
        return forecast;
    }
    const double backlog = static_cast<double>(queue.reading.ready.valueOr(0));
    const double arrival = queue.flow.arrival.valueOr(0);
    const double net = queue.flow.drain.valueOr(0) - arrival;
    const double noise = std::max(kQuietRate, kNoiseShare * arrival);
    forecast.verdict = backlog > 0 && net > noise    ? DrainVerdict::drains
                       : backlog > 0 && net < -noise ? DrainVerdict::never_drains
                                                     : DrainVerdict::idle;
    if (forecast.verdict == DrainVerdict::drains)
        forecast.time_to_drain_s = DurationInterval{backlog / net, backlog / net};
    return forecast;
}

QueueHealth queueOf(const QString& name, const Values& values, const std::vector<Finding>& findings) {
    QueueHealth queue;
    QueueReading& r = queue.reading;
    r.queue = name;
    r.ready = measuredOf<qint64>(values, u"ready"_s);
    r.scheduled = measuredOf<qint64>(values, u"scheduled"_s);
    r.blocked = measuredOf<qint64>(values, u"blocked"_s);
    r.retrying = measuredOf<qint64>(values, u"retrying"_s);
    r.running = measuredOf<qint64>(values, u"running"_s);
    r.dead = measuredOf<qint64>(values, u"dead"_s);
    r.overdue = measuredOf<qint64>(values, u"overdue"_s);
    r.lost_next_24h = measuredOf<qint64>(values, u"lost_next_24h"_s);
    queue.flow.polls = kForecastMinPolls;
    queue.flow.arrival = measuredOf<double>(values, u"arrival_rate"_s);
    queue.flow.drain = measuredOf<double>(values, u"drain_rate"_s);
    queue.flow.growth = measuredOf<double>(values, u"growth"_s);
    queue.oldest_age_s = measuredOf<double>(values, u"oldest_age_s"_s);
    queue.dead_oldest_age_s = measuredOf<double>(values, u"dead_oldest_age_s"_s);
    queue.dead.p50_s = measuredOf<double>(values, u"dead_p50_age_s"_s);
    queue.dead.p90_s = measuredOf<double>(values, u"dead_p90_age_s"_s);
    queue.retry.executions = measuredOf<qint64>(values, u"executions"_s);
    queue.retry.first_attempts = measuredOf<qint64>(values, u"first_attempts"_s);
    queue.retry.amplification = measuredOf<double>(values, u"amplification"_s);
    queue.retry.retry_share = measuredOf<double>(values, u"retry_share"_s);
    queue.duplicates.claims = measuredOf<qint64>(values, u"claims"_s);
    queue.duplicates.duplicates = measuredOf<qint64>(values, u"duplicate_claims"_s);
    queue.recent_duplicates.rate_ppm = measuredOf<double>(values, u"duplicate_rate_ppm"_s);
    queue.recent_duplicates.lower95_ppm = measuredOf<double>(values, u"duplicate_lower95_ppm"_s);
    queue.recent_duplicates.upper95_ppm = measuredOf<double>(values, u"duplicate_upper95_ppm"_s);
    queue.stuck = measuredOf<qint64>(values, u"stuck"_s);
    queue.forecast = forecastOf(queue, findings);
    for (const Finding& finding : findings)
        if (finding.queue == name && (!queue.severity || finding.severity > *queue.severity))
            queue.severity = finding.severity;
    return queue;
}

using FindingsByConnection = std::map<QString, std::vector<Finding>>;

Outcome<FindingsByConnection> findingsAt(HistoryStore& store, ServerTime at) {
    const auto runs = store.findingRuns({.from = at - kUnwritten, .to = at + milliseconds{1}});
    if (!runs) return runs.failure();
    FindingsByConnection found;
    for (const FindingRun& run : *runs) {
        Finding finding = pastFinding(run);
        finding.evidence = u"As it was at its worst; see the charts for this moment."_s;
        found[run.connection].push_back(std::move(finding));
    }
    for (auto& [connection, findings] : found) std::sort(findings.begin(), findings.end(), worseThan);
    return found;
}

// Puts one recorded queue, or a system's workers, where it belongs.
void take(Reading& reading, const HistoryQueueKey& key, const Values& values) {
    if (key.system.isEmpty()) return;  // of the connection itself
    auto system = std::find_if(reading.systems.begin(), reading.systems.end(),
                               [&](const SystemHealth& one) { return one.identity.key() == key.system; });
    if (system == reading.systems.end()) {
        reading.systems.push_back({.identity = {key.system, {}, {}, {}}});
        system = std::prev(reading.systems.end());
    }
    if (!key.queue.isEmpty()) {
        std::vector<Finding> own;
        for (const Finding& finding : reading.findings)
            if (finding.system == key.system) own.push_back(finding);
        system->queues.push_back(queueOf(key.queue, values, own));
        return;
    }
    system->workers.live = measuredOf<qint64>(values, u"workers_live"_s);
    system->workers.busy = measuredOf<qint64>(values, u"workers_busy"_s);
    system->workers.concurrency = measuredOf<qint64>(values, u"workers_concurrency"_s);
}

}  // namespace

Outcome<std::vector<ReadingPtr>> readingsAt(HistoryStore& store, ServerTime at) {
    const auto series = store.series();
    if (!series) return series.failure();
    auto findings = findingsAt(store, at);
    if (!findings) return findings.failure();
    std::vector<HistoryQueueKey> keys;
    for (const HistorySeries& one : *series)
        if (keys.empty() || !(keys.back() == one.queue)) keys.push_back(one.queue);
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    std::map<QString, Reading> readings;
    for (const HistoryQueueKey& key : keys) {
        const auto values = valuesAt(store, key, at);
        if (!values) return values.failure();
        if (values->isEmpty()) continue;
        Reading& reading = readings[key.connection];
        if (reading.connection.isEmpty()) {
            reading.connection = key.connection;
            reading.observed_at = at;
            reading.findings = findings.value()[key.connection];
        }
        take(reading, key, *values);
    }
    std::vector<ReadingPtr> all;
    for (auto& [name, reading] : readings) all.push_back(std::make_shared<const Reading>(std::move(reading)));
    return all;
}

}  // namespace spillway

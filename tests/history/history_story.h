// A connection's life for tests of the history: polls at a steady pace with random values, and what a
// brute force over the samples says about any window.
#pragma once

#include <QTemporaryDir>
#include <algorithm>
#include <map>
#include <random>

#include "backends/history/decimal_value.h"
#include "backends/history/history_store.h"

namespace spillway::test {

inline constexpr qint64 kStart = 1'767'225'600'000;  // 2026-01-01T00:00:00Z

// Both clocks stand still until told otherwise.
class StillClock final : public Clock {
public:
    std::chrono::steady_clock::time_point steadyNow() const override { return steady; }
    ServerTime wallNow() const override { return wall; }
    std::chrono::steady_clock::time_point steady = std::chrono::steady_clock::now();
    ServerTime wall = serverTimeFromMillis(kStart);
};

struct Sample {
    qint64 ms = 0;
    double value = 0;
    Provenance provenance = Provenance::exact;
};

inline const HistoryQueueKey kQueue{QStringLiteral("prod"), QStringLiteral("pgboss"),
                                    QStringLiteral("orders")};

inline HistoryBatch batchOf(qint64 ms, std::vector<MetricSample> samples,
                            const HistoryQueueKey& key = kQueue) {
    return {key.connection, serverTimeFromMillis(ms), 0, {{key.system, key.queue, std::move(samples)}}, {}};
}
inline HistoryBatch ready(qint64 ms, double value, Provenance provenance = Provenance::exact) {
    return batchOf(ms, {{QStringLiteral("ready"), value, provenance}});
}

inline HistoryQuery query(qint64 fromMs, qint64 toMs, int points, const HistoryQueueKey& key = kQueue) {
    return {key, {QStringLiteral("ready")}, serverTimeFromMillis(fromMs), serverTimeFromMillis(toMs), points};
}

inline std::vector<HistoryBucket> buckets(HistoryStore& store, const HistoryQuery& asked) {
    const auto answer = store.answer(asked);
    if (!answer || answer->lines.size() != 1) qFatal("the history gave no single line");
    return answer->lines.front().buckets;
}

inline qint64 countOf(const std::vector<HistoryBucket>& line) {
    qint64 count = 0;
    for (const HistoryBucket& bucket : line) count += bucket.count;
    return count;
}

struct Sums {
    double min = 0, max = 0, last = 0, sum = 0;
    qint64 count = 0;
    Provenance provenance = Provenance::exact;
};
// Sums are exact: values have at most three decimals and are added as whole thousandths.
inline Sums bruteForce(const std::vector<Sample>& samples, qint64 from, qint64 to) {
    Sums s;
    qint64 thousandths = 0;
    for (const Sample& sample : samples) {
        if (sample.ms < from || sample.ms >= to) continue;
        s.min = s.count == 0 ? sample.value : std::min(s.min, sample.value);
        s.max = s.count == 0 ? sample.value : std::max(s.max, sample.value);
        s.last = sample.value;
        thousandths += std::llround(sample.value * 1000);
        s.provenance = s.count == 0 ? sample.provenance : weaker(s.provenance, sample.provenance);
        ++s.count;
    }
    s.sum = static_cast<double>(thousandths) / 1000;
    return s;
}

// Opens a store in a fresh folder; the folder outlives it.
struct TemporaryHistory {
    QTemporaryDir folder;
    StillClock clock;
    HistorySettings settings;
    std::unique_ptr<HistoryStore> store;

    TemporaryHistory() { settings.path = folder.filePath(QStringLiteral("deep/er/history.sqlite")); }
    HistoryStore& open() {
        store.reset();
        auto opened = HistoryStore::open(settings, clock);
        if (!opened) qFatal("%s", qPrintable(opened.failure().sentence()));
        store = std::move(opened).value();
        return *store;
    }
};

}  // namespace spillway::test

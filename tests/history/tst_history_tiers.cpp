// Roll-up against brute force, gaps, backward clocks, the choice of tier.
#include <QTest>

#include "backends/history/tier_reading.h"
#include "tests/history/history_story.h"

using namespace spillway;
using namespace spillway::history;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {
constexpr qint64 kMinute = 60'000;
constexpr qint64 kHour = 3'600'000;
constexpr qint64 kDay = 24 * kHour;

std::vector<Sample> randomSamples(unsigned seed, qint64 spanMs, qint64 everyMs) {
    std::mt19937 random(seed);
    std::vector<Sample> samples;
    for (qint64 ms = kStart; ms < kStart + spanMs;
         ms += everyMs / 2 + static_cast<qint64>(random()) % everyMs) {
        const int thousandths = static_cast<int>(random() % 900'000);
        const double value = random() % 2 ? std::floor(thousandths / 1000.0) : thousandths / 1000.0;
        samples.push_back(
            {ms, rounded(value), static_cast<Provenance>(random() % 50 == 0 ? random() % 3 : 0)});
        if (random() % 400 == 0) ms += 40 * everyMs;
    }
    return samples;
}

TierStarts starts(std::optional<qint64> raw, std::optional<qint64> minute, std::optional<qint64> hour) {
    return {raw, minute, hour};
}
}  // namespace

class HistoryTiersTest : public QObject {
    Q_OBJECT
private slots:
    void everyZoomEqualsBruteForce_data() {
        QTest::addColumn<qint64>("from");
        QTest::addColumn<qint64>("to");
        QTest::addColumn<int>("points");
        QTest::addColumn<int>("tier");
        QTest::newRow("each sample") << 3 * kHour << 4 * kHour << 5000 << 0;
        QTest::newRow("raw merged") << 3 * kHour << 4 * kHour << 100 << 0;
        QTest::newRow("a few hours by minute") << kHour << 20 * kHour << 600 << 1;
        QTest::newRow("two days by quarter hours") << qint64{0} << 2 * kDay << 200 << 1;
        QTest::newRow("all by hour") << qint64{0} << 3 * kDay << 60 << 2;
        QTest::newRow("in two points") << qint64{0} << 3 * kDay << 2 << 2;
    }
    void everyZoomEqualsBruteForce() {
        QFETCH(qint64, from);
        QFETCH(qint64, to);
        QFETCH(int, points);
        for (unsigned seed = 1; seed <= 3; ++seed) {
            TemporaryHistory history;
            auto& store = history.open();
            const auto samples = randomSamples(seed, 3 * kDay, 20'000);
            for (size_t i = 0; i < samples.size(); ++i) {
                store.record(ready(samples[i].ms, samples[i].value, samples[i].provenance));
                if (i % 97 == 0) QVERIFY(store.flush().ok());
            }
            const auto answer = store.answer(query(kStart + from, kStart + to, points));
            QVERIFY(answer.ok());
            QTEST(static_cast<int>(answer->coarsest), "tier");
            const auto& line = answer->lines.front().buckets;
            QVERIFY(!line.empty() && line.size() <= static_cast<size_t>(points) + 1);
            qint64 counted = 0;
            for (const HistoryBucket& bucket : line) {
                const qint64 at = millisSinceEpoch(bucket.at);
                const auto truth = bruteForce(samples, at, at + std::max<qint64>(1, answer->width_ms));
                QCOMPARE(bucket.min, truth.min);
                QCOMPARE(bucket.max, truth.max);
                QCOMPARE(bucket.last, truth.last);
                QCOMPARE(bucket.sum, truth.sum);
                QCOMPARE(bucket.count, truth.count);
                QCOMPARE(bucket.mean, truth.sum / static_cast<double>(truth.count));
                QCOMPARE(bucket.provenance, truth.provenance);
                counted += bucket.count;
            }
            const qint64 last = millisSinceEpoch(line.back().at) + std::max<qint64>(1, answer->width_ms);
            QCOMPARE(counted, bruteForce(samples, millisSinceEpoch(line.front().at), last).count);
            QVERIFY(counted >= bruteForce(samples, kStart + from, kStart + to).count);
        }
    }

    void aGapStaysAGapInEveryTier_data() {
        QTest::addColumn<qint64>("to");
        QTest::addColumn<int>("points");
        QTest::newRow("raw") << 2 * kHour << 10'000;
        QTest::newRow("minute") << 2 * kHour << 120;
        QTest::newRow("hour") << 4 * kHour << 4;
    }
    void aGapStaysAGapInEveryTier() {
        QFETCH(qint64, to);
        QFETCH(int, points);
        TemporaryHistory history;
        auto& store = history.open();
        const qint64 lost = kStart + 20 * kMinute;
        const qint64 back = lost + 65 * kMinute;
        for (qint64 ms = kStart; ms < kStart + 2 * kHour; ms += 5000)
            if (ms < lost || ms >= back) store.record(ready(ms, 5));
        int gaps = 0;
        for (const HistoryBucket& bucket : buckets(store, query(kStart, kStart + to, points))) {
            const qint64 at = millisSinceEpoch(bucket.at);
            QVERIFY(at < lost || at + (points == 4 ? kHour : 0) >= back);
            gaps += bucket.gap_before ? 1 : 0;
        }
        QCOMPARE(gaps, 2);  // the very first sample has nothing before it either
    }

    void aMissedPollIsNoGapButThreeAre() {
        TemporaryHistory history;
        auto& store = history.open();
        for (const qint64 s : {0, 5, 10, 15, 25, 30, 35, 55, 60}) store.record(ready(kStart + s * 1000, 1));
        std::vector<qint64> gaps;
        for (const HistoryBucket& bucket : buckets(store, query(kStart, kStart + kHour, 4000)))
            if (bucket.gap_before) gaps.push_back((millisSinceEpoch(bucket.at) - kStart) / 1000);
        QCOMPARE(gaps, (std::vector<qint64>{0, 55}));
    }

    void aSlowerPaceIsLearnt() {
        TemporaryHistory history;
        auto& store = history.open();
        for (int i = 0; i < 20; ++i) store.record(ready(kStart + i * 2000, 1));
        for (int i = 1; i <= 20; ++i) store.record(ready(kStart + 38'000 + i * 30'000, 1));
        const auto line = buckets(store, query(kStart, kStart + kHour, 4000));
        QVERIFY(line[20].gap_before);
        QVERIFY(!line[30].gap_before);
        QCOMPARE(store.answer(query(kStart, kStart + kHour, 10))->usual_interval_ms, 30'000);
    }

    void aMetricWithoutValueHasItsOwnGap() {
        TemporaryHistory history;
        auto& store = history.open();
        for (int i = 0; i < 30; ++i) {
            std::vector<MetricSample> samples{{u"ready"_s, 1.0}};
            if (i < 10 || i >= 20) samples.push_back({u"oldest_age_s"_s, i * 1.5});
            if (i == 25) samples.push_back({u"growth"_s, std::nan("")});
            samples.push_back({u"drain_rate"_s, 0, Provenance::not_observable});
            store.record(batchOf(kStart + i * 5000, samples));
        }
        auto asked = query(kStart, kStart + kHour, 1000);
        asked.metrics = {u"oldest_age_s"_s, u"growth"_s, u"drain_rate"_s, u"ready"_s};
        const auto answer = store.answer(asked);
        QCOMPARE(answer->lines[0].buckets.size(), 20U);
        QVERIFY(answer->lines[0].buckets[10].gap_before);
        QVERIFY(answer->lines[1].buckets.empty());
        QVERIFY(answer->lines[2].buckets.empty());
        QCOMPARE(answer->lines[3].buckets.size(), 30U);
    }

    // An hour back and on again: both passes over the same hour are kept and counted.
    void aClockThatGoesBackwardsLosesNothing() {
        TemporaryHistory history;
        auto& store = history.open();
        for (int i = 0; i < 200; ++i) store.record(ready(kStart + kHour + i * 5000, i));
        QVERIFY(store.flush().ok());
        for (int i = 0; i < 400; ++i) store.record(ready(kStart + kHour / 2 + 1 + i * 5000, 1000 + i));
        for (const bool again : {false, true}) {
            auto& now = again ? history.open() : store;
            for (const int points : {5000, 60, 2}) {
                const auto line = buckets(now, query(kStart, kStart + 2 * kHour, points));
                qint64 count = 0;
                double least = 1e9, most = 0;
                for (size_t i = 0; i < line.size(); ++i) {
                    QVERIFY(i == 0 || line[i - 1].at < line[i].at);
                    count += line[i].count;
                    least = std::min(least, line[i].min);
                    most = std::max(most, line[i].max);
                }
                QCOMPARE(count, 600);
                QCOMPARE(least, 0.0);
                QCOMPARE(most, 1399.0);
            }
        }
    }

    void twoPollsOfOneMillisecondCountOnce() {
        TemporaryHistory history;
        auto& store = history.open();
        store.record(ready(kStart, 1));
        store.record(ready(kStart, 2));
        const auto line = buckets(store, query(kStart, kStart + 1, 10));
        QCOMPARE(line.size(), 1U);
        QCOMPARE(line[0].last, 1.0);
    }

    void parts_data() {
        QTest::addColumn<int>("points");
        QTest::addColumn<qint64>("raw");
        QTest::addColumn<qint64>("minute");
        QTest::addColumn<int>("parts");
        QTest::addColumn<int>("finest");
        QTest::newRow("all raw") << 1'000'000 << qint64{0} << qint64{0} << 1 << 0;
        QTest::newRow("raw was trimmed") << 1'000'000 << 6 * kHour + 1 << qint64{0} << 2 << 0;
        QTest::newRow("both were trimmed") << 1'000'000 << 6 * kHour + 1 << 3 * kHour + 1 << 3 << 0;
        QTest::newRow("by minute") << 500 << 6 * kHour + 1 << qint64{0} << 1 << 1;
        QTest::newRow("by hour") << 10 << 6 * kHour + 1 << qint64{0} << 1 << 2;
    }
    void parts() {
        QFETCH(int, points);
        QFETCH(qint64, raw);
        QFETCH(qint64, minute);
        const qint64 to = kStart + 10 * kHour + 30'000;
        const auto found = tierParts(kStart + 5, to, points, starts(kStart + raw, kStart + minute, kStart));
        QTEST(static_cast<int>(found.size()), "parts");
        QTEST(static_cast<int>(found.back().tier), "finest");
        QVERIFY(found.front().from <= kStart + 5);
        QVERIFY(found.back().to >= to);
        for (size_t i = 0; i < found.size(); ++i) {
            QCOMPARE(found[i].from % tierWidthMs(found[i].tier), 0);
            QVERIFY(i == 0 || (found[i - 1].to == found[i].from && found[i - 1].tier > found[i].tier));
        }
    }

    void nothingRecordedAnswersNothing() {
        TemporaryHistory history;
        auto& store = history.open();
        QVERIFY(buckets(store, query(kStart, kStart + kDay, 100)).empty());
        QVERIFY(buckets(store, query(kStart, kStart, 100)).empty());
        QVERIFY(buckets(store, query(kStart + kDay, kStart, 100)).empty());
    }
};

QTEST_GUILESS_MAIN(HistoryTiersTest)
#include "tst_history_tiers.moc"

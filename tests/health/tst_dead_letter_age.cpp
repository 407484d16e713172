#include <QTest>

#include "backends/health/dead_letter_age.h"
#include "tests/support/reading_story.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {

Measured<ServerTime> daysBefore(double days, double now_s) {
    return Measured<ServerTime>::exact(at(now_s - days * 86400));
}

// `dead` and `died` (a counter) for each poll, five seconds apart.
QueueTimeline timeline(const std::vector<qint64>& dead, const std::vector<qint64>& died,
                       double oldest_days = 2) {
    QueueStory story{.polls = static_cast<int>(dead.size())};
    story.change = [&](QueueReading& r, int poll) {
        const auto i = static_cast<std::size_t>(poll);
        r.dead = Count::exact(dead[i]);
        r.flow.died = died.empty() ? Count::notObservable(u"not counted"_s) : Count::exact(died[i]);
        r.oldest_dead_at = oldest_days > 0 ? daysBefore(oldest_days, 0)
                                           : Measured<ServerTime>::notObservable(u"not recorded"_s);
    };
    return story.timeline();
}

DeadLetterAge ageOf(const QueueTimeline& line) {
    return deadLetterAge(line.window(300), line);
}

}  // namespace

class DeadLetterAgeTest : public QObject {
    Q_OBJECT
private slots:
    void twoMillionThatNobodySawForThreeMonths() {
        QueueStory story{.polls = 3};
        story.change = [](QueueReading& r, int) {
            r.dead = Count::exact(2'000'000);
            r.oldest_dead_at = daysBefore(92, 0);
            r.dead_ages.p50_died_at = daysBefore(60, 10);
            r.dead_ages.p90_died_at = daysBefore(90, 10);
        };
        const auto age = ageOf(story.timeline());
        QCOMPARE(deadLetterText(age), u"2.0 M dead, oldest 92 d, untouched for 92 d"_s);
        QCOMPARE(*age.p50_s.value, 60 * 86400.0);
        QCOMPARE(*age.p90_s.value, 90 * 86400.0);
        QCOMPARE(*age.inflow.value, 0.0);
    }

    void inflowAndOutflowFromTheCounterOfDeaths() {
        const auto age = ageOf(timeline({100, 110, 105}, {7, 17, 27}));
        QCOMPARE(age.inflow, Rate::exact(2.0));   // 20 in 10 s
        QCOMPARE(age.outflow, Rate::exact(1.5));  // 15 more than the count shows
    }

    // 200 cancelled in between: they left, and none is a dead letter.
    void cancelledIsNotDead() {
        QueueStory story{.polls = 3};
        story.change = [](QueueReading& r, int poll) {
            r.dead = Count::exact(0);
            r.flow.died = Count::exact(100 * poll);
            r.flow.failed_for_good = Count::exact(0);
        };
        const auto age = ageOf(story.timeline());
        QCOMPARE(age.inflow, Rate::exact(0.0));
        QCOMPARE(age.outflow, Rate::exact(0.0));
    }

    void withoutACounterBothAreLowerBounds() {
        const auto age = ageOf(timeline({100, 110, 105}, {}));
        QCOMPARE(*age.inflow.value, 1.0);
        QCOMPARE(*age.outflow.value, 0.5);
        QCOMPARE(age.inflow.provenance, Provenance::lower_bound);
        QVERIFY(!age.inflow.method.isEmpty());
    }

    void touchedWhenItLastShrank() {
        const auto age = ageOf(timeline({100, 90, 90, 95}, {0, 0, 0, 5}));
        QCOMPARE(age.untouched_s, Seconds::exact(10));
    }

    void anEstimateThatFallsIsNoTouchButAYoungerOldestIs() {
        QueueStory story{.polls = 3};
        double oldest_days = 92;
        story.change = [&](QueueReading& r, int poll) {
            r.dead = Count::estimated(2000 - poll, u"planner"_s);
            r.oldest_dead_at = daysBefore(poll == 2 ? oldest_days : 92, 0);
        };
        QCOMPARE(deadLetterText(ageOf(story.timeline())), u"≈ 2.0 k dead, oldest 92 d, untouched for 92 d"_s);
        oldest_days = 30;
        QCOMPARE(ageOf(story.timeline()).untouched_s, Seconds::exact(0));
    }

    void thatWatchingBeganAMinuteAgoIsNotSaid() {
        QCOMPARE(deadLetterText(ageOf(timeline({5, 5}, {0, 0}, 0))), u"5 dead"_s);
        QCOMPARE(deadLetterText(ageOf(timeline({5, 4, 4}, {0, 0, 0}, 0))), u"4 dead, last touched 5 s ago"_s);
    }

    void theHistogramNeverMissesTheOldest() {
        QueueStory story{.polls = 2};
        story.change = [](QueueReading& r, int) {
            r.dead = Count::estimated(2000, u"planner"_s);
            r.oldest_dead_at = daysBefore(92, 0);
            r.dead_ages.buckets.fill(Count::estimated(0, u"sample"_s));
        };
        const auto age = ageOf(story.timeline());
        QCOMPARE(age.buckets[5].value, 1);
        QCOMPARE(age.buckets[5].provenance, Provenance::lower_bound);
        QCOMPARE(age.buckets[4].value, 0);
    }

    void neverSeenToShrinkIsTheAgeOfTheOldestOrAsLongAsWeWatch() {
        QCOMPARE(ageOf(timeline({5, 5, 5}, {0, 0, 0}, 2)).untouched_s.provenance, Provenance::estimated);
        const auto unknown = ageOf(timeline({5, 5, 5}, {0, 0, 0}, 0)).untouched_s;
        QCOMPARE(unknown.provenance, Provenance::lower_bound);
        QCOMPARE(*unknown.value, 10.0);
        QVERIFY(!ageOf(timeline({0, 0}, {0, 0}, 0)).untouched_s.known());
    }

    void oneBadHourAgainstItsDay_data() {
        QTest::addColumn<qint64>("lastHour");
        QTest::addColumn<qint64>("restOfDay");
        QTest::addColumn<double>("factor");  // negative: says nothing
        QTest::addColumn<double>("oldest_h");
        constexpr double none = std::numeric_limits<double>::infinity();
        QTest::newRow("even") << qint64{20} << qint64{460} << 1.0 << 500.0;
        QTest::newRow("all in the last hour") << qint64{240} << qint64{0} << none << 500.0;
        QTest::newRow("four times as many") << qint64{80} << qint64{460} << 4.0 << 24.0;
        QTest::newRow("even, but only three hours old") << qint64{40} << qint64{80} << 1.0 << 3.0;
        QTest::newRow("too few") << qint64{19} << qint64{0} << -1.0 << 500.0;
    }
    void oneBadHourAgainstItsDay() {
        QFETCH(qint64, lastHour);
        QFETCH(qint64, restOfDay);
        QFETCH(double, factor);
        QFETCH(double, oldest_h);
        QueueStory story{.polls = 2};
        story.change = [&](QueueReading& r, int) {
            r.dead_ages.buckets[0] = Count::exact(lastHour);
            r.dead_ages.buckets[1] = Count::exact(restOfDay);
            r.oldest_dead_at = Measured<ServerTime>::exact(at(5 - oldest_h * 3600));
        };
        QCOMPARE(ageOf(story.timeline()).inflow_over_mean.valueOr(-1), factor);
    }

    // 195 are dead, but the ages were read when there were 41: "41 died in the last hour" would be too few.
    void agesThatWereReadBeforeTheCountAreALowerBound() {
        QueueStory story{.polls = 2};
        story.change = [](QueueReading& r, int) {
            r.dead = Count::exact(195);
            r.dead_ages.buckets.fill(Count::exact(0));
            r.dead_ages.buckets[0] = Count::exact(41);
        };
        QCOMPARE(ageOf(story.timeline()).buckets[0],
                 Count::lowerBound(41, u"41 of 195 dead jobs have had their age read"_s));
    }

    void theRetentionClock() {
        QueueStory story{.polls = 2};
        story.change = [](QueueReading& r, int) {
            r.dead_ages.purge_next_at = Measured<ServerTime>::exact(at(5 + 3 * 3600));
            r.dead_ages.retention = u"deleted 7 d after the last attempt"_s;
            r.lost_next_24h = Count::exact(12);
        };
        const auto age = ageOf(story.timeline());
        QCOMPARE(age.purge_next_s, Seconds::exact(3 * 3600));
        QCOMPARE(age.retention, u"deleted 7 d after the last attempt"_s);
        QCOMPARE(age.lost_next_24h, Count::exact(12));
    }

    void unknownStaysUnknown() {
        QueueStory story{.polls = 2};
        story.change = [](QueueReading& r, int) {
            r.dead = Count::notObservable(u"Streams keep no dead letters."_s);
        };
        const auto age = ageOf(story.timeline());
        QCOMPARE(deadLetterText(age), u"Streams keep no dead letters."_s);
        QVERIFY(!age.inflow.known());
        QVERIFY(!age.untouched_s.known());
    }

    void bucketNames() {
        QCOMPARE(deadAgeBucketName(0), u"< 1 h"_s);
        QCOMPARE(deadAgeBucketName(kDeadAgeBuckets - 1), u"> 90 d"_s);
    }
};

QTEST_GUILESS_MAIN(DeadLetterAgeTest)
#include "tst_dead_letter_age.moc"

#include <QTest>
#include <random>

#include "backends/domain/human_text.h"
#include "tests/support/reading_story.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {
struct Told {
    BacklogFlow flow;
    DrainForecast forecast;
};
Told tell(const QueueStory& story, double window = 300) {
    const auto line = story.timeline();
    Told told{backlogFlow(line.window(window)), {}};
    told.forecast = drainForecast(line.newest().ready, told.flow);
    return told;
}
constexpr double kNoisyBacklog = 20'000;

// Poisson arrivals of 100/s against a drain of 110/s, polled every 5 s for 5 min; the backlog of the
// last poll is fixed, so that the true time to drain is known.
QueueStory noisyStory(unsigned seed) {
    QueueStory story{.polls = 61};
    auto random = std::make_shared<std::mt19937>(seed);
    auto totals = std::make_shared<std::pair<qint64, qint64>>();
    story.change = [random, totals](QueueReading& r, int poll) {
        if (poll > 0) {
            totals->first += std::poisson_distribution<int>(500)(*random);
            totals->second += std::poisson_distribution<int>(550)(*random);
        }
        r.flow.enqueued = Count::exact(totals->first);
        r.flow.completed = Count::exact(totals->second);
        r.ready = Count::exact(std::llround(kNoisyBacklog));
    };
    return story;
}

}  // namespace

class DrainForecastTest : public QObject {
    Q_OBJECT
private slots:
    // The incident: 50 M messages, 5 000/s in, 1 000/s out.
    void fiftyMillionNeverDrain() {
        const auto told = tell({.backlog = 50e6, .arrivals = 5000, .drain = 1000});
        QCOMPARE(told.forecast.verdict, DrainVerdict::never_drains);
        QVERIFY(told.forecast.significant);
        QCOMPARE(*told.flow.growth.value, 4000.0);
        QCOMPARE(*told.forecast.hold_factor.value, 5.0);
        QCOMPARE(qRound(*told.forecast.clear_1h_factor.value), 19);
        QVERIFY(!told.forecast.time_to_drain_s);
        QCOMPARE(drainVerdictText(told.forecast, told.flow), u"never drains, growing 4 000/s"_s);
    }

    void atTenThousandItTakesTwoHoursFortySeven() {
        QueueStory story{.backlog = 50e6, .arrivals = 5000, .drain = 10'000, .polls = 7};
        story.change = [](QueueReading& r, int) {
            r.ready = Count::exact(50'000'000);
        };  // as of the decision
        const auto told = tell(story);
        QCOMPARE(told.forecast.verdict, DrainVerdict::drains);
        QCOMPARE(durationText(told.forecast.time_to_drain_s->low), u"2 h 47 min"_s);
        QCOMPARE(drainVerdictText(told.forecast, told.flow), u"drains in 2 h 47 min"_s);
    }

    // The interval is an 80 % one: over many noisy histories it holds the truth about four times in five.
    void theIntervalHoldsTheTruthAsOftenAsItSays() {
        constexpr int kHistories = 400;
        int held = 0;
        for (int seed = 0; seed < kHistories; ++seed) {
            const auto told = tell(noisyStory(static_cast<unsigned>(seed)));
            QCOMPARE(told.forecast.verdict, DrainVerdict::drains);
            const auto interval = *told.forecast.time_to_drain_s;
            const double truth = kNoisyBacklog / 10;  // 110/s - 100/s
            held += interval.high && interval.low < truth && truth < *interval.high ? 1 : 0;
        }
        QVERIFY2(held > 0.74 * kHistories && held < 0.86 * kHistories, qPrintable(QString::number(held)));
    }

    void verdicts_data() {
        QTest::addColumn<double>("backlog");
        QTest::addColumn<double>("arrivals");
        QTest::addColumn<double>("drain");
        QTest::addColumn<int>("polls");
        QTest::addColumn<QString>("verdict");
        QTest::newRow("nothing at all") << 0.0 << 0.0 << 0.0 << 9 << u"idle"_s;
        QTest::newRow("served within seconds") << 40.0 << 35.0 << 35.0 << 9 << u"idle"_s;
        QTest::newRow("nothing leaves") << 500.0 << 5.0 << 0.0 << 9 << u"stalled"_s;
        QTest::newRow("nothing moves") << 500.0 << 0.0 << 0.0 << 9 << u"stalled"_s;
        QTest::newRow("grows from nothing") << 0.0 << 20.0 << 5.0 << 9 << u"never_drains"_s;
        QTest::newRow("holds a large backlog") << 9e5 << 50.0 << 50.0 << 9 << u"never_drains"_s;
        QTest::newRow("shrinks") << 9e5 << 10.0 << 50.0 << 9 << u"drains"_s;
        QTest::newRow("four polls") << 9e5 << 10.0 << 50.0 << 4 << u"learning"_s;
        QTest::newRow("five polls") << 9e5 << 10.0 << 50.0 << 5 << u"drains"_s;
    }
    void verdicts() {
        QFETCH(double, backlog);
        QFETCH(double, arrivals);
        QFETCH(double, drain);
        QFETCH(int, polls);
        const auto told = tell({.backlog = backlog, .arrivals = arrivals, .drain = drain, .polls = polls});
        QTEST(drainVerdictName(told.forecast.verdict), "verdict");
    }

    void aQueueThatKeepsUpIsNotCalledIdle() {
        const auto busy = tell({.backlog = 40, .arrivals = 35, .drain = 35});
        QCOMPARE(drainVerdictText(busy.forecast, busy.flow), u"keeps up"_s);
        const auto still = tell({.backlog = 0, .arrivals = 0, .drain = 0});
        QCOMPARE(drainVerdictText(still.forecast, still.flow), u"idle"_s);
    }

    // Twelve jobs every ten seconds, all done at once: a poll that meets them sees twelve waiting.
    void burstsThatAreServedAtOnceAreNoBacklog() {
        const auto told = tell({.backlog = 12, .arrivals = 1.2, .drain = 1.1});
        QCOMPARE(told.forecast.verdict, DrainVerdict::never_drains);
        const auto verdict = [&](double backlog, const Seconds& oldest) {
            return drainForecast(Count::exact(std::llround(backlog)), told.flow, oldest).verdict;
        };
        QCOMPARE(verdict(12, Seconds::exact(0.5)), DrainVerdict::idle);
        QCOMPARE(verdict(12, Seconds::exact(11)), DrainVerdict::never_drains);
        QCOMPARE(verdict(12, Seconds::lowerBound(0.5, u"bounded"_s)), DrainVerdict::never_drains);
        QCOMPARE(verdict(50, Seconds::exact(0.5)), DrainVerdict::never_drains);  // surely growing
    }

    void holdingIsNotCalledGrowing() {
        const auto told = tell({.backlog = 9e5, .arrivals = 50, .drain = 50});
        QVERIFY(!told.forecast.significant);
        QCOMPARE(drainVerdictText(told.forecast, told.flow), u"holding, does not drain"_s);
    }

    void growthAloneIsEnoughForAVerdict() {
        const auto told = tell(
            {.backlog = 1000, .arrivals = 30, .drain = 10, .sees_enqueued = false, .sees_completed = false});
        QCOMPARE(told.forecast.verdict, DrainVerdict::never_drains);
        QVERIFY(told.forecast.significant);
        QVERIFY(!told.forecast.hold_factor.known());
        QCOMPARE(told.forecast.hold_factor.method, u"not recorded here"_s);
    }

    void anUnknownBacklogGivesNoVerdict() {
        QueueStory story{.arrivals = 5, .drain = 1};
        story.change = [](QueueReading& r, int) { r.ready = Count::notObservable(u"no permission"_s); };
        const auto told = tell(story);
        QCOMPARE(told.forecast.verdict, DrainVerdict::learning);
        QCOMPARE(drainVerdictText(told.forecast, told.flow), u"not observable"_s);
    }
};

QTEST_GUILESS_MAIN(DrainForecastTest)
#include "tst_drain_forecast.moc"

// A verdict that wakes somebody, over hundreds of random lives of queues whose truth is known.
#include <QTest>

#include "tests/health/queue_life.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {

int alarms(const QueueLife& life, const QString& rule, int lives, double within_s = 1e9) {
    int found = 0;
    for (int seed = 1; seed <= lives; ++seed) {
        const auto shown = LifeTeller(life, static_cast<unsigned>(seed)).firstShown(rule);
        found += shown && *shown <= within_s ? 1 : 0;
    }
    return found;
}

}  // namespace

class TestFalseAlarms : public QObject {
    Q_OBJECT
private slots:
    void balanceIsNoAlarm_data() {
        QTest::addColumn<QueueLife>("life");
        QTest::newRow("small backlog, 20/s") << QueueLife{.arrivals = 20, .capacity = 20, .backlog = 300};
        QTest::newRow("large backlog, 20/s") << QueueLife{.arrivals = 20, .capacity = 20, .backlog = 30'000};
        QTest::newRow("slow, 1/s") << QueueLife{.arrivals = 1, .capacity = 1, .backlog = 60};
        QTest::newRow("fast, 500/s") << QueueLife{.arrivals = 500, .capacity = 500, .backlog = 8'000};
    }
    void balanceIsNoAlarm() {
        QFETCH(QueueLife, life);
        const int wrong = alarms(life, u"never_drains"_s, 400);
        QVERIFY2(wrong <= 4, qPrintable(u"%1 of 400"_s.arg(wrong)));
    }

    void workersThatComeByAreNoStall_data() {
        QTest::addColumn<double>("lull_s");
        QTest::newRow("5 s") << 5.0;
        QTest::newRow("25 s") << 25.0;
    }
    void workersThatComeByAreNoStall() {
        QFETCH(double, lull_s);
        const QueueLife life{.arrivals = 10, .capacity = 10, .backlog = 100, .lull_s = lull_s};
        QCOMPARE(alarms(life, u"stalled"_s, 100), 0);
        QCOMPARE(alarms(life, u"never_drains"_s, 100), 0);
    }

    void growthIsFound_data() {
        QTest::addColumn<QueueLife>("life");
        QTest::newRow("30/s against 15/s")
            << QueueLife{.arrivals = 30, .capacity = 15, .backlog = 300, .polls = 16};
        QTest::newRow("5 000/s against 1 000/s")
            << QueueLife{.arrivals = 5'000, .capacity = 1'000, .backlog = 50'000, .polls = 16};
    }
    void growthIsFound() {
        QFETCH(QueueLife, life);
        const int found = alarms(life, u"never_drains"_s, 400, 30);
        QVERIFY2(found >= 396, qPrintable(u"%1 of 400"_s.arg(found)));
    }

    // 10 000 jobs in one second, then drained at 100/s.
    void aBurstIsAStep() {
        HealthMonitor monitor(u"c"_s, Environment::production, HealthSettings{});
        QueueHealth last;
        for (int poll = 0; poll < 12; ++poll) {
            QueueStory story;
            ServerReading told = story.serverReading(0);
            told.observed_at = at(poll * 2);
            QueueReading& queue = told.systems.front().queues.front();
            const int after = std::max(0, poll - 3);
            const qint64 in = poll >= 3 ? 10'000 : 0, out = 200 * after;
            queue.flow.enqueued = Count::exact(in);
            queue.flow.completed = Count::exact(out);
            queue.ready = Count::exact(in - out);
            if (poll >= 3) queue.oldest_ready_at = Measured<ServerTime>::exact(at(6));
            const auto report = monitor.add(told);
            for (const Finding& finding : report->findings)
                QVERIFY2(finding.severity != Severity::critical, qPrintable(finding.sentence));
            last = report->systems.front().queues.front();
        }
        QCOMPARE(last.forecast.verdict, DrainVerdict::drains);
        QCOMPARE(*last.flow.arrival.value, 0.0);
        QCOMPARE(drainVerdictText(last.forecast, last.flow), u"drains in 1 min 24 s"_s);
    }

    // One outage is no rhythm.
    void theRhythmIsTheUsualLull() {
        WorkRhythm rhythm;
        QCOMPARE(rhythm.usualLull_s(), 0.0);
        for (int i = 0; i < 6; ++i) rhythm.add({2, {}, 5.0, {}}, true);
        rhythm.add({600, {}, 0.0, {}}, true);
        rhythm.add({2, {}, 5.0, {}}, true);
        QCOMPARE(rhythm.usualLull_s(), 2.0);
    }

    void nobodyWorksIsFound() {
        const QueueLife life{.arrivals = 10, .capacity = 0, .backlog = 100, .polls = 40};
        QCOMPARE(alarms(life, u"stalled"_s, 100, 45), 100);
    }
};

QTEST_GUILESS_MAIN(TestFalseAlarms)
#include "tst_false_alarms.moc"

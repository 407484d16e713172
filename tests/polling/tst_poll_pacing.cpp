#include <QTest>

#include "backends/polling/poll_pacing.h"

using namespace spillway;
using namespace std::chrono_literals;

class PollPacingTest : public QObject {
    Q_OBJECT
private slots:
    void theGovernorKeepsTheDutyUnderHalfAPercent_data() {
        QTest::addColumn<double>("cost_ms");
        QTest::newRow("cheap") << 0.5;
        QTest::newRow("at the limit") << 10.0;
        QTest::newRow("a dead-tuple storm") << 290.0;
    }
    void theGovernorKeepsTheDutyUnderHalfAPercent() {
        QFETCH(double, cost_ms);
        const PollPacing pacing;
        const auto middle = pacing.afterSuccess(cost_ms, 0.5, 5);
        QVERIFY(cost_ms / static_cast<double>(middle.count()) <= 0.005);
        QVERIFY(middle >= pacing.interval);
    }

    void theFirstPollsAreQuickWhereTheyAreCheap() {
        const PollPacing pacing;
        double spent_ms = 0;
        for (int polls = 1; polls < 5; ++polls) {
            QCOMPARE(pacing.afterSuccess(50, 0.5, polls), 2000ms);
            QVERIFY(pacing.afterSuccess(150, 0.5, polls) >= 30'000ms);
            spent_ms += pacing.start_cost_ms;
        }
        QVERIFY(spent_ms <= 500);
        QCOMPARE(pacing.afterSuccess(50, 0.5, 5), 10'000ms);
    }

    void aDevelopmentServerIsAskedMoreOften() {
        QCOMPARE(PollPacing{}.on(Environment::development).afterSuccess(250, 0.5, 9), 5'000ms);
        QCOMPARE(PollPacing{}.on(Environment::staging).afterSuccess(250, 0.5, 9), 50'000ms);
        QCOMPARE(PollPacing{}.on(Environment::production).afterSuccess(250, 0.5, 9), 50'000ms);
    }

    void jitterSpreadsByTenPercent() {
        const PollPacing pacing;
        QCOMPARE(pacing.afterSuccess(1, 0.0, 1), 1800ms);
        QCOMPARE(pacing.afterSuccess(1, 0.5, 9), 2000ms);
        QVERIFY(pacing.afterSuccess(1, 0.999, 9) <= 2200ms);
    }

    void anExpensivePollIsNotForgotten() { QCOMPARE(PollPacing{}.afterSuccess(5000, 0.5, 1), 60'000ms); }

    void backOffDoublesUpToHalfAMinute() {
        const PollPacing pacing;
        QCOMPARE(pacing.afterFailure(1, true, 0.5), 0ms);  // a lost connection: at once
        QCOMPARE(pacing.afterFailure(1, false, 0.99999), 1000ms);
        QCOMPARE(pacing.afterFailure(3, true, 0.99999), 4000ms);
        QCOMPARE(pacing.afterFailure(50, true, 0.99999), 30'000ms);
        QCOMPARE(pacing.afterFailure(50, true, 0), 15'000ms);
    }
};

QTEST_GUILESS_MAIN(PollPacingTest)
#include "tst_poll_pacing.moc"

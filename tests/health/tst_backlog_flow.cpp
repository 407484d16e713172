#include <QTest>

#include "tests/support/reading_story.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

class BacklogFlowTest : public QObject {
    Q_OBJECT
private slots:
    void countersGiveExactRates() {
        const QueueStory story{.backlog = 100, .arrivals = 40, .drain = 10};
        const auto line = story.timeline();
        const auto flow = backlogFlow(line.window(60));
        QCOMPARE(flow.polls, 13);
        QCOMPARE(flow.window_s, 60.0);
        QCOMPARE(flow.arrival, Rate::exact(40));
        QCOMPARE(flow.drain, Rate::exact(10));
        QCOMPARE(flow.growth, Rate::exact(30));
    }

    // Somebody purges 500 of those that wait: they are gone, and nobody worked them off.
    void whatIsPurgedIsNoDrain_data() {
        QTest::addColumn<int>("purged");
        QTest::addColumn<int>("lag");  // jobs that the flows are behind the counts
        QTest::newRow("nothing") << 0 << 0;
        QTest::newRow("nothing, with flows that lag") << 0 << -60;
        QTest::newRow("a purge") << 500 << 0;
    }
    void whatIsPurgedIsNoDrain() {
        QFETCH(int, purged);
        QFETCH(int, lag);
        QueueStory story{.backlog = 1'000, .arrivals = 40, .drain = 10};
        story.change = [&](QueueReading& r, int poll) {
            *r.ready.value -= poll >= 6 ? purged : 0;
            *r.flow.enqueued.value += poll == 12 ? lag : 0;
        };
        const auto line = story.timeline();
        const auto flow = backlogFlow(line.window(60));
        QCOMPARE(flow.removed.value, std::optional<qint64>(purged));
        QCOMPARE(flow.removed.provenance, Provenance::estimated);
        QCOMPARE(flow.drain, Rate::exact(10));
        story.sees_completed = false;
        const auto blind = story.timeline();
        QVERIFY(!backlogFlow(blind.window(60)).removed.known());
    }

    void theMissingSideFollowsFromTheBalance() {
        QueueStory story{.backlog = 100, .arrivals = 40, .drain = 10, .sees_completed = false};
        // A tenth of the arrivals moves on into running: still in the system, so not drained.
        story.change = [](QueueReading& r, int poll) {
            r.running = Count::exact(poll * 20);
            r.ready.value = *r.ready.value - poll * 20;
        };
        const auto line = story.timeline();
        const auto flow = backlogFlow(line.window(60));
        QCOMPARE(flow.drain.provenance, Provenance::estimated);
        QCOMPARE(*flow.drain.value, 10.0);
        QVERIFY(flow.drain.method.contains(u"balance"_s));
        QCOMPARE(*flow.growth.value, 26.0);
    }

    void arrivalsFollowFromDeparturesToo() {
        const QueueStory story{.backlog = 100, .arrivals = 40, .drain = 10, .sees_enqueued = false};
        const auto line = story.timeline();
        const auto flow = backlogFlow(line.window(60));
        QCOMPARE(flow.arrival.provenance, Provenance::estimated);
        QCOMPARE(*flow.arrival.value, 40.0);
    }

    void withNeitherOnlyGrowthIsGiven() {
        const QueueStory story{
            .backlog = 100, .arrivals = 40, .drain = 10, .sees_enqueued = false, .sees_completed = false};
        const auto line = story.timeline();
        const auto flow = backlogFlow(line.window(60));
        QVERIFY(!flow.arrival.known());
        QVERIFY(!flow.drain.known());
        QCOMPARE(flow.drain.method, u"not recorded here"_s);
        QCOMPARE(flow.growth, Rate::exact(30));
    }

    void aCounterResetIsSkippedNotNegative() {
        QueueStory story{.backlog = 0, .arrivals = 20, .drain = 20};
        story.change = [](QueueReading& r, int poll) {
            if (poll >= 6) {
                r.flow.enqueued.value = *r.flow.enqueued.value - 1500;
                r.flow.completed.value = *r.flow.completed.value - 1000;
            }
        };
        const auto line = story.timeline();
        const auto flow = backlogFlow(line.window(60));
        QCOMPARE(*flow.arrival.value, 20.0);
        QCOMPARE(*flow.drain.value, 20.0);
    }

    void aCappedCountHasNoGrowthOfItsOwn() {
        QueueStory story{.backlog = 50'000, .arrivals = 400, .drain = 100};
        story.change = [](QueueReading& r, int) {
            r.ready = Count::lowerBound(10'000, u"counted up to 10 000"_s);
        };
        const auto line = story.timeline();
        const auto flow = backlogFlow(line.window(60));
        QCOMPARE(flow.growth.provenance, Provenance::estimated);
        QCOMPARE(*flow.growth.value, 300.0);

        story.sees_enqueued = story.sees_completed = false;
        const auto blind = story.timeline();
        const auto unknown = backlogFlow(blind.window(60));
        QVERIFY(!unknown.growth.known());
        QVERIFY(unknown.growth.method.contains(u"capped"_s));
    }

    void onePollKnowsNoRate() {
        const QueueStory story{.backlog = 5, .polls = 1};
        const auto line = story.timeline();
        const auto flow = backlogFlow(line.window(60));
        QCOMPARE(flow.polls, 1);
        QVERIFY(!flow.growth.known() && !flow.arrival.known() && !flow.drain.known());
    }

    void theWindowForgetsWhatIsOlder() {
        QueueStory story{.backlog = 0, .arrivals = 10, .drain = 10, .polls = 61};
        story.change = [](QueueReading& r, int poll) {  // arrivals stop after 200 s
            r.flow.enqueued.value = 1000 + std::min(poll, 40) * 50;
        };
        const auto line = story.timeline();
        QCOMPARE(*backlogFlow(line.window(60)).arrival.value, 0.0);
        QVERIFY(*backlogFlow(line.window(300)).arrival.value > 6);
    }

    void aClockThatJumpsBackStartsAnew() {
        QueueTimeline line;
        const QueueStory story{.backlog = 10, .arrivals = 1, .drain = 1};
        line.add(at(100), story.reading(0));
        line.add(at(105), story.reading(1));
        line.add(at(40), story.reading(2));
        QCOMPARE(line.size(), std::size_t{1});
    }

    void aDeathCountsAsDeparture() {
        QueueStory story{.backlog = 100, .arrivals = 10, .drain = 4};
        story.change = [](QueueReading& r, int poll) { r.flow.died = Count::exact(poll * 30); };
        const auto line = story.timeline();
        QCOMPARE(*backlogFlow(line.window(60)).drain.value, 10.0);
    }
};

QTEST_GUILESS_MAIN(BacklogFlowTest)
#include "tst_backlog_flow.moc"

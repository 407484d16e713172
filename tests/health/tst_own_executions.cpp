// What a person puts back is executed a second time by wish: no retry storm, and no backlog that grows by
// itself. A storm beside it is still seen.
#include <QTest>

#include "backends/remediation/live_facts.h"
#include "tests/support/reading_story.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {

const QString kSystem = u"pgboss:pgboss"_s;

struct Poll {
    qint64 putBack = 0, retries = 0, first = 0;  // since the poll before
    qint64 ready = 0;
};

// A queue whose system counts the executions of replayed jobs as retries.
ReadingPtr judged(const std::vector<Poll>& polls) {
    HealthMonitor monitor(u"shop"_s, Environment::production);
    qint64 executed = 0, first = 0;
    ReadingPtr last;
    QueueStory story{.every_s = 10};
    for (size_t i = 0; i < polls.size(); ++i) {
        const Poll& poll = polls[i];
        executed += poll.retries + poll.first;
        first += poll.first;
        story.change = [&](QueueReading& r, int) {
            r.ready = Count::exact(poll.ready);
            r.flow.executed = Count::exact(executed);
            r.flow.first_executed = Count::exact(first);
            r.flow.enqueued = Count::exact(first);
            r.flow.completed = Count::exact(executed);
        };
        const auto reading = story.serverReading(static_cast<int>(i));
        monitor.tellOwnMoves({{kSystem, story.queue, reading.observed_at, poll.putBack}});
        last = monitor.add(reading);
    }
    return last;
}

const QueueHealth& queueOf(const ReadingPtr& reading) {
    return reading->systems.front().queues.front();
}

bool saysStorm(const ReadingPtr& reading) {
    return std::any_of(reading->findings.begin(), reading->findings.end(),
                       [](const Finding& f) { return f.id.startsWith(u"retry_storm"_s); });
}

}  // namespace

class TestOwnExecutions : public QObject {
    Q_OBJECT
private slots:
    void aReplayIsNoStorm() {
        std::vector<Poll> polls{{.first = 0}};
        for (int i = 0; i < 6; ++i) polls.push_back({.putBack = 50, .retries = 50, .ready = 5});
        const auto reading = judged(polls);
        const auto& retry = queueOf(reading).retry;
        QCOMPARE(retry.asked_for, 300);
        QCOMPARE(retry.first_attempts.value, std::optional<qint64>(300));
        QCOMPARE(retry.amplification.value, std::optional(1.0));
        QCOMPARE(retry.amplification.provenance, Provenance::estimated);
        QVERIFY(!retry.retries_only);
        QVERIFY(!saysStorm(reading));
        for (Poll& poll : polls) poll.putBack = 0;
        QVERIFY(saysStorm(judged(polls)));  // the same executions, asked for by nobody
    }

    // A worker may be seen before the answer that put its job back has been written down, and long after.
    void theTwoMayComeInEitherOrder() {
        const auto early = judged({{}, {.retries = 40}, {.putBack = 40}, {.first = 10}});
        QCOMPARE(queueOf(early).retry.asked_for, 40);
        const auto late = judged(
            {{.ready = 0}, {.putBack = 40, .ready = 40}, {.ready = 40}, {.ready = 40}, {.retries = 40}});
        QCOMPARE(queueOf(late).retry.asked_for, 40);
    }

    void aStormBesideItIsSeen() {
        const auto reading = judged({{}, {.putBack = 20, .retries = 500, .first = 100, .ready = 9}, {}});
        QCOMPARE(queueOf(reading).retry.asked_for, 20);
        QCOMPARE(queueOf(reading).retry.first_attempts.value, std::optional<qint64>(120));
        QVERIFY(saysStorm(reading));
    }

    // Where a system begins anew by itself nothing is left over for the storm that comes later.
    void whatHasRunHidesNothingLater() {
        const auto reading = judged({{},
                                     {.putBack = 100, .ready = 100},
                                     {.first = 100, .ready = 0},
                                     {.retries = 300, .first = 10, .ready = 0},
                                     {.first = 1}});
        QCOMPARE(queueOf(reading).retry.asked_for, 0);
        QVERIFY(saysStorm(reading));
    }

    void theGuardAsksWhoMakesTheBacklogGrow() {
        const auto grown = [](qint64 putBack, qint64 arrivals) {
            std::vector<Poll> polls{{.ready = 100}};
            for (int i = 1; i <= 20; ++i)
                polls.push_back({.putBack = putBack,
                                 .retries = 0,
                                 .first = arrivals + 20,
                                 .ready = 100 + i * (putBack + arrivals)});
            HealthMonitor monitor(u"shop"_s, Environment::production);
            QueueStory story{.every_s = 10};
            ReadingPtr last;
            for (int i = 0; i <= 20; ++i) {
                story.change = [&](QueueReading& r, int) {
                    r.ready = Count::exact(polls[static_cast<size_t>(i)].ready);
                    r.flow.enqueued = Count::exact(i * (arrivals + 20));
                    r.flow.completed = Count::exact(i * 20);
                };
                const auto reading = story.serverReading(i);
                if (i > 0) monitor.tellOwnMoves({{kSystem, story.queue, reading.observed_at, putBack}});
                last = monitor.add(reading);
            }
            GuardFacts facts;
            addSignals(queueOf(last), facts);
            return facts.backlog_past_objective;
        };
        QVERIFY(!grown(100, 0));   // all of it is ours
        QVERIFY(grown(0, 100));    // none of it
        QVERIFY(grown(100, 100));  // it would grow without us too
    }

    void whatIsToldOfNoQueueIsForgotten() {
        HealthMonitor monitor(u"shop"_s, Environment::production);
        QueueStory story{.every_s = 10};
        monitor.tellOwnMoves({{kSystem, u"another"_s, at(0), 500}, {u"oban"_s, story.queue, at(0), 500}});
        const auto reading = monitor.add(story.serverReading(0));
        QCOMPARE(queueOf(reading).flow.put_back, 0.0);
        QCOMPARE(queueOf(monitor.add(story.serverReading(1))).flow.put_back, 0.0);
    }
};

QTEST_GUILESS_MAIN(TestOwnExecutions)
#include "tst_own_executions.moc"

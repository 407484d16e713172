// How jobs end, and why they wait although nothing is broken: failing without a trace, deleted unworked,
// waiting for what is dead, held by the system's own rule, dead-letter queues.
#include <QTest>

#include "backends/health/dead_letter_queue.h"
#include "tests/support/reading_story.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {

ReadingPtr after(const QueueStory& story) {
    HealthMonitor monitor(u"prod"_s, Environment::production);
    ReadingPtr last;
    for (int poll = 0; poll < story.polls; ++poll) last = monitor.add(story.serverReading(poll));
    return last;
}

const QueueHealth& queueOf(const ReadingPtr& reading) {
    return reading->systems[0].queues[0];
}

const Finding* find(const ReadingPtr& reading, const QString& rule) {
    for (const auto& f : reading->findings)
        if (f.id.startsWith(rule + u':')) return &f;
    return nullptr;
}

// 16 jobs a second end; `failed` of them fail. What is kept grows the dead letters.
QueueStory endings(qint64 failed, bool kept) {
    QueueStory story;
    story.change = [=](QueueReading& r, int poll) {
        r.flow.enqueued = Count::exact(poll * 80);
        r.flow.completed = Count::exact(poll * 5 * (16 - failed));
        r.flow.failed_for_good = r.flow.died = Count::exact(poll * 5 * failed);
        r.dead = Count::exact(kept ? poll * 5 * failed : 0);
    };
    return story;
}

// Nothing leaves for a minute although forty jobs wait.
QueueStory still() {
    return {.backlog = 40};
}

}  // namespace

class EndingsTest : public QObject {
    Q_OBJECT
private slots:
    void everythingFailsAndNothingIsKept() {
        const auto reading = after(endings(16, false));
        const Finding* f = find(reading, u"failing"_s);
        QVERIFY(f);
        QCOMPARE(f->severity, Severity::critical);
        QCOMPARE(f->sentence, u"orders: failed 100 % of 16/s, nothing kept."_s);
        QVERIFY(queueOf(reading).failed.share.isExact());
    }

    void whatIsKeptWakesNobodyTwice() {
        const auto reading = after(endings(16, true));
        QCOMPARE(find(reading, u"failing"_s)->severity, Severity::warning);
        QVERIFY(find(reading, u"dead_letters"_s));
    }

    void aFewFailuresAreNormal() { QVERIFY(!find(after(endings(4, false)), u"failing"_s)); }

    // "at least 16/s failed" of an unknown number of endings is no ratio.
    void withoutSuccessesThereIsNoShare() {
        QueueStory story = endings(16, false);
        const auto change = story.change;
        story.change = [=](QueueReading& r, int poll) {
            change(r, poll);
            r.flow.completed = Count::notObservable(u"removed at once"_s);
        };
        const auto reading = after(story);
        QVERIFY(!find(reading, u"failing"_s));
        QCOMPARE(queueOf(reading).failed.share.provenance, Provenance::not_observable);
        QCOMPARE(queueOf(reading).failed.share.method, u"removed at once"_s);
    }

    void waitingJobsWillBeDeletedUnworked() {
        QueueStory story = still();
        story.change = [&](QueueReading& r, int) {
            r.expiring = Count::exact(40);
            r.expires_next_at = Measured<ServerTime>::exact(at(60 + 600));
        };
        const Finding* f = find(after(story), u"deleted_unworked"_s);
        QVERIFY(f);
        QCOMPARE(f->severity, Severity::critical);
        QCOMPARE(f->sentence, u"orders: 40 waiting jobs will be deleted unworked, the first in 10 min."_s);
    }

    void whatDrainsInTimeIsNotLost() {
        QueueStory story{.backlog = 4000, .arrivals = 10, .drain = 50};
        story.change = [](QueueReading& r, int) {
            r.expiring = Count::exact(2000);
            r.expires_next_at = Measured<ServerTime>::exact(at(60 + 3600));
        };
        QVERIFY(!find(after(story), u"deleted_unworked"_s));
    }

    void whatWaitsForTheDeadNeverRuns() {
        QueueStory story;
        story.change = [](QueueReading& r, int) {
            r.blocked = Count::exact(4);
            r.blocked_on_dead = BlockedOnDead{Count::exact(4), u"parent-1"_s, u"child-7"_s};
        };
        const Finding* f = find(after(story), u"blocked_on_dead"_s);
        QVERIFY(f);
        QCOMPARE(f->sentence, u"orders: 4 jobs wait for jobs that are dead; they will never run."_s);
        QCOMPARE(f->evidence, u"For example parent-1 waits for child-7."_s);
    }

    void aRateLimitIsNoStall() {
        QueueStory story = still();
        story.change = [](QueueReading& r, int) {
            r.held = Hold{u"rate limited"_s, at(60 + 59 * 60), false};
        };
        const auto reading = after(story);
        QVERIFY(!find(reading, u"stalled"_s));
        const Finding* f = find(reading, u"held"_s);
        QVERIFY(f);
        QCOMPARE(f->severity, Severity::info);
        QCOMPARE(f->title, u"orders: rate limited for another 59 min"_s);
        QCOMPARE(drainVerdictText(queueOf(reading).forecast, queueOf(reading).flow),
                 u"rate limited for another 59 min"_s);
    }

    // A limit that lets jobs through does not excuse a backlog that only grows.
    void aTrickleCanStillDrown() {
        QueueStory story{.backlog = 4000, .arrivals = 50, .drain = 10};
        story.change = [](QueueReading& r, int) { r.held = Hold{u"one at a time"_s, {}, true}; };
        QVERIFY(find(after(story), u"never_drains"_s));
        story.change = [](QueueReading& r, int) { r.held = Hold{u"rate limited"_s, at(9999), false}; };
        QVERIFY(!find(after(story), u"never_drains"_s));
    }

    void aDeadLetterQueueIsNoBacklog() {
        QueueStory story{.queue = u"orders-dlq"_s, .backlog = 20};
        story.change = [](QueueReading& r, int) {
            r.dead_letter_queue = true;
            r.oldest_ready_at = Measured<ServerTime>::exact(at(-3 * 86400));
        };
        const auto reading = after(story);
        QVERIFY(!find(reading, u"stalled"_s));
        const QueueHealth& queue = queueOf(reading);
        QCOMPARE(queue.reading.ready, Count::exact(0));
        QCOMPARE(queue.reading.dead, Count::exact(20));
        QCOMPARE(*queue.dead_oldest_age_s.value, 3 * 86400 + 60.0);
        QCOMPARE(find(reading, u"dead_letters"_s)->severity, Severity::warning);
    }

    void patternsNameDeadLetterQueues() {
        ServerReading reading = QueueStory{}.serverReading(0);
        auto& queues = reading.systems[0].queues;
        queues.assign(4, queues[0]);
        queues[0].queue = u"orders-dlq"_s;
        queues[1].queue = u"mail/eu:dead"_s;
        queues[2].queue = u"dlq-tools"_s;
        markDeadLetterQueues(reading, {u"*-dlq"_s, u"*:dead"_s});
        QVERIFY(queues[0].dead_letter_queue && queues[1].dead_letter_queue);
        QVERIFY(!queues[2].dead_letter_queue && !queues[3].dead_letter_queue);
    }

    // What is blocked has neither left nor gone missing.
    void blockedJobsAreInTheBalance() {
        QueueStory story{.sees_completed = false};
        story.change = [](QueueReading& r, int poll) {
            r.flow.enqueued = Count::exact(poll * 50);
            r.ready = Count::exact(0);
            r.blocked = Count::exact(poll * 50);
        };
        QCOMPARE(queueOf(after(story)).flow.drain.valueOr(-1), 0.0);
    }
};

QTEST_GUILESS_MAIN(EndingsTest)
#include "tst_endings.moc"

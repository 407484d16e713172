// A monitor that begins where another one is: no incident is drawn by looking.
#include <QTest>

#include "backends/health/recorded_past.h"
#include "tests/support/reading_story.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {

// 40 in and 10 out a second, 50 attempts for 40 jobs, one claim in fifty a duplicate. `began`: the poll at
// which the program that reads it began; its totals count from there.
QueueStory storyOf(int began) {
    QueueStory story{.backlog = 400, .arrivals = 40, .drain = 10, .every_s = 5};
    story.change = [began](QueueReading& r, int poll) {
        const double t = (poll - began) * 5.0;
        const auto total = [t](double rate) { return Count::exact(std::llround(rate * t)); };
        r.flow.enqueued = total(40), r.flow.completed = total(10), r.flow.died = total(0);
        r.flow.executed = total(50), r.flow.first_executed = total(40), r.flow.failed_for_good = total(0);
        r.claims = {total(50), total(1), at(began * 5.0), ClaimEvidence::counter, {}};
        r.oldest_ready_at = Measured<ServerTime>::exact(at(poll * 5.0 - 30));
    };
    return story;
}

HealthMonitor monitor(double window_s = 300) {
    return HealthMonitor(u"c"_s, Environment::production, {.window_s = window_s, .thresholds = {}});
}

RecordedPast pastOf(std::vector<RecordedPoll> polls, std::vector<FindingSpan> findings = {}) {
    return {std::move(findings), std::make_shared<const std::vector<RecordedPoll>>(std::move(polls))};
}

struct Recorded {
    std::vector<FindingSpan> findings;
    std::vector<RecordedPoll> polls;
    ReadingPtr last;
    [[nodiscard]] RecordedPast past() const { return pastOf(polls, findings); }
};

// Forty polls of a recorder, as the history tells them.
Recorded recorded(int polls = 40) {
    auto recorder = monitor();
    Recorded told;
    for (int poll = 0; poll < polls; ++poll) {
        told.last = recorder.add(storyOf(0).serverReading(poll));
        told.polls.push_back(recordedPoll(*told.last));
    }
    for (const Finding& finding : told.last->findings)
        told.findings.push_back({finding.id, finding.since, told.last->observed_at});
    return told;
}

const QueueHealth& queueOf(const ReadingPtr& reading) {
    return reading->systems.front().queues.front();
}

QMap<QString, QString> severities(const ReadingPtr& reading) {
    QMap<QString, QString> found;
    for (const Finding& finding : reading->findings) found[finding.id] = severityName(finding.severity);
    return found;
}

}  // namespace

class RecordedPastTest : public QObject {
    Q_OBJECT
private slots:
    void theFirstPollSaysWhatTheRecorderSays_data() {
        QTest::addColumn<double>("window_s");
        QTest::newRow("a window") << 300.0;
        QTest::newRow("a check of eight seconds") << 8.0;
    }
    void theFirstPollSaysWhatTheRecorderSays() {
        QFETCH(double, window_s);
        const Recorded before = recorded();
        QCOMPARE(severities(before.last).value(u"never_drains:pgboss:pgboss:orders"_s), u"critical"_s);
        QCOMPARE(severities(before.last).value(u"duplicate_claims:pgboss:pgboss:orders"_s), u"critical"_s);
        QCOMPARE(severities(before.last).value(u"retry_storm:pgboss:pgboss:orders"_s), u"critical"_s);
        auto mine = monitor(window_s);
        mine.remember(before.past());
        const auto first = mine.add(storyOf(42).serverReading(42));
        QCOMPARE(severities(first), severities(before.last));
        QCOMPARE(first->findings.front().since, before.last->findings.front().since);
        const QueueHealth &then = queueOf(before.last), &now = queueOf(first);
        QVERIFY(std::abs(*now.flow.arrival.value - 40) < 0.5 && std::abs(*now.flow.drain.value - 10) < 0.5);
        QCOMPARE(now.flow.arrival.provenance, Provenance::estimated);  // ten seconds were not counted
        QVERIFY(!now.flow.arrival.method.isEmpty());
        QVERIFY(std::abs(*now.flow.growth.value - 30) < 0.5 && now.flow.growth.isExact());
        QCOMPARE(now.retry.amplification.value, then.retry.amplification.value);
        QCOMPARE(now.recent_duplicates.rate_ppm.value, then.recent_duplicates.rate_ppm.value);
        QCOMPARE(now.duplicates.claims.value, then.duplicates.claims.value);
        QCOMPARE(now.reading.claims.since, std::optional(at(0)));
    }

    void theSeriesHasNoJump() {
        const Recorded before = recorded();
        auto mine = monitor();
        mine.remember(before.past());
        for (int poll = 42; poll < 110; ++poll) {
            const auto reading = mine.add(storyOf(42).serverReading(poll));
            QCOMPARE(severities(reading), severities(before.last));
            const QueueHealth& queue = queueOf(reading);
            QVERIFY2(std::abs(*queue.flow.arrival.value - 40) < 0.5, qPrintable(QString::number(poll)));
            QVERIFY(std::abs(*queue.retry.amplification.value - 1.25) < 0.01);
            QVERIFY(std::abs(*queue.recent_duplicates.rate_ppm.value - 20'000) < 500);
            QCOMPARE(queue.duplicates.duplicates.value,
                     before.last->systems[0].queues[0].duplicates.duplicates.value.value() + 5 * (poll - 42));
            if (poll > 42 + 61) QVERIFY(queue.flow.arrival.isExact());  // all of the window is its own
        }
    }

    // Nobody knows what happened meanwhile; and what was told late comes too late.
    void whatIsLongAgoIsNoBeginning() {
        auto late = monitor();
        late.remember(recorded().past());
        QCOMPARE(queueOf(late.add(storyOf(50).serverReading(50))).flow.polls, 1);
        auto told = monitor();
        (void)told.add(storyOf(42).serverReading(42));
        told.remember(recorded().past());
        QCOMPARE(queueOf(told.add(storyOf(42).serverReading(43))).flow.polls, 2);
    }

    // The recorder itself was started anew in between: neither of its totals is compared with the other.
    void totalsOfTwoRunsAreNotCompared() {
        Recorded first = recorded(20);
        auto again = monitor();
        again.remember(first.past());
        auto polls = first.polls;
        for (int poll = 22; poll < 40; ++poll)
            polls.push_back(recordedPoll(*again.add(storyOf(22).serverReading(poll))));
        auto mine = monitor();
        mine.remember(pastOf(polls));
        const auto reading = mine.add(storyOf(42).serverReading(42));
        const QueueHealth& queue = queueOf(reading);
        QVERIFY(std::abs(*queue.flow.arrival.value - 40) < 0.5);
        QVERIFY(std::abs(*queue.recent_duplicates.rate_ppm.value - 20'000) < 500);
    }

    // A log is one for all: while this run still reads it, what the other one knew of it is the better bound.
    void aLogStillBeingRead() {
        Recorded before = recorded();
        for (RecordedPoll& poll : before.polls) poll.queues[0].claims_since = at(-9'000);
        auto mine = monitor();
        mine.remember(before.past());
        ServerReading reading = storyOf(0).serverReading(42);
        QueueReading& queue = reading.systems[0].queues[0];
        queue.flow.executed = queue.flow.first_executed = Count::notObservable(u"still being read"_s);
        queue.claims.claims = Count::lowerBound(100, u"still being read"_s);
        queue.claims.duplicates = Count::lowerBound(2, u"still being read"_s);
        queue.claims.since = at(-9'000);
        const auto first = mine.add(reading);
        QCOMPARE(severities(first), severities(before.last));
        QCOMPARE(queueOf(first).duplicates.duplicates.value,
                 queueOf(before.last).duplicates.duplicates.value);
        QCOMPARE(queueOf(first).duplicates.duplicates.provenance, Provenance::lower_bound);
        ServerReading later = storyOf(0).serverReading(43);  // all of it was read
        later.systems[0].queues[0].claims.since = at(-9'000);
        const auto second = mine.add(later);
        QCOMPARE(queueOf(second).duplicates.claims.value, std::optional<qint64>(50 * 43 * 5));
        QVERIFY(queueOf(second).duplicates.claims.isExact());
        QVERIFY(std::abs(*queueOf(second).recent_duplicates.rate_ppm.value - 20'000) < 500);
        QCOMPARE(severities(second), severities(before.last));
    }

    // Waiting jobs that were deleted unworked are told for an hour, whoever watches.
    void whatHappenedIsToldForAnHour_data() {
        QTest::addColumn<int>("at_poll");
        QTest::addColumn<qint64>("own");
        QTest::addColumn<qint64>("told");  // 0: nothing is
        QTest::newRow("a moment later") << 42 << qint64{0} << qint64{40};
        QTest::newRow("more of them") << 42 << qint64{3} << qint64{43};
        QTest::newRow("the recorder ended long ago") << 700 << qint64{0} << qint64{40};
        QTest::newRow("an hour later") << 760 << qint64{0} << qint64{0};
    }
    void whatHappenedIsToldForAnHour() {
        QFETCH(int, at_poll);
        QFETCH(qint64, own);
        const auto removed = [](qint64 jobs, int poll) {
            return Condition{ConditionKind::removed_unworked,
                             u"orders"_s,
                             {},
                             Count::exact(jobs),
                             at(poll * 5.0),
                             u"seen"_s,
                             {},
                             at(poll * 5.0)};
        };
        auto recorder = monitor();
        ServerReading seen = storyOf(0).serverReading(39);
        seen.systems[0].conditions = {removed(40, 39)};
        auto mine = monitor();
        mine.remember(pastOf({recordedPoll(*recorder.add(seen))}));
        ServerReading now = storyOf(0).serverReading(at_poll);
        if (own > 0) now.systems[0].conditions = {removed(own, at_poll)};
        const auto conditions = mine.add(now)->systems[0].conditions;
        QTEST(conditions.empty() ? 0 : *conditions.at(0).count.value, "told");
        if (!conditions.empty()) QCOMPARE(conditions.at(0).since, std::optional(at(39 * 5.0)));
    }

    void jobsPutBackBeforeAreNoRetryStormNow() {
        const auto tell = [](HealthMonitor& to, int poll) {
            QueueStory story = storyOf(0);
            story.change = [](QueueReading& r, int p) {
                r.flow.executed = Count::exact(p < 10 ? 0 : 100);  // all of them had been put back
                r.flow.first_executed = Count::exact(0);
                r.ready = Count::exact(0);
            };
            return to.add(story.serverReading(poll));
        };
        const std::vector<OwnMove> moves{{u"pgboss:pgboss"_s, u"orders"_s, at(47), 100}};
        auto recorder = monitor();
        std::vector<RecordedPoll> polls;
        for (int poll = 0; poll < 20; ++poll) {
            if (poll == 10) recorder.tellOwnMoves(moves);
            polls.push_back(recordedPoll(*tell(recorder, poll)));
        }
        auto mine = monitor();
        mine.remember(pastOf(polls));
        mine.tellOwnMoves(moves);  // the journal tells it to everybody
        const auto reading = tell(mine, 21);
        QVERIFY(!queueOf(reading).retry.retries_only);
        QCOMPARE(queueOf(reading).retry.asked_for, qint64{100});
        QCOMPARE(queueOf(reading).memory.put_back, qint64{100});
    }
};

QTEST_APPLESS_MAIN(RecordedPastTest)
#include "tst_recorded_past.moc"

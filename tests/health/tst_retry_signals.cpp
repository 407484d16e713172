#include <QElapsedTimer>
#include <QTest>

#include "backends/health/error_signature.h"
#include "backends/health/retry_amplification.h"
#include "backends/health/retry_wave.h"
#include "tests/support/reading_story.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {
QueueStory attempts(qint64 executionsPerPoll, qint64 firstPerPoll, int polls = 11) {
    QueueStory story{.polls = polls};
    story.change = [=](QueueReading& r, int poll) {
        r.flow.executed = Count::exact(poll * executionsPerPoll);
        r.flow.first_executed = Count::exact(poll * firstPerPoll);
    };
    return story;
}
RetryAmplification amplificationOf(const QueueStory& story) {
    const auto line = story.timeline();
    return retryAmplification(line.window(3600));
}
}  // namespace

class RetrySignalsTest : public QObject {
    Q_OBJECT
private slots:
    // 100 jobs with 5 attempts each while the downstream is down: 500 executions.
    void aHundredJobsBecomeFiveHundredExecutions() {
        QueueStory story = attempts(50, 10);
        const auto change = story.change;
        story.change = [change](QueueReading& r, int poll) {
            change(r, poll);
            r.max_attempts_mean = Ratio::exact(5);
        };
        const auto a = amplificationOf(story);
        QCOMPARE(a.executions, Count::exact(500));
        QCOMPARE(a.first_attempts, Count::exact(100));
        QCOMPARE(*a.amplification.value, 5.0);
        QCOMPARE(*a.retry_share.value, 0.8);
        QCOMPARE(a.potential, Ratio::exact(5));
        QCOMPARE(amplificationText(a), u"5.0×, 80 % of executions are retries"_s);
    }

    // A long log is caught up with in a few polls: after that the figures are there at once, of the time
    // since.
    void aSourceThatWasStillBeingRead() {
        QueueStory story = attempts(50, 10);
        const auto change = story.change;
        story.change = [change](QueueReading& r, int poll) {
            change(r, poll);
            if (poll < 4) r.flow.executed = Count::notObservable(u"still being read"_s);
        };
        const auto a = amplificationOf(story);
        QCOMPARE(a.executions, Count::exact(300));
        QCOMPARE(a.first_attempts, Count::exact(60));
        QCOMPARE(*a.amplification.value, 5.0);
        QCOMPARE(a.window_s, 30.0);
        story.change = [change](QueueReading& r, int poll) {
            change(r, poll);
            if (poll == 6) r.flow.executed = Count::notObservable(u"permission lost"_s);
        };
        QCOMPARE(amplificationOf(story).executions.method, u"permission lost"_s);
    }

    // … and with slow attempts that overlap four times, 2 000 run at once instead of 500.
    void slowAttemptsOverlap() {
        const auto o = overlap(Count::exact(2000), Rate::exact(100), Seconds::exact(5));
        QCOMPARE(*o.value, 4.0);
        QCOMPARE(o.provenance, Provenance::estimated);
        QVERIFY(!overlap(Count::exact(9), Rate::exact(0), Seconds::exact(5)).known());
    }

    void theBudgetLines() {
        QCOMPARE(qRound(amplificationAt(QueueLimits{}.retry_warning_share) * 100), 111);
        QCOMPARE(amplificationAt(QueueLimits{}.retry_critical_share), 1.25);
    }

    void fewExecutionsAreStillLearning() {
        const auto a = amplificationOf(attempts(1, 1, 8));
        QVERIFY(!a.amplification.known());
        QCOMPARE(amplificationText(a), u"learning (7 of 20 executions)"_s);
    }

    void retriesOnlyHasNoRatio() {
        const auto a = amplificationOf(attempts(9, 0));
        QVERIFY(a.retries_only && !a.amplification.known());
        QCOMPARE(*a.retry_share.value, 1.0);
        QCOMPARE(amplificationText(a), u"retries only"_s);
    }

    void whatTheSystemDoesNotRecordIsSaid() {
        const auto a = amplificationOf(QueueStory{});
        QCOMPARE(amplificationText(a), u"not recorded here"_s);
    }

    void noWaveIsMeasuredByABound() {
        const auto wave = retryWave({{at(41 * 60), 4100}}, at(0), Rate::lowerBound(2.9, u"pushes seen"_s));
        QVERIFY(!wave.peak_over_drain.known());
        QVERIFY2(!retryWaveText(wave, u"03:40"_s).contains(u"clear"_s),
                 qPrintable(retryWaveText(wave, u"03:40"_s)));
    }

    void theWaveAgainstTheDrain() {
        const auto now = at(30);
        const std::vector<RetryDue> due{
            {at(41 * 60), 4000}, {at(41 * 60 + 59), 100}, {at(5 * 60), 60}, {at(-60), 7}, {at(3 * 3600), 9}};
        const auto wave = retryWave(due, now, Rate::exact(1000.0 / 60));
        QCOMPARE(wave.minutes.size(), std::size_t{60});
        QCOMPARE(wave.overdue, 7);
        QCOMPARE(wave.later, 9);
        QCOMPARE(wave.peak->jobs, 4100);
        QCOMPARE(wave.peak->minute, at(41 * 60));
        QVERIFY(wave.synchronised);
        QCOMPARE(retryWaveText(wave, u"03:40"_s),
                 u"4 100 retries land at 03:40, 4.1× what the workers clear; no jitter spreads them"_s);
    }

    // Failures at a steady rate: their retries are due evenly up to the backoff, which is no wave.
    void aSteadyRateIsNotCalledSynchronised_data() {
        QTest::addColumn<int>("backoff_min");
        for (const int minutes : {1, 2, 4, 5, 6, 15}) QTest::addRow("%d min", minutes) << minutes;
    }
    void aSteadyRateIsNotCalledSynchronised() {
        QFETCH(int, backoff_min);
        std::vector<RetryDue> due;
        for (int second = 0; second < backoff_min * 60; ++second) due.push_back({at(second), 5});
        QVERIFY(!retryWave(due, at(0), Rate::exact(1)).synchronised);
        due.push_back({at(20 * 60), 4000});  // and one outage on top
        QVERIFY(retryWave(due, at(0), Rate::exact(1)).synchronised);
    }

    void retriesOnlyIsNotSaidOfWhatWasCutOff() {
        QueueStory story{.polls = 2};
        story.change = [](QueueReading& r, int poll) {
            r.flow.executed = Count::lowerBound(100 * poll, u"cut off"_s);
            r.flow.first_executed = Count::lowerBound(0, u"cut off"_s);
        };
        const auto line = story.timeline();
        const auto result = retryAmplification(line.window(300));
        QVERIFY(!result.retries_only);
        QCOMPARE(result.amplification.method, u"cut off"_s);
    }

    void aSpreadWaveIsNotCalledSynchronised() {
        std::vector<RetryDue> due;
        for (int minute = 0; minute < 60; ++minute) due.push_back({at(minute * 60), 50 + minute % 7});
        const auto wave = retryWave(due, at(0), Rate::notObservable(u"no counter"_s));
        QVERIFY(!wave.synchronised);
        QVERIFY(!wave.peak_over_drain.known());
        QCOMPARE(retryWave({}, at(0), Rate::exact(1)).peak, std::nullopt);
    }

    void signatures_data() {
        QTest::addColumn<QString>("error");
        QTest::addColumn<QString>("signature");
        QTest::newRow("numbers") << u"order 4711 failed after 3.5 s"_s << u"order <n> failed after <n> s"_s;
        QTest::newRow("uuid") << u"job 6f9619ff-8b86-d011-b42d-00c04fc964ff lost"_s << u"job <uuid> lost"_s;
        QTest::newRow("quoted") << u"no column \"total\" in 'orders'"_s << u"no column <str> in <str>"_s;
        QTest::newRow("host and port")
            << u"connect ECONNREFUSED 10.0.3.7:5432"_s << u"connect ECONNREFUSED <host>"_s;
        QTest::newRow("url") << u"GET https://api.example.com/v1/x?id=3 failed"_s << u"GET <host> failed"_s;
        QTest::newRow("timestamp") << u"at 2026-01-02T03:04:05.678Z"_s << u"at <time>"_s;
        QTest::newRow("hex") << u"object 0x7ffde3 and 1f2e3d4c5b6a"_s << u"object <hex> and <hex>"_s;
        QTest::newRow("word of hex letters stays") << u"facade deadbeefed"_s << u"facade deadbeefed"_s;
        QTest::newRow("mail") << u"no user ann.b@example.org"_s << u"no user <email>"_s;
        QTest::newRow("first line only") << u"timeout\n  at line 12"_s << u"timeout"_s;
        QTest::newRow("markup and control") << u"<b>x</b>\x1b[0m"_s << u"<b>x</b>\\x1b[<n>m"_s;
        QTest::newRow("empty") << QString() << QString();
    }
    void signatures() {
        QFETCH(QString, error);
        QTEST(errorSignature(error), "signature");
    }

    void sameCauseSameSignature() {
        QCOMPARE(errorSignature(u"timeout after 30 s on shard 7"_s),
                 errorSignature(u"timeout after 31 s on shard 12"_s));
    }

    void aHostileErrorCostsNoTime() {
        QElapsedTimer timer;
        timer.start();
        for (const auto& evil : {QString(100'000, u'a'), QString(100'000, u'"'), u"a."_s.repeated(50'000),
                                 u"a@"_s.repeated(50'000), u"1-"_s.repeated(50'000)})
            QVERIFY(errorSignature(evil).size() <= 202);
        QVERIFY2(timer.elapsed() < 20'000,
                 qPrintable(QString::number(timer.elapsed())));  // quadratic would be minutes
    }
};

QTEST_GUILESS_MAIN(RetrySignalsTest)
#include "tst_retry_signals.moc"

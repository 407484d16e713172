// One action from its canary to its last batch, on a clock that the test moves.
#include <QTest>

#include "backends/remediation/action_progress.h"
#include "tests/remediation/plan_builder.h"

using namespace spillway;
using namespace spillway::test;
using namespace std::chrono_literals;

namespace {

std::vector<RowResult> allMoved(const ActionPlan& plan, const NextStep& step) {
    std::vector<RowResult> rows;
    for (int i = 0; i < step.count; ++i)
        rows.push_back({plan.jobs[step.first + static_cast<size_t>(i)].id, RowOutcome::moved, {}, {}});
    return rows;
}

std::vector<JobEnding> allEnd(const QSet<QString>& ids, JobEnd end, const QString& signature = {}) {
    std::vector<JobEnding> endings;
    for (const auto& id : ids) endings.push_back({id, end, signature});
    return endings;
}

// Runs a plan against a server that takes everything; answers how many jobs were sent in each batch.
struct Run {
    explicit Run(ActionPlan p) : plan(std::move(p)), progress(plan, progressSettingsFor(plan), now) {}

    // Lets time pass until a batch may go, or the action is waiting for outcomes or finished.
    NextStep step() {
        for (;;) {
            const NextStep next = progress.next(now);
            if (next.what != NextStep::What::wait || progress.halted()) return next;
            now += std::max(1ms, next.wait);
        }
    }
    int sendOne() {
        const NextStep next = step();
        if (next.what != NextStep::What::send) return 0;
        progress.batchDone(allMoved(plan, next), now);
        return next.count;
    }
    void canaryPasses() {
        sendOne();
        progress.seeEndings(allEnd(progress.canary().awaited(), JobEnd::completed));
        while (progress.canary().state() == Canary::State::sending && sendOne() > 0) continue;
        progress.seeEndings(allEnd(progress.canary().awaited(), JobEnd::completed));
    }

    ActionPlan plan;
    ActionProgress::Time now{};
    ActionProgress progress;
};

}  // namespace

class TestActionProgress : public QObject {
    Q_OBJECT
private slots:
    void firstOneThenTenThenTheRest() {
        Run run(planOf(40));
        QCOMPARE(run.sendOne(), 1);
        QCOMPARE(run.step().what, NextStep::What::await_outcomes);
        run.progress.seeEndings(allEnd(run.progress.canary().awaited(), JobEnd::completed));
        int second = 0;
        while (run.progress.canary().state() == Canary::State::sending) second += run.sendOne();
        QCOMPARE(second, 10);
        QCOMPARE(run.step().what, NextStep::What::await_outcomes);
        run.progress.seeEndings(allEnd(run.progress.canary().awaited(), JobEnd::completed));
        QCOMPARE(run.progress.canary().state(), Canary::State::passed);
        while (run.sendOne() > 0) continue;
        QVERIFY(run.progress.finished() && !run.progress.halted());
        QCOMPARE(run.progress.counts().moved, 40);
    }

    void aCanaryThatDiesLeavesTheRestUntouched() {
        Run run(planOf(40));
        run.sendOne();
        run.progress.seeEndings(allEnd(run.progress.canary().awaited(), JobEnd::died, u"another error"_s));
        QCOMPARE(run.step().what, NextStep::What::finish);
        QVERIFY(run.progress.halted());
        QCOMPARE(run.progress.counts().moved, 1);
    }

    void theSameErrorIsNamed() {
        Run run(planOf(40));
        run.sendOne();
        run.progress.seeEndings(
            allEnd(run.progress.canary().awaited(), JobEnd::died, u"timeout after <n> ms"_s));
        QCOMPARE(run.progress.haltReason(), u"The same error came back: timeout after <n> ms."_s);
    }

    void silenceIsFailure() {
        Run run(planOf(40));
        run.sendOne();
        run.now += 121s;
        QCOMPARE(run.step().what, NextStep::What::finish);
        QVERIFY(run.progress.haltReason().contains(u"did not end"_s));
    }

    void vanishedIsSuccessOnlyWhereTheSystemDeletes() {
        for (const bool deletes : {true, false}) {
            ActionPlan plan = planOf(1);
            ProgressSettings settings = progressSettingsFor(plan);
            settings.canary.vanished_is_success = deletes;
            ActionProgress progress(plan, settings, {});
            const NextStep next = progress.next({});
            progress.batchDone(allMoved(plan, next), {});
            progress.seeEndings(allEnd(progress.canary().awaited(), JobEnd::vanished));
            QCOMPARE(progress.next({}).what, NextStep::What::finish);
            QCOMPARE(progress.halted(), !deletes);
        }
    }

    void jobsThatMovedOnDoNotCountAsCanary() {
        Run run(planOf(40));
        const NextStep first = run.step();
        run.progress.batchDone({{run.plan.jobs[first.first].id, RowOutcome::changed, {}, {}}}, run.now);
        QCOMPARE(run.progress.canary().state(), Canary::State::sending);
        QCOMPARE(run.sendOne(), 1);
        QCOMPARE(run.progress.canary().state(), Canary::State::waiting);
        QCOMPARE(run.progress.counts().changed, 1);
    }

    void aPlanThatIsAllCanaryEnds() {
        Run run(planOf(1));
        run.canaryPasses();
        QCOMPARE(run.step().what, NextStep::What::finish);
        QVERIFY(!run.progress.halted());
    }

    void allJobsMovedOnIsAnEnd() {
        Run run(planOf(2));
        for (int i = 0; i < 2; ++i) {
            const NextStep next = run.step();
            QCOMPARE(next.what, NextStep::What::send);
            run.progress.batchDone({{run.plan.jobs[next.first].id, RowOutcome::gone, {}, {}}}, run.now);
        }
        QCOMPARE(run.step().what, NextStep::What::finish);
        QCOMPARE(run.progress.counts().gone, 2);
        QVERIFY(!run.progress.halted());
    }

    void theSameErrorInTheMiddleHalts() {
        Run run(planOf(400));
        run.canaryPasses();
        while (run.progress.counts().moved < 60) run.sendOne();
        run.progress.seeEndings({{u"job-30"_s, JobEnd::died, u"timeout after <n> ms"_s}});
        QCOMPARE(run.step().what, NextStep::What::finish);
        QVERIFY(run.progress.counts().moved < 400);
    }

    // It failed again, for another reason, and has lives left: that is no end.
    void aJobThatWaitsForItsOwnRetryHasNotDied() {
        Run run(planOf(400));
        run.canaryPasses();
        while (run.progress.counts().moved < 60) run.sendOne();
        const auto watched = run.progress.watched().size();
        std::vector<JobEnding> endings;
        for (int i = 11; i < 50; ++i) endings.push_back({u"job-%1"_s.arg(i), JobEnd::retrying, u"new <n>"_s});
        run.progress.seeEndings(endings);
        QVERIFY2(!run.progress.halted(), qPrintable(run.progress.haltReason()));
        QCOMPARE(run.progress.watched().size(), watched);
        run.progress.seeEndings({{u"job-30"_s, JobEnd::retrying, u"timeout after <n> ms"_s}});
        QVERIFY2(run.progress.haltReason().startsWith(u"The same error came back"_s),
                 qPrintable(run.progress.haltReason()));
    }

    void theCanaryWaitsForTheRetryOfItsJob() {
        Run run(planOf(20));
        run.sendOne();
        run.progress.seeEndings(allEnd(run.progress.canary().awaited(), JobEnd::retrying, u"new <n>"_s));
        QCOMPARE(run.progress.canary().state(), Canary::State::waiting);
        QCOMPARE(run.progress.canary().failures(), 0);
        run.progress.seeEndings(allEnd(run.progress.canary().awaited(), JobEnd::completed));
        QCOMPARE(run.progress.canary().state(), Canary::State::sending);
        QCOMPARE(run.progress.canary().succeeded(), 1);
    }

    void tooManyDeathsHalt() {
        Run run(planOf(400));
        run.canaryPasses();
        while (run.progress.counts().moved < 60) run.sendOne();
        std::vector<JobEnding> endings;
        for (int i = 11; i < 50; ++i)
            endings.push_back({u"job-%1"_s.arg(i), i < 14 ? JobEnd::died : JobEnd::completed, u"new <n>"_s});
        run.progress.seeEndings(endings);  // 3 of 50: more than 5 %
        QVERIFY2(run.progress.haltReason().contains(u"3 of 50"_s), qPrintable(run.progress.haltReason()));
    }

    void aLostAnswerIsUnknownAndHalts() {
        Run run(planOf(40));
        run.canaryPasses();
        const NextStep next = run.step();
        QCOMPARE(next.what, NextStep::What::send);
        run.progress.batchLost(u"server closed the connection"_s);
        QCOMPARE(run.progress.counts().unknown, next.count);
        QCOMPARE(run.step().what, NextStep::What::finish);
    }

    void aRowWithoutAnAnswerIsUnknown() {
        Run run(planOf(40));
        run.canaryPasses();
        const NextStep next = run.step();
        auto rows = allMoved(run.plan, next);
        rows.pop_back();
        rows.push_back({u"not of this plan"_s, RowOutcome::moved, {}, {}});
        run.progress.batchDone(rows, run.now);
        QCOMPARE(run.progress.counts().unknown, 1);
        QVERIFY(run.progress.halted());
    }

    void refusedBatchesAreTriedAgainButNotForEver() {
        Run run(planOf(40));
        run.canaryPasses();
        const size_t first = run.step().first;
        run.progress.serverRefused(u"lock timeout"_s);
        QCOMPARE(run.step().first, first);
        run.progress.serverRefused(u"lock timeout"_s);
        QVERIFY(!run.progress.halted());
        QCOMPARE(run.step().first, first);
        run.progress.serverRefused(u"lock timeout"_s);
        QVERIFY(run.progress.halted());
        QCOMPARE(run.progress.counts().unknown, 0);
    }

    void aGuardThatRefusesStopsBeforeTheBatch() {
        Run run(planOf(40));
        run.canaryPasses();
        const qint64 before = run.progress.counts().moved;
        QCOMPARE(run.step().what, NextStep::What::send);
        GuardFacts facts = goodFacts();
        facts.writable = false;
        QVERIFY(!run.progress.mayGoOn(judge(run.plan, facts)));
        QCOMPARE(run.step().what, NextStep::What::finish);
        QCOMPARE(run.progress.counts().moved, before);
    }

    void theRateGrowsInStepsAndHasACeiling() {
        Pacing pacing({.rate = 10'000, .first_rate = 10}, {});
        std::vector<double> rates;
        for (int second = 0; second <= 60; ++second) {
            const auto now = Pacing::Time{} + std::chrono::seconds(second);
            const int most = pacing.allowance(now);
            QVERIFY(most <= 500);
            pacing.sent(most);
            if (rates.empty() || rates.back() != pacing.currentRate()) rates.push_back(pacing.currentRate());
        }
        QCOMPARE(rates, (std::vector<double>{10, 20, 40, 80, 160, 320, 500}));
    }

    void noMoreThanTheRateOverAMinute() {
        Pacing pacing({.rate = 10}, {});
        int sent = 0;
        for (auto t = 0ms; t <= 60s; t += 37ms) {
            const int some = pacing.allowance(Pacing::Time{} + t);
            pacing.sent(some);
            sent += some;
        }
        QVERIFY2(sent >= 590 && sent <= 601, qPrintable(QString::number(sent)));
    }

    void aPauseEarnsNothing() {
        Run run(planOf(4'000));
        run.canaryPasses();
        run.sendOne();
        run.progress.pause(run.now);
        QCOMPARE(run.progress.next(run.now + 60s).what, NextStep::What::wait);
        run.now += 3600s;
        run.progress.resume(run.now);
        run.now += 1s;
        const NextStep next = run.progress.next(run.now);
        QVERIFY2(next.count <= 11, qPrintable(QString::number(next.count)));
    }

    void cancelStopsBeforeTheNextBatch() {
        Run run(planOf(400));
        run.canaryPasses();
        run.progress.cancel();
        QCOMPARE(run.progress.next(run.now).what, NextStep::What::finish);
        QVERIFY(!run.progress.halted());
        QCOMPARE(run.progress.counts().moved, 11);
    }
};

QTEST_GUILESS_MAIN(TestActionProgress)
#include "tst_action_progress.moc"

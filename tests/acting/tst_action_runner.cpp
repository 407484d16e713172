// The runner against a queue in memory and a journal on the disk, on a clock of its own.
#include <QJsonDocument>
#include <QSet>
#include <QTemporaryDir>
#include <QTest>

#include "backends/acting/plan_action.h"
#include "backends/storage/sql_database.h"
#include "tests/acting/fake_acting_backend.h"
#include "tests/remediation/plan_builder.h"
#include "tests/support/disk_faults.h"

using namespace spillway;
using namespace spillway::test;
using namespace std::chrono_literals;
using storage::SqlDatabase;

namespace {

// One console: a journal, a server, a person.
struct Console {
    explicit Console(int jobs, Environment environment = Environment::production)
        : journal(std::move(ActionJournal::open(folder.filePath(u"actions.sqlite"_s)).value())),
          control(clock), backend(clock), runner(backend, *journal, clock, control),
          plan(planOf(jobs, environment)) {
        plan.made_at = clock.wallNow() - 1min;
        backend.m_facts.server_id = plan.server_id;
        backend.m_facts.writable = true;
        backend.m_facts.paused = false;
        backend.m_facts.live_worker = true;
        backend.m_facts.ready = 7;
        options.reason = u"the bug is fixed"_s;
        kept = journal->keepPlan(plan).ok();
    }
    Outcome<ActionReport> apply() { return runner.apply(plan.id, options); }
    [[nodiscard]] QSet<QString> touched() const { return {backend.sent.keyBegin(), backend.sent.keyEnd()}; }

    QTemporaryDir folder;
    MovedClock clock;
    std::unique_ptr<ActionJournal> journal;
    MovingControl control;
    FakeActingBackend backend;
    ActionRunner runner;
    ActionPlan plan;
    RunOptions options;
    bool kept = false;
};

}  // namespace

class TestActionRunner : public QObject {
    Q_OBJECT
private slots:
    void everyJobGoesOnceAndTheAuditTellsIt() {
        Console console(60);
        QVERIFY(console.kept);
        const auto report = console.apply();
        QVERIFY2(report.ok(), report.ok() ? "" : qPrintable(report.failure().sentence()));
        QCOMPARE(report->state, ActionState::done);
        QCOMPARE(report->counts.moved, 60);
        QCOMPARE(report->canary, (CanaryReport{11, 11, 0}));
        QCOMPARE(report->after.completed, 60);
        QCOMPARE(console.backend.sent.size(), 60);
        for (const int times : std::as_const(console.backend.sent)) QCOMPARE(times, 1);
        QCOMPARE(console.backend.batches.front(), 1);
        QVERIFY(console.backend.unlocked > 0);
        const auto audit = console.journal->audit();
        QCOMPARE(audit->size(), size_t{1});
        const auto record = QJsonDocument::fromJson(audit->front().record.toUtf8()).object();
        QCOMPARE(record[u"id"_s].toString(), report->action);
        QCOMPARE(record[u"counts"_s].toObject()[u"moved"_s].toInt(), 60);
        QCOMPARE(record[u"reason"_s].toString(), u"the bug is fixed"_s);
        QVERIFY(!console.apply().ok());  // one plan, one action
    }

    void aRefusedActionNeverBegins() {
        Console console(5);
        console.backend.m_facts.live_worker = false;
        const auto report = console.apply();
        QVERIFY(report.ok() && report->refused());
        QCOMPARE(report->guards.front().guard, Guard::live_worker);
        QVERIFY(console.backend.sent.isEmpty());
        QVERIFY(console.journal->actions()->empty());
        console.options.overridden = {Guard::live_worker};
        QCOMPARE(console.apply()->state, ActionState::done);
    }

    void anotherConsoleHoldsTheQueue() {
        Console console(5);
        console.backend.holder = u"ops@other"_s;
        const auto report = console.apply();
        QVERIFY(report->refused());
        QCOMPARE(report->guards.front().guard, Guard::one_action);
    }

    // The lock of a killed process outlives it on Redis: whoever resumes waits, and says so.
    void aResumeWaitsForTheLockOfItsDeadProcess() {
        Console console(40);
        console.backend.afterApply = [](FakeActingBackend& b) {
            if (b.sent.size() > 20) b.m_facts.writable = false;
        };
        const auto halted = console.apply();
        QCOMPARE(halted->state, ActionState::halted);
        console.backend.afterApply = {};
        console.backend.m_facts.writable = true;
        console.backend.holder = halted->action + u" on here"_s;
        QStringList said;
        console.options.progress = [&said](const ActionSnapshot& snapshot) { said << snapshot.sentence; };
        int waits = 0;
        console.control.onWait = [&] {
            if (++waits == 20) console.backend.holder.clear();
        };
        const auto report = console.runner.resume(halted->action, console.options);
        QVERIFY2(report.ok(), report.ok() ? "" : qPrintable(report.failure().sentence()));
        QCOMPARE(report->state, ActionState::done);
        QVERIFY2(said.value(0).contains(u"waiting for the lock"_s), qPrintable(said.join(u'\n')));
    }

    void theLockIsLostInTheMiddle() {
        Console console(200);
        console.backend.afterApply = [](FakeActingBackend& b) {
            if (b.sent.size() > 20) b.holder = u"ops@other"_s;
        };
        const auto report = console.apply();
        QCOMPARE(report->state, ActionState::halted);
        QVERIFY(report->haltReason.contains(u"ops@other"_s));
        QVERIFY(console.backend.sent.size() < 60);
    }

    void aGuardRefusesInTheMiddle() {
        Console console(200);
        console.backend.afterApply = [](FakeActingBackend& b) {
            if (b.sent.size() > 20) b.m_facts.writable = false;
        };
        const auto report = console.apply();
        QCOMPARE(report->state, ActionState::halted);
        QVERIFY(report->haltReason.contains(u"read-only"_s));
        QCOMPARE(report->counts.moved, console.backend.sent.size());
        QCOMPARE(report->counts.unknown, 0);
    }

    void aCanaryThatDiesLeavesTheRestUntouched() {
        Console console(40);
        console.backend.end = JobEnd::died;
        console.backend.signature = console.plan.jobs[0].signature;
        const auto report = console.apply();
        QCOMPARE(report->state, ActionState::halted);
        QCOMPARE(console.backend.sent.size(), 1);
        QCOMPARE(report->canary, (CanaryReport{1, 0, 1}));
        QVERIFY(report->haltReason.contains(u"same error"_s));
        QCOMPARE(report->after.diedSame, 1);
    }

    void aCanaryThatNobodyTakesHalts() {
        Console console(40);
        console.backend.end = JobEnd::waiting;
        const auto report = console.apply();
        QCOMPARE(report->state, ActionState::halted);
        QCOMPARE(console.backend.sent.size(), 1);
        QVERIFY(report->haltReason.contains(u"did not end"_s));
    }

    void theSameErrorComesBackInTheMiddle() {
        Console console(200);
        console.backend.afterApply = [&](FakeActingBackend& b) {
            if (b.sent.size() > 20) b.end = JobEnd::died, b.signature = console.plan.jobs[0].signature;
        };
        const auto report = console.apply();
        QCOMPARE(report->state, ActionState::halted);
        QVERIFY(console.backend.sent.size() < 100);
    }

    void aServerThatRefusesIsAskedThreeTimes() {
        Console console(5);
        console.backend.refuseNext = 2;
        QCOMPARE(console.apply()->state, ActionState::done);
        Console stubborn(5);
        stubborn.backend.refuseNext = 99;
        const auto report = stubborn.apply();
        QCOMPARE(report->state, ActionState::halted);
        QVERIFY(report->haltReason.contains(u"lock timeout"_s));
        QVERIFY(stubborn.backend.sent.isEmpty());
        QCOMPARE(report->counts.unknown, 0);
    }

    void aLostAnswerIsReadBackAndHalts() {
        Console console(40);
        console.backend.loseAfter = 1;
        const auto report = console.apply();
        QCOMPARE(report->state, ActionState::halted);
        QCOMPARE(report->counts.unknown, 0);
        QCOMPARE(report->counts.moved, console.backend.sent.size());
    }

    void whatCannotBeReadBackIsInterruptedAndResumed() {
        Console console(40);
        console.backend.loseAfter = 1;
        console.backend.readable = false;
        const auto cut = console.apply();
        QCOMPARE(cut->state, ActionState::interrupted);
        QVERIFY(cut->counts.unknown > 0);
        QVERIFY(console.journal->audit()->empty());
        console.journal.reset();  // the process ends
        auto journal = std::move(ActionJournal::open(console.folder.filePath(u"actions.sqlite"_s)).value());
        ActionRunner runner(console.backend, *journal, console.clock, console.control);
        QVERIFY(!runner.resume(cut->action, console.options).ok());  // still dead: nothing is sent
        console.backend.readable = true;
        journal = std::move(ActionJournal::open(console.folder.filePath(u"actions.sqlite"_s)).value());
        ActionRunner again(console.backend, *journal, console.clock, console.control);
        console.clock.move(2h);
        const auto report = again.resume(cut->action, console.options);
        QVERIFY2(report.ok(), report.ok() ? "" : qPrintable(report.failure().sentence()));
        QCOMPARE(report->state, ActionState::done);
        QCOMPARE(report->counts.moved, 40);
        QCOMPARE(report->counts.unknown, 0);
        for (const int times : std::as_const(console.backend.sent)) QCOMPARE(times, 1);
    }

    void aHaltedActionGoesOnUnderFreshGuards() {
        Console console(40);
        console.backend.refuseNext = 1'000;
        const auto halted = console.apply();
        QCOMPARE(halted->state, ActionState::halted);
        QCOMPARE(halted->counts.touched(), 0);
        QVERIFY(console.backend.sent.isEmpty());
        console.journal.reset();
        const QString file = console.folder.filePath(u"actions.sqlite"_s);
        auto journal = std::move(ActionJournal::open(file).value());
        ActionRunner runner(console.backend, *journal, console.clock, console.control);
        console.clock.move(2h);
        console.backend.holder = u"another"_s;  // a guard says no: it stays halted
        QVERIFY(runner.resume(halted->action, console.options)->refused());
        QCOMPARE(journal->actions()->front().state, ActionState::halted);
        console.backend.holder.clear();
        console.backend.refuseNext = 0;
        console.backend.loseAfter = 4;
        journal = std::move(ActionJournal::open(file).value());
        ActionRunner second(console.backend, *journal, console.clock, console.control);
        QCOMPARE(second.resume(halted->action, console.options)->state, ActionState::halted);
        QVERIFY(!second.abandon(halted->action, console.options).ok());
        const auto report = second.resume(halted->action, console.options);
        QVERIFY2(report.ok(), report.ok() ? "" : qPrintable(report.failure().sentence()));
        QCOMPARE(report->state, ActionState::done);
        QCOMPARE(report->counts.moved, 40);
        QVERIFY(report->canary.sent > 0);  // one of its own
        for (const int times : std::as_const(console.backend.sent)) QCOMPARE(times, 1);
        QCOMPARE(journal->audit()->size(), size_t(3));  // each end is a record
        QVERIFY(!*journal->verifyAudit());
        QVERIFY(!second.resume(halted->action, console.options).ok());
    }

    void anInterruptedActionCanBeAbandoned() {
        Console console(40);
        console.backend.loseAfter = 1;
        console.backend.readable = false;
        const auto cut = console.apply();
        console.journal.reset();
        auto journal = std::move(ActionJournal::open(console.folder.filePath(u"actions.sqlite"_s)).value());
        ActionRunner runner(console.backend, *journal, console.clock, console.control);
        const auto sent = console.backend.sent.size();
        const auto report = runner.abandon(cut->action, console.options);
        QCOMPARE(report->state, ActionState::abandoned);
        QVERIFY(report->counts.unknown > 0);
        QCOMPARE(console.backend.sent.size(), sent);
        QVERIFY(!runner.resume(cut->action, console.options).ok());
    }

    void pauseAndCancelActAtOnce() {
        Console console(400);
        int waits = 0;
        console.control.onWait = [&] {
            if (console.backend.sent.size() < 50) return;
            if (++waits == 1) console.control.pause();
            if (waits == 10) console.control.cancel();
        };
        const auto report = console.apply();
        QCOMPARE(report->state, ActionState::cancelled);
        QVERIFY(console.backend.sent.size() < 80);
        QVERIFY(console.control.longest <= 1s);
    }

    // An undo of a release, and of an undo, is refused in words, before the server is asked.
    void whatHasNoUndoSaysWhy() {
        for (const auto& [action, why, instead] :
             {std::tuple{ActionKind::release,
                         u"A release has no undo: the workers that held the claims are gone"_s,
                         u"cancel them with the queue system's own tool"_s},
              std::tuple{ActionKind::undo, u"is an undo itself"_s, u"replay them"_s}}) {
            Console console(3);
            ActionPlan plan = console.plan;
            plan.id = u"other"_s;
            plan.action = action;
            QVERIFY(console.journal->keepPlan(plan).ok());
            const auto report = console.runner.apply(plan.id, console.options);
            QVERIFY2(report.ok(), report.ok() ? "" : qPrintable(report.failure().sentence()));
            QCOMPARE(report->state, ActionState::done);
            ActionRequest request;
            request.action = ActionKind::undo;
            request.undoes = report->action;
            const auto planned = planAction(console.backend, *console.journal, request);
            QVERIFY(!planned.ok());
            QCOMPARE(planned.failure().kind, FailureKind::usage);
            QVERIFY2(planned.failure().what.contains(why), qPrintable(planned.failure().what));
            QVERIFY2(planned.failure().nextStep.contains(instead), qPrintable(planned.failure().nextStep));
        }
    }

    void withoutAJournalNothingIsSent() {
        Console console(40);
        // Writing the intent of a batch fails from the second on, as on a full disk.
        console.backend.beforeFacts = [&](FakeActingBackend& b) {
            if (b.sent.size() != 1) return;
            const auto spoiler =
                SqlDatabase::open(console.folder.filePath(u"actions.sqlite"_s), SqlDatabase::Access::write);
            QVERIFY(spoiler.ok() && (*spoiler)->execute(u"DROP TABLE IF EXISTS batch"_s));
        };
        const auto report = console.apply();
        QCOMPARE(console.backend.sent.size(), 1);
        QVERIFY(!report.ok() || report->state == ActionState::halted);
    }

    void whatWasRefusedGoesOnInTheSameSession() {
        Console console(200);
        console.backend.afterApply = [](FakeActingBackend& b) {
            if (b.sent.size() > 20) b.m_facts.writable = false;
        };
        const auto halted = console.apply();
        QCOMPARE(halted->state, ActionState::halted);
        const auto refused = console.runner.resume(halted->action, console.options);
        QVERIFY(refused.ok() && refused->state != ActionState::done);
        console.backend.m_facts.writable = true;
        console.backend.afterApply = {};
        const auto rest = console.runner.resume(halted->action, console.options);
        QVERIFY2(rest.ok(), rest.ok() ? "" : qPrintable(rest.failure().sentence()));
        QCOMPARE(rest->state, ActionState::done);
        QCOMPARE(console.backend.sent.size(), 200);
    }

    // The disk fills while jobs go back, and is cleared up: nothing went twice, nothing is forgotten.
    void aFullDiskHaltsAndTheRestGoesOnLater_data() {
        QTest::addColumn<int>("bytes");  // that still fit: none, or the intent but not what came of it
        QTest::newRow("before the intent") << 0;
        QTest::newRow("after the intent") << 5'000;
    }
    void aFullDiskHaltsAndTheRestGoesOnLater() {
        QFETCH(int, bytes);
        Console console(200);
        std::optional<FullDisk> disk;
        qsizetype sent = 0;
        console.backend.beforeFacts = [&](FakeActingBackend& b) {
            if (disk || b.sent.size() < 20) return;
            sent = b.sent.size();
            disk.emplace(QFileInfo(console.journal->path() + u"-wal"_s).size() + bytes);
        };
        const auto report = console.apply();
        QVERIFY(disk.has_value());
        QVERIFY(!report.ok());
        QVERIFY(report.failure().retryable());
        QVERIFY(console.backend.sent.size() < 200);
        if (bytes == 0) QCOMPARE(console.backend.sent.size(), sent);
        disk.reset();
        console.backend.beforeFacts = {};
        const auto actions = console.journal->actions();
        QCOMPARE(actions->front().state, ActionState::interrupted);
        const auto rest = console.runner.resume(actions->front().id, console.options);
        QVERIFY2(rest.ok(), rest.ok() ? "" : qPrintable(rest.failure().sentence()));
        QCOMPARE(rest->state, ActionState::done);
        QCOMPARE(rest->counts.moved, 200);
        QCOMPARE(console.backend.sent.size(), 200);
        for (const int times : std::as_const(console.backend.sent)) QCOMPARE(times, 1);
        QCOMPARE(console.journal->audit()->size(), size_t{1});
    }
};

QTEST_GUILESS_MAIN(TestActionRunner)
#include "tst_action_runner.moc"

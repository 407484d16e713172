// What a person reads and must type before and after an action, without a server.
#include <QCheckBox>
#include <QInputDialog>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>

#include "backends/remediation/live_facts.h"
#include "tests/remediation/plan_builder.h"
#include "tests/support/invented_scene.h"
#include "widgets/acting/acting_desk.h"
#include "widgets/acting/action_dialog.h"
#include "widgets/acting/action_text.h"
#include "widgets/acting/arm_dialog.h"
#include "widgets/acting/note_list.h"
#include "widgets/acting/plan_pane.h"
#include "widgets/acting/run_pane.h"
#include "widgets/dead/job_list.h"
#include "widgets/pages/activity_page.h"
#include "widgets/pages/dead_letters_page.h"
#include "widgets/pages/queue_page.h"
#include "widgets/pages/workspace.h"
#include "widgets/parts/environment_frame.h"
#include "widgets/parts/safe_label.h"
#include "widgets/parts/theme.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

PlannedAction plannedOf(int jobs, Environment environment = Environment::production) {
    PlannedAction planned;
    planned.plan = planOf(jobs, environment);
    return planned;
}

ActivityRow rowOf(ActionState state, const QString& id) {
    ActivityRow row;
    row.key = id;
    row.state = state;
    row.started = kNow;
    row.connection = u"prod-pg"_s;
    row.kind = u"replay"_s;
    row.system = u"pgboss"_s;
    row.queue = u"orders"_s;
    row.reason = u"fixed"_s;
    row.counts.planned = 12;
    row.counts.unknown = state == ActionState::interrupted ? 3 : 0;
    return row;
}

}  // namespace

class TestActing : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { m_theme = std::make_unique<Theme>(*qApp, ThemeMode::dark); }

    void theConfirmationGrowsWithTheBlast_data() {
        QTest::addColumn<int>("jobs");
        QTest::addColumn<Environment>("environment");
        QTest::addColumn<QString>("typed");
        QTest::newRow("10 on production: a click") << 10 << Environment::production << QString();
        QTest::newRow("11: the queue") << 11 << Environment::production << u"orders"_s;
        QTest::newRow("1 000: the queue") << 1000 << Environment::production << u"orders"_s;
        QTest::newRow("1 001: the count") << 1001 << Environment::production << u"1 001"_s;
        QTest::newRow("1 000 elsewhere: a click") << 1000 << Environment::staging << QString();
        QTest::newRow("1 001 elsewhere: the queue") << 1001 << Environment::staging << u"orders"_s;
    }
    void theConfirmationGrowsWithTheBlast() {
        QFETCH(int, jobs);
        QFETCH(Environment, environment);
        QFETCH(QString, typed);
        const auto planned = plannedOf(jobs, environment);
        const auto gap = [&](const QString& entry, const QString& reason) {
            return confirmationGap(planned, goodFacts(), {entry, entry, reason});
        };
        QCOMPARE(gap(typed, u"fixed"_s), QString());
        QVERIFY(gap(typed, u"  "_s).contains(u"reason"_s));
        if (!typed.isEmpty()) QVERIFY(gap(u"order"_s, u"fixed"_s).startsWith(u"Type the"_s));
    }

    void aRefusalSaysWhyAndAnOverrideTakesATick() {
        auto facts = goodFacts();
        facts.live_worker = false;
        PlanPane pane;
        pane.showPlanning({});
        QVERIFY(!pane.gap().isEmpty());
        PlanView view{plannedOf(3), facts};
        pane.showPlan(view, u"fixed"_s);
        QVERIFY(!pane.goButton()->isEnabled());
        QVERIFY2(pane.goButton()->accessibleDescription().contains(u"No live worker"_s),
                 qPrintable(pane.goButton()->accessibleDescription()));
        QVERIFY(pane.goButton()->toolTip().contains(u"No live worker"_s));
        QCheckBox* box = pane.notes()->overrideBox(Guard::live_worker);
        QVERIFY(box);
        box->setChecked(true);
        QVERIFY2(pane.goButton()->isEnabled(), qPrintable(pane.gap()));
        QSignalSpy confirmed(&pane, &PlanPane::confirmed);
        pane.goButton()->click();
        QCOMPARE(confirmed.count(), 1);
        QCOMPARE(confirmed.front().at(1).value<std::vector<Guard>>(), std::vector{Guard::live_worker});
        // Some guards have no override.
        view.facts.writable = false;
        pane.showPlan(view, u"fixed"_s);
        QVERIFY(!pane.notes()->overrideBox(Guard::primary));
        QVERIFY(pane.gap().contains(u"read-only"_s));
        // What the planner refuses, no tick gets past.
        view = {plannedOf(3), goodFacts()};
        view.planned.refusals << u"The trigger spy would run with your rights."_s;
        pane.showPlan(view, u"fixed"_s);
        QVERIFY(pane.gap().contains(u"trigger spy"_s));
    }

    void aPlanThatExpiresGreysItsButton() {
        PlanView view{plannedOf(3), goodFacts()};
        view.planned.plan.made_at = view.facts.now - 11min;
        PlanPane pane;
        pane.showPlan(view, u"fixed"_s);
        QVERIFY(pane.gap().contains(u"expired"_s));
    }

    void anActionInWords() {
        ActionView action;
        action.queue = u"orders"_s;
        action.snapshot.action = u"a1"_s;
        action.snapshot.counts = {12, 4, 1, 0, 0, 0, 0};
        action.snapshot.waitingForCanary = true;
        QCOMPARE(actionWords(action).title, u"Waiting for the canary at 5 of 12"_s);
        action.paused = true;
        QCOMPARE(actionWords(action).title, u"Paused at 5 of 12"_s);
        action.report = ActionReport{};
        QCOMPARE(actionWords(action).tone, ActionTone::bad);  // refused: it has no id
        action.report->action = u"a1"_s;
        action.report->state = ActionState::halted;
        action.report->haltReason = u"The same error came back"_s;
        action.report->counts = {12, 4, 1, 0, 0, 0, 0};
        action.report->after.diedSame = 1;
        const ActionWords words = actionWords(action);
        QCOMPARE(words.title, u"Halted: 4 of 12 jobs put back"_s);
        QVERIFY(words.why.startsWith(u"The same error came back. The rest was not touched"_s));
        const auto figures = actionFigures(action);
        QVERIFY(std::any_of(figures.begin(), figures.end(), [](const ActionFigure& figure) {
            return figure.label == "died, same error"_L1 && figure.value == "1"_L1 && figure.loud;
        }));
        QCOMPARE(canaryText({11, 1, 0}, true), u"1 of 11 ended well, 10 still to end"_s);
    }

    void theRateSliderIsEvenInTheLogarithm() {
        QCOMPARE(RunPane::rateAt(0), 0.1);
        QCOMPARE(RunPane::rateAt(RunPane::kSteps), 500.0);
        QVERIFY(std::abs(RunPane::rateAt(RunPane::stepOf(10)) - 10) < 1);
    }

    void theWindowOnlyObservesUntilSomebodyArmsIt() {
        InventedScene scene;
        Workspace window;
        window.resize(1280, 800);
        window.show();
        window.setConnections(scene.at(0));
        ActingDesk* desk = window.actingDesk();
        const QueueRef queue{u"prod-pg"_s, u"pgboss"_s, u"payments"_s};
        window.showDeadLetters(queue);
        QCOMPARE(desk->gap(ActionKind::replay, queue), QString());
        QVERIFY(desk->gap(ActionKind::replay, {u"prod-pg"_s, u"pgboss"_s, {}}).contains(u"one queue"_s));
        QSignalSpy arm(desk, &ActingDesk::armWanted), plan(desk, &ActingDesk::planWanted);
        QTest::mouseClick(window.deadLettersPage()->jobList()->replayButton(), Qt::LeftButton);
        QVERIFY(desk->armDialog());
        QVERIFY(!desk->armDialog()->armButton()->isEnabled());
        QTest::keyClicks(desk->armDialog()->reasonField(), u"fixed"_s);
        desk->armDialog()->armButton()->click();
        QCOMPARE(arm.count(), 1);
        QCOMPARE(plan.count(), 0);
        ArmingView arming;
        arming.connection = u"prod-pg"_s;
        arming.reason = u"fixed"_s;
        arming.open = true;
        arming.until = QDateTime::currentDateTime().addSecs(900);
        desk->setArmings({arming});
        QVERIFY(window.frame()->isArmed());
        QCOMPARE(plan.count(), 1);
        QVERIFY(desk->actionDialog(u"prod-pg"_s)->isVisible());
        // While it acts, nothing else begins on this connection.
        ActionView action;
        action.connection = u"prod-pg"_s;
        action.queue = u"payments"_s;
        desk->setAction(action);
        QVERIFY(desk->gap(ActionKind::replay, queue).contains(u"under way"_s));
        desk->setArmings({});
        QVERIFY(!window.frame()->isArmed());
    }

    void theArmDialogSaysWhatItsConnectionAllows() {
        const auto told = [](const ArmDialog& dialog) {
            QString all;
            for (const auto* label : dialog.findChildren<SafeLabel*>())
                if (label->isVisibleTo(&dialog)) all += label->safeText() + u'\n';
            return all;
        };
        const ArmDialog brief({.name = u"prod-pg"_s, .armed_for = std::chrono::minutes{5}}, {}, true);
        QVERIFY2(told(brief).contains(u"For 5 min from now on"_s), qPrintable(told(brief)));
        QVERIFY2(!brief.armButton()->text().contains(u"15"_s), qPrintable(brief.armButton()->text()));
        ArmDialog never({.name = u"audit"_s, .armed_for = std::chrono::milliseconds{0}}, {}, false);
        QVERIFY2(told(never).contains(u"audit only observes"_s), qPrintable(told(never)));
        never.reasonField()->setText(u"fixed"_s);
        QVERIFY(!never.armButton()->isEnabled());
    }

    void aFindingOnDeadLettersLeadsToItsReplay() {
        InventedScene scene;
        Workspace window;
        window.show();
        window.setConnections(scene.at(0));
        Finding finding;
        finding.id = u"dead_letters:pgboss:payments"_s;
        finding.connection = u"prod-pg"_s;
        finding.system = u"pgboss"_s;
        finding.queue = u"payments"_s;
        window.replayFinding(finding);
        QVERIFY(window.deadLettersPage()->isVisible());
        QVERIFY(window.actingDesk()->armDialog());
        QCOMPARE(window.actingDesk()->armDialog()->connection(), u"prod-pg"_s);
    }

    void aPollThatAReplicaAnsweredGreysTheButton() {
        InventedScene scene;
        Reading reading = *scene.at(0).front().last;
        reading.server.role = ServerRole::replica;
        QVERIFY(
            actionGap(reading, ActionKind::replay, u"pgboss"_s, u"orders"_s, {}).contains(u"read-only"_s));
        reading.server.role = ServerRole::primary;
        QCOMPARE(actionGap(reading, ActionKind::replay, u"pgboss"_s, u"orders"_s, {}), QString());
        QVERIFY(actionGap(reading, ActionKind::replay, u"pgboss"_s, u"orders"_s, u"a1"_s).contains(u"a1"_s));
        const auto facts = polledFacts(reading, u"pgboss"_s, u"orders"_s);
        QVERIFY(facts && facts->backlog_past_objective);
        QVERIFY(!polledFacts(reading, u"pgboss"_s, u"nobody"_s));
    }

    void anInterruptedActionCanBeResumedOrAbandoned() {
        ActivityPage page;
        page.show();
        ActivityView activity;
        activity.rows = {rowOf(ActionState::interrupted, u"a2"_s), rowOf(ActionState::done, u"a1"_s)};
        QString gap = u"Connect to prod-pg first."_s;
        page.setResumeGap([&gap](const ActivityRow&) { return gap; });
        page.setActivity(activity);
        QCOMPARE(page.interrupted(), 1);
        page.table()->setCurrentIndex(page.table()->model()->index(0, 0));
        if (!page.resumeButton()->isVisible())
            page.table()->setCurrentIndex(page.table()->model()->index(1, 0));
        QVERIFY(!page.resumeButton()->isEnabled());
        QCOMPARE(page.resumeButton()->accessibleDescription(), gap);
        gap.clear();
        page.refreshButtons();
        QSignalSpy resumed(&page, &ActivityPage::resumeWanted), closed(&page, &ActivityPage::abandonWanted);
        page.resumeButton()->click();
        page.abandonButton()->click();
        QCOMPARE(resumed.front().front().value<ActivityRow>().key, u"a2"_s);
        QCOMPARE(closed.front().front().toString(), u"a2"_s);
    }

    // Only a replay that has put something back and is not under way; the rest of the way is that of a plan.
    void aReplayCanBeUndone() {
        ActivityPage page;
        page.show();
        ActivityRow replay = rowOf(ActionState::halted, u"a1"_s);
        replay.counts.moved = 4;
        QString gap = u"Connect to prod-pg first."_s;
        page.setUndoGap([&gap](const ActivityRow&) { return gap; });
        const auto show = [&page](const ActivityRow& row) {
            ActivityView activity;
            activity.rows = {row};
            page.setActivity(activity);
            page.table()->setCurrentIndex(page.table()->model()->index(0, 0));
        };
        show(replay);
        QVERIFY(page.undoButton()->isVisible() && !page.undoButton()->isEnabled());
        QCOMPARE(page.undoButton()->accessibleDescription(), gap);
        gap.clear();
        page.refreshButtons();
        QSignalSpy undone(&page, &ActivityPage::undoWanted);
        page.undoButton()->click();
        QCOMPARE(undone.front().front().value<ActivityRow>().key, u"a1"_s);
        auto other = replay;
        other.counts.moved = 0;
        show(other);
        QVERIFY(!page.undoButton()->isVisible());
        other = replay;
        other.kind = u"release"_s;
        show(other);
        QVERIFY(!page.undoButton()->isVisible());
        other = replay;
        other.state = ActionState::interrupted;
        show(other);
        QVERIFY(!page.undoButton()->isVisible());

        QWidget window;
        ActingDesk desk(&window);
        ArmingView arming;
        arming.connection = u"prod-pg"_s;
        arming.open = true;
        arming.until = QDateTime::currentDateTime().addSecs(600);
        desk.setArmings({arming});
        QSignalSpy planned(&desk, &ActingDesk::planWanted);
        desk.undo(replay);
        const auto request = planned.front().at(2).value<ActionRequest>();
        QCOMPARE(request.action, ActionKind::undo);
        QCOMPARE(request.undoes, u"a1"_s);
        PlanView view{plannedOf(3), goodFacts()};
        view.planned.plan.action = ActionKind::undo;
        view.facts.live_worker = false;  // takes nothing away from an undo
        view.facts.paused = true;
        desk.takePlan(planned.front().at(1).value<quint64>(), view);
        PlanPane* pane = desk.actionDialog(u"prod-pg"_s)->planPane();
        QCOMPARE(pane->goButton()->text(), u"Undo 3 jobs"_s);
        pane->showPlan(view, u"wrong queue"_s);
        QVERIFY2(pane->goButton()->isEnabled(), qPrintable(pane->gap()));
    }

    // Not the dead, but what was lost or waits for its retry: the plan says so.
    void aPlanIsCalledWhatWasAskedFor() {
        PlanPane pane;
        ActionRequest request;
        request.lost = true;
        pane.showPlanning(request);
        pane.showPlan({plannedOf(2), goodFacts()}, u"fixed"_s);
        const auto says = [&pane](const QString& words) {
            const auto labels = pane.findChildren<SafeLabel*>();
            return std::any_of(labels.begin(), labels.end(), [&words](const SafeLabel* label) {
                return label->safeText().contains(words);
            });
        };
        QVERIFY(says(u"Replay 2 lost jobs of orders"_s));
        request.lost = false;
        request.retrying = true;
        pane.showPlanning(request);
        pane.showPlan({plannedOf(1), goodFacts()}, u"fixed"_s);
        QVERIFY(says(u"Replay 1 retrying job of orders"_s));
    }

    void retriesOfSidekiqCanComeNow() {
        QueuePage page;
        QVERIFY(page.retryNowButton()->isHidden());
        ConnectionView view;
        view.name = u"prod"_s;
        view.state = ConnectionState::live;
        auto reading = std::make_shared<Reading>();
        SystemHealth& system = reading->systems.emplace_back();
        system.identity.system = u"sidekiq"_s;
        QueueHealth& queue = system.queues.emplace_back();
        queue.reading.queue = u"mailers"_s;
        queue.reading.retrying = Count::exact(3);
        view.last = reading;
        page.setConnections({view});
        page.setQueue({u"prod"_s, u"sidekiq"_s, u"mailers"_s});
        QVERIFY(!page.retryNowButton()->isHidden());
        QVERIFY(!page.retryNowButton()->isEnabled());  // it only observes
        page.setRetryGap([](const QueueRef&) { return QString(); });
        QSignalSpy wanted(&page, &QueuePage::retryNowRequested);
        page.retryNowButton()->click();
        QVERIFY(wanted.front().at(1).value<ActionRequest>().retrying);
        QCOMPARE(wanted.front().at(1).value<ActionRequest>().filter.queues, QStringList{u"mailers"_s});
        queue.reading.retrying = Count::exact(0);
        page.setConnections({view});
        QVERIFY(page.retryNowButton()->isHidden());
    }

    void aResumedActionThatIsRefusedAsksForAnOverride() {
        QWidget window;
        ActingDesk desk(&window);
        ArmingView arming;
        arming.connection = u"prod-pg"_s;
        arming.open = true;
        arming.until = QDateTime::currentDateTime().addSecs(600);
        arming.reason = u"armed"_s;
        desk.setArmings({arming});
        QSignalSpy resumed(&desk, &ActingDesk::resumeWanted);
        ActivityRow row = rowOf(ActionState::halted, u"a2"_s);
        row.connection = u"prod-pg"_s;
        ActionView refused;
        refused.connection = u"prod-pg"_s;
        refused.report = ActionReport();
        const GuardAnswer paused{Guard::queue_running, Permission::refused, u"It is <paused>."_s, true};
        const GuardAnswer replica{Guard::primary, Permission::refused, u"A replica."_s, false};
        desk.resume(row);
        QCOMPARE(resumed.size(), 1);
        refused.report->guards = {paused, replica};  // one of them cannot be overridden
        desk.setAction(refused);
        QVERIFY(!window.findChild<QInputDialog*>());
        desk.resume(row);
        refused.report->guards = {paused};
        desk.setAction(refused);
        auto* dialog = window.findChild<QInputDialog*>();
        QVERIFY(dialog);
        QVERIFY(dialog->labelText().contains(u"&lt;paused&gt;"_s));
        dialog->setTextValue(u"OPS-12"_s);
        dialog->accept();
        QCOMPARE(resumed.size(), 3);
        QCOMPARE(resumed.back()[0].value<ActivityRow>().key, u"a2"_s);
        QCOMPARE(resumed.back()[1].toString(), u"OPS-12"_s);
        QCOMPARE(resumed.back()[2].value<std::vector<Guard>>(), std::vector<Guard>{Guard::queue_running});
        desk.setAction(refused);  // the guards changed their mind meanwhile: asked once more
        QTRY_COMPARE(window.findChildren<QInputDialog*>().size(), 1);
    }

private:
    std::unique_ptr<Theme> m_theme;
};

QTEST_MAIN(TestActing)
#include "tst_acting.moc"

// Arming, plans and actions of the window without a pixel and without a server.
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "app/acting/activity_thread.h"
#include "app/acting/session_acting.h"
#include "tests/acting/fake_acting_backend.h"
#include "tests/remediation/plan_builder.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// What a test chooses of the server before the session opens it.
struct Server {
    int jobs = 3;
    std::optional<Failure> door;
    JobEnd end = JobEnd::completed;
    std::atomic<int> sessions = 0;  // that stand now
};

const SystemClock kClock;

class StagedBackend final : public ActingBackend {
public:
    explicit StagedBackend(std::shared_ptr<Server> server) : m_server(std::move(server)), m_fake(kClock) {
        m_fake.m_facts.server_id = u"7316"_s;
        m_fake.m_facts.writable = true;
        m_fake.m_facts.live_worker = true;
        m_fake.m_facts.ready = 4;
        m_fake.end = m_server->end;
        m_fake.signature = u"timeout after <n> ms"_s;
        ++m_server->sessions;
    }
    ~StagedBackend() override { --m_server->sessions; }
    Outcome<std::vector<DetectedSystem>> open() override {
        if (m_server->door) return *m_server->door;
        return std::vector<DetectedSystem>{};
    }
    Outcome<PlannedAction> plan(const ActionRequest& request) override {
        PlannedAction planned;
        planned.plan = planOf(m_server->jobs);
        planned.plan.id = u"plan-%1"_s.arg(++m_plans);
        planned.plan.made_at = kClock.wallNow();
        planned.plan.rate = request.rate;
        return planned;
    }
    Outcome<ActingFacts> facts(const ActionPlan& plan, bool withReady) override {
        return m_fake.facts(plan, withReady);
    }
    Outcome<ActionLock> lock(const ActionPlan& plan, const QString& action) override {
        return m_fake.lock(plan, action);
    }
    void unlock() noexcept override { m_fake.unlock(); }
    Outcome<Applied> apply(const ActionPlan& plan, size_t first, int count) override {
        return m_fake.apply(plan, first, count);
    }
    Outcome<std::vector<JobEnding>> endings(const ActionPlan& plan,
                                            const std::vector<RowResult>& rows) override {
        return m_fake.endings(plan, rows);
    }
    Outcome<std::vector<RowResult>> readBack(const ActionPlan& plan, size_t first, int count) override {
        return m_fake.readBack(plan, first, count);
    }
    Outcome<PlannedAction> undoPlan(const ActionPlan& plan, const std::vector<RowResult>& rows) override {
        return m_fake.undoPlan(plan, rows);
    }
    void interrupt() noexcept override {}

private:
    std::shared_ptr<Server> m_server;
    FakeActingBackend m_fake;
    int m_plans = 0;
};

ConnectionSettings shop() {
    ConnectionSettings settings;
    settings.name = u"shop"_s;
    return settings;
}

}  // namespace

class TestSessionActing : public QObject {
    Q_OBJECT
private slots:
    void init() {
        m_folder = std::make_unique<QTemporaryDir>();
        m_server = std::make_shared<Server>();
    }

    void aSecondSessionStandsOnlyWhileArmed() {
        const auto desk = session();
        QCOMPARE(m_server->sessions.load(), 0);
        QSignalSpy planFailed(desk.get(), &SessionActing::planFailed);
        desk->plan(u"shop"_s, 7, {});
        QCOMPARE(planFailed.count(), 1);  // it only observes
        desk->arm(u"shop"_s, u"gateway is back"_s);
        QTRY_VERIFY(isOpen(*desk));
        QCOMPARE(desk->armings().front().reason, u"gateway is back"_s);
        QCOMPARE(m_server->sessions.load(), 1);
        desk->disarm(u"shop"_s);
        QVERIFY(desk->armings().empty());
        QTRY_COMPARE(m_server->sessions.load(), 0);
    }

    void theTimeRunsOutByItself() {
        const auto desk = session(300ms);
        desk->arm(u"shop"_s, u"gateway is back"_s);
        QTRY_VERIFY(!desk->armings().empty());
        QTRY_VERIFY(desk->armings().empty());
        QTRY_COMPARE(m_server->sessions.load(), 0);
    }

    void aConnectionThatIsNeverArmedIsNotEvenOpened() {
        SessionActing desk(setup(15min), [](const QString&) {
            ConnectionSettings only = shop();
            only.armedFor = 0ms;
            return std::optional(only);
        });
        QSignalSpy failed(&desk, &SessionActing::armingFailed);
        desk.arm(u"shop"_s, u"gateway is back"_s);
        QCOMPARE(failed.count(), 1);
        const auto failure = failed.front().at(1).value<Failure>();
        QCOMPARE(failure.kind, FailureKind::permission);
        QVERIFY2(failure.what.contains(u"shop only observes"_s), qPrintable(failure.what));
        QVERIFY(desk.armings().empty());
        QCOMPARE(m_server->sessions.load(), 0);
    }

    void aConnectionMayBeArmedForLessThanTheWindow() {
        SessionActing desk(setup(15min), [](const QString&) {
            ConnectionSettings brief = shop();
            brief.armedFor = 300ms;
            return std::optional(brief);
        });
        desk.arm(u"shop"_s, u"gateway is back"_s);
        QTRY_VERIFY(!desk.armings().empty());
        QTRY_VERIFY(desk.armings().empty());
    }

    void aDoorThatStaysShutSaysWhy() {
        m_server->door = Failure{FailureKind::permission, u"No GRANT."_s, {}, u"GRANT UPDATE …"_s};
        const auto desk = session();
        QSignalSpy failed(desk.get(), &SessionActing::armingFailed);
        desk->arm(u"shop"_s, u"gateway is back"_s);
        QTRY_COMPARE(failed.count(), 1);
        QCOMPARE(failed.front().at(1).value<Failure>().what, u"No GRANT."_s);
        QVERIFY(desk->armings().empty());
        desk->arm(u"nobody"_s, u"gateway is back"_s);
        QCOMPARE(failed.count(), 2);
    }

    void fromThePlanToTheAudit() {
        const auto desk = session();
        armAndPlan(*desk);
        QVERIFY(m_plan.facts.armed_until.has_value());
        QSignalSpy changed(desk.get(), &SessionActing::actionChanged);
        QSignalSpy idle(desk.get(), &SessionActing::idle);
        QSignalSpy marks(desk.get(), &SessionActing::markWanted);
        desk->apply(u"shop"_s, m_plan.planned.plan, u"gateway is back"_s, {});
        QVERIFY(desk->acts());
        // One action at a time on a connection.
        QSignalSpy planFailed(desk.get(), &SessionActing::planFailed);
        desk->plan(u"shop"_s, 9, {});
        QCOMPARE(planFailed.count(), 1);
        QTRY_COMPARE(idle.count(), 1);
        const auto last = changed.back().front().value<ActionView>();
        QVERIFY2(last.report.has_value(), last.failure ? qPrintable(last.failure->sentence()) : "");
        QCOMPARE(last.report->state, ActionState::done);
        QCOMPARE(last.report->counts.moved, 3);
        QCOMPARE(marks.count(), 2);
        const ActivityView activity = journal();
        QCOMPARE(activity.rows.size(), size_t{1});
        QCOMPARE(activity.audited, 1);
        QVERIFY(activity.fault.isEmpty());
        QCOMPARE(activity.rows.front().audit->record[u"reason"_s].toString(), u"gateway is back"_s);
    }

    void aSameErrorHaltsAndTheRestIsNotTouched() {
        m_server->end = JobEnd::died;
        const auto desk = session();
        armAndPlan(*desk);
        QSignalSpy changed(desk.get(), &SessionActing::actionChanged);
        QSignalSpy idle(desk.get(), &SessionActing::idle);
        desk->apply(u"shop"_s, m_plan.planned.plan, u"hope"_s, {});
        QTRY_COMPARE(idle.count(), 1);
        const auto last = changed.back().front().value<ActionView>();
        QVERIFY(last.report);
        QCOMPARE(last.report->state, ActionState::halted);
        QCOMPARE(last.report->counts.moved, 1);
    }

    // An action that waits for its canary is paused, told another rate, and ends when it is disarmed.
    void theHandsOnARunningAction() {
        m_server->end = JobEnd::waiting;
        const auto desk = session();
        armAndPlan(*desk);
        QSignalSpy changed(desk.get(), &SessionActing::actionChanged);
        QSignalSpy idle(desk.get(), &SessionActing::idle);
        desk->apply(u"shop"_s, m_plan.planned.plan, u"slow"_s, {});
        QTRY_VERIFY(changed.back().front().value<ActionView>().snapshot.waitingForCanary);
        desk->pause(u"shop"_s);
        QVERIFY(changed.back().front().value<ActionView>().paused);
        desk->setRate(u"shop"_s, 50);
        desk->goOn(u"shop"_s);
        QCOMPARE(changed.back().front().value<ActionView>().rate, 50.0);
        desk->disarm(u"shop"_s);
        QTRY_COMPARE(idle.count(), 1);
        QCOMPARE(changed.back().front().value<ActionView>().report->state, ActionState::cancelled);
        QTRY_COMPARE(m_server->sessions.load(), 0);  // it ended with its action
        QVERIFY(desk->armings().empty());
    }

    void aWindowThatGoesStopsItsActionCleanly() {
        m_server->end = JobEnd::waiting;
        auto desk = session();
        armAndPlan(*desk);
        QSignalSpy changed(desk.get(), &SessionActing::actionChanged);
        desk->apply(u"shop"_s, m_plan.planned.plan, u"slow"_s, {});
        QTRY_VERIFY(changed.back().front().value<ActionView>().snapshot.waitingForCanary);
        desk.reset();
        QCOMPARE(m_server->sessions.load(), 0);
        QCOMPARE(journal().rows.front().state, ActionState::cancelled);
    }

    // Its process went away between the intent and the answer: read back, then gone on with.
    void anInterruptedActionGoesOn() {
        interruptOne(u"a1"_s);
        const ActivityRow row = journal().rows.front();
        QCOMPARE(row.state, ActionState::interrupted);
        QCOMPARE(row.queue, u"orders"_s);
        const auto desk = session();
        QSignalSpy changed(desk.get(), &SessionActing::actionChanged);
        QSignalSpy idle(desk.get(), &SessionActing::idle);
        desk->resume(row, u"again"_s, {});
        QCOMPARE(changed.count(), 0);  // it only observes
        desk->arm(u"shop"_s, u"again"_s);
        QTRY_VERIFY(isOpen(*desk));
        desk->resume(row, u"again"_s, {});
        QTRY_COMPARE(idle.count(), 1);
        const auto last = changed.back().front().value<ActionView>();
        QVERIFY2(last.report.has_value(), last.failure ? qPrintable(last.failure->sentence()) : "");
        QCOMPARE(last.report->state, ActionState::done);
        QCOMPARE(last.report->counts.moved, 3);
    }

    void anInterruptedActionIsAbandoned() {
        interruptOne(u"a1"_s);
        ActivityThread reader(m_folder->filePath(u"actions.sqlite"_s), {u"ann"_s, u"desk"_s, u"0"_s});
        QSignalSpy read(&reader, &ActivityThread::activityRead);
        reader.abandon(u"a1"_s);
        QTRY_COMPARE(read.count(), 1);
        const auto activity = read.front().front().value<ActivityView>();
        QCOMPARE(activity.rows.front().state, ActionState::abandoned);
        QCOMPARE(activity.audited, 1);
        QSignalSpy failed(&reader, &ActivityThread::abandonFailed);
        reader.abandon(u"a1"_s);
        QTRY_COMPARE(failed.count(), 1);  // once is enough
    }

private:
    void interruptOne(const QString& action) {
        ActionPlan plan = planOf(3);
        plan.connection = u"shop"_s;
        plan.made_at = kClock.wallNow();
        auto journal = ActionJournal::open(m_folder->filePath(u"actions.sqlite"_s));
        QVERIFY(journal.ok());
        QVERIFY((*journal)->keepPlan(plan).ok());
        QVERIFY((*journal)->begin(action, plan.id, u"first try"_s, kClock.wallNow()).ok());
        QVERIFY((*journal)->intend(action, {0, 0, 1, false}, kClock.wallNow()).ok());
    }
    [[nodiscard]] ActingSetup setup(std::chrono::milliseconds armedFor) const {
        ActingSetup setup;
        setup.make = [server = m_server](const ConnectionSettings&) {
            return std::make_unique<StagedBackend>(server);
        };
        setup.journal = m_folder->filePath(u"actions.sqlite"_s);
        setup.armedFor = armedFor;
        setup.settle = 1ms;
        setup.actor = {u"ann"_s, u"desk"_s, u"0"_s};
        return setup;
    }
    [[nodiscard]] std::unique_ptr<SessionActing> session(std::chrono::milliseconds armedFor = 15min) const {
        return std::make_unique<SessionActing>(setup(armedFor), [](const QString& name) {
            return name == u"shop"_s ? std::optional(shop()) : std::nullopt;
        });
    }
    static bool isOpen(const SessionActing& desk) {
        return !desk.armings().empty() && desk.armings().front().open;
    }
    void armAndPlan(SessionActing& desk) {
        desk.arm(u"shop"_s, u"gateway is back"_s);
        QTRY_VERIFY(isOpen(desk));
        QSignalSpy made(&desk, &SessionActing::planMade);
        desk.plan(u"shop"_s, 1, {});
        QTRY_COMPARE(made.count(), 1);
        m_plan = made.front().at(1).value<PlanView>();
        QCOMPARE(m_plan.planned.plan.jobs.size(), size_t(m_server->jobs));
    }
    [[nodiscard]] ActivityView journal() const {
        ActivityThread reader(m_folder->filePath(u"actions.sqlite"_s), {});
        QSignalSpy read(&reader, &ActivityThread::activityRead);
        reader.read();
        if (!QTest::qWaitFor([&] { return read.count() == 1; })) return {};
        return read.front().front().value<ActivityView>();
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::shared_ptr<Server> m_server;
    PlanView m_plan;
};

QTEST_GUILESS_MAIN(TestSessionActing)
#include "tst_session_acting.moc"

// PostgreSQL fails in the middle of an action: it halts, nothing is half moved, and it goes on when the
// server is well.
#include <QTemporaryDir>
#include <QtTest>
#include <pqxx/pqxx>

#include "backends/acting/action_runner.h"
#include "tests/acting/table_acting.h"
#include "tests/postgres/systems/table_fixtures.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestActingFaults : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init();
    void revokedInTheMiddle();
    void lockedInTheMiddle();
    void timedOutInTheMiddle();
    void readOnlyInTheMiddle();
    void restartedInTheMiddle_data();
    void restartedInTheMiddle();
    void anotherTableInTheMiddle_data();
    void anotherTableInTheMiddle();
    void aPlanForAnotherServer();

private:
    void dead(int n);
    // A role with just the rights that a replay needs; it lives as long as the server.
    void letOperatorAct() {
        m_fixture.sql(
            "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'operator') THEN CREATE ROLE "
            "operator LOGIN; END IF; END $$; GRANT SELECT, UPDATE ON river_job, river_queue, river_leader TO "
            "operator");
    }
    // Runs `tamper` once, after the first batch that moved something; the report of the action.
    // With a `cure`, how it stands when it was made is checked, and `whole` is the report of going on.
    [[nodiscard]] std::optional<ActionReport> applyAnd(const std::function<void()>& tamper,
                                                       const std::function<void()>& cure = {},
                                                       std::optional<ActionReport>* whole = nullptr);
    void haltedAndWholeLater(const std::optional<ActionReport>& report,
                             const std::optional<ActionReport>& whole, const QString& reason);
    [[nodiscard]] std::string count(const std::string& where) {
        return m_fixture.sql("SELECT count(*) FROM river_job WHERE " + where);
    }

    PostgresFixture m_fixture;
    std::string m_available;  // when the action had halted
};

void TestActingFaults::initTestCase() {
    const auto trouble = m_fixture.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
}

void TestActingFaults::init() {
    m_fixture.freshDatabase(u"app"_s);
    m_fixture.sql(riverTables(7));
}

void TestActingFaults::dead(int n) {
    m_fixture.sql(riverDeadJobs(n));
}

std::optional<ActionReport> TestActingFaults::applyAnd(const std::function<void()>& tamper,
                                                       const std::function<void()>& cure,
                                                       std::optional<ActionReport>* whole) {
    QTemporaryDir state;
    auto journal = ActionJournal::open(state.filePath(u"actions.sqlite"_s));
    if (!journal) return std::nullopt;
    const auto backend = makePostgresActingBackend([&] {
        auto settings = m_fixture.settings(u"operator"_s);
        settings.environment = Environment::staging;
        return settings;
    }());
    if (!backend->open()) return std::nullopt;
    ActionRequest request;
    request.filter.system = u"river:public"_s;
    request.filter.queues = {u"mail"_s};
    request.canary = 0;
    request.rate = 10;
    const auto planned = backend->plan(request);
    if (!planned || !(*journal)->keepPlan(planned->plan)) return std::nullopt;
    const SystemClock clock;
    ActionControl control;
    ActionRunner runner(*backend, **journal, clock, control);
    RunOptions options;
    options.reason = u"a test"_s;
    options.settle = std::chrono::milliseconds{0};
    bool done = false;
    options.progress = [&](const ActionSnapshot& snapshot) {
        if (snapshot.counts.moved == 0 || std::exchange(done, true)) return;
        tamper();
    };
    auto report = runner.apply(planned->plan.id, options);
    if (!report) qWarning().noquote() << report.failure().sentence() << report.failure().serverSaid;
    if (report && cure) {
        m_available = count("state = 'available'");
        cure();
        const auto resumed = runner.resume(report->action, options);
        if (!resumed) qWarning().noquote() << resumed.failure().sentence() << resumed.failure().serverSaid;
        if (resumed) *whole = *resumed;
    }
    return report ? std::optional(*report) : std::nullopt;
}

// Nothing half-moved, nothing unknown; and when its cause is gone, the rest is done, each job once.
void TestActingFaults::haltedAndWholeLater(const std::optional<ActionReport>& report,
                                           const std::optional<ActionReport>& whole, const QString& reason) {
    QVERIFY(report);
    QCOMPARE(report->state, ActionState::halted);
    QVERIFY2(report->haltReason.contains(reason, Qt::CaseInsensitive), qPrintable(report->haltReason));
    QVERIFY(report->counts.moved > 0 && report->counts.moved < 50);
    QCOMPARE(m_available, std::to_string(report->counts.moved));
    QCOMPARE(report->counts.unknown, 0);
    QVERIFY(whole);
    QVERIFY2(whole->state == ActionState::done, qPrintable(whole->haltReason));
    QCOMPARE(whole->counts.moved, 50);
    QCOMPARE(count("state = 'available'"), "50");
}

void TestActingFaults::revokedInTheMiddle() {
    dead(50);
    letOperatorAct();
    std::optional<ActionReport> whole;
    const auto report = applyAnd([&] { m_fixture.sql("REVOKE UPDATE ON river_job FROM operator"); },
                                 [&] { letOperatorAct(); }, &whole);
    haltedAndWholeLater(report, whole, u"permission denied"_s);
}

void TestActingFaults::lockedInTheMiddle() {
    dead(50);
    letOperatorAct();
    pqxx::connection connection(m_fixture.server().url(m_fixture.database()).toStdString());
    std::optional<pqxx::work> lock;
    std::optional<ActionReport> whole;
    const auto report = applyAnd(
        [&] {
            lock.emplace(connection);
            lock->exec("SELECT FROM river_job WHERE state = 'discarded' FOR UPDATE");
        },
        [&] { lock.reset(); }, &whole);
    haltedAndWholeLater(report, whole, u"lock"_s);
}

// A batch that takes longer than a statement may: none of it is done.
void TestActingFaults::timedOutInTheMiddle() {
    dead(50);
    letOperatorAct();
    m_fixture.sql(
        "CREATE TABLE slow (n int); GRANT SELECT ON slow TO operator; CREATE FUNCTION river_slow() RETURNS "
        "trigger "
        "LANGUAGE plpgsql AS $$ BEGIN IF pg_relation_size('public.slow') > 0 THEN PERFORM pg_sleep(60); END "
        "IF; "
        "RETURN NEW; END $$; CREATE TRIGGER river_slow BEFORE UPDATE ON river_job FOR EACH ROW EXECUTE "
        "FUNCTION "
        "river_slow()");
    std::optional<ActionReport> whole;
    const auto report = applyAnd([&] { m_fixture.sql("INSERT INTO slow VALUES (1)"); },
                                 [&] { m_fixture.sql("TRUNCATE slow"); }, &whole);
    haltedAndWholeLater(report, whole, u"statement timeout"_s);
}

// A failover in small: the server goes away and comes back as a standby of the same cluster.
void TestActingFaults::readOnlyInTheMiddle() {
    dead(50);
    letOperatorAct();
    const QString data = QString::fromStdString(m_fixture.sql("SHOW data_directory"));
    std::optional<ActionReport> whole;
    const auto report = applyAnd(
        [&] {
            QFile signal(data + u"/standby.signal"_s);
            QVERIFY(signal.open(QIODevice::WriteOnly));
            signal.close();
            QVERIFY(m_fixture.server().restart());
        },
        [&] { QCOMPARE(m_fixture.sql("SELECT pg_promote()"), "t"); }, &whole);
    haltedAndWholeLater(report, whole, u"read-only"_s);
}

void TestActingFaults::restartedInTheMiddle_data() {
    QTest::addColumn<bool>("crash");
    QTest::newRow("fast shutdown") << false;
    QTest::newRow("crash") << true;
}

// The same server a moment later: a new session with a lock of its own, and each job once.
void TestActingFaults::restartedInTheMiddle() {
    QFETCH(bool, crash);
    dead(50);
    letOperatorAct();
    const auto report = applyAnd([&] { QVERIFY(m_fixture.server().restart(crash)); });
    QVERIFY(report);
    QVERIFY2(report->state == ActionState::done, qPrintable(report->haltReason));
    QCOMPARE(report->counts.moved, 50);
    QCOMPARE(count("state = 'available'"), "50");
}

void TestActingFaults::anotherTableInTheMiddle_data() {
    QTest::addColumn<QByteArray>("tamper");
    const QByteArray asOld = " AS SELECT * FROM old_job; GRANT SELECT, UPDATE ON river_job TO operator";
    QTest::newRow("table") << "ALTER TABLE river_job RENAME TO old_job; CREATE TABLE river_job (LIKE old_job "
                              "INCLUDING ALL); INSERT INTO river_job SELECT * FROM old_job; GRANT SELECT, "
                              "UPDATE ON river_job TO operator"_ba;
    QTest::newRow("kind") << "ALTER TABLE river_job RENAME TO old_job; CREATE VIEW river_job" + asOld;
    QTest::newRow("owner") << "CREATE ROLE heir; ALTER TABLE river_job OWNER TO heir"_ba;
    QTest::newRow("trigger")
        << "CREATE FUNCTION spy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE "
           "TRIGGER spy BEFORE UPDATE ON river_job FOR EACH ROW EXECUTE FUNCTION spy()"_ba;
    QTest::newRow("rule") << "CREATE RULE spy AS ON UPDATE TO river_job DO ALSO NOTHING"_ba;
    QTest::newRow("policy") << "CREATE POLICY spy ON river_job USING (true)"_ba;
}

// What the plan looked at is not there any more: the transaction that would act says so, and changes nothing;
// nor does going on with it.
void TestActingFaults::anotherTableInTheMiddle() {
    QFETCH(QByteArray, tamper);
    dead(50);
    letOperatorAct();
    std::optional<ActionReport> again;
    const auto report = applyAnd([&] { m_fixture.sql(tamper.toStdString()); }, [] {}, &again);
    QVERIFY(report);
    QCOMPARE(report->state, ActionState::halted);
    QVERIFY2(report->haltReason.contains(u"not those of the plan"_s) &&
                 report->haltReason.contains(u"Make a new plan"_s),
             qPrintable(report->haltReason));
    QVERIFY(report->counts.moved > 0 && report->counts.moved < 50);
    QCOMPARE(report->counts.unknown, 0);
    // A new session may not even take a table of another owner for River's.
    QVERIFY(!again || (again->state == ActionState::halted && again->counts.moved == report->counts.moved));
    QCOMPARE(count("state = 'available'"), std::to_string(report->counts.moved));
    QCOMPARE(count("state = 'discarded'"), std::to_string(50 - report->counts.moved));
}

void TestActingFaults::aPlanForAnotherServer() {
    dead(3);
    test::TableActing acting(m_fixture.settings());
    VERIFY_ACTING(acting);
    auto planned = acting.plan(ActionKind::replay, u"mail"_s);
    VERIFY_OK(planned);
    ActionPlan elsewhere = planned->plan;
    elsewhere.server_id = u"another"_s;
    const QString said = acting.apply(elsewhere);
    QVERIFY2(said.contains(u"this is another server"_s), qPrintable(said));
    QCOMPARE(count("state = 'available'"), "0");
    QCOMPARE(acting.apply(planned->plan), u"moved moved moved"_s);
}

QTEST_GUILESS_MAIN(TestActingFaults)
#include "tst_acting_faults.moc"

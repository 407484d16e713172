// Replay and release with the real Graphile Worker: each job runs exactly once more.
#include <QtTest>

#include "tests/acting/acting_program.h"
#include "tests/acting/table_acting.h"
#include "tests/postgres/systems/real_graphile.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using test::ActingProgram;
using test::documentOf;
using test::TableActing;

class TestActingGraphile : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init();
    void eachDeadJobRunsOnceMore_data();
    void eachDeadJobRunsOnceMore();
    void theSameErrorHaltsTheRest();
    void aKilledWorkersJobsRunOnceMore_data();
    void aKilledWorkersJobsRunOnceMore();
    void asRescheduleJobsDoesIt();
    void whatMovedOnIsLeft();
    void undone_data();
    void undone();
    void onlyTheOwnerMay();

private:
    [[nodiscard]] std::string jobs() const { return "graphile_worker." + m_jobs; }
    void useLibrary(const QString& library) {
        m_jobs = library == u"graphile018"_s ? "_private_jobs" : "jobs";
    }
    // `queue`: the serial queue, or none.
    void makeDead(RealGraphile& graphile, int n);

    PostgresFixture m_fixture;
    std::string m_jobs = "_private_jobs";
};

void TestActingGraphile::initTestCase() {
    const auto missing = RealGraphile::missing();
    SKIP_UNLESS(missing.isEmpty(), qPrintable(missing));
    const auto trouble = m_fixture.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
}

void TestActingGraphile::init() {
    m_fixture.freshDatabase(u"app"_s);
    m_jobs = "_private_jobs";
}

void TestActingGraphile::makeDead(RealGraphile& graphile, int n) {
    for (int i = 0; i < n; ++i) graphile.addJob(u"charge"_s, {{u"n"_s, i}}, {{u"maxAttempts"_s, 1}});
    graphile.work({{u"charge"_s, u"fail"_s}}, 4);
    QTRY_COMPARE_WITH_TIMEOUT(m_fixture.sql("SELECT count(*) FROM " + jobs() +
                                            " WHERE attempts >= max_attempts AND locked_at IS NULL"),
                              std::to_string(n), 20'000);
    graphile.request({{u"stop"_s, true}});
}

void TestActingGraphile::eachDeadJobRunsOnceMore_data() {
    QTest::addColumn<QString>("library");
    for (const auto* library : {"graphile013", "graphile015", "graphile018"})
        QTest::newRow(library) << QString::fromLatin1(library);
}

void TestActingGraphile::eachDeadJobRunsOnceMore() {
    QFETCH(QString, library);
    useLibrary(library);
    RealGraphile graphile(m_fixture.server(), library, u"app"_s);
    makeDead(graphile, 12);
    VERIFY_WORKER(graphile);
    RealGraphile worker(m_fixture.server(), library, u"app"_s);
    worker.work({{u"charge"_s, u"done"_s}}, 4);
    const ActingProgram program(m_fixture.settings().url);
    const auto plan = program.plan({u"--queue"_s, u"charge"_s});
    QVERIFY(!plan.isEmpty());
    const auto run = program.apply(plan, {u"--rate"_s, u"100"_s});
    QVERIFY2(run.code == 0, qPrintable(run.err + run.out));
    const auto report = documentOf(run);
    QCOMPARE(report[u"moved"_s].toInt(), 12);
    QCOMPARE(report[u"canary"_s].toObject()[u"succeeded"_s].toInt(), 11);
    QTRY_COMPARE_WITH_TIMEOUT(m_fixture.sql("SELECT count(*) FROM " + jobs()), "0", 20'000);
    QCOMPARE(worker.started(), 12);
    VERIFY_WORKER(worker);
}

void TestActingGraphile::theSameErrorHaltsTheRest() {
    RealGraphile graphile(m_fixture.server(), u"graphile018"_s, u"app"_s);
    makeDead(graphile, 8);
    // With attempts to spare it would be tried again for days: one failure is enough to know.
    m_fixture.sql("UPDATE graphile_worker._private_jobs SET attempts = 5, max_attempts = 5");
    RealGraphile worker(m_fixture.server(), u"graphile018"_s, u"app"_s);
    worker.work({{u"charge"_s, u"fail"_s}}, 4);
    const ActingProgram program(m_fixture.settings().url);
    const auto run = program.apply(program.plan({u"--queue"_s, u"charge"_s}));
    QCOMPARE(run.code, 5);
    const auto report = documentOf(run);
    QVERIFY(report[u"halted"_s].toBool());
    QVERIFY2(report[u"halt_reason"_s].toString().contains(u"same error"_s), qPrintable(run.out));
    QCOMPARE(report[u"moved"_s].toInt(), 1);
    QCOMPARE(m_fixture.sql("SELECT count(*) FROM graphile_worker._private_jobs WHERE attempts = 5"), "7");
}

void TestActingGraphile::aKilledWorkersJobsRunOnceMore_data() {
    eachDeadJobRunsOnceMore_data();
}

// One of them in a serial queue, which stays locked with its worker and must be free again.
void TestActingGraphile::aKilledWorkersJobsRunOnceMore() {
    QFETCH(QString, library);
    useLibrary(library);
    {
        RealGraphile killed(m_fixture.server(), library, u"app"_s);
        killed.addJob(u"charge"_s, {}, {{u"queueName"_s, u"serial"_s}});
        killed.addJob(u"charge"_s);
        killed.work({{u"charge"_s, u"hang"_s}}, 2);
        QTRY_COMPARE_WITH_TIMEOUT(killed.started(), 2, 20'000);
        killed.addJob(u"charge"_s, {}, {{u"queueName"_s, u"serial"_s}});
        VERIFY_WORKER(killed);
        killed.kill();
    }
    const std::string queues =
        m_jobs == "jobs" ? "graphile_worker.job_queues" : "graphile_worker._private_job_queues";
    QCOMPARE(m_fixture.sql("SELECT count(*) FROM " + queues + " WHERE locked_by IS NOT NULL"), "1");
    const ActingProgram program(m_fixture.settings().url);
    const QStringList stuck{u"--queue"_s, u"charge"_s, u"--stuck"_s};
    // Their four hours are not over: only named, and only with a reason.
    QVERIFY(documentOf(program.release(stuck))[u"matched"_s].toInt() == 0);
    const auto young = documentOf(program.release({u"--queue"_s, u"charge"_s, u"--job"_s, u"1"_s}));
    QCOMPARE(young[u"matched"_s].toInt(), 1);
    const auto refused =
        program.release({u"--apply"_s, young[u"plan"_s].toString(), u"--reason"_s, u"a test"_s});
    QCOMPARE(refused.code, 4);
    QVERIFY2(refused.err.contains(u"lease_evidence"_s), qPrintable(refused.err));
    m_fixture.sql("UPDATE " + jobs() +
                  " SET locked_at = locked_at - interval '5 hours' WHERE locked_at IS NOT NULL");
    const auto plan = documentOf(program.release(stuck));
    QCOMPARE(plan[u"matched"_s].toInt(), 2);
    const auto run = program.release({u"--apply"_s, plan[u"plan"_s].toString(), u"--reason"_s, u"a test"_s});
    QVERIFY2(run.code == 0, qPrintable(run.err + run.out));
    QCOMPARE(documentOf(run)[u"moved"_s].toInt(), 2);
    RealGraphile worker(m_fixture.server(), library, u"app"_s);
    worker.work({{u"charge"_s, u"done"_s}}, 2);
    QTRY_COMPARE_WITH_TIMEOUT(m_fixture.sql("SELECT count(*) FROM " + jobs()), "0", 20'000);
    QCOMPARE(worker.started(), 3);
    QCOMPARE(m_fixture.sql("SELECT count(*) FROM " + queues + " WHERE locked_by IS NOT NULL"), "0");
}

void TestActingGraphile::asRescheduleJobsDoesIt() {
    RealGraphile graphile(m_fixture.server(), u"graphile018"_s, u"app"_s);
    makeDead(graphile, 2);
    m_fixture.sql(
        "UPDATE graphile_worker._private_jobs SET created_at = '2026-01-01', updated_at = '2026-01-01', "
        "run_at = '2026-01-01', payload = '{}'");
    m_fixture.sql(
        "SELECT graphile_worker.reschedule_jobs(ARRAY[min(id)], run_at := now(), attempts := 0) FROM "
        "graphile_worker._private_jobs");
    TableActing acting(m_fixture.settings());
    VERIFY_ACTING(acting);
    const auto planned = acting.plan(ActionKind::replay, u"charge"_s);
    VERIFY_OK(planned);
    QCOMPARE(acting.readBack(planned->plan), QString());
    QCOMPARE(acting.apply(planned->plan), u"moved"_s);
    QCOMPARE(acting.readBack(planned->plan), u"moved"_s);
    QCOMPARE(
        m_fixture.sql(
            "SELECT string_agg(x.column, ' ' ORDER BY x.column) FROM (SELECT e.key AS column FROM "
            "graphile_worker._private_jobs j, jsonb_each(to_jsonb(j)) e GROUP BY e.key HAVING count(DISTINCT "
            "e.value) > 1) x"),
        "id run_at updated_at");
}

void TestActingGraphile::whatMovedOnIsLeft() {
    RealGraphile graphile(m_fixture.server(), u"graphile018"_s, u"app"_s);
    makeDead(graphile, 4);
    TableActing acting(m_fixture.settings());
    const auto planned = acting.plan(ActionKind::replay, u"charge"_s);
    VERIFY_OK(planned);
    QCOMPARE(planned->plan.jobs.size(), size_t(4));
    const auto id = [&](size_t i) { return planned->plan.jobs[i].id.toStdString(); };
    m_fixture.sql("UPDATE graphile_worker._private_jobs SET attempts = 0 WHERE id = " + id(0) +
                  ";DELETE FROM graphile_worker._private_jobs WHERE id = " + id(1) +
                  ";UPDATE graphile_worker._private_jobs SET revision = 1 WHERE id = " + id(2));
    QCOMPARE(acting.apply(planned->plan), u"changed gone changed moved"_s);
    m_fixture.sql(
        "UPDATE graphile_worker._private_jobs SET locked_at = now() - (id * interval '1 second') - interval "
        "'5 hours', locked_by = 'w1', "
        "attempts = 1 "
        "WHERE id IN (" +
        id(2) + ", " + id(3) + ")");
    const auto release = acting.plan(ActionKind::release, u"charge"_s);
    VERIFY_OK(release);
    QCOMPARE(release->plan.jobs.size(), size_t(2));
    // One is claimed anew meanwhile, by the same worker: its lock is another one.
    m_fixture.sql("UPDATE graphile_worker._private_jobs SET locked_at = now() WHERE id = " +
                  release->plan.jobs[0].id.toStdString());
    QCOMPARE(acting.apply(release->plan), u"changed moved"_s);
    QCOMPARE(acting.readBack(release->plan), u"changed moved"_s);
}

void TestActingGraphile::undone_data() {
    eachDeadJobRunsOnceMore_data();
}

// Two jobs are with a worker by then; what is undone can be replayed anew, and each job runs exactly once.
void TestActingGraphile::undone() {
    QFETCH(QString, library);
    useLibrary(library);
    RealGraphile graphile(m_fixture.server(), library, u"app"_s);
    makeDead(graphile, 6);
    const ActingProgram program(m_fixture.settings().url);
    const QStringList noCanary{u"--queue"_s, u"charge"_s, u"--canary"_s, u"0"_s};
    const auto replayed = program.apply(program.plan(noCanary, u"staging"_s), {}, u"staging"_s);
    QCOMPARE(documentOf(replayed)[u"moved"_s].toInt(), 6);
    m_fixture.sql("UPDATE " + jobs() +
                  " SET attempts = 1, locked_at = now(), locked_by = 'w' WHERE id IN (SELECT id FROM " +
                  jobs() + " ORDER BY id LIMIT 2)");
    const auto action = documentOf(replayed)[u"audit_id"_s].toString();
    const auto planned = documentOf(program.replay({u"--undo"_s, action}));
    QCOMPARE(planned[u"planned"_s].toInt(), 4);
    const auto undone = program.apply(planned[u"plan"_s].toString());
    QVERIFY2(undone.code == 0, qPrintable(undone.err + undone.out));
    QCOMPARE(m_fixture.sql("SELECT count(*) FROM " + jobs() +
                           " WHERE attempts = max_attempts AND locked_at IS "
                           "NULL AND run_at > now() - interval '1 hour'"),
             "4");
    m_fixture.sql("UPDATE " + jobs() +
                  " SET attempts = 0, locked_at = NULL, locked_by = NULL WHERE locked_by = "
                  "'w'");
    RealGraphile worker(m_fixture.server(), library, u"app"_s);
    worker.work({{u"charge"_s, u"done"_s}}, 4);
    QTRY_COMPARE_WITH_TIMEOUT(m_fixture.sql("SELECT count(*) FROM " + jobs()), "4", 20'000);
    QCOMPARE(worker.started(), 2);
    const auto again = program.apply(program.plan(noCanary, u"staging"_s), {}, u"staging"_s);
    QCOMPARE(documentOf(again)[u"moved"_s].toInt(), 4);
    QTRY_COMPARE_WITH_TIMEOUT(m_fixture.sql("SELECT count(*) FROM " + jobs()), "0", 20'000);
    QCOMPARE(worker.started(), 6);
    VERIFY_WORKER(worker);
}

void TestActingGraphile::onlyTheOwnerMay() {
    RealGraphile graphile(m_fixture.server(), u"graphile018"_s, u"app"_s);
    makeDead(graphile, 1);
    m_fixture.sql(
        "CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA graphile_worker TO reader; GRANT SELECT, UPDATE ON "
        "ALL TABLES "
        "IN SCHEMA graphile_worker TO reader");
    TableActing acting(m_fixture.settings(u"reader"_s));
    VERIFY_ACTING(acting);
    for (const auto& signal : {u"replay"_s, u"release"_s}) {
        QVERIFY(!acting.capabilities().observable(signal));
        QVERIFY2(acting.capabilities().why(signal).contains(u"owner, postgres"_s),
                 qPrintable(acting.capabilities().why(signal)));
    }
    const auto planned = acting.plan(ActionKind::replay, u"charge"_s);
    QVERIFY(!planned.ok());
    QVERIFY(planned.failure().sentence().contains(u"row"_s, Qt::CaseInsensitive));
    m_fixture.sql("DROP OWNED BY reader; DROP ROLE reader");
}

QTEST_GUILESS_MAIN(TestActingGraphile)
#include "tst_acting_graphile.moc"

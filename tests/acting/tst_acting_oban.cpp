// Replay and release of Oban's jobs, on its tables: what each column becomes, and who is left alone.
#include <QtTest>

#include "tests/acting/table_acting.h"
#include "tests/postgres/systems/table_fixtures.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using test::TableActing;

class TestActingOban : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init();
    void everyLayout_data();
    void everyLayout();
    void asRetryJobDoesIt();
    void cancelledOnlyWhenNamed();
    void howTheyEnd();
    void undone();
    void releasedAsLifelineDoesIt();
    void aWorkerThatFinishesOrClaimsAnewIsLeft();
    void aNodeThatRestartedUnderItsName();
    void aProducerThatIsGone();
    void theMissingGrantIsNamed();

private:
    void dead();
    void executing(const std::string& ago, int attempt = 1, const std::string& producer = "p1");

    PostgresFixture m_fixture;
};

namespace {

// What Oban sets in retry_job.
constexpr auto retryJob =
    "UPDATE oban_jobs SET state = 'available', max_attempts = greatest(max_attempts, attempt + 1), "
    "scheduled_at = "
    "timezone('UTC', now()), completed_at = NULL, cancelled_at = NULL, discarded_at = NULL WHERE state NOT "
    "IN "
    "('available', 'executing') AND id = ";

}  // namespace

void TestActingOban::initTestCase() {
    const auto trouble = m_fixture.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
}

void TestActingOban::init() {
    m_fixture.freshDatabase(u"app"_s);
}

void TestActingOban::dead() {
    m_fixture.sql(
        "INSERT INTO oban_jobs (worker, queue, state, attempt, max_attempts, inserted_at, attempted_at, "
        "attempted_by, errors, "
        "scheduled_at, discarded_at) VALUES ('Mail.Charge', 'mail', 'discarded', 3, 3, '2026-01-01', "
        "'2026-01-01', "
        "'{web@a,p0}', ARRAY['{\"at\": \"2026-01-01T00:00:00Z\", \"attempt\": 3, \"error\": \"card 17 "
        "refused\"}'"
        "::jsonb], '2026-01-01', '2026-01-02')");
}

void TestActingOban::executing(const std::string& ago, int attempt, const std::string& producer) {
    m_fixture.sql(
        "INSERT INTO oban_jobs (worker, queue, state, attempt, max_attempts, attempted_at, attempted_by) "
        "VALUES "
        "('Mail.Charge', 'mail', 'executing', " +
        std::to_string(attempt) + ", 3, timezone('UTC', now() - interval '" + ago + "'), ARRAY['web@a', '" +
        producer + "'])");
}

void TestActingOban::everyLayout_data() {
    QTest::addColumn<int>("migration");
    for (int migration = 8; migration <= 14; ++migration)
        QTest::newRow(qPrintable(u"migration %1"_s.arg(migration))) << migration;
}

void TestActingOban::everyLayout() {
    QFETCH(int, migration);
    m_fixture.sql(obanTables(migration));
    dead();
    executing("2 hours");
    TableActing acting(m_fixture.settings());
    VERIFY_ACTING(acting);
    QVERIFY(acting.capabilities().observable(u"replay"_s) && acting.capabilities().observable(u"release"_s));
    QCOMPARE(acting.replayTwice(u"mail"_s), u"card <n> refused: moved, then moved, again changed"_s);
    QCOMPARE(
        m_fixture.sql(
            "SELECT concat_ws(' ', state, attempt, max_attempts, discarded_at) FROM oban_jobs WHERE id = 1"),
        "available 3 4");
    const auto release = acting.plan(ActionKind::release, u"mail"_s);
    VERIFY_OK(release);
    QCOMPARE(acting.apply(release->plan), u"moved"_s);
    QCOMPARE(m_fixture.sql("SELECT concat_ws(' ', state, attempt) FROM oban_jobs WHERE id = 2"),
             "available 1");
    const auto facts = acting.backend().facts(release->plan);
    VERIFY_OK(facts);
    QCOMPARE(facts->ready, 2);
    QVERIFY(!facts->live_worker && !facts->paused);
}

void TestActingOban::asRetryJobDoesIt() {
    m_fixture.sql(obanTables(14));
    dead();
    dead();
    m_fixture.sql(retryJob + std::string("2"));
    TableActing acting(m_fixture.settings());
    const auto planned = acting.plan(ActionKind::replay, u"mail"_s);
    VERIFY_OK(planned);
    QCOMPARE(acting.apply(planned->plan), u"moved"_s);
    QCOMPARE(m_fixture.sql(test::differenceOfTwins("oban_jobs")), "scheduled_at");
    QCOMPARE(
        m_fixture.sql("SELECT bool_and(scheduled_at BETWEEN timezone('UTC', now() - interval '1 minute') AND "
                      "timezone('UTC', now())) FROM oban_jobs"),
        "t");
}

void TestActingOban::cancelledOnlyWhenNamed() {
    m_fixture.sql(obanTables(14));
    dead();
    m_fixture.sql(
        "UPDATE oban_jobs SET state = 'cancelled', cancelled_at = discarded_at, discarded_at = NULL");
    dead();
    TableActing acting(m_fixture.settings());
    const auto all = acting.plan(ActionKind::replay, u"mail"_s);
    VERIFY_OK(all);
    QCOMPARE(all->plan.jobs.size(), size_t(1));
    const auto named = acting.plan(ActionKind::replay, u"mail"_s, {u"1"_s});
    VERIFY_OK(named);
    QCOMPARE(acting.apply(named->plan), u"moved"_s);
    QCOMPARE(m_fixture.sql(
                 "SELECT string_agg(concat_ws(' ', state, cancelled_at), ', ' ORDER BY id) FROM oban_jobs"),
             "available, discarded");
}

void TestActingOban::howTheyEnd() {
    m_fixture.sql(obanTables(14));
    for (int i = 0; i < 6; ++i) dead();
    TableActing acting(m_fixture.settings());
    const auto planned = acting.plan(ActionKind::replay, u"mail"_s);
    VERIFY_OK(planned);
    QCOMPARE(acting.apply(planned->plan), u"moved moved moved moved moved moved"_s);
    m_fixture.sql(
        "UPDATE oban_jobs SET state = 'executing', attempt = 4 WHERE id = 2;"
        "UPDATE oban_jobs SET state = 'completed', attempt = 4 WHERE id = 3;"
        "UPDATE oban_jobs SET state = 'discarded', attempt = 4 WHERE id = 4;"
        "UPDATE oban_jobs SET state = 'retryable', attempt = 4, max_attempts = 9 WHERE id = 5;"
        "DELETE FROM oban_jobs WHERE id = 6");
    const auto endings = acting.endings(planned->plan);
    QCOMPARE(endings.size(), size_t(6));
    const JobEnd expected[] = {JobEnd::waiting, JobEnd::running,  JobEnd::completed,
                               JobEnd::died,    JobEnd::retrying, JobEnd::vanished};
    for (size_t i = 0; i < endings.size(); ++i)
        QVERIFY2(endings[i].end == expected[i], qPrintable(endings[i].id));
    QCOMPARE(endings[3].signature, u"card <n> refused"_s);
}

void TestActingOban::undone() {
    m_fixture.sql(obanTables(14));
    for (int i = 0; i < 5; ++i) dead();
    m_fixture.sql(
        "UPDATE oban_jobs SET state = 'cancelled', discarded_at = NULL, cancelled_at = timezone('UTC', "
        "now()) "
        "WHERE id = 5;"
        "CREATE TABLE before AS SELECT * FROM oban_jobs");
    TableActing acting(m_fixture.settings());
    VERIFY_ACTING(acting);
    const auto replay = acting.plan(ActionKind::replay, u"mail"_s, {u"1"_s, u"2"_s, u"3"_s, u"4"_s, u"5"_s});
    VERIFY_OK(replay);
    QCOMPARE(acting.apply(replay->plan), u"moved moved moved moved moved"_s);
    m_fixture.sql(
        "UPDATE oban_jobs SET state = 'executing', attempt = 4, attempted_at = timezone('UTC', now()) WHERE "
        "id = 2;"
        "DELETE FROM oban_jobs WHERE id = 3");
    const auto undo = acting.undo(replay->plan);
    VERIFY_OK(undo);
    QCOMPARE(undo->plan.jobs.size(), size_t(3));
    QVERIFY(undo->warnings.value(0).startsWith(u"2 of the jobs"_s));
    m_fixture.sql(
        "UPDATE oban_jobs SET state = 'executing', attempt = 4, attempted_at = timezone('UTC', now()) WHERE "
        "id = 4");
    QCOMPARE(acting.apply(undo->plan), u"moved changed moved"_s);
    QCOMPARE(acting.readBack(undo->plan), u"moved changed moved"_s);
    QCOMPARE(
        m_fixture.sql("SELECT string_agg(j.id::text, ' ' ORDER BY j.id) FROM oban_jobs j JOIN before b ON "
                      "to_jsonb(j) - 'scheduled_at' = to_jsonb(b) - 'scheduled_at'"),
        "1 5");
    m_fixture.sql("DROP TABLE before");
}

void TestActingOban::releasedAsLifelineDoesIt() {
    m_fixture.sql(obanTables(14));
    executing("2 hours", 1);
    executing("3 hours", 3);
    executing("10 minutes", 1);
    TableActing acting(m_fixture.settings());
    const auto planned = acting.plan(ActionKind::release, u"mail"_s);
    VERIFY_OK(planned);
    QCOMPARE(planned->plan.jobs.size(), size_t(2));
    QVERIFY(planned->warnings.join(u' ').contains(u"1 jobs have used up their attempts"_s));
    QVERIFY(planned->warnings.join(u' ').contains(u"late worker"_s));
    const auto facts = acting.backend().facts(planned->plan);
    VERIFY_OK(facts);
    QCOMPARE(facts->weak_leases, 2);
    QCOMPARE(acting.apply(planned->plan), u"moved moved"_s);
    QCOMPARE(acting.readBack(planned->plan), u"moved moved"_s);
    QCOMPARE(m_fixture.sql("SELECT string_agg(concat_ws(' ', state, attempt, (discarded_at IS NOT "
                           "NULL)::text, errors[1] ->> "
                           "'attempt'), ', ' ORDER BY id) FROM oban_jobs"),
             "available 1 false 1, discarded 3 true 3, executing 1 false");
}

void TestActingOban::aWorkerThatFinishesOrClaimsAnewIsLeft() {
    m_fixture.sql(obanTables(14));
    for (int i = 0; i < 4; ++i) executing("2 hours");
    TableActing acting(m_fixture.settings());
    const auto planned = acting.plan(ActionKind::release, u"mail"_s);
    VERIFY_OK(planned);
    m_fixture.sql(
        "UPDATE oban_jobs SET state = 'completed', completed_at = timezone('UTC', now()) WHERE id = 1;"
        "UPDATE oban_jobs SET attempt = 2, attempted_at = timezone('UTC', now()), attempted_by = "
        "'{web@b,p9}' WHERE id = 2;"
        "DELETE FROM oban_jobs WHERE id = 3");
    QCOMPARE(acting.apply(planned->plan), u"changed changed gone moved"_s);
    QCOMPARE(acting.readBack(planned->plan), u"changed changed gone moved"_s);
    QCOMPARE(m_fixture.sql("SELECT state FROM oban_jobs WHERE id = 2"), "executing");
}

// Its old jobs stay executing under a producer that no longer is; jobs of the new one are the evidence.
void TestActingOban::aNodeThatRestartedUnderItsName() {
    m_fixture.sql(obanTables(14));
    executing("2 hours", 1, "old");
    executing("3 hours", 1, "old");
    TableActing acting(m_fixture.settings());
    const auto planned = acting.plan(ActionKind::release, u"mail"_s);
    VERIFY_OK(planned);
    auto facts = acting.backend().facts(planned->plan);
    VERIFY_OK(facts);
    QCOMPARE(facts->weak_leases, 2);
    executing("30 minutes", 1, "new");
    facts = acting.backend().facts(planned->plan);
    VERIFY_OK(facts);
    QCOMPARE(facts->weak_leases, 0);
    // It still claims: then both are alive, and nothing is proven.
    executing("1 minute", 1, "old");
    facts = acting.backend().facts(planned->plan);
    VERIFY_OK(facts);
    QCOMPARE(facts->weak_leases, 2);
}

void TestActingOban::aProducerThatIsGone() {
    m_fixture.sql(obanTables(14, true));
    const std::string gone = "00000000-0000-0000-0000-000000000001",
                      alive = "00000000-0000-0000-0000-000000000002";
    executing("5 minutes", 1, gone);
    executing("5 minutes", 1, alive);
    m_fixture.sql("INSERT INTO oban_producers (uuid, name, node, queue, meta) VALUES ('" + alive +
                  "', 'Oban', 'web@a', 'mail', '{\"paused\": true, \"local_limit\": 5}')");
    TableActing acting(m_fixture.settings());
    VERIFY_ACTING(acting);
    const auto planned = acting.plan(ActionKind::release, u"mail"_s);
    VERIFY_OK(planned);
    QCOMPARE(planned->plan.jobs.size(), size_t(1));
    QCOMPARE(planned->plan.jobs[0].id, u"1"_s);
    const auto facts = acting.backend().facts(planned->plan);
    VERIFY_OK(facts);
    QCOMPARE(facts->weak_leases, 0);
    QCOMPARE(facts->live_worker, std::optional(true));
    QCOMPARE(facts->paused, std::optional(true));
    QCOMPARE(acting.apply(planned->plan), u"moved"_s);
}

void TestActingOban::theMissingGrantIsNamed() {
    m_fixture.sql(obanTables(14) +
                  "CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader");
    dead();
    TableActing acting(m_fixture.settings(u"reader"_s));
    VERIFY_ACTING(acting);
    QVERIFY(!acting.capabilities().observable(u"replay"_s));
    QVERIFY2(
        acting.capabilities()
            .why(u"replay"_s)
            .endsWith(
                u"GRANT UPDATE (state, scheduled_at, discarded_at, completed_at, cancelled_at, max_attempts) ON public.oban_jobs TO reader;"_s),
        qPrintable(acting.capabilities().why(u"replay"_s)));
    QVERIFY(
        acting.capabilities().why(u"release"_s).contains(u"GRANT UPDATE (state, discarded_at, errors)"_s));
    m_fixture.sql("DROP OWNED BY reader; DROP ROLE reader");
}

QTEST_GUILESS_MAIN(TestActingOban)
#include "tst_acting_oban.moc"

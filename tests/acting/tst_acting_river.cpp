// Replay and release of River's jobs, on its tables: what each column becomes, and who is left alone.
#include <QtTest>

#include "tests/acting/table_acting.h"
#include "tests/postgres/systems/table_fixtures.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using test::TableActing;

class TestActingRiver : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init();
    void everyLayout_data();
    void everyLayout();
    void asJobRetryDoesIt();
    void theOldestOfMany();
    void cancelledOnlyWhenNamed();
    void anEqualJobIsAlive();
    void howTheyEnd();
    void undone();
    void releasedAsTheRescuerDoesIt();
    void aWorkerThatFinishesOrClaimsAnewIsLeft();
    void evidence();
    void theMissingGrantIsNamed();

private:
    void dead(const std::string& more = "");
    void running(const std::string& ago, int attempt = 1);

    PostgresFixture m_fixture;
};

namespace {

// What River's client sets in JobRetry.
constexpr auto jobRetry =
    "UPDATE river_job SET state = 'available', scheduled_at = now(), finalized_at = NULL, max_attempts = "
    "CASE "
    "WHEN attempt = max_attempts THEN max_attempts + 1 ELSE max_attempts END WHERE state <> 'running' AND id "
    "= ";

}  // namespace

void TestActingRiver::initTestCase() {
    const auto trouble = m_fixture.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
}

void TestActingRiver::init() {
    m_fixture.freshDatabase(u"app"_s);
}

void TestActingRiver::dead(const std::string& more) {
    m_fixture.sql(
        "INSERT INTO river_job (kind, queue, state, attempt, max_attempts, attempted_at, attempted_by, "
        "errors, "
        "scheduled_at, finalized_at) VALUES ('charge', 'mail', 'discarded', 3, 3, now() - interval '2 "
        "hours', "
        "'{host_1}', ARRAY['{\"at\": \"2026-01-01T00:00:00Z\", \"attempt\": 3, \"error\": \"card 17 "
        "refused\"}'"
        "::jsonb], now() - interval '2 hours', now() - interval '1 hour');" +
        more);
}

void TestActingRiver::running(const std::string& ago, int attempt) {
    m_fixture.sql(
        "INSERT INTO river_job (kind, queue, state, attempt, max_attempts, attempted_at, attempted_by) "
        "VALUES "
        "('charge', 'mail', 'running', " +
        std::to_string(attempt) + ", 3, now() - interval '" + ago + "', '{host_0, host_1}')");
}

// More than the plan reads at once, and in another order than they were written.
void TestActingRiver::theOldestOfMany() {
    m_fixture.sql(riverTables(7));
    m_fixture.sql(
        "INSERT INTO river_job (kind, queue, state, attempt, max_attempts, attempted_at, scheduled_at, "
        "finalized_at) SELECT 'charge', 'mail', 'discarded', 3, 3, now(), now(), now() - interval '1 day' + "
        "(n * 7919 % 12000) * interval '1 second' FROM generate_series(1, 12000) n");
    TableActing acting(m_fixture.settings());
    VERIFY_ACTING(acting);
    const auto all = acting.plan(ActionKind::replay, u"mail"_s);
    VERIFY_OK(all);
    QCOMPARE(all->plan.jobs.size(), size_t(12'000));
    QCOMPARE(all->plan.matched, qint64(12'000));
    for (size_t i = 1; i < all->plan.jobs.size(); ++i)
        QVERIFY(*all->plan.jobs[i - 1].at < *all->plan.jobs[i].at);
    const auto oldest = acting.plan(ActionKind::replay, u"mail"_s, {}, 7'000);
    VERIFY_OK(oldest);
    QCOMPARE(oldest->plan.matched, qint64(12'000));
    QVERIFY(std::equal(oldest->plan.jobs.begin(), oldest->plan.jobs.end(), all->plan.jobs.begin(),
                       all->plan.jobs.begin() + 7'000));
    const auto facts = acting.backend().facts(all->plan);
    VERIFY_OK(facts);
    QCOMPARE(facts->ready, std::optional<qint64>(0));
    const auto quick = acting.backend().facts(all->plan, false);
    VERIFY_OK(quick);
    QCOMPARE(quick->ready, std::optional<qint64>());
}

void TestActingRiver::everyLayout_data() {
    QTest::addColumn<int>("migration");
    for (int migration = 2; migration <= 7; ++migration)
        QTest::newRow(qPrintable(u"migration %1"_s.arg(migration))) << migration;
}

void TestActingRiver::everyLayout() {
    QFETCH(int, migration);
    m_fixture.sql(riverTables(migration));
    dead();
    running("2 hours");
    TableActing acting(m_fixture.settings());
    VERIFY_ACTING(acting);
    QVERIFY(acting.capabilities().observable(u"replay"_s) && acting.capabilities().observable(u"release"_s));
    QCOMPARE(acting.replayTwice(u"mail"_s), u"card <n> refused: moved, then moved, again changed"_s);
    QCOMPARE(
        m_fixture.sql(
            "SELECT concat_ws(' ', state, attempt, max_attempts, finalized_at) FROM river_job WHERE id = 1"),
        "available 3 4");
    const auto release = acting.plan(ActionKind::release, u"mail"_s);
    VERIFY_OK(release);
    QCOMPARE(acting.apply(release->plan), u"moved"_s);
    QCOMPARE(m_fixture.sql("SELECT concat_ws(' ', state, attempt) FROM river_job WHERE id = 2"),
             "retryable 1");
    const auto facts = acting.backend().facts(release->plan);
    VERIFY_OK(facts);
    QCOMPARE(facts->ready, 1);
    QCOMPARE(facts->live_worker.has_value(), migration >= 4);
}

void TestActingRiver::asJobRetryDoesIt() {
    m_fixture.sql(riverTables(7));
    dead();
    dead();
    m_fixture.sql(
        "UPDATE river_job SET created_at = '2026-01-01', attempted_at = '2026-01-01', finalized_at = "
        "'2026-01-02'");
    m_fixture.sql(jobRetry + std::string("2"));
    TableActing acting(m_fixture.settings());
    const auto planned = acting.plan(ActionKind::replay, u"mail"_s);
    VERIFY_OK(planned);
    QCOMPARE(acting.apply(planned->plan), u"moved"_s);
    QCOMPARE(m_fixture.sql(test::differenceOfTwins("river_job")), "scheduled_at");
    QCOMPARE(m_fixture.sql("SELECT bool_and(scheduled_at > now() - interval '1 minute') FROM river_job"),
             "t");
}

void TestActingRiver::cancelledOnlyWhenNamed() {
    m_fixture.sql(riverTables(7));
    dead("UPDATE river_job SET state = 'cancelled'");
    dead();
    TableActing acting(m_fixture.settings());
    const auto all = acting.plan(ActionKind::replay, u"mail"_s);
    VERIFY_OK(all);
    QCOMPARE(all->plan.jobs.size(), size_t(1));
    const auto named = acting.plan(ActionKind::replay, u"mail"_s, {u"1"_s});
    VERIFY_OK(named);
    QCOMPARE(named->plan.jobs.size(), size_t(1));
    QCOMPARE(acting.apply(named->plan), u"moved"_s);
    QCOMPARE(m_fixture.sql("SELECT string_agg(state::text, ' ' ORDER BY id) FROM river_job"),
             "available discarded");
}

// Two dead twins of one unique key and a third job alive: the plan says so, and the server refuses only them.
void TestActingRiver::anEqualJobIsAlive() {
    m_fixture.sql(riverTables(7));
    for (int i = 0; i < 3; ++i) dead();
    m_fixture.sql(
        "UPDATE river_job SET unique_key = CASE WHEN id = 1 THEN '\\x01'::bytea ELSE '\\x02'::bytea END, "
        "unique_states = B'11110101';"
        "INSERT INTO river_job (kind, queue, unique_key, unique_states) VALUES ('charge', 'mail', '\\x01', "
        "B'11110101')");
    TableActing acting(m_fixture.settings());
    VERIFY_ACTING(acting);
    const auto planned = acting.plan(ActionKind::replay, u"mail"_s);
    VERIFY_OK(planned);
    QCOMPARE(conflictsOf(planned->plan), 1);
    QVERIFY(planned->plan.jobs[0].conflict);
    QCOMPARE(acting.apply(planned->plan), u"conflict moved conflict"_s);
    QCOMPARE(m_fixture.sql("SELECT count(*) FROM river_job WHERE state = 'discarded'"), "2");
}

void TestActingRiver::howTheyEnd() {
    m_fixture.sql(riverTables(7));
    for (int i = 0; i < 6; ++i) dead();
    TableActing acting(m_fixture.settings());
    const auto planned = acting.plan(ActionKind::replay, u"mail"_s);
    VERIFY_OK(planned);
    QCOMPARE(acting.apply(planned->plan), u"moved moved moved moved moved moved"_s);
    m_fixture.sql(
        "UPDATE river_job SET state = 'running', attempt = 4 WHERE id = 2;"
        "UPDATE river_job SET state = 'completed', attempt = 4, finalized_at = now() WHERE id = 3;"
        "UPDATE river_job SET state = 'discarded', attempt = 4, finalized_at = now() WHERE id = 4;"
        "UPDATE river_job SET state = 'retryable', attempt = 4, max_attempts = 9 WHERE id = 5;"
        "DELETE FROM river_job WHERE id = 6");
    const auto endings = acting.endings(planned->plan);
    QCOMPARE(endings.size(), size_t(6));
    const JobEnd expected[] = {JobEnd::waiting, JobEnd::running,  JobEnd::completed,
                               JobEnd::died,    JobEnd::retrying, JobEnd::vanished};
    for (size_t i = 0; i < endings.size(); ++i)
        QVERIFY2(endings[i].end == expected[i], qPrintable(endings[i].id));
    QCOMPARE(endings[4].signature, u"card <n> refused"_s);
}

// What still waits becomes as it was, what a worker has taken stays with it; also one that came back since.
void TestActingRiver::undone() {
    m_fixture.sql(riverTables(7));
    for (int i = 0; i < 6; ++i) dead();
    m_fixture.sql(
        "UPDATE river_job SET state = 'cancelled' WHERE id = 6;"
        "CREATE TABLE before AS SELECT * FROM river_job");
    TableActing acting(m_fixture.settings());
    VERIFY_ACTING(acting);
    QVERIFY2(acting.capabilities().observable(u"undo"_s), qPrintable(acting.capabilities().why(u"undo"_s)));
    const auto replay =
        acting.plan(ActionKind::replay, u"mail"_s, {u"1"_s, u"2"_s, u"3"_s, u"4"_s, u"5"_s, u"6"_s});
    VERIFY_OK(replay);
    QCOMPARE(acting.apply(replay->plan), u"moved moved moved moved moved moved"_s);
    m_fixture.sql(
        "UPDATE river_job SET state = 'running', attempt = 4, attempted_at = now() WHERE id = 2;"
        "UPDATE river_job SET attempted_at = now() WHERE id = 3");  // taken, and given back unworked
    const auto undo = acting.undo(replay->plan);
    VERIFY_OK(undo);
    QCOMPARE(undo->plan.action, ActionKind::undo);
    QCOMPARE(undo->plan.jobs.size(), size_t(4));
    QVERIFY2(undo->warnings.value(0).startsWith(u"2 of the jobs"_s), qPrintable(undo->warnings.join(u'\n')));
    m_fixture.sql("UPDATE river_job SET state = 'running', attempt = 4, attempted_at = now() WHERE id = 4");
    QCOMPARE(acting.readBack(undo->plan), u"changed"_s);
    QCOMPARE(acting.apply(undo->plan), u"moved changed moved moved"_s);
    QCOMPARE(acting.readBack(undo->plan), u"moved changed moved moved"_s);
    QCOMPARE(
        m_fixture.sql("SELECT string_agg(j.id::text, ' ' ORDER BY j.id) FROM river_job j JOIN before b ON "
                      "to_jsonb(j) - 'scheduled_at' = to_jsonb(b) - 'scheduled_at'"),
        "1 5 6");
    // Undone is dead: it can be replayed anew, and undoing it twice finds nothing.
    const auto twice = acting.undo(replay->plan);
    VERIFY_OK(twice);
    QCOMPARE(twice->plan.jobs.size(), size_t(0));
    const auto again = acting.plan(ActionKind::replay, u"mail"_s);
    VERIFY_OK(again);
    QCOMPARE(again->plan.jobs.size(), size_t(2));
    m_fixture.sql("DROP TABLE before");
}

void TestActingRiver::releasedAsTheRescuerDoesIt() {
    m_fixture.sql(riverTables(7));
    running("2 hours", 1);
    running("3 hours", 3);
    running("4 hours", 1);
    running("10 minutes", 1);
    m_fixture.sql("UPDATE river_job SET metadata = '{\"cancel_attempted_at\": \"now\"}' WHERE id = 3");
    TableActing acting(m_fixture.settings());
    const auto planned = acting.plan(ActionKind::release, u"mail"_s);
    VERIFY_OK(planned);
    QCOMPARE(planned->plan.jobs.size(), size_t(3));
    QVERIFY(planned->warnings.join(u' ').contains(u"1 jobs have used up their attempts"_s));
    QVERIFY(planned->warnings.join(u' ').contains(u"late worker"_s));
    const QString lost = acting.whyNothingIsLost();
    QVERIFY2(lost.contains(u"River keeps the row of a job while it runs"_s) &&
                 lost.contains(u"release --stuck"_s),
             qPrintable(lost));
    QCOMPARE(acting.apply(planned->plan), u"moved moved moved"_s);
    QCOMPARE(acting.readBack(planned->plan), u"moved moved moved"_s);
    QCOMPARE(m_fixture.sql("SELECT string_agg(concat_ws(' ', state, (finalized_at IS NOT NULL)::text, "
                           "errors[1] ->> 'attempt'), "
                           "', ' ORDER BY id) FROM river_job"),
             "retryable false 1, discarded true 3, cancelled true 1, running false");
}

void TestActingRiver::aWorkerThatFinishesOrClaimsAnewIsLeft() {
    m_fixture.sql(riverTables(7));
    for (int i = 0; i < 4; ++i) running("2 hours");
    TableActing acting(m_fixture.settings());
    const auto planned = acting.plan(ActionKind::release, u"mail"_s);
    VERIFY_OK(planned);
    m_fixture.sql(
        "UPDATE river_job SET state = 'completed', finalized_at = now() WHERE id = 1;"
        "UPDATE river_job SET attempt = 2, attempted_at = now(), attempted_by = array_append(attempted_by, "
        "'host_2') "
        "WHERE id = 2;"
        "DELETE FROM river_job WHERE id = 3");
    QCOMPARE(acting.apply(planned->plan), u"changed changed gone moved"_s);
    QCOMPARE(acting.readBack(planned->plan), u"changed changed gone moved"_s);
    QCOMPARE(m_fixture.sql("SELECT state FROM river_job WHERE id = 2"), "running");
}

// A queue that a client still renews leaves age alone against a lease; one that nobody renews has lost its
// client.
void TestActingRiver::evidence() {
    m_fixture.sql(riverTables(7) + "INSERT INTO river_queue (name, updated_at) VALUES ('mail', now())");
    running("2 hours");
    running("10 minutes");
    TableActing acting(m_fixture.settings());
    const auto served = acting.plan(ActionKind::release, u"mail"_s);
    VERIFY_OK(served);
    auto facts = acting.backend().facts(served->plan);
    VERIFY_OK(facts);
    QCOMPARE(facts->weak_leases, 1);
    QCOMPARE(facts->live_worker, std::optional(true));
    m_fixture.sql("UPDATE river_queue SET updated_at = now() - interval '1 hour', paused_at = now()");
    facts = acting.backend().facts(served->plan);
    VERIFY_OK(facts);
    QCOMPARE(facts->weak_leases, 0);
    QCOMPARE(facts->live_worker, std::optional(false));
    QCOMPARE(facts->paused, std::optional(true));
    // One that has not expired is planned only when it is named, and is weak.
    const auto named = acting.plan(ActionKind::release, u"mail"_s, {u"2"_s});
    VERIFY_OK(named);
    QCOMPARE(named->plan.jobs.size(), size_t(1));
    facts = acting.backend().facts(named->plan);
    VERIFY_OK(facts);
    QCOMPARE(facts->weak_leases, 1);
}

void TestActingRiver::theMissingGrantIsNamed() {
    m_fixture.sql(riverTables(7) +
                  "CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader");
    dead();
    const auto backend = m_fixture.backend(u"reader"_s);
    VERIFY_OK(backend->open());
    const auto systems = backend->detect();
    VERIFY_OK(systems);
    const auto& capabilities = systems->front().capabilities;
    QVERIFY(!capabilities.observable(u"replay"_s) && !capabilities.observable(u"release"_s));
    QVERIFY2(
        capabilities.why(u"replay"_s)
            .endsWith(
                u"GRANT UPDATE (state, scheduled_at, finalized_at, max_attempts) ON public.river_job TO reader;"_s),
        qPrintable(capabilities.why(u"replay"_s)));
    QVERIFY(capabilities.why(u"release"_s)
                .contains(u"GRANT UPDATE (state, scheduled_at, finalized_at, errors)"_s));
    // What it proposes is enough.
    m_fixture.sql(
        "GRANT UPDATE (state, scheduled_at, finalized_at, max_attempts) ON public.river_job TO reader;"
        "GRANT UPDATE (state, scheduled_at, finalized_at, errors) ON public.river_job TO reader");
    TableActing acting(m_fixture.settings(u"reader"_s));
    const auto planned = acting.plan(ActionKind::replay, u"mail"_s);
    VERIFY_OK(planned);
    QCOMPARE(acting.apply(planned->plan), u"moved"_s);
    m_fixture.sql("DROP OWNED BY reader; DROP ROLE reader");
}

QTEST_GUILESS_MAIN(TestActingRiver)
#include "tst_acting_river.moc"

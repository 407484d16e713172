// River, on tables laid out as its migrations lay them out.
#include <QtTest>

#include "backends/domain/condition.h"
#include "tests/postgres/postgres_fixture.h"
#include "tests/postgres/systems/table_fixtures.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestRiver : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init();
    void everyLayout_data();
    void everyLayout();
    void twoSchemasOfOneDatabase();
    void deadJobsAndTheirEnd();
    void aLongKeptDeadJobHidesTheClock();
    void deadLettersOnRequest();
    void flowByTheClockOfTheServer();
    void attemptsAndRetries();
    void leases();
    void silentFaults();
    void noLeaderNeedsWork();

private:
    PostgresFixture m_fixture;
};

namespace {

constexpr auto leader =
    "INSERT INTO river_leader VALUES (now(), now() + interval '1 hour', 'host_1', 'default') ON CONFLICT "
    "(name) DO UPDATE SET "
    "expires_at = now() + interval '1 hour'";

}  // namespace

void TestRiver::initTestCase() {
    const auto trouble = m_fixture.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
}

void TestRiver::init() {
    m_fixture.freshDatabase(u"app"_s);
}

void TestRiver::everyLayout_data() {
    QTest::addColumn<int>("migration");
    for (int migration = 2; migration <= 7; ++migration)
        QTest::newRow(qPrintable(u"migration %1"_s.arg(migration))) << migration;
}

void TestRiver::everyLayout() {
    QFETCH(int, migration);
    m_fixture.sql(riverTables(migration));
    m_fixture.sql(
        "INSERT INTO river_job (kind, queue, state, scheduled_at, created_at, attempt, priority, "
        "finalized_at) SELECT 'mail', "
        "'default', s.state::river_job_state, now() + s.due, now() - interval '2 minutes', 1, 1 + (g % 4), "
        "CASE WHEN s.state IN "
        "('completed', 'cancelled', 'discarded') THEN now() END FROM (VALUES ('available', '-1 "
        "minute'::interval, 9), "
        "('scheduled', '1 hour', 4), ('scheduled', '-1 minute', 2), ('retryable', '5 minutes', 3), "
        "('retryable', '-2 minutes', "
        "1), ('running', '-1 minute', 5), ('discarded', '-1 minute', 6), ('completed', '-1 minute', 8), "
        "('cancelled', '-1 "
        "minute', 7)) s(state, due, n), generate_series(1, s.n) g");
    if (migration >= 4) {
        m_fixture.sql("INSERT INTO river_job (kind, state) VALUES ('mail', 'pending')");
        m_fixture.sql(
            "INSERT INTO river_queue (name, paused_at, updated_at) VALUES ('default', NULL, now()), "
            "('night', now(), now())");
    }
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto reading = backend->read();
    QVERIFY2(reading.ok(), reading.ok() ? "" : qPrintable(reading.failure().serverSaid));
    QCOMPARE(reading->systems.size(), size_t(1));
    const auto& identity = reading->systems.front().identity;
    QCOMPARE(identity.key(), u"river:public"_s);
    QCOMPARE(identity.version, QString::number(migration));
    const auto* queue = queueNamed(*reading, u"default"_s);
    QVERIFY(queue);
    QCOMPARE(queue->ready, Count::exact(9));
    QCOMPARE(queue->scheduled, Count::exact(migration >= 4 ? 7 : 6));
    QCOMPARE(queue->retrying, Count::exact(4));
    QCOMPARE(queue->running, Count::exact(5));
    QCOMPARE(queue->dead, Count::exact(6));
    QCOMPARE(queue->overdue, Count::exact(3));
    QCOMPARE(queue->promotion_interval_s, 5.0);
    const double age = secondsBetween(*queue->oldest_ready_at.value, reading->observed_at);
    QVERIFY2(age > 59 && age < 90, qPrintable(QString::number(age)));  // due a minute ago, made before
    if (migration < 4) {
        QVERIFY(!queue->paused.has_value());
        return;
    }
    QCOMPARE(queue->paused, std::optional(false));
    QCOMPARE(queueNamed(*reading, u"night"_s)->paused, std::optional(true));
    QCOMPARE(queueNamed(*reading, u"night"_s)->ready, Count::exact(0));
}

void TestRiver::twoSchemasOfOneDatabase() {
    m_fixture.sql("CREATE SCHEMA \"Jobs 'a'\"");
    m_fixture.sql(riverTables(7) + riverTables(6, "\"Jobs 'a'\""));
    m_fixture.sql("INSERT INTO \"Jobs 'a'\".river_job (kind) VALUES ('mail')");
    m_fixture.sql("DROP TABLE public.river_migration");  // a migration tool of one's own
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto reading = backend->read();
    VERIFY_OK(reading);
    QCOMPARE(reading->systems.size(), size_t(2));
    QCOMPARE(queueNamed(*reading, u"default"_s, u"river:Jobs 'a'"_s)->ready, Count::exact(1));
    QVERIFY(reading->systems.back().identity.version.isEmpty());
    QVERIFY(reading->systems.back().queues.empty());
}

void TestRiver::deadJobsAndTheirEnd() {
    m_fixture.sql(riverTables(7));
    m_fixture.sql(
        "INSERT INTO river_job (kind, queue, state, finalized_at) SELECT 'charge', 'pay', 'discarded', now() "
        "- age FROM unnest("
        "'{10 minutes,5 hours,2 days,6 days 12 hours}'::interval[]) age");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto reading = backend->read();
    VERIFY_OK(reading);
    const auto* pay = queueNamed(*reading, u"pay"_s);
    QVERIFY(pay);
    QCOMPARE(pay->dead, Count::exact(4));
    QCOMPARE(pay->lost_next_24h, Count::exact(1));
    const std::array<qint64, kDeadAgeBuckets> expected{1, 1, 2, 0, 0, 0};
    for (size_t i = 0; i < expected.size(); ++i)
        QCOMPARE(pay->dead_ages.buckets[i], Count::exact(expected[i]));
    const auto ahead = secondsBetween(reading->observed_at, *pay->dead_ages.purge_next_at.value);
    QVERIFY2(ahead > 43'100 && ahead < 43'300, qPrintable(QString::number(ahead)));
    QVERIFY(pay->dead_ages.retention.contains(u"7 d"_s));
    const double p50 = secondsBetween(*pay->dead_ages.p50_died_at.value, reading->observed_at);
    QVERIFY2(p50 > 2 * 86'400 - 60 && p50 < 2 * 86'400 + 60, qPrintable(QString::number(p50)));
}

void TestRiver::aLongKeptDeadJobHidesTheClock() {
    m_fixture.sql(riverTables(7));
    m_fixture.sql(
        "INSERT INTO river_job (kind, queue, state, finalized_at) SELECT 'charge', 'pay', 'discarded', now() "
        "- age FROM unnest("
        "'{10 minutes,92 days}'::interval[]) age");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto pay = queueOf(*backend, u"pay"_s);
    QCOMPARE(pay.dead_ages.buckets[5], Count::exact(1));
    QVERIFY(!pay.lost_next_24h.known());  // River has kept it for 92 days: its setting is not the default
    QVERIFY(!pay.dead_ages.purge_next_at.known());
}

void TestRiver::deadLettersOnRequest() {
    m_fixture.sql(riverTables(7));
    m_fixture.sql(R"(
INSERT INTO river_job (kind, queue, state, attempt, attempted_at, finalized_at, args, errors)
SELECT CASE WHEN g % 3 = 0 THEN 'refund' ELSE 'charge' END, 'pay', 'discarded', 2, now() - g * interval '1 hour',
       now() - g * interval '1 hour', jsonb_build_object('card', g),
       ARRAY['{"at": "2026-01-01T00:00:00Z", "attempt": 1, "error": "first"}'::jsonb,
             jsonb_build_object('at', '2026-01-01T00:10:00.5Z', 'attempt', 2, 'error', 'card ' || g || ' was refused', 'trace', 'main.go:7')]
FROM generate_series(1, 30) g)");
    m_fixture.sql(
        "INSERT INTO river_job (kind, queue, state, finalized_at) VALUES ('bare', 'other', 'discarded', "
        "now())");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    DeadQuery query;
    query.filter.queues = {u"pay"_s};
    query.limit = 20;
    const auto first = backend->deadPage(query);
    VERIFY_OK(first);
    QCOMPARE(first->total, Count::exact(30));
    QCOMPARE(first->jobs.size(), size_t(20));
    QCOMPARE(first->jobs.front().id, u"30"_s);  // the oldest death
    QCOMPARE(first->jobs.front().kind, u"refund"_s);
    QCOMPARE(first->jobs.front().error, u"card 30 was refused"_s);
    query.after = first->next;
    const auto second = backend->deadPage(query);
    VERIFY_OK(second);
    QCOMPARE(second->jobs.size(), size_t(10));
    QCOMPARE(second->jobs.back().id, u"1"_s);
    QVERIFY(second->next.isEmpty());
    const auto groups = backend->deadGroups({});
    VERIFY_OK(groups);
    QCOMPARE(groups->groups.size(), size_t(3));
    QCOMPARE(groups->groups.front().kind, u"charge"_s);
    QCOMPARE(groups->groups.front().count, Count::exact(20));
    const auto job = backend->deadJob({u"river:public"_s, u"pay"_s, u"7"_s});
    VERIFY_OK(job);
    QCOMPARE(job->payload, QByteArray("{\"card\": 7}"));
    QCOMPARE(job->errors.size(), size_t(2));
    QCOMPARE(job->errors.front().text, u"first"_s);
    QCOMPARE(job->errors.back().text, u"card 7 was refused\nmain.go:7"_s);
    QCOMPARE(job->errors.back().attempt, std::optional(2));
    QVERIFY(job->errors.back().at.has_value());
    const auto bare = backend->deadJob({u"river:public"_s, u"other"_s, u"31"_s});
    VERIFY_OK(bare);
    QVERIFY(bare->errors.empty());
    for (const auto& id : {u"4711"_s, u"x"_s, u"99999999999999999999999"_s, u"7; DROP TABLE river_job"_s}) {
        const auto none = backend->deadJob({u"river:public"_s, u"pay"_s, id});
        QVERIFY(!none);
        QCOMPARE(none.failure().kind, FailureKind::changed);
    }
}

void TestRiver::flowByTheClockOfTheServer() {
    m_fixture.sql(riverTables(7));
    m_fixture.sql("INSERT INTO river_queue (name) VALUES ('pay')");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    QCOMPARE(queueOf(*backend, u"pay"_s).flow.enqueued, Count::exact(0));
    m_fixture.sql("INSERT INTO river_job (kind, queue) SELECT 'charge', 'pay' FROM generate_series(1, 300)");
    m_fixture.sql(
        "UPDATE river_job SET state = 'completed', attempt = 1, attempted_at = now(), finalized_at = now() "
        "WHERE id <= 40");
    m_fixture.sql(
        "UPDATE river_job SET state = 'completed', attempt = 3, attempted_at = now(), finalized_at = now() "
        "WHERE id BETWEEN 41 "
        "AND 50");
    m_fixture.sql(
        "UPDATE river_job SET state = 'discarded', attempt = 25, attempted_at = now(), finalized_at = now() "
        "WHERE id BETWEEN 51 "
        "AND 53");
    m_fixture.sql(
        "UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now() WHERE id BETWEEN 54 AND "
        "60");
    m_fixture.sql(
        "UPDATE river_job SET state = 'retryable', attempt = 1, attempted_at = now(), scheduled_at = now() + "
        "interval '1 minute' "
        "WHERE id BETWEEN 61 AND 70");
    FlowTotals flow;
    const auto poll = [&] {
        flow = queueOf(*backend, u"pay"_s).flow;
        return flow.enqueued;
    };
    QTRY_COMPARE_WITH_TIMEOUT(poll(), Count::exact(300), 5000);
    QTRY_COMPARE_WITH_TIMEOUT((poll(), flow.executed), Count::exact(70), 5000);
    QCOMPARE(flow.completed, Count::exact(50));
    QCOMPARE(flow.died, Count::exact(3));
    QCOMPARE(flow.first_executed, Count::exact(57));
    QTest::qWait(1200);  // the window moves on: nothing is counted twice
    QCOMPARE(poll(), Count::exact(300));
    QCOMPARE(flow.executed, Count::exact(70));
    QCOMPARE(flow.completed, Count::exact(50));
}

void TestRiver::attemptsAndRetries() {
    m_fixture.sql(riverTables(7));
    m_fixture.sql(
        "INSERT INTO river_job (kind, state, attempt, max_attempts, scheduled_at) SELECT 'sync', "
        "'retryable', 2, 5, "
        "date_trunc('minute', now()) + interval '10 minutes' + g * interval '100 ms' FROM generate_series(1, "
        "100) g");
    m_fixture.sql(
        "INSERT INTO river_job (kind, state, attempt, attempted_at, finalized_at) SELECT 'sync', "
        "'completed', g, now() - interval "
        "'3 s', now() FROM generate_series(1, 2) g");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto queue = queueOf(*backend, u"default"_s);
    QCOMPARE(queue.max_attempts_mean, Ratio::exact(5));
    QVERIFY(queue.retry_due.isExact());
    QCOMPARE(queue.retry_due.value->size(), size_t(1));
    QCOMPARE(queue.retry_due.value->front().jobs, 100);
    QVERIFY(std::abs(*queue.run_time_s.value - 3) < 0.1);
    QVERIFY(!queue.claims.claims.known());
}

void TestRiver::leases() {
    m_fixture.sql(riverTables(7));
    m_fixture.sql(
        "INSERT INTO river_job (kind, state, attempt, attempted_at, attempted_by) VALUES ('render', "
        "'running', 2, now() - interval "
        "'3 hours', '{old_1,host_7}'), ('render', 'running', 1, now(), '{host_8}')");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto reading = backend->read();
    VERIFY_OK(reading);
    const auto& leases = reading->systems.front().leases;
    QCOMPARE(leases.total, Count::exact(2));
    QCOMPARE(leases.leases.size(), size_t(2));
    const auto& stuck = leases.leases.front();
    QVERIFY(stuck.stuck);
    QCOMPARE(stuck.owner, u"host_7"_s);
    QCOMPARE(stuck.attempt, std::optional(2));
    QCOMPARE(stuck.evidence.size(), 1);
    QVERIFY2(stuck.evidence.front().startsWith(u"weak:"_s), qPrintable(stuck.evidence.front()));
    QVERIFY(!leases.leases.back().stuck);
    QVERIFY(!reading->systems.front().workers.live.known());
}

void TestRiver::silentFaults() {
    m_fixture.sql(riverTables(7));
    m_fixture.sql(leader);
    m_fixture.sql("INSERT INTO river_queue (name) VALUES ('default'), ('left')");
    m_fixture.sql("INSERT INTO river_job (kind) VALUES ('mail')");
    const auto healthy = m_fixture.ready();
    QVERIFY(healthy);
    QVERIFY(conditionsOf(*healthy).empty());
    m_fixture.sql("UPDATE river_leader SET expires_at = now() - interval '2 minutes'");
    m_fixture.sql("UPDATE river_queue SET updated_at = now() - interval '3 hours' WHERE name = 'left'");
    m_fixture.sql(
        "INSERT INTO river_job (kind, queue, created_at) SELECT 'mail', 'left', now() - interval '1 hour' "
        "FROM "
        "generate_series(1, 11)");
    m_fixture.sql(
        "INSERT INTO river_job (kind, state, attempt, scheduled_at, errors) SELECT 'crash', 'retryable', 4, "
        "now() + interval '1 "
        "hour', array_fill('{\"attempt\": 1, \"error\": \"Stuck job rescued by Rescuer\", \"at\": "
        "\"2026-01-01T00:00:00Z\"}'::jsonb, ARRAY[3])");
    const auto backend = m_fixture.ready();
    auto found = conditionsOf(*backend);
    QCOMPARE(found.size(), size_t(3));
    QCOMPARE(found[ConditionKind::no_leader].subject, u"host_1"_s);
    QVERIFY(found[ConditionKind::no_leader].since.has_value());
    QCOMPARE(found[ConditionKind::unserved].queue, u"left"_s);
    QCOMPARE(*found[ConditionKind::unserved].count.value, 11);
    QCOMPARE(found[ConditionKind::poison_pill].queue, u"default"_s);
    QCOMPARE(found[ConditionKind::poison_pill].subject, u"crash"_s);
}

void TestRiver::noLeaderNeedsWork() {
    m_fixture.sql(riverTables(7));
    m_fixture.sql("INSERT INTO river_job (kind, state, finalized_at) VALUES ('mail', 'completed', now())");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    QVERIFY(conditionsOf(*backend).empty());  // nothing that a leader would have to move
    m_fixture.sql("INSERT INTO river_job (kind, state, scheduled_at) VALUES ('mail', 'scheduled', now())");
    QVERIFY(conditionsOf(*backend).contains(ConditionKind::no_leader));
    m_fixture.sql(leader);
    QVERIFY(!conditionsOf(*backend).contains(ConditionKind::no_leader));
}

QTEST_GUILESS_MAIN(TestRiver)
#include "tst_river.moc"

// Oban, on tables laid out as its migrations lay them out.
#include <QtTest>

#include "backends/health/claim_sampling.h"
#include "tests/postgres/postgres_fixture.h"
#include "tests/postgres/systems/table_fixtures.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestOban : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init();
    void everyLayout_data();
    void everyLayout();
    void timesAreUtcWhateverTheServersZone();
    void theLabelMayBeAnything();
    void deadJobsAndTheirEnd_data();
    void deadJobsAndTheirEnd();
    void deadLettersOnRequest_data();
    void deadLettersOnRequest();
    void flow_data();
    void flow();
    void leasesByTimeOnly();
    void aNodeThatRestartedLeavesOrphans_data();
    void aNodeThatRestartedLeavesOrphans();
    void aRescueOfAJobThatStillRuns_data();
    void aRescueOfAJobThatStillRuns();
    void proKnowsItsProducers();
    void silentFaults();

private:
    PostgresFixture m_fixture;
};

void TestOban::initTestCase() {
    const auto trouble = m_fixture.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
}

void TestOban::init() {
    m_fixture.freshDatabase(u"app"_s);
}

void TestOban::everyLayout_data() {
    QTest::addColumn<int>("migration");
    for (int migration = 8; migration <= 14; ++migration)
        QTest::newRow(qPrintable(u"migration %1"_s.arg(migration))) << migration;
}

void TestOban::everyLayout() {
    QFETCH(int, migration);
    m_fixture.sql(obanTables(migration));
    m_fixture.sql(
        "INSERT INTO oban_jobs (worker, queue, state, scheduled_at, inserted_at, priority, attempt) SELECT "
        "'Mail', 'mailers', "
        "s.state::oban_job_state, timezone('UTC', now()) + s.due, timezone('UTC', now()) - interval '2 "
        "minutes', g % 4, 1 FROM "
        "(VALUES ('available', '-1 minute'::interval, 9), ('scheduled', '1 hour', 4), ('scheduled', '-1 "
        "minute', 2), "
        "('retryable', '5 minutes', 3), ('executing', '-1 minute', 5), ('discarded', '-1 minute', 6), "
        "('completed', '-1 minute', "
        "8)) s(state, due, n), generate_series(1, s.n) g");
    if (migration >= 14)
        m_fixture.sql("INSERT INTO oban_jobs (worker, queue, state) VALUES ('Mail', 'mailers', 'suspended')");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto reading = backend->read();
    QVERIFY2(reading.ok(), reading.ok() ? "" : qPrintable(reading.failure().serverSaid));
    const auto& identity = reading->systems.front().identity;
    QCOMPARE(identity.key(), u"oban:public"_s);
    QCOMPARE(identity.version, QString::number(migration));
    const auto* queue = queueNamed(*reading, u"mailers"_s);
    QVERIFY(queue);
    QCOMPARE(queue->ready, Count::exact(9));
    QCOMPARE(queue->scheduled, Count::exact(migration >= 14 ? 7 : 6));
    QCOMPARE(queue->retrying, Count::exact(3));
    QCOMPARE(queue->running, Count::exact(5));
    QCOMPARE(queue->dead, Count::exact(6));
    QCOMPARE(queue->overdue, Count::exact(2));
    QCOMPARE(queue->promotion_interval_s, 1.0);
    QCOMPARE(queue->max_attempts_mean, Ratio::exact(20));
    QVERIFY(!queue->paused.has_value());
    QVERIFY(!reading->systems.front().workers.live.known());
    QCOMPARE(reading->systems.front().capabilities.observable(u"no_leader"_s), migration >= 11);
}

void TestOban::timesAreUtcWhateverTheServersZone() {
    m_fixture.sql(obanTables(14));
    m_fixture.sql("ALTER DATABASE app SET TimeZone = 'America/New_York'");
    m_fixture.sql(
        "INSERT INTO oban_jobs (worker, inserted_at, scheduled_at) SELECT 'Mail', t, t FROM (SELECT "
        "timezone('UTC', now()) - "
        "interval '90 s') x(t)");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto reading = backend->read();
    VERIFY_OK(reading);
    const auto* queue = queueNamed(*reading, u"default"_s);
    const double age = secondsBetween(*queue->oldest_ready_at.value, reading->observed_at);
    QVERIFY2(age > 89 && age < 110, qPrintable(QString::number(age)));
}

void TestOban::theLabelMayBeAnything() {
    m_fixture.sql("CREATE SCHEMA \"o'ban $1\"");
    m_fixture.sql(obanTables(13, true, "\"o'ban $1\""));
    m_fixture.sql("COMMENT ON TABLE \"o'ban $1\".oban_jobs IS '∞'");
    m_fixture.sql("INSERT INTO \"o'ban $1\".oban_jobs (worker) VALUES ('Mail')");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto reading = backend->read();
    VERIFY_OK(reading);
    QCOMPARE(reading->systems.front().identity.name_space, u"o'ban $1"_s);
    QCOMPARE(reading->systems.front().identity.version, u"∞"_s);
    QCOMPARE(queueNamed(*reading, u"default"_s)->ready, Count::exact(1));
}

void TestOban::deadJobsAndTheirEnd_data() {
    QTest::addColumn<int>("migration");
    QTest::newRow("no index on discarded_at") << 12;
    QTest::newRow("with an index on discarded_at") << 13;
}

void TestOban::deadJobsAndTheirEnd() {
    QFETCH(int, migration);
    m_fixture.sql(obanTables(migration));
    m_fixture.sql(
        "INSERT INTO oban_jobs (worker, queue, state, discarded_at) SELECT 'Pay', 'pay', 'discarded', "
        "timezone('UTC', now()) - "
        "interval '20 s' FROM generate_series(1, 5)");
    {
        const auto backend = m_fixture.ready();
        QVERIFY(backend);
        const auto reading = backend->read();
        VERIFY_OK(reading);
        const auto* pay = queueNamed(*reading, u"pay"_s);
        QCOMPARE(pay->dead, Count::exact(5));
        QCOMPARE(pay->lost_next_24h, Count::exact(5));  // the Pruner's default is a minute
        const double ahead = secondsBetween(reading->observed_at, *pay->dead_ages.purge_next_at.value);
        QVERIFY2(ahead > 0 && ahead < 41, qPrintable(QString::number(ahead)));
        QCOMPARE(pay->dead_ages.buckets[0], Count::exact(5));
        QVERIFY(pay->dead_ages.retention.contains(u"60 s"_s));
    }
    // One that is older proves another setting.
    m_fixture.sql(
        "INSERT INTO oban_jobs (worker, queue, state, discarded_at) VALUES ('Pay', 'pay', 'discarded', "
        "timezone('UTC', now()) - "
        "interval '2 days')");
    const auto backend = m_fixture.ready();
    const auto pay = queueOf(*backend, u"pay"_s);
    QVERIFY(!pay.lost_next_24h.known());
    QVERIFY(!pay.dead_ages.purge_next_at.known());
    QCOMPARE(pay.dead_ages.buckets[2], Count::exact(1));
}

void TestOban::deadLettersOnRequest_data() {
    deadJobsAndTheirEnd_data();
}

void TestOban::deadLettersOnRequest() {
    QFETCH(int, migration);
    m_fixture.sql(obanTables(migration));
    m_fixture.sql("ALTER DATABASE app SET TimeZone = 'America/New_York'");
    m_fixture.sql(R"(
INSERT INTO oban_jobs (worker, queue, state, attempt, max_attempts, discarded_at, args, errors)
SELECT 'Pay.Charge', 'pay', 'discarded', 1, 1, timezone('UTC', now()) - g * interval '1 hour', jsonb_build_object('card', g),
       ARRAY[jsonb_build_object('at', '2026-01-01T00:10:00.500000Z', 'attempt', 1, 'error', '** (RuntimeError) card ' || g)]
FROM generate_series(1, 12) g)");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    DeadQuery query;
    query.limit = 5;
    QStringList ids;
    do {
        const auto page = backend->deadPage(query);
        VERIFY_OK(page);
        QCOMPARE(page->total, Count::exact(12));
        for (const auto& job : page->jobs) {
            ids << job.id;
            const double age = secondsBetween(*job.died_at, page->observed_at);
            QVERIFY2(std::abs(age - job.id.toInt() * 3600) < 60, qPrintable(QString::number(age)));
        }
        query.after = page->next;
    } while (!query.after.isEmpty() && ids.size() < 50);
    QCOMPARE(ids.size(), 12);
    QCOMPARE(ids.front(), u"12"_s);
    QCOMPARE(ids.back(), u"1"_s);
    DeadQuery recent;
    recent.filter.newer_than_s = 3.5 * 3600;
    const auto page = backend->deadPage(recent);
    VERIFY_OK(page);
    QCOMPARE(page->jobs.size(), size_t(3));
    const auto groups = backend->deadGroups({});
    VERIFY_OK(groups);
    QCOMPARE(groups->groups.size(), size_t(1));
    QCOMPARE(groups->groups.front().kind, u"Pay.Charge"_s);
    const auto job = backend->deadJob({u"oban:public"_s, u"pay"_s, u"3"_s});
    VERIFY_OK(job);
    QCOMPARE(job->payload, QByteArray("{\"card\": 3}"));
    QCOMPARE(job->errors.size(), size_t(1));
    QCOMPARE(job->errors.front().text, u"** (RuntimeError) card 3"_s);
    QVERIFY(!backend->deadJob({u"oban:public"_s, u"other"_s, u"3"_s}));
}

void TestOban::flow_data() {
    QTest::addColumn<bool>("large");
    QTest::newRow("small table, one pass") << false;
    QTest::newRow("large table, through indexes") << true;
}

void TestOban::flow() {
    QFETCH(bool, large);
    m_fixture.sql(obanTables(14));
    if (large)
        m_fixture.sql(
            "INSERT INTO oban_jobs (worker, queue, state, args, inserted_at, scheduled_at, completed_at) "
            "SELECT 'Old', 'mailers', "
            "'completed', jsonb_build_object('x', repeat('y', 200)), t, t, t FROM (SELECT timezone('UTC', "
            "now()) - interval '1 "
            "hour' + g * interval '10 ms' FROM generate_series(1, 60000) g) x(t)");
    m_fixture.sql(
        "INSERT INTO oban_jobs (worker, queue, state, inserted_at) VALUES ('Mail', 'mailers', 'scheduled', "
        "timezone('UTC', now()) "
        "- interval '1 hour')");
    m_fixture.sql("VACUUM ANALYZE oban_jobs");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    QVERIFY(!queueOf(*backend, u"mailers"_s).flow.enqueued.valueOr(-1));
    m_fixture.sql(
        "INSERT INTO oban_jobs (worker, queue) SELECT 'Mail', 'mailers' FROM generate_series(1, 700)");
    const std::string finish =
        "UPDATE oban_jobs SET attempt = 1, attempted_at = timezone('UTC', now()), completed_at = "
        "timezone('UTC', now()), state = "
        "'completed' WHERE id IN (SELECT id FROM oban_jobs WHERE state = 'available' ORDER BY id LIMIT 600)";
    m_fixture.sql(finish);
    m_fixture.sql(
        "UPDATE oban_jobs SET attempt = 20, attempted_at = timezone('UTC', now()), discarded_at = "
        "timezone('UTC', now()), state = "
        "'discarded' WHERE id IN (SELECT id FROM oban_jobs WHERE state = 'available' ORDER BY id LIMIT 4)");
    FlowTotals flow;
    const auto poll = [&] {
        flow = queueOf(*backend, u"mailers"_s).flow;
        return flow.enqueued;
    };
    QTRY_COMPARE_WITH_TIMEOUT(poll(), Count::exact(700), 5000);
    QTRY_COMPARE_WITH_TIMEOUT((poll(), flow.died.valueOr(-1)), 4, 5000);
    QCOMPARE(flow.completed.valueOr(-1), 600);
    QCOMPARE(flow.completed.provenance, large ? Provenance::estimated : Provenance::exact);
    QCOMPARE(flow.executed.known(), !large);
    if (!large) QCOMPARE(flow.executed, Count::exact(604));
    if (!large) QCOMPARE(flow.first_executed, Count::exact(600));
    QTest::qWait(1200);  // the window moves on: nothing is counted twice
    QCOMPARE(poll(), Count::exact(700));
    QCOMPARE(flow.completed.valueOr(-1), 600);
}

void TestOban::leasesByTimeOnly() {
    m_fixture.sql(obanTables(14));
    m_fixture.sql(
        "INSERT INTO oban_jobs (worker, state, attempt, attempted_at, attempted_by) VALUES ('Render', "
        "'executing', 1, "
        "timezone('UTC', now()) - interval '2 hours', '{web@a,01}'), ('Render', 'executing', 1, "
        "timezone('UTC', now()), "
        "'{web@b,02}')");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto reading = backend->read();
    VERIFY_OK(reading);
    const auto& leases = reading->systems.front().leases.leases;
    QCOMPARE(leases.size(), size_t(2));
    QVERIFY(leases.front().stuck);
    QCOMPARE(leases.front().owner, u"web@a"_s);
    QVERIFY(leases.front().evidence.front().startsWith(u"weak:"_s));
    QVERIFY(!leases.back().stuck);
    QVERIFY(reading->systems.front().capabilities.why(u"orphaned"_s).contains(u"Pro"_s));
}

void TestOban::aNodeThatRestartedLeavesOrphans_data() {
    QTest::addColumn<bool>("pro");
    QTest::newRow("by the claims of the node") << false;
    QTest::newRow("by the start of its producer") << true;
}

// The node has its old name, so that its name alone says that the owner lives.
void TestOban::aNodeThatRestartedLeavesOrphans() {
    QFETCH(bool, pro);
    m_fixture.sql(obanTables(14, pro));
    if (pro)
        m_fixture.sql(
            "INSERT INTO oban_producers (uuid, name, node, queue, started_at) VALUES "
            "('00000000-0000-0000-0000-000000000002', 'Oban', 'web@a', 'media', timezone('UTC', now()) - "
            "interval '5 minutes'), ('00000000-0000-0000-0000-000000000003', 'Oban', 'web@b', 'media', "
            "timezone('UTC', now()) - interval '1 day')");
    const std::string before = pro ? "'{web@a}'" : "'{web@a,01}'", after = pro ? "'{web@a}'" : "'{web@a,02}'";
    m_fixture.sql(
        "INSERT INTO oban_jobs (worker, queue, state, attempt, attempted_at, attempted_by) SELECT 'Render', "
        "'media', 'executing', 1, timezone('UTC', now()) - minutes * interval '1 minute', by::text[] FROM "
        "(VALUES (20, " +
        before + "), (19, " + before + "), (4, " + after + "), (3, " + after +
        "), (30, '{web@b,03}')) v(minutes, by)" + (pro ? " WHERE by <> '{web@b,03}'" : ""));
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto reading = backend->read();
    VERIFY_OK(reading);
    const auto& leases = reading->systems.front().leases.leases;
    QStringList stuck;
    for (const auto& lease : leases) {
        if (!lease.stuck) continue;
        stuck << lease.id;
        QVERIFY2(lease.evidence.front().startsWith(u"the claim is older than its owner: web@a"_s),
                 qPrintable(lease.evidence.front()));
    }
    std::ranges::sort(stuck);
    QCOMPARE(stuck, (QStringList{u"1"_s, u"2"_s}));
    if (pro) QCOMPARE(conditionsOf(*backend)[ConditionKind::orphaned].count, Count::exact(2));
    // While the newer claims are fresh, the old producer may still be at its last jobs.
    if (pro) return;
    m_fixture.sql("UPDATE oban_jobs SET attempted_at = timezone('UTC', now()) WHERE id IN (3, 4)");
    const auto early = m_fixture.ready()->read();
    VERIFY_OK(early);
    const auto& first = early->systems.front().leases.leases.front();
    QVERIFY2(first.stuck && first.evidence.front().startsWith(u"weak:"_s),
             qPrintable(first.evidence.join(u' ')));
}

void TestOban::aRescueOfAJobThatStillRuns_data() {
    QTest::addColumn<QByteArray>("between");  // what happens before the job is claimed again
    QTest::addColumn<bool>("duplicate");
    QTest::newRow("rescued by Lifeline") << QByteArray("state = 'available'") << true;
    QTest::newRow("failed and tried again")
        << QByteArray("state = 'retryable', errors = array_append(errors, '{\"attempt\": 1}'::jsonb)")
        << false;
    QTest::newRow("put off by itself")
        << QByteArray("state = 'scheduled', max_attempts = max_attempts + 1") << false;
}

// Lifeline makes every job available that has run for an hour, whether it still runs or not.
void TestOban::aRescueOfAJobThatStillRuns() {
    QFETCH(QByteArray, between);
    QFETCH(bool, duplicate);
    m_fixture.sql(obanTables(14));
    m_fixture.sql(
        "INSERT INTO oban_jobs (worker, queue, state, attempt, attempted_at, attempted_by) VALUES "
        "('Render', 'media', 'executing', 1, timezone('UTC', now()) - interval '59 minutes', '{web@a,01}'), "
        "('Render', 'media', 'executing', 1, timezone('UTC', now()), '{web@a,01}')");
    const auto leases = [this] {
        const auto backend = m_fixture.ready();
        const auto reading = backend ? backend->read() : Outcome<ServerReading>(Failure{});
        return reading ? reading->systems.front().leases : LeasesReading{};
    };
    ClaimSampling sampling;
    QVERIFY(sampling.add({}, leases()).empty());
    m_fixture.sql("UPDATE oban_jobs SET " + between.toStdString() + " WHERE id = 1");
    m_fixture.sql(
        "UPDATE oban_jobs SET state = 'executing', attempt = attempt + 1, attempted_at = timezone('UTC', "
        "now()), "
        "attempted_by = '{web@b,02}' WHERE id = 1");
    const auto found = sampling.add({}, leases());
    QCOMPARE(!found.empty(), duplicate);
    if (!duplicate) return;
    QCOMPARE(found.front().first_owner, u"web@a"_s);
    QCOMPARE(found.front().second_owner, u"web@b"_s);
}

void TestOban::proKnowsItsProducers() {
    m_fixture.sql(obanTables(14, true));
    m_fixture.sql(
        "INSERT INTO oban_producers (uuid, name, node, queue, meta) VALUES "
        "('00000000-0000-0000-0000-000000000001', 'Oban', "
        "'web@a', 'media', '{\"local_limit\": 8, \"paused\": true}')");
    m_fixture.sql(
        "INSERT INTO oban_jobs (worker, queue, state, attempt, attempted_at, attempted_by) SELECT 'Render', "
        "'media', 'executing', "
        "1, timezone('UTC', now()), ARRAY['web@a', '00000000-0000-0000-0000-00000000000' || g] FROM "
        "generate_series(1, 2) g");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto reading = backend->read();
    QVERIFY2(reading.ok(), reading.ok() ? "" : qPrintable(reading.failure().serverSaid));
    const auto& system = reading->systems.front();
    QCOMPARE(queueNamed(*reading, u"media"_s)->paused, std::optional(true));
    QCOMPARE(system.workers.live, Count::exact(1));
    QCOMPARE(system.workers.concurrency, Count::exact(8));
    QCOMPARE(system.workers.busy, Count::exact(1));
    QCOMPARE(system.workers.list.front().host, u"web@a"_s);
    QCOMPARE(system.leases.leases.size(), size_t(2));
    QVERIFY(system.leases.leases.front().stuck);
    QVERIFY(system.leases.leases.front().evidence.join(u' ').contains(u"oban_producers"_s));
    QVERIFY(!system.leases.leases.back().stuck);
    QCOMPARE(conditionsOf(*backend)[ConditionKind::orphaned].count, Count::exact(1));
}

void TestOban::silentFaults() {
    m_fixture.sql(obanTables(14));
    m_fixture.sql(
        "INSERT INTO oban_peers VALUES ('Oban', 'web@a', timezone('UTC', now()), timezone('UTC', now()) + "
        "interval '30 s')");
    m_fixture.sql("INSERT INTO oban_jobs (worker) VALUES ('Mail')");
    const auto healthy = m_fixture.ready();
    QVERIFY(healthy);
    QVERIFY(conditionsOf(*healthy).empty());
    m_fixture.sql("UPDATE oban_peers SET expires_at = timezone('UTC', now()) - interval '5 minutes'");
    m_fixture.sql(
        "INSERT INTO oban_jobs (worker, attempt, max_attempts, errors) SELECT 'Sync', 3, 3, "
        "array_fill('{\"attempt\": 1, \"error\": \"no\"}'::jsonb, ARRAY[3]) FROM generate_series(1, 4)");
    m_fixture.sql(
        "INSERT INTO oban_jobs (worker, queue, state, attempt) VALUES ('Crash', 'media', 'retryable', 5), "
        "('Fine', "
        "'media', 'retryable', 2)");
    m_fixture.sql(
        "INSERT INTO oban_jobs (worker, queue, state, attempt, meta) VALUES ('Later', 'media', 'scheduled', "
        "9, "
        "'{\"snoozed\": 9}'), ('Later', 'media', 'available', 9, '{\"snoozed\": 9}')");
    const auto backend = m_fixture.ready();
    auto found = conditionsOf(*backend);
    QCOMPARE(found.size(), size_t(3));
    QCOMPARE(found[ConditionKind::no_leader].subject, u"web@a"_s);
    QCOMPARE(found[ConditionKind::never_claimed].queue, u"default"_s);
    QCOMPARE(*found[ConditionKind::never_claimed].count.value, 4);
    QCOMPARE(found[ConditionKind::poison_pill].queue, u"media"_s);
    QCOMPARE(found[ConditionKind::poison_pill].subject, u"Crash"_s);
    QCOMPARE(*found[ConditionKind::poison_pill].count.value, 1);
}

QTEST_GUILESS_MAIN(TestOban)
#include "tst_oban.moc"

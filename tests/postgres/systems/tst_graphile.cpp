// Graphile Worker itself as producer and worker, in its three layouts.
#include <QJsonDocument>
#include <QtTest>

#include "tests/postgres/postgres_fixture.h"
#include "tests/postgres/systems/real_graphile.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestGraphile : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init();
    void countsByTask_data();
    void countsByTask();
    void deadJobsAreKeptForEver();
    void aKilledWorkerLeavesAStuckLease_data();
    void aKilledWorkerLeavesAStuckLease();
    void aSerialQueueStaysLocked();
    void whatWaitsBehindAKilledSerialWorkerIsBlocked();
    void retriesAreDueLater();
    void arrivalsWhileOthersWait();
    void rowSecurityIsAGapNotAZero();
    void largeTables();
    void silentFaults();

private:
    PostgresFixture m_fixture;
};

void TestGraphile::initTestCase() {
    const auto missing = RealGraphile::missing();
    SKIP_UNLESS(missing.isEmpty(), qPrintable(missing));
    const auto trouble = m_fixture.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
}

void TestGraphile::init() {
    m_fixture.freshDatabase(u"app"_s);
}

void TestGraphile::countsByTask_data() {
    QTest::addColumn<QString>("library");
    QTest::addColumn<QString>("version");
    QTest::newRow("migration 10") << u"graphile013"_s << u"10"_s;
    QTest::newRow("migration 14") << u"graphile015"_s << u"14"_s;
    QTest::newRow("migration 20") << u"graphile018"_s << u"20"_s;
}

void TestGraphile::countsByTask() {
    QFETCH(QString, library);
    QFETCH(QString, version);
    RealGraphile graphile(m_fixture.server(), library, u"app"_s);
    const QString later = QDateTime::currentDateTimeUtc().addSecs(3600).toString(Qt::ISODate);
    for (int i = 0; i < 6; ++i) graphile.addJob(u"mail"_s, {{u"n"_s, i}});
    for (int i = 0; i < 2; ++i) graphile.addJob(u"mail"_s, {}, {{u"runAt"_s, later}});
    graphile.addJob(u"mail"_s, {}, {{u"queueName"_s, u"serial"_s}});
    graphile.addJob(u"charge"_s, {}, {{u"maxAttempts"_s, 1}});
    for (int i = 0; i < 2; ++i) graphile.addJob(u"sync"_s);
    for (int i = 0; i < 3; ++i) graphile.addJob(u"render"_s);
    VERIFY_WORKER(graphile);
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    QCOMPARE(queueOf(*backend, u"charge"_s).ready, Count::exact(1));
    graphile.work({{u"charge"_s, u"fail"_s}, {u"sync"_s, u"fail"_s}, {u"render"_s, u"hang"_s}}, 4);
    QTRY_COMPARE_WITH_TIMEOUT(queueOf(*backend, u"render"_s).running, Count::exact(3), 20'000);
    QTRY_COMPARE_WITH_TIMEOUT(queueOf(*backend, u"charge"_s).dead, Count::exact(1), 20'000);
    VERIFY_WORKER(graphile);

    const auto reading = backend->read();
    VERIFY_OK(reading);
    QCOMPARE(reading->systems.size(), size_t(1));
    const auto& identity = reading->systems.front().identity;
    QCOMPARE(identity.key(), u"graphile_worker:graphile_worker"_s);
    QCOMPARE(identity.version, version);
    const auto* mail = queueNamed(*reading, u"mail"_s);
    QVERIFY(mail);
    QCOMPARE(mail->ready, Count::exact(7));
    QCOMPARE(mail->scheduled, Count::exact(2));
    QCOMPARE(mail->running, Count::exact(0));
    QCOMPARE(mail->overdue, Count::exact(0));
    const double age = secondsBetween(*mail->oldest_ready_at.value, reading->observed_at);
    QVERIFY2(age >= 0 && age < 60, qPrintable(QString::number(age)));
    QCOMPARE(mail->max_attempts_mean, Ratio::exact(25));
    QVERIFY(!mail->flow.executed.known());
    QVERIFY(!mail->paused.has_value());
    const auto& system = reading->systems.front();
    QCOMPARE(system.leases.leases.size(), size_t(3));
    QVERIFY(!system.leases.leases.front().owner.isEmpty());
    QVERIFY(!system.workers.live.known());
    QVERIFY(system.workers.live.method.contains(u"registry"_s));
}

void TestGraphile::deadJobsAreKeptForEver() {
    RealGraphile graphile(m_fixture.server(), u"graphile018"_s, u"app"_s);
    for (int i = 0; i < 4; ++i) graphile.addJob(u"charge"_s, {{u"card"_s, i}}, {{u"maxAttempts"_s, 1}});
    graphile.work({{u"charge"_s, u"fail"_s}});
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    QTRY_COMPARE_WITH_TIMEOUT(queueOf(*backend, u"charge"_s).dead, Count::exact(4), 20'000);
    VERIFY_WORKER(graphile);
    // Died just now: the last due time minus the backoff says so, to a second.
    const auto fresh = m_fixture.ready();
    const auto reading = fresh->read();
    VERIFY_OK(reading);
    const auto* charge = queueNamed(*reading, u"charge"_s);
    QCOMPARE(charge->oldest_dead_at.provenance, Provenance::estimated);
    const double age = secondsBetween(*charge->oldest_dead_at.value, reading->observed_at);
    QVERIFY2(age > -1 && age < 30, qPrintable(QString::number(age)));
    QCOMPARE(*charge->dead_ages.buckets[0].value, 4);
    QCOMPARE(charge->lost_next_24h, Count::exact(0));
    QVERIFY(!charge->dead_ages.purge_next_at.known());
    QVERIFY(charge->dead_ages.retention.contains(u"kept"_s));

    const auto page = fresh->deadPage({});
    VERIFY_OK(page);
    QCOMPARE(page->total, Count::exact(4));
    QCOMPARE(page->jobs.front().error, u"as told"_s);
    QCOMPARE(page->jobs.front().attempts, std::optional(1));
    const auto detail = fresh->deadJob({u"graphile_worker:graphile_worker"_s, u"charge"_s, u"2"_s});
    VERIFY_OK(detail);
    QCOMPARE(QJsonDocument::fromJson(detail->payload).object()["card"_L1].toInt(), 1);
    QCOMPARE(detail->errors.size(), size_t(1));
    const auto groups = fresh->deadGroups({});
    VERIFY_OK(groups);
    QCOMPARE(groups->groups.front().count, Count::exact(4));

    m_fixture.sql(
        "UPDATE graphile_worker._private_jobs SET created_at = now() - interval '92 days', updated_at = "
        "now() - interval "
        "'92 days', run_at = now() - interval '92 days' WHERE id = (SELECT min(id) FROM "
        "graphile_worker._private_jobs)");
    const auto later = m_fixture.ready();
    const auto old = queueOf(*later, u"charge"_s);
    QCOMPARE(*old.dead_ages.buckets[5].value, 1);
    QCOMPARE(*old.dead_ages.buckets[0].value, 3);
}

void TestGraphile::aKilledWorkerLeavesAStuckLease_data() {
    countsByTask_data();
}

void TestGraphile::aKilledWorkerLeavesAStuckLease() {
    QFETCH(QString, library);
    RealGraphile graphile(m_fixture.server(), library, u"app"_s);
    graphile.addJob(u"render"_s);
    graphile.work({{u"render"_s, u"hang"_s}}, 1);
    QTRY_COMPARE_WITH_TIMEOUT(graphile.started(), 1, 20'000);
    VERIFY_WORKER(graphile);
    graphile.kill();
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto leases = [&] {
        const auto reading = backend->read();
        return reading ? reading->systems.front().leases.leases : std::vector<Lease>{};
    };
    auto held = leases();
    QCOMPARE(held.size(), size_t(1));
    QVERIFY(!held.front().stuck);  // nobody can know yet
    QCOMPARE(held.front().attempt, std::optional(1));
    QCOMPARE(held.front().kind, u"render"_s);
    const auto lease = *held.front().expires_at - *held.front().claimed_at;
    QCOMPARE(lease, std::chrono::hours(4));
    const auto* table = library == "graphile018"_L1 ? "_private_jobs" : "jobs";
    m_fixture.sql(std::string("UPDATE graphile_worker.") + table +
                  " SET locked_at = now() - interval '5 hours'");
    held = leases();
    QCOMPARE(held.size(), size_t(1));
    QVERIFY(held.front().stuck);
    QVERIFY2(held.front().evidence.join(u' ').contains(u"locked_at + 4 hours"_s),
             qPrintable(held.front().evidence.join(u' ')));
    QVERIFY(held.front().fencing.contains(u"delete"_s));
}

void TestGraphile::aSerialQueueStaysLocked() {
    RealGraphile graphile(m_fixture.server(), u"graphile018"_s, u"app"_s);
    for (int i = 0; i < 3; ++i) graphile.addJob(u"render"_s, {}, {{u"queueName"_s, u"gpu"_s}});
    graphile.work({{u"render"_s, u"hang"_s}}, 2);
    QTRY_COMPARE_WITH_TIMEOUT(graphile.started(), 1, 20'000);
    graphile.kill();
    // Somebody unlocks the job, but forgets the queue.
    m_fixture.sql("UPDATE graphile_worker._private_jobs SET locked_at = NULL, locked_by = NULL");
    m_fixture.sql("UPDATE graphile_worker._private_job_queues SET locked_at = now() - interval '10 minutes'");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto reading = backend->read();
    VERIFY_OK(reading);
    const auto& conditions = reading->systems.front().conditions;
    QCOMPARE(conditions.size(), size_t(1));
    QCOMPARE(conditions.front().kind, ConditionKind::orphaned);
    QCOMPARE(conditions.front().subject, u"gpu"_s);
    QCOMPARE(conditions.front().queue, u"render"_s);
    QCOMPARE(*conditions.front().count.value, 3);
}

void TestGraphile::whatWaitsBehindAKilledSerialWorkerIsBlocked() {
    RealGraphile graphile(m_fixture.server(), u"graphile018"_s, u"app"_s);
    for (int i = 0; i < 12; ++i) graphile.addJob(u"render"_s, {}, {{u"queueName"_s, u"customer-7"_s}});
    graphile.addJob(u"render"_s, {}, {{u"runAt"_s, u"2099-01-01T00:00:00Z"_s}});
    graphile.work({{u"render"_s, u"hang"_s}}, 2);
    QTRY_COMPARE_WITH_TIMEOUT(graphile.started(), 1, 20'000);
    graphile.kill();
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    // A lock of seconds is what every serial queue has.
    QCOMPARE(queueOf(*backend, u"render"_s).ready, Count::exact(11));
    const QString until = QString::fromStdString(m_fixture.sql(
        "UPDATE graphile_worker._private_job_queues SET locked_at = now() - interval '10 minutes' RETURNING "
        "to_char((locked_at + interval '4 hours') AT TIME ZONE 'UTC', 'HH24:MI')"));
    const auto later = m_fixture.ready();
    const auto reading = later->read();
    VERIFY_OK(reading);
    const auto* render = queueNamed(*reading, u"render"_s);
    QCOMPARE(render->ready, Count::exact(0));
    QCOMPARE(render->blocked, Count::exact(11));
    QCOMPARE(render->scheduled, Count::exact(1));
    QVERIFY(!render->blocked_on_dead.has_value());
    const auto& conditions = reading->systems.front().conditions;
    QCOMPARE(conditions.size(), size_t(1));
    const auto& lock = conditions.front();
    QCOMPARE(lock.kind, ConditionKind::serial_lock);
    QCOMPARE(lock.count, Count::exact(11));
    QVERIFY2(lock.subject.startsWith(u"customer-7, locked by "_s) &&
                 lock.subject.endsWith(u" until %1 UTC"_s.arg(until)),
             qPrintable(lock.subject));
}

void TestGraphile::retriesAreDueLater() {
    RealGraphile graphile(m_fixture.server(), u"graphile018"_s, u"app"_s);
    for (int i = 0; i < 5; ++i) graphile.addJob(u"sync"_s);
    graphile.work({{u"sync"_s, u"fail"_s}}, 5);
    QTRY_VERIFY_WITH_TIMEOUT(graphile.started() >= 5, 20'000);
    graphile.kill();
    m_fixture.sql(
        "UPDATE graphile_worker._private_jobs SET locked_at = NULL, locked_by = NULL, run_at = now() + "
        "interval '10 minutes'");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto sync = queueOf(*backend, u"sync"_s);
    QCOMPARE(sync.retrying, Count::exact(5));
    QVERIFY(sync.retry_due.isExact());
    QCOMPARE(sync.retry_due.value->size(), size_t(1));
    QCOMPARE(sync.retry_due.value->front().jobs, 5);
}

void TestGraphile::arrivalsWhileOthersWait() {
    RealGraphile graphile(m_fixture.server(), u"graphile018"_s, u"app"_s);
    graphile.addJob(u"mail"_s);
    m_fixture.sql(
        "UPDATE graphile_worker._private_jobs SET run_at = now() - interval '1 minute', created_at = now() - "
        "interval '1 minute'");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    QCOMPARE(queueOf(*backend, u"mail"_s).flow.enqueued, Count::exact(0));
    for (int i = 0; i < 20; ++i) graphile.addJob(u"mail"_s);
    VERIFY_WORKER(graphile);
    QTRY_COMPARE_WITH_TIMEOUT(queueOf(*backend, u"mail"_s).flow.enqueued, Count::exact(20), 10'000);
    QVERIFY(!queueOf(*backend, u"mail"_s).flow.completed.known());
    // Once all are done nobody can say how many came in between.
    graphile.work({{u"mail"_s, u"done"_s}}, 4);
    QTRY_COMPARE_WITH_TIMEOUT(queueOf(*backend, u"mail"_s).flow.enqueued.provenance, Provenance::lower_bound,
                              10'000);
}

void TestGraphile::rowSecurityIsAGapNotAZero() {
    RealGraphile graphile(m_fixture.server(), u"graphile018"_s, u"app"_s);
    for (int i = 0; i < 7; ++i) graphile.addJob(u"mail"_s);
    VERIFY_WORKER(graphile);
    m_fixture.sql("DROP ROLE IF EXISTS console");
    m_fixture.sql("CREATE ROLE console LOGIN");
    const auto why = [&] {
        auto backend = m_fixture.backend(u"console"_s);
        const bool opened = backend->open().ok();
        const auto systems = backend->detect();
        if (!opened || !systems || systems->size() != 1) return u"?"_s;
        const auto& can = systems->front().capabilities;
        return can.observable(u"ready"_s) ? QString() : can.why(u"ready"_s);
    };
    QVERIFY2(why().contains(u"GRANT USAGE ON SCHEMA graphile_worker"_s), qPrintable(why()));
    m_fixture.sql("GRANT USAGE ON SCHEMA graphile_worker TO console");
    QVERIFY2(why().contains(u"GRANT SELECT ON graphile_worker.jobs TO console"_s), qPrintable(why()));
    // The private tables alone: the server would answer with no row at all.
    m_fixture.sql("GRANT SELECT ON graphile_worker._private_jobs, graphile_worker._private_tasks TO console");
    QVERIFY2(why().contains(u"GRANT SELECT ON graphile_worker.jobs TO console"_s), qPrintable(why()));
    // The view shows the rows with its owner's rights.
    m_fixture.sql("GRANT SELECT ON graphile_worker.jobs TO console");
    const auto backend = m_fixture.ready(u"console"_s);
    QVERIFY(backend);
    QCOMPARE(queueOf(*backend, u"mail"_s).ready, Count::exact(7));
    const auto reading = backend->read();
    VERIFY_OK(reading);
    const auto& can = reading->systems.front().capabilities;
    QVERIFY(can.observable(u"dead_jobs"_s));
    m_fixture.sql("UPDATE graphile_worker._private_jobs SET attempts = max_attempts WHERE id = 1");
    const auto dead = backend->deadJob({u"graphile_worker:graphile_worker"_s, u"mail"_s, u"1"_s});
    VERIFY_OK(dead);
    QVERIFY(!dead->job.payload_bytes.known());  // the view does not show payloads
    QVERIFY2(can.why(u"orphaned"_s).contains(u"_private_job_queues"_s), qPrintable(can.why(u"orphaned"_s)));
    m_fixture.sql("DROP OWNED BY console");
}

void TestGraphile::largeTables() {
    RealGraphile graphile(m_fixture.server(), u"graphile018"_s, u"app"_s);
    graphile.addJob(u"mail"_s);
    graphile.addJob(u"rare"_s);
    VERIFY_WORKER(graphile);
    m_fixture.sql(
        "INSERT INTO graphile_worker._private_jobs (task_id, payload, run_at, created_at) SELECT (SELECT id "
        "FROM "
        "graphile_worker._private_tasks WHERE identifier = 'mail'), json_build_object('x', repeat('y', 60)), "
        "now() - "
        "interval '5 minutes', now() - interval '5 minutes' FROM generate_series(1, 150000)");
    m_fixture.sql("VACUUM ANALYZE graphile_worker._private_jobs");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto mail = queueOf(*backend, u"mail"_s);
    QCOMPARE(mail.ready.provenance, Provenance::lower_bound);
    QVERIFY(*mail.ready.value >= 1000);
    QVERIFY(mail.oldest_ready_at.known());
    QVERIFY(!mail.dead.known());
    QVERIFY(mail.dead.method.contains(u"large"_s));
    QVERIFY(!mail.running.known());
    const auto rare = queueOf(*backend, u"rare"_s);
    QVERIFY(rare.ready.provenance == Provenance::lower_bound);  // not seen among the first is not none
}

void TestGraphile::silentFaults() {
    RealGraphile graphile(m_fixture.server(), u"graphile018"_s, u"app"_s);
    graphile.addJob(u"crash"_s);
    m_fixture.sql("UPDATE graphile_worker._private_jobs SET attempts = 4");
    m_fixture.sql(
        "INSERT INTO graphile_worker._private_known_crontabs VALUES ('nightly', now() - interval '1 year', "
        "now() - interval "
        "'1 hour'), ('monthly', now() - interval '1 year', now() - interval '40 days')");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    auto found = conditionsOf(*backend);
    QCOMPARE(found.size(), size_t(2));
    QCOMPARE(found[ConditionKind::poison_pill].queue, u"crash"_s);
    QCOMPARE(*found[ConditionKind::poison_pill].count.value, 1);
    QCOMPARE(found[ConditionKind::schedule_overdue].subject, u"monthly"_s);
    QVERIFY(found[ConditionKind::schedule_overdue].evidence.startsWith(u"weak:"_s));
}

QTEST_GUILESS_MAIN(TestGraphile)
#include "tst_graphile.moc"

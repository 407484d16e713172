// pg-boss itself as producer and worker; its own figures are the measure of ours.
#include <QtTest>

#include "backends/polling/poller.h"
#include "tests/postgres/postgres_fixture.h"
#include "tests/postgres/systems/real_pgboss.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestPgBoss : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init();
    void countsEqualTheLibrarys_data();
    void countsEqualTheLibrarys();
    void severalInstallsSideBySide();
    void arrivalsAndDrain_data();
    void arrivalsAndDrain();
    void workersAreTheRegisteredInstances();
    void deadJobsHaveAnAgeAndAnEnd();
    void anOldCountLessWhatWaitsBehindTheDead();
    void countsStopAtTheCap();
    void largeOldLayoutUsesItsOwnCounters();
    void manyPartitions();
    void migratedBetweenPolls();
    void hostileQueueNames();

private:
    PostgresFixture m_fixture;
};

void TestPgBoss::initTestCase() {
    const auto missing = RealPgBoss::missing();
    SKIP_UNLESS(missing.isEmpty(), qPrintable(missing));
    const auto trouble = m_fixture.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
}

void TestPgBoss::init() {
    m_fixture.freshDatabase(u"app"_s);
}

void TestPgBoss::countsEqualTheLibrarys_data() {
    QTest::addColumn<QString>("library");
    QTest::addColumn<QString>("version");
    QTest::newRow("schema 24") << u"pgboss10"_s << u"24"_s;
    QTest::newRow("schema 26") << u"pgboss11"_s << u"26"_s;
    QTest::newRow("schema 46") << u"pgboss12"_s << u"46"_s;
}

void TestPgBoss::countsEqualTheLibrarys() {
    QFETCH(QString, library);
    QFETCH(QString, version);
    RealPgBoss boss(m_fixture.server(), library, u"pgboss"_s, u"app"_s);
    boss.call(u"createQueue"_s, {u"orders"_s});
    boss.call(u"createQueue"_s, {u"retries"_s, QJsonObject{{u"retryLimit"_s, 3}, {u"retryDelay"_s, 600}}});
    boss.call(u"createQueue"_s, {u"empty"_s});
    for (int i = 0; i < 30; ++i) boss.call(u"send"_s, {u"orders"_s, QJsonObject{{u"n"_s, i}}});
    for (int i = 0; i < 7; ++i)
        boss.call(u"send"_s, {u"orders"_s, QJsonObject{}, QJsonObject{{u"startAfter"_s, 3600}}});
    for (int i = 0; i < 4; ++i) boss.call(u"send"_s, {u"retries"_s, QJsonObject{}});
    QCOMPARE(boss.call(u"fetch"_s, {u"orders"_s, QJsonObject{{u"batchSize"_s, 5}}}).toArray().size(), 5);
    for (const auto job : boss.call(u"fetch"_s, {u"retries"_s, QJsonObject{{u"batchSize"_s, 3}}}).toArray())
        boss.call(u"fail"_s, {u"retries"_s, job.toObject()["id"_L1], QJsonObject{{u"message"_s, u"no"_s}}});
    boss.call(u"send"_s, {u"orders"_s, QJsonObject{}, QJsonObject{{u"retryLimit"_s, 0}, {u"priority"_s, 9}}});
    const auto doomed = boss.call(u"fetch"_s, {u"orders"_s}).toArray();
    boss.call(u"fail"_s, {u"orders"_s, doomed.at(0).toObject()["id"_L1]});
    VERIFY_BOSS(boss);

    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto reading = backend->read();
    VERIFY_OK(reading);
    QCOMPARE(reading->systems.size(), size_t(1));
    const auto& identity = reading->systems.front().identity;
    QCOMPARE(identity.system, u"pgboss"_s);
    QCOMPARE(identity.name_space, u"pgboss"_s);
    QCOMPARE(identity.version, version);
    const auto* orders = queueNamed(*reading, u"orders"_s);
    const auto* retries = queueNamed(*reading, u"retries"_s);
    const auto* empty = queueNamed(*reading, u"empty"_s);
    QVERIFY(orders && retries && empty);
    QCOMPARE(orders->ready, Count::exact(25));
    QCOMPARE(orders->scheduled, Count::exact(7));
    QCOMPARE(orders->running, Count::exact(5));
    QCOMPARE(orders->dead, Count::exact(1));
    QCOMPARE(retries->ready, Count::exact(1));
    QCOMPARE(retries->retrying, Count::exact(3));
    QCOMPARE(empty->ready, Count::exact(0));
    QVERIFY(!empty->oldest_ready_at.known());
    QVERIFY(!orders->paused.has_value());
    const double age = secondsBetween(*orders->oldest_ready_at.value, reading->observed_at);
    QVERIFY2(age >= 0 && age < 60, qPrintable(QString::number(age)));

    // The library's own words. 10 has getQueueSize only, 12 counts every state.
    if (library == "pgboss10"_L1) {
        QCOMPARE(boss.call(u"getQueueSize"_s, {u"orders"_s}).toInteger(),
                 *orders->ready.value + *orders->scheduled.value);
        return;
    }
    const auto counted = [&](const char* name) {  // cached for a few seconds even when forced
        const auto stats = boss.call(u"getQueueStats"_s, {u"orders"_s, QJsonObject{{u"force"_s, true}}});
        const auto one = stats.isArray() ? stats.toArray().last().toObject() : stats.toObject();
        return one[QLatin1StringView(name)].toInteger(-1);
    };
    QTRY_COMPARE_WITH_TIMEOUT(counted("queuedCount"), *orders->ready.value + *orders->scheduled.value,
                              20'000);
    VERIFY_BOSS(boss);
    QCOMPARE(counted("deferredCount"), *orders->scheduled.value);
    QTRY_COMPARE_WITH_TIMEOUT(counted("activeCount"), *orders->running.value, 20'000);  // the last job failed
    if (library != "pgboss12"_L1) return;
    QCOMPARE(counted("readyCount"), *orders->ready.value);
    QCOMPARE(counted("failedCount"), *orders->dead.value);
}

void TestPgBoss::severalInstallsSideBySide() {
    RealPgBoss ten(m_fixture.server(), u"pgboss10"_s, u"old_boss"_s, u"app"_s);
    RealPgBoss twelve(m_fixture.server(), u"pgboss12"_s, u"new_boss"_s, u"app"_s);
    ten.call(u"createQueue"_s, {u"mail"_s});
    twelve.call(u"createQueue"_s, {u"mail"_s});
    ten.call(u"send"_s, {u"mail"_s, QJsonObject{}});
    VERIFY_BOSS(ten);
    VERIFY_BOSS(twelve);
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto reading = backend->read();
    VERIFY_OK(reading);
    QCOMPARE(reading->systems.size(), size_t(2));
    QCOMPARE(queueNamed(*reading, u"mail"_s, u"pgboss:old_boss"_s)->ready, Count::exact(1));
    QCOMPARE(queueNamed(*reading, u"mail"_s, u"pgboss:new_boss"_s)->ready, Count::exact(0));

    auto settings = m_fixture.settings();
    settings.onlyNamespace = u"new_boss"_s;
    const auto one = makePostgresBackend(settings);
    VERIFY_OK(one->open());
    const auto systems = one->detect();
    VERIFY_OK(systems);
    QCOMPARE(systems->size(), size_t(1));
    QCOMPARE(systems->front().identity.version, u"46"_s);
}

void TestPgBoss::arrivalsAndDrain_data() {
    countsEqualTheLibrarys_data();
}

void TestPgBoss::arrivalsAndDrain() {
    QFETCH(QString, library);
    RealPgBoss boss(m_fixture.server(), library, u"pgboss"_s, u"app"_s);
    boss.call(u"createQueue"_s, {u"orders"_s});
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto first = backend->read();
    VERIFY_OK(first);
    for (int i = 0; i < 20; ++i) boss.call(u"send"_s, {u"orders"_s, QJsonObject{}});
    const auto jobs = boss.call(u"fetch"_s, {u"orders"_s, QJsonObject{{u"batchSize"_s, 6}}}).toArray();
    for (int i = 0; i < 4; ++i) boss.call(u"complete"_s, {u"orders"_s, jobs.at(i).toObject()["id"_L1]});
    for (int i = 4; i < 6; ++i) boss.call(u"cancel"_s, {u"orders"_s, jobs.at(i).toObject()["id"_L1]});
    VERIFY_BOSS(boss);
    FlowTotals flow;
    const auto poll = [&] {
        const auto reading = backend->read();
        if (reading) flow = queueNamed(*reading, u"orders"_s)->flow;
        return flow.enqueued.valueOr(-1);
    };
    QTRY_COMPARE_WITH_TIMEOUT(poll(), 20, 5000);
    QTRY_VERIFY_WITH_TIMEOUT((poll(), flow.completed == Count::exact(4)), 5000);
    QCOMPARE(flow.died, Count::exact(2));
    QCOMPARE(flow.failed_for_good, Count::exact(0));  // cancelled is not dead
    QCOMPARE(flow.executed.value, std::optional<qint64>(6));
    // Nothing is counted twice.
    QTest::qWait(1200);
    QCOMPARE(poll(), 20);
    QCOMPARE(flow.completed, Count::exact(4));
}

void TestPgBoss::workersAreTheRegisteredInstances() {
    RealPgBoss boss(m_fixture.server(), u"pgboss12"_s, u"pgboss"_s, u"app"_s);
    boss.call(u"createQueue"_s, {u"orders"_s});
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto before = backend->read();
    VERIFY_OK(before);
    // Registered, and has not said that it works on anything: it may yet, or only call fetch().
    QVERIFY(!before->systems.front().workers.live.known());
    QVERIFY(before->systems.front().workers.live.method.contains(u"heartbeat"_s));
    boss.work(u"orders"_s, false, {{u"localConcurrency"_s, 3}, {u"batchSize"_s, 2}});
    VERIFY_BOSS(boss);
    const auto live = [&] {
        const auto reading = backend->read();
        return reading ? reading->systems.front().workers : WorkersReading{};
    };
    QTRY_COMPARE_WITH_TIMEOUT(live().live, Count::exact(1), 20'000);  // its heartbeat is every 10 s
    QCOMPARE(live().concurrency, Count::exact(6));
    QCOMPARE(live().busy, Count::exact(0));
    m_fixture.sql(
        "UPDATE pgboss.instance SET heartbeat_on = now() - interval '10 minutes', heartbeat_seconds = 10");
    QCOMPARE(live().live, Count::exact(0));
    m_fixture.sql("DELETE FROM pgboss.instance");
    const auto none = live().live;
    QVERIFY(!none.known());
    QVERIFY(none.method.contains(u"registered"_s));
}

void TestPgBoss::deadJobsHaveAnAgeAndAnEnd() {
    RealPgBoss boss(m_fixture.server(), u"pgboss12"_s, u"pgboss"_s, u"app"_s);
    boss.call(u"createQueue"_s, {u"orders"_s, QJsonObject{{u"retryLimit"_s, 0}}});
    for (int i = 0; i < 3; ++i) boss.call(u"send"_s, {u"orders"_s, QJsonObject{}});
    for (const auto job : boss.call(u"fetch"_s, {u"orders"_s, QJsonObject{{u"batchSize"_s, 3}}}).toArray())
        boss.call(u"fail"_s, {u"orders"_s, job.toObject()["id"_L1]});
    VERIFY_BOSS(boss);
    m_fixture.sql(
        "UPDATE pgboss.job SET completed_on = now() - interval '6 days 12 hours' WHERE id = (SELECT "
        "min(id::text)::uuid FROM pgboss.job)");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto reading = backend->read();
    VERIFY_OK(reading);
    const auto* orders = queueNamed(*reading, u"orders"_s);
    QCOMPARE(orders->dead, Count::exact(3));
    QCOMPARE(orders->lost_next_24h, Count::exact(1));  // pg-boss deletes failed jobs after 7 days
    const double age = secondsBetween(*orders->oldest_dead_at.value, reading->observed_at);
    QVERIFY2(age > 6.49 * 86400 && age < 6.52 * 86400, qPrintable(QString::number(age)));
}

// What waits behind a dead job of its key is in pg-boss's own count and is not ready, however old that count
// is.
void TestPgBoss::anOldCountLessWhatWaitsBehindTheDead() {
    { RealPgBoss boss(m_fixture.server(), u"pgboss12"_s, u"pgboss"_s, u"app"_s); }
    m_fixture.sql("SELECT pgboss.create_queue('ledger', '{\"policy\":\"key_strict_fifo\"}')");
    const auto send = [this](int jobs, const char* key, const char* state = "created") {
        m_fixture.sql(
            "INSERT INTO pgboss.job (name, policy, singleton_key, state, completed_on, created_on) SELECT "
            "'ledger', 'key_strict_fifo', " +
            std::string(key) + ", '" + state + "', CASE '" + state +
            "' WHEN 'failed' THEN now() END, now() FROM generate_series(1, " + std::to_string(jobs) + ") g");
    };
    send(1, "'customer-7'", "failed");
    send(29, "'customer-7'");
    send(40'000, "'customer-' || (100 + g)");
    m_fixture.sql("UPDATE pgboss.queue SET ready_count = 40029, monitor_on = now() WHERE name = 'ledger'");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    QueueReading ledger = queueOf(*backend, u"ledger"_s);
    QCOMPARE(ledger.blocked, Count::exact(29));
    QCOMPARE(ledger.ready, Count::estimated(40'000, ledger.ready.method));
    QVERIFY2(ledger.ready.method.contains(u"as of"_s), qPrintable(ledger.ready.method));
    send(500, "'later-' || g");
    send(3, "'customer-7'");
    const auto moved = [&] {
        ledger = queueOf(*backend, u"ledger"_s);
        return ledger.blocked == Count::exact(32) &&
               ledger.ready == Count::estimated(40'500, ledger.ready.method);
    };
    QTRY_VERIFY2_WITH_TIMEOUT(moved(), qPrintable(QString::number(ledger.ready.valueOr(-1))), 15'000);
    QVERIFY2(ledger.ready.method.contains(u"brought forward"_s), qPrintable(ledger.ready.method));
}

void TestPgBoss::countsStopAtTheCap() {
    { RealPgBoss boss(m_fixture.server(), u"pgboss12"_s, u"pgboss"_s, u"app"_s); }
    m_fixture.sql("SELECT pgboss.create_queue('flood', '{\"policy\":\"standard\"}')");
    m_fixture.sql(
        "INSERT INTO pgboss.job (name, created_on) SELECT 'flood', now() - interval '1 minute' FROM "
        "generate_series(1, 40000)");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto bounded = backend->read();
    VERIFY_OK(bounded);
    const auto* flood = queueNamed(*bounded, u"flood"_s);
    QVERIFY(!flood->ready.isExact());
    QVERIFY(*flood->ready.value >= 100);
    QVERIFY(!flood->ready.method.isEmpty());
    m_fixture.sql("VACUUM ANALYZE pgboss.job_common");
    const auto fresh = m_fixture.ready();
    const auto estimated = fresh->read();
    VERIFY_OK(estimated);
    const auto ready = queueNamed(*estimated, u"flood"_s)->ready;
    QCOMPARE(ready.provenance, Provenance::estimated);
    QVERIFY2(*ready.value > 30'000 && *ready.value < 50'000, qPrintable(QString::number(*ready.value)));
    QVERIFY2(ready.method.contains(u"planner"_s), qPrintable(ready.method));
    // pg-boss's own counter, while it is fresh, is better than the planner.
    m_fixture.sql("UPDATE pgboss.queue SET ready_count = 39999, monitor_on = now() WHERE name = 'flood'");
    const auto counted = fresh->read();
    VERIFY_OK(counted);
    QCOMPARE(*queueNamed(*counted, u"flood"_s)->ready.value, 39999);
    QVERIFY(queueNamed(*counted, u"flood"_s)->ready.method.contains(u"own count"_s));
    // Until it counts again, what comes is added.
    m_fixture.sql("INSERT INTO pgboss.job (name) SELECT 'flood' FROM generate_series(1, 500)");
    Count moved;
    const auto hasMoved = [&] {
        const auto reading = fresh->read();
        if (reading) moved = queueNamed(*reading, u"flood"_s)->ready;
        return moved == Count::estimated(39999 + 500, moved.method);
    };
    QTRY_VERIFY_WITH_TIMEOUT(hasMoved(), 15'000);
    // What comes for later is not ready.
    m_fixture.sql(
        "INSERT INTO pgboss.job (name, start_after) SELECT 'flood', now() + interval '1 hour' FROM "
        "generate_series(1, 50)");
    m_fixture.sql("INSERT INTO pgboss.job (name) SELECT 'flood' FROM generate_series(1, 30)");
    const auto hasMovedOn = [&] {
        const auto reading = fresh->read();
        if (reading) moved = queueNamed(*reading, u"flood"_s)->ready;
        return moved == Count::estimated(39999 + 530, moved.method);
    };
    QTRY_VERIFY2_WITH_TIMEOUT(hasMovedOn(), qPrintable(QString::number(moved.valueOr(-1))), 15'000);
    QVERIFY2(moved.method.contains(u"brought forward"_s), qPrintable(moved.method));
}

// A layout without the index of schema 46: what pg-boss 26 to 45 look like to a reader.
void TestPgBoss::largeOldLayoutUsesItsOwnCounters() {
    { RealPgBoss boss(m_fixture.server(), u"pgboss12"_s, u"pgboss"_s, u"app"_s); }
    m_fixture.sql("SELECT pgboss.create_queue('flood', '{\"policy\":\"standard\"}')");
    m_fixture.sql(
        "DROP INDEX pgboss.job_common_i14, pgboss.job_common_i15, pgboss.job_common_i16; UPDATE "
        "pgboss.version SET version = 43");
    m_fixture.sql(
        "INSERT INTO pgboss.job (name, state, data) SELECT 'flood', 'completed', jsonb_build_object('x', "
        "repeat('y', 300)) FROM "
        "generate_series(1, 60000)");
    m_fixture.sql(
        "INSERT INTO pgboss.job (name, start_after) SELECT 'flood', now() - interval '5 minutes' FROM "
        "generate_series(1, 40)");
    m_fixture.sql(
        "UPDATE pgboss.queue SET active_count = 17, failed_count = 4, monitor_on = now() - interval '30 s' "
        "WHERE name = 'flood'");
    m_fixture.sql("VACUUM ANALYZE pgboss.job_common");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto reading = backend->read();
    VERIFY_OK(reading);
    const auto* flood = queueNamed(*reading, u"flood"_s);
    QCOMPARE(flood->ready, Count::exact(40));
    QCOMPARE(*flood->running.value, 17);
    QCOMPARE(flood->running.provenance, Provenance::estimated);
    QCOMPARE(*flood->dead.value, 4);
    QVERIFY(!flood->flow.completed.known());
    QVERIFY(!flood->oldest_dead_at.known());
    QVERIFY(flood->oldest_ready_at.known());
    m_fixture.sql("UPDATE pgboss.queue SET monitor_on = now() - interval '1 hour'");
    const auto stale = backend->read();
    VERIFY_OK(stale);
    QVERIFY(!queueNamed(*stale, u"flood"_s)->running.known());
}

void TestPgBoss::manyPartitions() {
    { RealPgBoss boss(m_fixture.server(), u"pgboss10"_s, u"pgboss"_s, u"app"_s); }
    m_fixture.sql("SELECT pgboss.create_queue('q' || g, '{}') FROM generate_series(1, 60) g");
    m_fixture.sql(
        "INSERT INTO pgboss.job (name) SELECT 'q' || g FROM generate_series(1, 60) g, generate_series(1, 3)");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto reading = backend->read();
    VERIFY_OK(reading);
    QVERIFY(reading->systems.front().queues.size() >= 60);
    for (int i = 1; i <= 60; ++i) QCOMPARE(queueNamed(*reading, u"q%1"_s.arg(i))->ready, Count::exact(3));
}

void TestPgBoss::migratedBetweenPolls() {
    {
        RealPgBoss eleven(m_fixture.server(), u"pgboss11"_s, u"pgboss"_s, u"app"_s);
        eleven.call(u"createQueue"_s, {u"orders"_s});
        eleven.call(u"send"_s, {u"orders"_s, QJsonObject{}});
        VERIFY_BOSS(eleven);
    }
    Poller poller(m_fixture.settings(), m_fixture.backend());
    const auto before = poller.pollOnce();
    VERIFY_OK(before);
    QCOMPARE((*before)->systems.front().identity.version, u"26"_s);
    RealPgBoss twelve(m_fixture.server(), u"pgboss12"_s, u"pgboss"_s, u"app"_s);
    VERIFY_BOSS(twelve);
    const auto after = poller.pollOnce();  // detects anew by itself
    VERIFY_OK(after);
    QCOMPARE((*after)->systems.front().identity.version, u"46"_s);
    for (const auto& queue : (*after)->systems.front().queues)
        if (queue.reading.queue == u"orders"_s) QCOMPARE(queue.reading.ready, Count::exact(1));
}

void TestPgBoss::hostileQueueNames() {
    { RealPgBoss boss(m_fixture.server(), u"pgboss12"_s, u"pgboss"_s, u"app"_s); }
    for (const auto& name : {u"a b/c"_s, u"<b>x</b>"_s, u"two\nlines"_s, u"{cap}"_s}) {
        m_fixture.sql("SELECT pgboss.create_queue('" + name.toStdString() +
                      "', '{\"policy\":\"standard\"}')");
        m_fixture.sql("INSERT INTO pgboss.job (name) VALUES ('" + name.toStdString() + "')");
    }
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto reading = backend->read();
    VERIFY_OK(reading);
    for (const auto& name : {u"a b/c"_s, u"<b>x</b>"_s, u"two\nlines"_s, u"{cap}"_s}) {
        const auto* queue = queueNamed(*reading, name);
        QVERIFY2(queue, qPrintable(name));
        QCOMPARE(queue->ready, Count::exact(1));
    }
}

QTEST_GUILESS_MAIN(TestPgBoss)
#include "tst_pgboss.moc"

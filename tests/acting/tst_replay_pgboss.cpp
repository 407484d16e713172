// spillwayctl replays dead jobs of the real pg-boss: each runs exactly once more.
#include <QtTest>

#include "tests/acting/acting_program.h"
#include "tests/postgres/postgres_fixture.h"
#include "tests/postgres/systems/real_pgboss.h"

using namespace spillway;
using namespace Qt::StringLiterals;

using test::ActingProgram;
using test::documentOf;

class TestReplayPgBoss : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() {
        const auto missing = RealPgBoss::missing();
        SKIP_UNLESS(missing.isEmpty(), qPrintable(missing));
        const auto trouble = m_fixture.start();
        QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
    }
    void init() {
        m_fixture.freshDatabase(u"app"_s);
        m_program = std::make_unique<ActingProgram>(m_fixture.settings().url);
    }

    void eachJobRunsOnceMore_data() {
        QTest::addColumn<QString>("library");
        QTest::newRow("schema 24") << u"pgboss10"_s;
        QTest::newRow("schema 46") << u"pgboss12"_s;
    }
    void eachJobRunsOnceMore() {
        QFETCH(QString, library);
        RealPgBoss boss(m_fixture.server(), library, u"pgboss"_s, u"app"_s);
        makeDead(boss, 15);
        VERIFY_BOSS(boss);
        // A twin that the library's own retry handles.
        const auto twin = QString::fromStdString(m_fixture.sql("SELECT min(id::text) FROM pgboss.job"));
        const auto plan = m_program->plan({u"--queue"_s, u"orders"_s});
        QVERIFY(!plan.isEmpty());
        boss.call(u"retry"_s, {u"orders"_s, twin});
        VERIFY_BOSS(boss);
        boss.work(u"orders"_s, false, {{u"batchSize"_s, 5}, {u"pollingIntervalSeconds"_s, 0.5}});
        VERIFY_BOSS(boss);
        const auto run = m_program->apply(plan, {u"--rate"_s, u"100"_s, u"--override"_s, u"live_worker"_s});
        QVERIFY2(run.code == 5, qPrintable(run.err + run.out));  // the twin was skipped
        const auto report = documentOf(run);
        QCOMPARE(report[u"moved"_s].toInt(), 14);
        QCOMPARE(report[u"skipped_changed"_s].toInt() + report[u"skipped_gone"_s].toInt(), 1);
        QTRY_COMPARE_WITH_TIMEOUT(m_fixture.sql("SELECT count(*) FROM pgboss.job WHERE state = 'completed'"),
                                  "15", 60'000);
        // One more run than before: the claim after the replay counted once, as after the library's retry.
        QCOMPARE(m_fixture.sql("SELECT string_agg(DISTINCT retry_count || ' ' || retry_limit, ',')"
                               " FROM pgboss.job"),
                 "1 1");
        const auto audit = documentOf(m_program->ctl({u"audit"_s, u"list"_s, u"--json"_s}));
        QVERIFY(audit[u"intact"_s].toBool());
        QCOMPARE(m_program->ctl({u"audit"_s, u"verify"_s}).code, 0);
    }

    // pg-boss keeps the attempts of the first life, so its workers count what we put back as retries. The
    // status of another process knows better; of jobs that the library's own retry put back it cannot.
    void aReplayIsNoRetryStorm() {
        RealPgBoss boss(m_fixture.server(), u"pgboss12"_s, u"pgboss"_s, u"app"_s);
        makeDead(boss, 30);
        VERIFY_BOSS(boss);
        const auto plan = m_program->plan({u"--queue"_s, u"orders"_s, u"--canary"_s, u"0"_s}, u"staging"_s);
        QVERIFY(!plan.isEmpty());
        QProcess status;
        status.setProcessEnvironment(m_program->environment());
        status.start(test::spillwayctl(),
                     m_program->words(u"status"_s, {u"--watch"_s, u"--interval"_s, u"500ms"_s}, u"staging"_s),
                     QIODevice::ReadOnly);
        QVERIFY(status.waitForReadyRead(20'000));  // it has polled once before anything is put back
        QCOMPARE(m_program->apply(plan, {u"--rate"_s, u"500"_s}, u"staging"_s).code, 0);
        boss.work(u"orders"_s, false, {{u"batchSize"_s, 30}, {u"pollingIntervalSeconds"_s, 0.5}});
        VERIFY_BOSS(boss);
        QJsonObject queue, newest;
        const auto all = [&] {
            status.waitForReadyRead(50);
            while (status.canReadLine()) newest = QJsonDocument::fromJson(status.readLine()).object();
            for (const auto each : newest[u"systems"_s].toArray()[0].toObject()[u"queues"_s].toArray())
                if (each.toObject()[u"queue"_s] == u"orders"_s) queue = each.toObject();
            return queue[u"amplification"_s].toObject()[u"value"_s].toDouble();
        };
        QTRY_COMPARE_WITH_TIMEOUT(all(), 1.0, 30'000);
        for (const auto finding : newest[u"findings"_s].toArray())
            QVERIFY2(!finding.toObject()[u"id"_s].toString().contains(u"retr"_s),
                     qPrintable(finding.toObject()[u"sentence"_s].toString()));
        status.terminate();
        QVERIFY(status.waitForFinished(10'000));
    }

    void theDryRunSaysWhatItAdds() {
        RealPgBoss boss(m_fixture.server(), u"pgboss12"_s, u"pgboss"_s, u"app"_s);
        makeDead(boss, 1);
        VERIFY_BOSS(boss);
        const auto run =
            m_program->replay({u"--queue"_s, u"orders"_s, u"--rate"_s, u"50"_s, u"--window"_s, u"1s"_s});
        QCOMPARE(run.code, 0);
        const auto forecast = documentOf(run)[u"forecast"_s].toObject();
        QVERIFY2(forecast[u"sentence"_s].toString().startsWith(u"adds 50/s to a "_s), qPrintable(run.out));
        QVERIFY(forecast[u"overtakes"_s].isBool());
        const auto text = m_program->ctl({u"replay"_s, m_fixture.settings().url, u"--queue"_s, u"orders"_s,
                                          u"--rate"_s, u"50"_s, u"--window"_s, u"1s"_s});
        QVERIFY2(text.out.contains(u"It adds 50/s to a "_s), qPrintable(text.out));
        const auto without = m_program->replay({u"--queue"_s, u"orders"_s, u"--window"_s, u"0s"_s});
        QVERIFY(documentOf(without)[u"forecast"_s].isNull());
    }

    // Two dead twins: one is handled by the library, one by us. What differs is on purpose: a job that is put
    // back must not be deleted before it runs, which is why completed_on is emptied (the library does so from
    // 12.26 on) and keep_until raised; start_after is the moment.
    void asTheLibrarysOwnRetry_data() {
        QTest::addColumn<QString>("library");
        QTest::addColumn<std::string>("differences");
        QTest::newRow("schema 24") << u"pgboss10"_s << std::string("completed_on keep_until start_after");
        QTest::newRow("schema 46") << u"pgboss12"_s << std::string("keep_until start_after");
    }
    void asTheLibrarysOwnRetry() {
        QFETCH(QString, library);
        QFETCH(std::string, differences);
        RealPgBoss boss(m_fixture.server(), library, u"pgboss"_s, u"app"_s);
        makeDead(boss, 2);
        VERIFY_BOSS(boss);
        m_fixture.sql(
            "UPDATE pgboss.job SET data = NULL, output = NULL, created_on = '2026-01-01', started_on = "
            "'2026-01-01', "
            "completed_on = now() - interval '1 hour', start_after = '2026-01-01', keep_until = now() + "
            "interval '1 hour'");
        boss.call(
            u"retry"_s,
            {u"orders"_s, QString::fromStdString(m_fixture.sql("SELECT min(id::text) FROM pgboss.job"))});
        VERIFY_BOSS(boss);
        const auto plan = m_program->plan({u"--queue"_s, u"orders"_s, u"--canary"_s, u"0"_s}, u"staging"_s);
        QCOMPARE(m_program->apply(plan, {}, u"staging"_s).code, 0);
        QCOMPARE(m_fixture.sql("SELECT string_agg(x.column, ' ' ORDER BY x.column) FROM (SELECT e.key AS "
                               "column FROM pgboss.job j, "
                               "jsonb_each(to_jsonb(j)) e WHERE e.key <> 'id' GROUP BY e.key HAVING "
                               "count(DISTINCT e.value) > 1) x"),
                 differences);
        QCOMPARE(
            m_fixture.sql("SELECT count(*) FROM pgboss.job WHERE state = 'retry' AND start_after <= now()"),
            "2");
    }

    // Two jobs have run by then and stay; the others are dead again as they were, and can be replayed anew:
    // each runs exactly once.
    void undone_data() { eachJobRunsOnceMore_data(); }
    void undone() {
        QFETCH(QString, library);
        RealPgBoss boss(m_fixture.server(), library, u"pgboss"_s, u"app"_s);
        makeDead(boss, 6);
        VERIFY_BOSS(boss);
        m_fixture.sql("CREATE TABLE before AS SELECT * FROM pgboss.job");
        const QStringList noCanary{u"--queue"_s, u"orders"_s, u"--canary"_s, u"0"_s};
        const auto replayed = m_program->apply(m_program->plan(noCanary, u"staging"_s), {}, u"staging"_s);
        QCOMPARE(documentOf(replayed)[u"moved"_s].toInt(), 6);
        boss.request({{u"step"_s, u"orders"_s}, {u"batch"_s, 2}, {u"fails"_s, 0}});
        VERIFY_BOSS(boss);
        const auto action = documentOf(replayed)[u"audit_id"_s].toString();
        const auto planned = documentOf(m_program->replay({u"--undo"_s, action}));
        QCOMPARE(planned[u"action"_s].toString(), u"undo"_s);
        QCOMPARE(planned[u"planned"_s].toInt(), 4);
        QCOMPARE(planned[u"undoes"_s].toString(), action);
        QVERIFY(planned[u"warnings"_s].toArray()[0].toString().startsWith(u"2 of the jobs"_s));
        // On production, without a worker, a canary or an override: nothing is added to the queue.
        const auto undone = m_program->apply(planned[u"plan"_s].toString());
        QVERIFY2(undone.code == 0, qPrintable(undone.err + undone.out));
        QCOMPARE(documentOf(undone)[u"moved"_s].toInt(), 4);
        QCOMPARE(
            m_fixture.sql(
                "SELECT string_agg(DISTINCT j.state::text, ' ') || ' ' || count(*) FROM pgboss.job j JOIN "
                "before b USING (id) WHERE to_jsonb(j) - '{keep_until,start_after}'::text[] = "
                "to_jsonb(b) - '{keep_until,start_after}'::text[]"),
            "failed 4");
        const auto audit = documentOf(m_program->ctl({u"audit"_s, u"list"_s, u"--json"_s}));
        const auto record = audit[u"records"_s].toArray()[0].toObject();
        QCOMPARE(record[u"action"_s].toString(), u"undo"_s);
        QCOMPARE(record[u"undoes"_s].toString(), action);
        QVERIFY(audit[u"intact"_s].toBool());
        // Nothing is left of it, and an undo is not undone.
        QCOMPARE(documentOf(m_program->replay({u"--undo"_s, action}))[u"planned"_s].toInt(), 0);
        QCOMPARE(m_program->replay({u"--undo"_s, record[u"id"_s].toString()}).code, 2);
        const auto again = m_program->apply(m_program->plan(noCanary, u"staging"_s), {}, u"staging"_s);
        QCOMPARE(documentOf(again)[u"moved"_s].toInt(), 4);
        boss.request({{u"step"_s, u"orders"_s}, {u"batch"_s, 9}, {u"fails"_s, 0}});
        VERIFY_BOSS(boss);
        QCOMPARE(
            m_fixture.sql("SELECT count(*) FROM pgboss.job WHERE state = 'completed' AND retry_count = 1"),
            "6");
    }

    // The copy in the dead-letter queue is the same work: it is cancelled with the replay, and taken up again
    // by its undo. Where a worker has taken it, the job is left.
    void theCopyInTheDeadLetterQueueIsNotRunAsWell() {
        RealPgBoss boss(m_fixture.server(), u"pgboss12"_s, u"pgboss"_s, u"app"_s);
        makeDeadWithCopies(boss, 4);
        VERIFY_BOSS(boss);
        const auto copies = [this] {
            return m_fixture.sql(
                "SELECT string_agg(state::text || ' ' || n, ', ') FROM (SELECT state, count(*) AS n FROM "
                "pgboss.job WHERE name = 'buried' GROUP BY 1 ORDER BY 1) x");
        };
        QCOMPARE(copies(), "created 4");
        const auto planned = documentOf(m_program->replay(
            {u"--window"_s, u"0s"_s, u"--queue"_s, u"orders"_s, u"--canary"_s, u"0"_s}, u"staging"_s));
        QVERIFY2(planned[u"warnings"_s].toVariant().toStringList().join(u' ').contains(
                     u"4 copies of these jobs wait in a dead-letter queue"_s),
                 qPrintable(planned[u"warnings"_s].toVariant().toStringList().join(u' ')));
        boss.request({{u"step"_s, u"buried"_s}, {u"batch"_s, 1}, {u"fails"_s, 0}});
        const auto run = m_program->apply(planned[u"plan"_s].toString(), {}, u"staging"_s);
        QCOMPARE(documentOf(run)[u"moved"_s].toInt(), 3);
        QCOMPARE(documentOf(run)[u"skipped_changed"_s].toInt(), 1);
        QCOMPARE(copies(), "completed 1, cancelled 3");
        QCOMPARE(boss.call(u"redrive"_s, {u"buried"_s}).toInt(), 0);  // nothing is left for the library's own
        const auto undo =
            documentOf(m_program->replay({u"--undo"_s, documentOf(run)[u"audit_id"_s].toString()}));
        QCOMPARE(undo[u"planned"_s].toInt(), 3);
        QCOMPARE(m_program->apply(undo[u"plan"_s].toString()).code, 0);
        QCOMPARE(copies(), "created 3, completed 1");
        QCOMPARE(m_fixture.sql("SELECT count(*) FROM pgboss.job WHERE name = 'orders' AND state = 'failed'"),
                 "4");
        QCOMPARE(boss.call(u"redrive"_s, {u"buried"_s}).toInt(), 3);
        VERIFY_BOSS(boss);
    }
    void whereCopiesCannotBeToldThePlanSaysSo() {
        RealPgBoss boss(m_fixture.server(), u"pgboss10"_s, u"pgboss"_s, u"app"_s);
        makeDeadWithCopies(boss, 1);
        VERIFY_BOSS(boss);
        const auto planned =
            documentOf(m_program->replay({u"--window"_s, u"0s"_s, u"--queue"_s, u"orders"_s}));
        QVERIFY2(planned[u"warnings"_s].toVariant().toStringList().join(u' ').contains(
                     u"Copies of these jobs may wait"_s),
                 qPrintable(planned[u"warnings"_s].toVariant().toStringList().join(u' ')));
        QCOMPARE(planned[u"planned"_s].toInt(), 1);
    }

    // What the policy of a queue forbids is skipped, in the plan where an equal job is alive and at the
    // latest by the server's own unique index; the others go on.
    void policies_data() {
        QTest::addColumn<QString>("policy");
        QTest::addColumn<int>("moved");
        QTest::addColumn<int>("known");
        QTest::newRow("short") << u"short"_s << 3 << 0;
        QTest::newRow("singleton") << u"singleton"_s << 3 << 0;
        QTest::newRow("stately") << u"stately"_s << 2 << 0;
        QTest::newRow("exclusive") << u"exclusive"_s << 1 << 2;
        QTest::newRow("key_strict_fifo") << u"key_strict_fifo"_s << 2 << 0;
    }
    void policies() {
        QFETCH(QString, policy);
        QFETCH(int, moved);
        QFETCH(int, known);
        RealPgBoss boss(m_fixture.server(), u"pgboss12"_s, u"pgboss"_s, u"app"_s);
        boss.call(u"createQueue"_s, {u"orders"_s, QJsonObject{{u"policy"_s, policy}}});
        const auto send = [&](const QString& key) {
            boss.call(u"send"_s, {u"orders"_s, QJsonObject(),
                                  QJsonObject{{u"retryLimit"_s, 0}, {u"singletonKey"_s, key}}});
        };
        // Two dead with the key a, where the policy lets them be, and one with b; then an a waits.
        const bool fifo = policy == u"key_strict_fifo"_s;
        for (const auto& key : fifo ? QStringList{u"a"_s, u"b"_s} : QStringList{u"a"_s, u"a"_s, u"b"_s}) {
            send(key);
            boss.request({{u"step"_s, u"orders"_s}, {u"batch"_s, 1}, {u"fails"_s, 1}});
        }
        send(u"a"_s);
        VERIFY_BOSS(boss);
        const auto planned = documentOf(m_program->replay(
            {u"--window"_s, u"0s"_s, u"--queue"_s, u"orders"_s, u"--canary"_s, u"0"_s}, u"staging"_s));
        QCOMPARE(planned[u"planned"_s].toInt(), fifo ? 2 : 3);
        QCOMPARE(planned[u"conflicts"_s].toInt(), known);
        const auto run = m_program->apply(planned[u"plan"_s].toString(), {}, u"staging"_s);
        const auto report = documentOf(run);
        QVERIFY2(!report[u"halted"_s].toBool(), qPrintable(run.out + run.err));
        QCOMPARE(report[u"moved"_s].toInt(), moved);
        QCOMPARE(report[u"skipped_conflict"_s].toInt(), (fifo ? 2 : 3) - moved);
        for (int i = 0; i < 5; ++i)
            boss.request({{u"step"_s, u"orders"_s}, {u"batch"_s, 1}, {u"fails"_s, 0}});
        VERIFY_BOSS(boss);
        QCOMPARE(m_fixture.sql("SELECT count(*) FROM pgboss.job WHERE state = 'completed'"),
                 std::to_string(moved + 1));
    }

    // What waits behind a dead job of a flow runs when it was put back and has run, each once.
    void whatWaitsBehindADeadJobRunsAfterIt() {
        RealPgBoss boss(m_fixture.server(), u"pgboss12"_s, u"pgboss"_s, u"app"_s);
        boss.call(u"createQueue"_s, {u"orders"_s});
        boss.call(u"createQueue"_s, {u"letters"_s});
        QJsonArray jobs{QJsonObject{{u"ref"_s, u"order"_s},
                                    {u"name"_s, u"orders"_s},
                                    {u"options"_s, QJsonObject{{u"retryLimit"_s, 0}}}}};
        jobs.append(QJsonObject{
            {u"ref"_s, u"letter"_s}, {u"name"_s, u"letters"_s}, {u"dependsOn"_s, QJsonArray{u"order"_s}}});
        QJsonArray arguments;
        arguments.append(jobs);
        boss.call(u"flow"_s, arguments);
        VERIFY_BOSS(boss);
        boss.request({{u"step"_s, u"orders"_s}, {u"batch"_s, 1}, {u"fails"_s, 1}});
        const auto plan = m_program->plan({u"--queue"_s, u"orders"_s, u"--canary"_s, u"0"_s}, u"staging"_s);
        const auto states = [this] {
            return m_fixture.sql(
                "SELECT string_agg(name || ' ' || state || CASE WHEN blocked THEN ' blocked' ELSE '' END, "
                "', ' ORDER BY name) FROM pgboss.job WHERE name IN ('orders', 'letters')");
        };
        QCOMPARE(states(), "letters created blocked, orders failed");
        QCOMPARE(m_program->apply(plan, {}, u"staging"_s).code, 0);
        QCOMPARE(states(), "letters created blocked, orders retry");
        boss.request({{u"step"_s, u"orders"_s}, {u"batch"_s, 1}, {u"fails"_s, 0}});
        QTRY_COMPARE_WITH_TIMEOUT(states(), "letters created, orders completed", 60'000);
        boss.request({{u"step"_s, u"letters"_s}, {u"batch"_s, 1}, {u"fails"_s, 0}});
        VERIFY_BOSS(boss);
        QCOMPARE(states(), "letters completed, orders completed");
    }

    void twoConsolesOnePlan() {
        RealPgBoss boss(m_fixture.server(), u"pgboss12"_s, u"pgboss"_s, u"app"_s);
        makeDead(boss, 3);
        VERIFY_BOSS(boss);
        const auto plan = m_program->plan({u"--queue"_s, u"orders"_s, u"--canary"_s, u"0"_s}, u"staging"_s);
        QCOMPARE(m_program->apply(plan, {}, u"staging"_s).code, 0);
        QCOMPARE(m_program->apply(plan, {}, u"staging"_s).code, 2);
        QCOMPARE(m_fixture.sql("SELECT string_agg(DISTINCT retry_limit::text, ',') FROM pgboss.job"), "1");
    }

    void aForeignTriggerIsRefusedAndARoleWithoutTheGrantIsTold() {
        RealPgBoss boss(m_fixture.server(), u"pgboss12"_s, u"pgboss"_s, u"app"_s);
        makeDead(boss, 1);
        VERIFY_BOSS(boss);
        m_fixture.sql(
            "CREATE ROLE watcher LOGIN; GRANT USAGE ON SCHEMA pgboss TO watcher;"
            "GRANT SELECT ON ALL TABLES IN SCHEMA pgboss TO watcher");
        const auto blind =
            m_program->ctl({u"replay"_s, m_fixture.settings(u"watcher"_s).url, u"--queue"_s, u"orders"_s});
        QCOMPARE(blind.code, 2);
        QVERIFY2(blind.err.contains(u"GRANT UPDATE ("_s), qPrintable(blind.err));
        m_fixture.sql(
            "DROP OWNED BY watcher; DROP ROLE watcher;"
            "CREATE FUNCTION public.spy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
            "CREATE TRIGGER spy BEFORE UPDATE ON pgboss.job FOR EACH ROW EXECUTE FUNCTION public.spy()");
        const auto refused = m_program->replay({u"--queue"_s, u"orders"_s});
        QCOMPARE(refused.code, 4);
        QVERIFY2(refused.err.contains(u"trigger spy"_s), qPrintable(refused.err));
    }

private:
    void makeDead(RealPgBoss& boss, int jobs) {
        boss.call(u"createQueue"_s, {u"orders"_s});
        for (int i = 0; i < jobs; ++i)
            boss.call(u"send"_s, {u"orders"_s, QJsonObject{{u"n"_s, i}}, QJsonObject{{u"retryLimit"_s, 0}}});
        boss.request({{u"step"_s, u"orders"_s}, {u"batch"_s, jobs}, {u"fails"_s, 1}});
    }
    void makeDeadWithCopies(RealPgBoss& boss, int jobs) {
        boss.call(u"createQueue"_s, {u"buried"_s});
        boss.call(u"createQueue"_s,
                  {u"orders"_s, QJsonObject{{u"name"_s, u"orders"_s}, {u"deadLetter"_s, u"buried"_s}}});
        makeDead(boss, jobs);
    }
    PostgresFixture m_fixture;
    std::unique_ptr<ActingProgram> m_program;
};

QTEST_GUILESS_MAIN(TestReplayPgBoss)
#include "tst_replay_pgboss.moc"

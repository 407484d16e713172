// dead, leases, workers, retries and the drift watch as programs against real servers.
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocalSocket>
#include <QTemporaryDir>
#include <QTest>
#include <csignal>

#include "app/demo/private_redis.h"
#include "tests/postgres/postgres_fixture.h"
#include "tests/postgres/systems/table_fixtures.h"
#include "tests/support/program_run.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

class SignalsOfServersTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void deadLettersOfPostgres();
    void deadLettersOfRedis();
    void leasesOfPostgres();
    void theRetryWaveOfPostgres();
    void statusTellsAllSignals();
    void aDriftIsAFindingAndAMark();
    void theClaimLogMakesDuplicatesExact();

private:
    QString url() { return m_postgres.server().url(m_postgres.database()); }
    static QJsonObject json(QStringList words) {
        const auto run = runSpillwayctl(words << u"--json"_s);
        if (run.code != 0) qWarning("%s", qPrintable(run.err));
        return QJsonDocument::fromJson(run.out.toUtf8()).object();
    }
    PostgresFixture m_postgres;
};

void SignalsOfServersTest::initTestCase() {
    const QString trouble = m_postgres.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
    m_postgres.freshDatabase(u"app"_s);
    m_postgres.sql(riverTables(7));
    m_postgres.sql(
        "INSERT INTO river_job (kind, queue, state, attempt, max_attempts, args, errors, attempted_at, "
        "finalized_at) "
        "SELECT 'charge', 'pay', 'discarded', 5, 5, jsonb_build_object('order', g), ARRAY[jsonb_build_object("
        "'at', now(), 'attempt', 5, 'error', 'timeout after ' || g || ' ms')], now() - g * interval '1 "
        "hour', "
        "now() - g * interval '1 hour' FROM generate_series(1, 30) g");
    m_postgres.sql(
        "INSERT INTO river_job (kind, queue, state, attempt, errors, attempted_at, finalized_at) VALUES "
        "('refund', "
        "'pay', 'discarded', 1, ARRAY['{\"attempt\": 1, \"error\": \"no such card\", \"at\": "
        "\"2026-01-01T00:00:00Z\"}'::jsonb], now(), now())");
    m_postgres.sql(
        "INSERT INTO river_job (kind, queue, state, attempt, attempted_at, attempted_by) VALUES ('render', "
        "'pay', "
        "'running', 1, now() - interval '3 hours', '{host_7}'), ('render', 'pay', 'running', 1, now(), "
        "'{host_8}')");
    m_postgres.sql(
        "INSERT INTO river_job (kind, queue, state, attempt, scheduled_at) SELECT 'sync', 'pay', "
        "'retryable', 2, "
        "date_trunc('minute', now()) + interval '10 minutes' + g * interval '100 ms' FROM generate_series(1, "
        "100) g");
}

void SignalsOfServersTest::deadLettersOfPostgres() {
    const auto all = json({u"dead"_s, url(), u"--limit"_s, u"5"_s});
    QCOMPARE(all[u"jobs"_s].toArray().size(), 5);
    QCOMPARE(all[u"total"_s][u"value"_s].toInt(), 31);
    const auto oldest = all[u"jobs"_s][0];
    QVERIFY(oldest[u"age_s"_s].toDouble() > 29 * 3600);
    QCOMPARE(oldest[u"signature"_s].toString(), u"timeout after <n> ms"_s);
    QCOMPARE(oldest[u"attempts"_s].toInt(), 5);
    const auto groups = all[u"groups"_s].toArray();
    QCOMPARE(groups.size(), 2);
    QCOMPARE(groups[0][u"kind"_s].toString(), u"charge"_s);
    QCOMPARE(groups[0][u"count"_s][u"value"_s].toInt(), 30);
    const auto like =
        json({u"dead"_s, url(), u"--error"_s, u"timeout after 9 ms"_s, u"--newer-than"_s, u"10h"_s});
    const auto n = like[u"jobs"_s].toArray().size();
    QVERIFY2(n == 9 || n == 10, qPrintable(QString::number(n)));
    const auto one = json({u"dead"_s, url(), u"--job"_s, oldest[u"id"_s].toString(), u"--payload"_s});
    QCOMPARE(one[u"jobs"_s].toArray().size(), 1);
    QCOMPARE(one[u"jobs"_s][0][u"payload"_s][u"order"_s].toInt(), 30);
    QCOMPARE(json({u"dead"_s, url(), u"--queue"_s, u"other"_s})[u"jobs"_s].toArray().size(), 0);
    const auto text = runSpillwayctl({u"dead"_s, url(), u"--group"_s});
    QVERIFY2(text.code == 0 && text.out.contains(u"all 31 dead jobs looked at"_s),
             qPrintable(text.out + text.err));
}

void SignalsOfServersTest::deadLettersOfRedis() {
    auto server = PrivateRedis::start();
    QVERIFY(server.ok());
    QLocalSocket socket;
    socket.connectToServer(server.value()->socketPath());
    QVERIFY(socket.waitForConnected(2000));
    socket.write(
        "HSET bull:mails:meta version bullmq:5.7.0\r\nSET bull:mails:id 2\r\n"
        "HSET bull:mails:1 name mail timestamp 1700000000500 finishedOn 1700000001000 atm 3 failedReason "
        "\"no host mx1.example.com\" data \"{\\\"to\\\":1}\" opts \"{\\\"attempts\\\":3}\"\r\n"
        "ZADD bull:mails:failed 1700000001000 1\r\n");
    const auto failedJobs = [&] {
        socket.waitForReadyRead(100);
        return socket.bytesAvailable() > 0 && socket.peek(1000).count('\n') == 4;
    };
    QVERIFY(socket.waitForBytesWritten(2000));
    QTRY_VERIFY(failedJobs());
    QVERIFY2(!socket.peek(1000).contains("-ERR"), socket.peek(1000).constData());
    const auto dead = json({u"dead"_s, server.value()->url(), u"--payload"_s});
    QCOMPARE(dead[u"total"_s][u"value"_s].toInt(), 1);
    const auto job = dead[u"jobs"_s][0];
    QCOMPARE(job[u"id"_s].toString(), u"1"_s);
    QCOMPARE(job[u"kind"_s].toString(), u"mail"_s);
    QCOMPARE(job[u"died_at"_s].toString(), u"2023-11-14T22:13:21.000Z"_s);
    QCOMPARE(job[u"payload"_s][u"to"_s].toInt(), 1);
    QCOMPARE(dead[u"groups"_s][0][u"signature"_s].toString(), job[u"signature"_s].toString());
    QVERIFY(job[u"signature"_s].toString().contains(u"<host>"_s));
}

void SignalsOfServersTest::leasesOfPostgres() {
    const auto all = json({u"leases"_s, url()});
    QCOMPARE(all[u"leases"_s].toArray().size(), 2);
    QCOMPARE(all[u"total"_s][u"value"_s].toInt(), 2);
    const auto stuck = json({u"leases"_s, url(), u"--stuck"_s})[u"leases"_s].toArray();
    QCOMPARE(stuck.size(), 1);
    QCOMPARE(stuck[0][u"owner"_s].toString(), u"host_7"_s);
    QVERIFY(stuck[0][u"evidence"_s][0].toString().startsWith(u"weak:"_s));
    QVERIFY(stuck[0][u"age_s"_s].toDouble() > 3 * 3600 - 60);
    const auto workers = runSpillwayctl({u"workers"_s, url()});
    QVERIFY2(workers.code == 0 && workers.out.contains(u"River"_s), qPrintable(workers.out + workers.err));
}

void SignalsOfServersTest::theRetryWaveOfPostgres() {
    const auto queue = json({u"retries"_s, url(), u"--window"_s, u"1s"_s})[u"queues"_s][0];
    QCOMPARE(queue[u"queue"_s].toString(), u"pay"_s);
    QCOMPARE(queue[u"retrying"_s][u"value"_s].toInt(), 100);
    QCOMPARE(queue[u"wave"_s][u"peak"_s][u"jobs"_s].toInt(), 100);
    QVERIFY(queue[u"wave"_s][u"synchronised"_s].toBool());
    int due = 0;
    const auto minutes = queue[u"minutes"_s].toArray();
    for (const auto& minute : minutes) due += minute[u"jobs"_s].toInt();
    QCOMPARE(due, 100);
}

void SignalsOfServersTest::statusTellsAllSignals() {
    const auto status = json({u"status"_s, url(), u"--window"_s, u"1s"_s, u"--interval"_s, u"200ms"_s});
    const auto queue = status[u"systems"_s][0][u"queues"_s][0];
    QCOMPARE(queue[u"dead"_s][u"value"_s].toInt(), 31);
    QCOMPARE(queue[u"stuck"_s][u"value"_s].toInt(), 1);
    QVERIFY(queue[u"dead_p50_age_s"_s][u"value"_s].toDouble() > 3600);
    QCOMPARE(queue[u"dead_age_buckets"_s].toArray().size(), 6);
    QCOMPARE(queue[u"retry_wave"_s][u"peak"_s][u"jobs"_s].toInt(), 100);
    const auto text = runSpillwayctl({u"status"_s, url(), u"--window"_s, u"1s"_s});
    QVERIFY2(text.out.contains(u"retries"_s) && text.out.contains(u"twice"_s), qPrintable(text.out));
}

// The recorder sees a rule break and hold again; both are marks in the history.
void SignalsOfServersTest::aDriftIsAFindingAndAMark() {
    QTemporaryDir folder;
    const auto environment = environmentWith(u"XDG_STATE_HOME"_s, folder.path());
    m_postgres.sql("CREATE TABLE receipts (missing integer); INSERT INTO receipts VALUES (0)");
    QProcess recorder;
    recorder.setProcessEnvironment(environment);
    recorder.start(spillwayctl(),
                   {u"record"_s, url(), u"--interval"_s, u"100ms"_s, u"--invariant"_s,
                    u"receipts=SELECT sum(missing) FROM receipts"_s},
                   QIODevice::ReadOnly);
    const auto marks = [&] {
        const auto run = runSpillwayctl({u"history"_s, u"marks"_s, u"--json"_s}, environment);
        return QJsonDocument::fromJson(run.out.toUtf8())[u"marks"_s].toArray();
    };
    QVERIFY(recorder.waitForReadyRead(5'000) || recorder.state() == QProcess::Running);
    QTest::qWait(300);
    m_postgres.sql("UPDATE receipts SET missing = 3");
    QTRY_COMPARE_WITH_TIMEOUT(marks().size(), 1, 15'000);
    QCOMPARE(marks()[0][u"kind"_s].toString(), u"drift"_s);
    QVERIFY2(marks()[0][u"text"_s].toString().startsWith(u"receipts does not hold"_s),
             qPrintable(marks()[0][u"text"_s].toString()));
    const auto check = runSpillwayctl({u"check"_s, url(), u"--window"_s, u"1s"_s, u"--interval"_s, u"200ms"_s,
                                       u"--invariant"_s, u"receipts=SELECT sum(missing) FROM receipts"_s});
    QCOMPARE(check.code, 2);
    QVERIFY2(check.out.contains(u"receipts does not hold"_s), qPrintable(check.out));
    m_postgres.sql("UPDATE receipts SET missing = 0");
    QTRY_COMPARE_WITH_TIMEOUT(marks().size(), 2, 15'000);
    QVERIFY(marks()[1][u"text"_s].toString().contains(u"holds again"_s));
    ::kill(static_cast<pid_t>(recorder.processId()), SIGTERM);
    QCOMPARE(finish(recorder, 10'000).code, 0);
}

// Proposed, refused in production, installed off it; then a claim on a claimed job is a duplicate, exactly.
void SignalsOfServersTest::theClaimLogMakesDuplicatesExact() {
    QTemporaryDir folder;
    QFile mapping(folder.filePath(u"jobs.toml"_s));
    QVERIFY(mapping.open(QIODevice::WriteOnly));
    mapping.write(
        "name = \"jobs\"\ntable = \"public.jobs\"\n[columns]\nid = \"id\"\nclaimed = \"claimed\"\nowner = "
        "\"claimed_by\"\nclaimed_at = \"claimed_at\"\nfinished_at = \"finished_at\"\n");
    mapping.close();
    m_postgres.sql(
        "CREATE TABLE jobs (id bigserial PRIMARY KEY, claimed boolean NOT NULL DEFAULT false, claimed_by "
        "text, "
        "claimed_at timestamptz, finished_at timestamptz); INSERT INTO jobs (claimed) SELECT false FROM "
        "generate_series(1, 50); ANALYZE jobs");
    const QStringList command{u"claim-log"_s, url(), u"--mapping"_s, mapping.fileName()};
    const auto proposed = runSpillwayctl(command);
    QVERIFY2(proposed.code == 0 && proposed.out.contains(u"CREATE TRIGGER"_s),
             qPrintable(proposed.out + proposed.err));
    const auto refused = runSpillwayctl(command + QStringList{u"--install"_s});
    QCOMPARE(refused.code, 4);
    QVERIFY2(refused.err.contains(u"production"_s), qPrintable(refused.err));
    QCOMPARE(m_postgres.sql("SELECT count(*) FROM pg_trigger WHERE tgrelid = 'jobs'::regclass"), "0");
    const QStringList off{u"--environment"_s, u"development"_s};
    QCOMPARE(runSpillwayctl(command + off + QStringList{u"--install"_s, u"--remove"_s}).code, 2);
    const auto installed = runSpillwayctl(command + off + QStringList{u"--install"_s});
    QVERIFY2(installed.code == 0 && installed.out.contains(u"jobs_claim_log"_s),
             qPrintable(installed.out + installed.err));
    for (int job = 1; job <= 20; ++job)
        m_postgres.sql(
            "UPDATE jobs SET claimed = true, claimed_by = 'a', claimed_at = clock_timestamp() WHERE id = " +
            std::to_string(job));
    m_postgres.sql(
        "UPDATE jobs SET claimed = true, claimed_by = 'b', claimed_at = clock_timestamp() WHERE id = 7");
    QJsonValue queue;
    const auto status = json({u"status"_s, url(), u"--mapping"_s, mapping.fileName(), u"--system"_s,
                              u"mapped:jobs"_s, u"--window"_s, u"2s"_s, u"--interval"_s, u"300ms"_s});
    queue = status[u"systems"_s][0][u"queues"_s][0];
    QCOMPARE(queue[u"claims"_s][u"value"_s].toInt(), 21);
    QCOMPARE(queue[u"duplicate_claims"_s][u"value"_s].toInt(), 1);
    const auto incident = queue[u"incidents"_s][0];
    QCOMPARE(incident[u"job"_s].toString(), u"7"_s);
    QCOMPARE(incident[u"owners"_s].toArray(), (QJsonArray{u"a"_s, u"b"_s}));
    QCOMPARE(incident[u"evidence"_s].toString(), u"recorded"_s);
    QCOMPARE(runSpillwayctl(command + off + QStringList{u"--remove"_s}).code, 0);
    QCOMPARE(m_postgres.sql("SELECT count(*) FROM pg_trigger WHERE tgrelid = 'jobs'::regclass"), "0");
}

QTEST_GUILESS_MAIN(SignalsOfServersTest)
#include "tst_signals_of_servers.moc"

// Connecting, failing and recovering against a real server: every failure has its kind, a next step and
// no password in it.
#include <QElapsedTimer>
#include <QFile>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QtTest>
#include <csignal>
#include <thread>

#include "backends/polling/poller.h"
#include "tests/postgres/postgres_fixture.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// pg-boss's markers and no more: enough to be found and read in one pass.
constexpr auto tinyPgBoss = R"(
CREATE SCHEMA pgboss;
CREATE TYPE pgboss.job_state AS ENUM ('created', 'retry', 'active', 'completed', 'cancelled', 'failed');
CREATE TABLE pgboss.version (version int PRIMARY KEY);
INSERT INTO pgboss.version VALUES (24);
CREATE TABLE pgboss.queue (name text PRIMARY KEY);
CREATE TABLE pgboss.job (id uuid DEFAULT gen_random_uuid(), name text NOT NULL, state pgboss.job_state NOT NULL DEFAULT 'created',
    start_after timestamptz NOT NULL DEFAULT now(), created_on timestamptz NOT NULL DEFAULT now(), completed_on timestamptz);
INSERT INTO pgboss.queue VALUES ('orders');
INSERT INTO pgboss.job (name) SELECT 'orders' FROM generate_series(1, 5);
)";

// Resumes the process even when a check in between fails.
class Frozen {
public:
    explicit Frozen(qint64 pid) : m_pid(static_cast<pid_t>(pid)) { ::kill(m_pid, SIGSTOP); }
    ~Frozen() { ::kill(m_pid, SIGCONT); }
    Frozen(const Frozen&) = delete;
    Frozen& operator=(const Frozen&) = delete;

private:
    pid_t m_pid;
};

const QueueReading* queueIn(const Reading& reading, const QString& name) {
    for (const auto& system : reading.systems)
        for (const auto& queue : system.queues)
            if (queue.reading.queue == name) return &queue.reading;
    return nullptr;
}

}  // namespace

class TestPostgresConnection : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init();
    void everyFormOfAddressWorks_data();
    void everyFormOfAddressWorks();
    void failuresHaveAMeaning_data();
    void failuresHaveAMeaning();
    void passwordFromTheSettingsWins();
    void somethingElseListens();
    void tooManyConnections();
    void nothingIsWritten();
    void databaseWithoutQueues();
    void aSuperuserIsToldFromALesserRole();
    void roleWithoutSelectOnOneTable();
    void grantLostBetweenPolls();
    void aRightGivenBackIsNoticed();
    void roleWithoutTheSchema();
    void rowSecurityIsNotZero();
    void schemaRenamedBetweenPolls();
    void lockedTableIsNotWaitedFor();
    void frozenBackendEndsAtTheDeadline();
    void frozenServerWhileConnecting();
    void interruptEndsAPoll();
    void terminatedSessionRecovers();
    void crashedServerRecovers();
    void skewIsSmallHere();

private:
    qint64 backendPid();
    PostgresFixture m_fixture;
};

void TestPostgresConnection::initTestCase() {
    const auto trouble = m_fixture.start(
        {.tcp = true,
         .settings = {u"max_connections=20"_s},
         .hba = u"local all postgres trust\nlocal all all scram-sha-256\n"
                "hostssl all tls_only 127.0.0.1/32 trust\nhost all tls_only 127.0.0.1/32 reject\n"
                "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"_s});
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
    m_fixture.sql("CREATE ROLE observer LOGIN PASSWORD 'geheim'");
    m_fixture.sql("CREATE ROLE tls_only LOGIN");
}

void TestPostgresConnection::init() {
    m_fixture.freshDatabase(u"app"_s);
}

qint64 TestPostgresConnection::backendPid() {
    const auto pid =
        m_fixture.sql("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'spillway/%' LIMIT 1");
    return QString::fromStdString(pid).toLongLong();  // 0: none
}

void TestPostgresConnection::everyFormOfAddressWorks_data() {
    QTest::addColumn<QString>("form");
    QTest::newRow("socket in the URL") << u"postgresql://postgres@/app?host=%1"_s;
    QTest::newRow("postgres scheme, tcp") << u"postgres://postgres@127.0.0.1:%2/app"_s;
    QTest::newRow("key=value") << u"host=%1 user=postgres dbname=app"_s;
    QTest::newRow("user with a password file") << u"postgresql://observer@127.0.0.1:%2/app"_s;
    QTest::newRow("service") << u"service=here"_s;
    QTest::newRow("sslmode=prefer")
        << u"postgresql://postgres@127.0.0.1:%2/app?sslmode=prefer&connect_timeout=3"_s;
}

void TestPostgresConnection::everyFormOfAddressWorks() {
    QFETCH(QString, form);
    QTemporaryDir files;
    const auto write = [&](const QString& name, const QString& text) {
        QFile file(files.filePath(name));
        if (file.open(QIODevice::WriteOnly)) file.write(text.toUtf8());
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
        return file.fileName().toUtf8();
    };
    qputenv("PGPASSFILE", write(u"pass"_s, u"*:*:*:observer:geheim\n"_s));
    qputenv("PGSERVICEFILE", write(u"services"_s, u"[here]\nhost=%1\nport=%2\nuser=postgres\ndbname=app\n"_s
                                                      .arg(m_fixture.server().socketDirectory())
                                                      .arg(m_fixture.server().port())));
    QString url = form;
    url.replace(u"%1"_s, m_fixture.server().socketDirectory())
        .replace(u"%2"_s, QString::number(m_fixture.server().port()));
    if (form.startsWith("host="_L1)) url += u" port=%1"_s.arg(m_fixture.server().port());
    if (form.contains("host=%1"_L1) && form.startsWith("postgresql"_L1))
        url += u"&port=%1"_s.arg(m_fixture.server().port());
    const auto settings = connectionFromUrl(url);
    VERIFY_OK(settings);
    const auto info = makePostgresBackend(*settings)->open();
    qunsetenv("PGPASSFILE");
    qunsetenv("PGSERVICEFILE");
    VERIFY_OK(info);
    QCOMPARE(info->database, u"app"_s);
    QCOMPARE(info->role, ServerRole::primary);
    QVERIFY(info->version.toDouble() >= 12);
}

void TestPostgresConnection::failuresHaveAMeaning_data() {
    QTest::addColumn<QString>("url");
    QTest::addColumn<FailureKind>("kind");
    QTest::addColumn<QString>("says");
    const auto port = QString::number(m_fixture.server().port());
    const auto tcp = [&](const QString& rest) { return QString(rest).replace(u"PORT"_s, port); };
    QTest::newRow("unknown host") << u"postgresql://a:geheim@no-such-host.invalid/x"_s
                                  << FailureKind::unreachable << u"host name"_s;
    QTest::newRow("refused port") << u"postgresql://a:geheim@127.0.0.1:1/x"_s << FailureKind::unreachable
                                  << u"Nothing accepts"_s;
    QTest::newRow("missing socket") << u"postgresql://a@/x?host=/no/such/dir"_s << FailureKind::unreachable
                                    << u"no server socket"_s;
    QTest::newRow("wrong password") << tcp(u"postgresql://observer:geheim2@127.0.0.1:PORT/app"_s)
                                    << FailureKind::authentication << u"refused the user name or password"_s;
    QTest::newRow("no password") << tcp(u"postgresql://observer@127.0.0.1:PORT/app"_s)
                                 << FailureKind::authentication << u"asks for a password"_s;
    QTest::newRow("unknown role") << tcp(u"postgresql://nobody:geheim@127.0.0.1:PORT/app"_s)
                                  << FailureKind::authentication << u"user"_s;
    QTest::newRow("unknown database") << tcp(u"postgresql://postgres@127.0.0.1:PORT/nowhere"_s)
                                      << FailureKind::authentication << u"no such database"_s;
    QTest::newRow("TLS wanted, none there")
        << tcp(u"postgresql://postgres:geheim@127.0.0.1:PORT/app?sslmode=require"_s) << FailureKind::tls
        << u"sslmode"_s;
    QTest::newRow("TLS demanded by the server")
        << tcp(u"postgresql://tls_only:geheim@127.0.0.1:PORT/app?sslmode=disable"_s)
        << FailureKind::authentication << u"pg_hba.conf"_s;
    QTest::newRow("missing root certificate")
        << tcp(u"postgresql://postgres@127.0.0.1:PORT/app?sslmode=verify-full&sslrootcert=/no/such.pem"_s)
        << FailureKind::tls << u"certificate"_s;
    QTest::newRow("malformed URL") << u"postgresql://a:geheim@[::1/x"_s << FailureKind::usage
                                   << u"cannot be read"_s;
    QTest::newRow("unknown parameter")
        << u"postgresql://a:geheim@h/x?nonsense=1"_s << FailureKind::usage << u"nonsense"_s;
    QTest::newRow("unknown key") << u"host=x passwort=geheim"_s << FailureKind::usage << u"passwort"_s;
    QTest::newRow("bad port") << u"postgresql://a:geheim@127.0.0.1:99999/x"_s << FailureKind::usage
                              << u"port"_s;
    QTest::newRow("unknown service") << u"service=nowhere password=geheim"_s << FailureKind::usage
                                     << u"service"_s;
}

void TestPostgresConnection::failuresHaveAMeaning() {
    QFETCH(QString, url);
    QFETCH(FailureKind, kind);
    QFETCH(QString, says);
    const auto settings = connectionFromUrl(url);
    VERIFY_OK(settings);
    const auto info = makePostgresBackend(*settings)->open();
    QVERIFY(!info.ok());
    const auto sentence = info.failure().sentence();
    QVERIFY2(info.failure().kind == kind,
             qPrintable(failureKindName(info.failure().kind) + u": "_s + sentence));
    QVERIFY2(sentence.contains(says), qPrintable(sentence));
    QVERIFY2(!sentence.contains(u"geheim"_s), qPrintable(sentence));
    QVERIFY2(!info.failure().nextStep.isEmpty(), qPrintable(sentence));
}

void TestPostgresConnection::passwordFromTheSettingsWins() {
    auto settings =
        *connectionFromUrl(u"postgresql://observer:wrong@127.0.0.1:%1/app"_s.arg(m_fixture.server().port()));
    settings.password = u"geheim"_s;
    VERIFY_OK(makePostgresBackend(settings)->open());
}

void TestPostgresConnection::somethingElseListens() {
    QTcpServer other;
    QVERIFY(other.listen(QHostAddress::LocalHost));
    connect(&other, &QTcpServer::newConnection, &other, [&] {
        auto* socket = other.nextPendingConnection();
        socket->write("-ERR unknown command\r\n");
        socket->flush();
    });
    auto settings =
        *connectionFromUrl(u"postgresql://a@127.0.0.1:%1/x?sslmode=disable"_s.arg(other.serverPort()));
    std::optional<Outcome<ServerInfo>> info;
    std::thread client([&] { info = makePostgresBackend(settings)->open(); });
    QTRY_VERIFY_WITH_TIMEOUT(info.has_value(), 10'000);
    client.join();
    QVERIFY(!info->ok());
    QVERIFY2(info->failure().kind == FailureKind::protocol, qPrintable(info->failure().sentence()));
}

void TestPostgresConnection::tooManyConnections() {
    m_fixture.sql("ALTER ROLE observer CONNECTION LIMIT 0");
    auto settings =
        *connectionFromUrl(u"postgresql://observer:geheim@127.0.0.1:%1/app"_s.arg(m_fixture.server().port()));
    const auto info = makePostgresBackend(settings)->open();
    m_fixture.sql("ALTER ROLE observer CONNECTION LIMIT -1");
    QVERIFY(!info.ok());
    QVERIFY2(info.failure().kind == FailureKind::overloaded, qPrintable(info.failure().sentence()));
    QVERIFY(info.failure().retryable());
}

void TestPostgresConnection::nothingIsWritten() {
    m_fixture.sql(tinyPgBoss);
    const auto backend = m_fixture.backend();
    VERIFY_OK(backend->open());
    VERIFY_OK(backend->detect());
    const auto before = m_fixture.sql("SELECT pg_current_wal_insert_lsn()");
    const auto xid = m_fixture.sql("SELECT pg_snapshot_xmax(pg_current_snapshot())");
    for (int i = 0; i < 5; ++i) VERIFY_OK(backend->read());
    QCOMPARE(m_fixture.sql("SELECT pg_snapshot_xmax(pg_current_snapshot())"),
             xid);  // no transaction id was used
    QVERIFY(!before.empty());
}

void TestPostgresConnection::databaseWithoutQueues() {
    m_fixture.sql("CREATE TABLE job (id int)");
    const auto backend = m_fixture.backend();
    VERIFY_OK(backend->open());
    const auto systems = backend->detect();
    VERIFY_OK(systems);
    QVERIFY(systems->empty());
}

void TestPostgresConnection::aSuperuserIsToldFromALesserRole() {
    for (const auto& [user, superuser] : {std::pair{u"postgres"_s, true}, {u"observer"_s, false}}) {
        auto settings = m_fixture.settings(user);
        settings.password = u"geheim"_s;
        const auto info = makePostgresBackend(settings)->open();
        VERIFY_OK(info);
        QCOMPARE(info->user, user);
        QCOMPARE(info->superuser, superuser);
    }
}

void TestPostgresConnection::roleWithoutSelectOnOneTable() {
    m_fixture.sql(tinyPgBoss);
    m_fixture.sql(
        "GRANT USAGE ON SCHEMA pgboss TO observer; GRANT SELECT ON pgboss.queue, pgboss.version TO observer");
    auto settings = m_fixture.settings(u"observer"_s);
    settings.password = u"geheim"_s;
    const auto backend = makePostgresBackend(settings);
    VERIFY_OK(backend->open());
    const auto systems = backend->detect();
    VERIFY_OK(systems);
    QCOMPARE(systems->size(), size_t(1));
    QCOMPARE(systems->front().identity.version, u"24"_s);
    const auto why = systems->front().capabilities.why(u"ready"_s);
    QVERIFY(!systems->front().capabilities.observable(u"ready"_s));
    QVERIFY2(why.contains(u"GRANT SELECT ON pgboss.job TO observer;"_s), qPrintable(why));
    const auto reading = backend->read();
    VERIFY_OK(reading);
    const auto* queue = queueNamed(*reading, u"orders"_s);
    QVERIFY(queue);  // the queue list can be read
    QVERIFY(!queue->ready.known());
    QVERIFY(queue->ready.method.contains(u"GRANT SELECT"_s));
    m_fixture.sql("GRANT SELECT ON pgboss.job TO observer");
    VERIFY_OK(backend->detect());
    const auto again = backend->read();
    VERIFY_OK(again);
    QCOMPARE(queueNamed(*again, u"orders"_s)->ready, Count::exact(5));
}

void TestPostgresConnection::grantLostBetweenPolls() {
    m_fixture.sql(tinyPgBoss);
    m_fixture.sql(
        "GRANT USAGE ON SCHEMA pgboss TO observer; GRANT SELECT ON ALL TABLES IN SCHEMA pgboss TO observer");
    auto settings = m_fixture.settings(u"observer"_s);
    settings.password = u"geheim"_s;
    Poller poller(settings, makePostgresBackend(settings));
    VERIFY_OK(poller.pollOnce());
    m_fixture.sql("REVOKE SELECT ON pgboss.job FROM observer");
    const auto reading = poller.pollOnce();  // detects anew by itself
    VERIFY_OK(reading);
    const auto* queue = queueIn(**reading, u"orders"_s);
    QVERIFY(queue);
    QVERIFY(!queue->ready.known());
}

void TestPostgresConnection::aRightGivenBackIsNoticed() {
    m_fixture.sql(tinyPgBoss);
    m_fixture.sql(
        "GRANT USAGE ON SCHEMA pgboss TO observer; GRANT SELECT ON ALL TABLES IN SCHEMA pgboss TO observer");
    auto settings = m_fixture.settings(u"observer"_s);
    settings.password = u"geheim"_s;
    Poller poller(settings, makePostgresBackend(settings));
    VERIFY_OK(poller.pollOnce());
    m_fixture.sql("REVOKE SELECT ON ALL TABLES IN SCHEMA pgboss FROM observer");
    VERIFY_OK(poller.pollOnce());
    m_fixture.sql("GRANT SELECT ON ALL TABLES IN SCHEMA pgboss TO observer");
    bool seen = false;
    for (int poll = 0; poll < 6 && !seen; ++poll) {
        const auto reading = poller.pollOnce();
        VERIFY_OK(reading);
        const auto* queue = queueIn(**reading, u"orders"_s);
        seen = queue && queue->ready.known();
    }
    QVERIFY(seen);
}

void TestPostgresConnection::roleWithoutTheSchema() {
    m_fixture.sql(tinyPgBoss);
    auto settings = m_fixture.settings(u"observer"_s);
    settings.password = u"geheim"_s;
    const auto backend = makePostgresBackend(settings);
    VERIFY_OK(backend->open());
    const auto systems = backend->detect();
    VERIFY_OK(systems);
    QCOMPARE(systems->size(), size_t(1));
    const auto why = systems->front().capabilities.why(u"ready"_s);
    QVERIFY2(why.contains(u"GRANT USAGE ON SCHEMA pgboss TO observer;"_s), qPrintable(why));
    const auto reading = backend->read();
    VERIFY_OK(reading);
    QVERIFY(reading->systems.front().queues.empty());
}

void TestPostgresConnection::rowSecurityIsNotZero() {
    m_fixture.sql(tinyPgBoss);
    m_fixture.sql(
        "GRANT USAGE ON SCHEMA pgboss TO observer; GRANT SELECT ON ALL TABLES IN SCHEMA pgboss TO observer");
    auto settings = m_fixture.settings(u"observer"_s);
    settings.password = u"geheim"_s;
    Poller poller(settings, makePostgresBackend(settings));
    VERIFY_OK(poller.pollOnce());
    m_fixture.sql("ALTER TABLE pgboss.job ENABLE ROW LEVEL SECURITY");
    const auto reading = poller.pollOnce();
    VERIFY_OK(reading);
    const auto* queue = queueIn(**reading, u"orders"_s);
    QVERIFY(queue);
    QVERIFY(!queue->ready.known());
    QVERIFY2(queue->ready.method.contains(u"Row-level security"_s), qPrintable(queue->ready.method));
}

void TestPostgresConnection::schemaRenamedBetweenPolls() {
    m_fixture.sql(tinyPgBoss);
    const auto backend = m_fixture.backend();
    VERIFY_OK(backend->open());
    VERIFY_OK(backend->detect());
    VERIFY_OK(backend->read());
    m_fixture.sql("ALTER SCHEMA pgboss RENAME TO \"Other Boss\"");
    const auto failed = backend->read();
    QVERIFY(!failed.ok());
    QVERIFY2(failed.failure().kind == FailureKind::changed, qPrintable(failed.failure().sentence()));
    const auto systems = backend->detect();
    VERIFY_OK(systems);
    QCOMPARE(systems->front().identity.name_space, u"Other Boss"_s);
    const auto reading = backend->read();
    VERIFY_OK(reading);
    QCOMPARE(queueNamed(*reading, u"orders"_s)->ready, Count::exact(5));
}

void TestPostgresConnection::lockedTableIsNotWaitedFor() {
    m_fixture.sql(tinyPgBoss);
    const auto backend = m_fixture.backend();
    VERIFY_OK(backend->open());
    VERIFY_OK(backend->detect());
    std::thread migration([&] {
        m_fixture.sql("BEGIN; LOCK TABLE pgboss.job IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(2); COMMIT");
    });
    QTRY_VERIFY(m_fixture.sql("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation "
                              "= 'pgboss.job'::regclass") == "1");
    QElapsedTimer timer;
    timer.start();
    const auto reading = backend->read();
    const auto elapsed = timer.elapsed();
    migration.join();
    QVERIFY(!reading.ok());
    QVERIFY2(reading.failure().kind == FailureKind::overloaded, qPrintable(reading.failure().sentence()));
    QVERIFY(reading.failure().what.contains(u"schema change"_s));
    QVERIFY2(elapsed < 1000, qPrintable(QString::number(elapsed)));
}

void TestPostgresConnection::frozenBackendEndsAtTheDeadline() {
    m_fixture.sql(tinyPgBoss);
    auto settings = m_fixture.settings();
    settings.pollDeadline = 700ms;
    Poller poller(settings, makePostgresBackend(settings));
    VERIFY_OK(poller.pollOnce());
    const auto pid = backendPid();
    QVERIFY(pid > 0);
    {
        const Frozen frozen(pid);
        QElapsedTimer timer;
        timer.start();
        const auto reading = poller.pollOnce();
        const auto elapsed = timer.elapsed();
        QVERIFY(!reading.ok());
        QVERIFY2(reading.failure().kind == FailureKind::timeout, qPrintable(reading.failure().sentence()));
        QVERIFY2(elapsed >= 650 && elapsed < 1500, qPrintable(QString::number(elapsed)));
    }
    VERIFY_OK(poller.pollOnce());  // a new session
    QVERIFY(backendPid() != pid);
}

void TestPostgresConnection::frozenServerWhileConnecting() {
    auto settings = m_fixture.settings();
    settings.connectDeadline = 2000ms;
    const auto postmaster =
        std::stoll(m_fixture.sql("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)"));
    const Frozen frozen(postmaster);
    QElapsedTimer timer;
    timer.start();
    const auto info = makePostgresBackend(settings)->open();
    const auto elapsed = timer.elapsed();
    QVERIFY(!info.ok());
    QVERIFY2(info.failure().kind == FailureKind::timeout, qPrintable(info.failure().sentence()));
    QVERIFY2(elapsed < 4000, qPrintable(QString::number(elapsed)));
}

void TestPostgresConnection::interruptEndsAPoll() {
    m_fixture.sql(tinyPgBoss);
    auto settings = m_fixture.settings();
    settings.pollDeadline = 20s;
    const auto backend = makePostgresBackend(settings);
    VERIFY_OK(backend->open());
    VERIFY_OK(backend->detect());
    const Frozen frozen(backendPid());
    QElapsedTimer timer;
    timer.start();
    std::thread closing([&] {
        std::this_thread::sleep_for(200ms);  // so that the read below is under way
        backend->interrupt();
    });
    const auto reading = backend->read();
    closing.join();
    QVERIFY(!reading.ok());
    QCOMPARE(reading.failure().kind, FailureKind::cancelled);
    QVERIFY(timer.elapsed() < 10'000);
    QCOMPARE(backend->open().failure().kind, FailureKind::cancelled);  // sticky
}

void TestPostgresConnection::terminatedSessionRecovers() {
    m_fixture.sql(tinyPgBoss);
    const auto settings = m_fixture.settings();
    Poller poller(settings, makePostgresBackend(settings));
    VERIFY_OK(poller.pollOnce());
    m_fixture.sql("SELECT pg_terminate_backend(" + std::to_string(backendPid()) + ", 5000)");
    const auto lost = poller.pollOnce();
    QVERIFY(!lost.ok());
    QVERIFY2(lost.failure().kind == FailureKind::unreachable, qPrintable(lost.failure().sentence()));
    QVERIFY(lost.failure().retryable());
    VERIFY_OK(poller.pollOnce());
}

void TestPostgresConnection::crashedServerRecovers() {
    m_fixture.sql(tinyPgBoss);
    const auto settings = m_fixture.settings();
    Poller poller(settings, makePostgresBackend(settings));
    VERIFY_OK(poller.pollOnce());
    m_fixture.sql("CHECKPOINT");  // the private server commits asynchronously
    VERIFY_OK(m_fixture.server().restart(true));
    QVERIFY(!poller.pollOnce().ok());
    const auto trouble = [&] {
        const auto reading = poller.pollOnce();
        return reading ? QString() : reading.failure().sentence();
    };
    QTRY_COMPARE_WITH_TIMEOUT(trouble(), QString(), 10'000);
}

void TestPostgresConnection::skewIsSmallHere() {
    m_fixture.sql(tinyPgBoss);
    const auto backend = m_fixture.backend();
    VERIFY_OK(backend->open());
    VERIFY_OK(backend->detect());
    const auto reading = backend->read();
    VERIFY_OK(reading);
    QVERIFY2(std::abs(reading->clock_skew_s) < 0.5, qPrintable(QString::number(reading->clock_skew_s)));
    QVERIFY(std::abs(secondsBetween(reading->observed_at, SystemClock().wallNow())) < 5);
    QVERIFY(reading->cost.wall_ms > 0);
    QVERIFY(reading->cost.round_trips >= 4);
}

QTEST_GUILESS_MAIN(TestPostgresConnection)
#include "tst_postgres_connection.moc"

// A connection that is tried stops at the stage that is wrong, in the server's words. Real servers, with TLS.
#include <pwd.h>
#include <unistd.h>

#include <QTcpServer>
#include <QtTest>
#include <thread>

#include "app/demo/free_port.h"
#include "app/demo/private_redis.h"
#include "backends/trial/connection_trial.h"
#include "tests/postgres/postgres_fixture.h"
#include "tests/postgres/systems/table_fixtures.h"
#include "tests/redis/redis_probe.h"
#include "tests/support/test_authority.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {

constexpr auto kAllOk = "ok ok ok ok ok ok";

QString endsOf(const ConnectionTrial& trial) {
    QStringList ends;
    for (const auto& one : trial.stages) ends << stageEndName(one.end);
    return ends.join(u' ');
}

QString told(const ConnectionTrial& trial) {
    QString text;
    for (const auto& one : trial.stages)
        text += u"%1 %2: %3 [%4] %5\n"_s.arg(stageName(one.stage), stageEndName(one.end), one.what,
                                             one.server_said, one.next_step);
    return text;
}

ConnectionTrial tried(const QString& url) {
    auto settings = connectionFromUrl(url);
    if (!settings) return {};
    ConnectionSettings short_ = *settings;
    short_.connectDeadline = std::chrono::seconds{3};
    return TrialRun(short_, createBackend(short_)).run();
}

}  // namespace

class TestConnectionTrial : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void stagesOfPostgres_data();
    void stagesOfPostgres();
    void stagesOfRedis_data();
    void stagesOfRedis();
    void oneOfSeveralHostsIsEnough();
    void itIsToldStageByStageAndStops();

private:
    void startPostgres();
    void startRedis();

    TestAuthority m_authority;
    PostgresFixture m_fixture;
    std::unique_ptr<PrivateRedis> m_redis;
    int m_tlsPort = 0;
};

void TestConnectionTrial::startPostgres() {
    QVERIFY(QFile::setPermissions(m_authority.key(), QFile::ReadOwner | QFile::WriteOwner));
    if (getuid() == 0) {  // the key must belong to the account that the server runs as
        const passwd* account = getpwnam("postgres");
        QVERIFY(account);
        QCOMPARE(chown(qPrintable(m_authority.key()), account->pw_uid, account->pw_gid), 0);
    }
    PrivatePostgres::Options options;
    options.tcp = true;
    options.settings = {u"ssl=on"_s, u"ssl_cert_file='%1'"_s.arg(m_authority.certificate()),
                        u"ssl_key_file='%1'"_s.arg(m_authority.key())};
    options.hba = u"local all all trust\nhostssl all locked all scram-sha-256\nhostssl all all all trust\n"_s;
    const auto trouble = m_fixture.start(options);
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
    m_fixture.sql("CREATE ROLE locked LOGIN PASSWORD 'right'; CREATE ROLE blind LOGIN");
    m_fixture.freshDatabase(u"empty"_s);
    m_fixture.freshDatabase(u"app"_s);
    m_fixture.sql(riverTables(6));
}

void TestConnectionTrial::startRedis() {
    QVERIFY(QFile::setPermissions(m_authority.key(), QFile::ReadOwner | QFile::ReadOther));
    m_tlsPort = freeLoopbackPort();
    PrivateRedis::Options options;
    options.tcp = true;
    options.arguments = {u"--tls-port"_s,         QString::number(m_tlsPort),
                         u"--tls-cert-file"_s,    m_authority.certificate(),
                         u"--tls-key-file"_s,     m_authority.key(),
                         u"--tls-ca-cert-file"_s, m_authority.authority(),
                         u"--tls-auth-clients"_s, u"no"_s};
    auto redis = PrivateRedis::start(options);
    QVERIFY2(redis.ok(), redis.ok() ? "" : qPrintable(redis.failure().sentence()));
    m_redis = std::move(redis).value();
    redisCommand(*m_redis, {"HSET", "bull:mail:meta", "version", "bullmq:5.1.0"});
    redisCommand(*m_redis, {"SET", "bull:mail:id", "1"});
    redisCommand(*m_redis, {"ACL", "SETUSER", "locked", "on", ">right", "~*", "+@all"});
    redisCommand(*m_redis, {"ACL", "SETUSER", "blind", "on", "nopass", "~*", "+@all", "-llen"});
}

void TestConnectionTrial::initTestCase() {
    if (!TestAuthority::available()) QSKIP("openssl is not installed");
    QVERIFY2(m_authority.make(), qPrintable(m_authority.error()));
    startPostgres();
    if (QTest::currentTestFailed()) return;
    startRedis();
}

void TestConnectionTrial::stagesOfPostgres_data() {
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("ends");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("says");  // somewhere in it
    const QString port = QString::number(m_fixture.server().port());
    const QString root = u"sslmode=verify-full&sslrootcert="_s + m_authority.authority();
    const auto at = [&](const QString& login, const QString& database, const QString& options) {
        return u"postgresql://%1@localhost:%2/%3?%4"_s.arg(login, port, database, options);
    };
    QTest::newRow("verified") << at(u"postgres"_s, u"app"_s, root) << kAllOk << 0 << u"River"_s;
    QTest::newRow("encrypted only") << at(u"postgres"_s, u"app"_s, u"sslmode=require"_s) << kAllOk << 0
                                    << u"nobody checked whose certificate"_s;
    QTest::newRow("socket") << m_fixture.settings().url << u"skipped ok skipped ok ok ok"_s << 0
                            << u"nothing leaves this machine"_s;
    QTest::newRow("unknown name") << u"postgresql://postgres@no-such-host.invalid/app"_s
                                  << u"failed skipped skipped skipped skipped skipped"_s << 3
                                  << u"no-such-host"_s;
    QTest::newRow("nobody listens") << u"postgresql://postgres@127.0.0.1:%1/app"_s.arg(freeLoopbackPort())
                                    << u"skipped failed skipped skipped skipped skipped"_s << 3
                                    << u"Connection refused"_s;
    QTest::newRow("no TLS where TLS is wanted")
        << u"postgresql://postgres@127.0.0.1:%1/app?sslmode=disable"_s.arg(port)
        << u"skipped ok failed skipped skipped skipped"_s << 3 << u"sslmode=require"_s;
    QTest::newRow("not that authority")
        << at(u"postgres"_s, u"app"_s, u"sslmode=verify-full&sslrootcert=/nowhere/ca.pem"_s)
        << u"ok ok failed skipped skipped skipped"_s << 3 << u"sslrootcert"_s;
    QTest::newRow("wrong password") << at(u"locked:wrong"_s, u"app"_s, root)
                                    << u"ok ok ok failed skipped skipped"_s << 3
                                    << u"password authentication failed"_s;
    QTest::newRow("no right") << at(u"blind"_s, u"app"_s, root) << u"ok ok ok ok failed ok"_s << 5
                              << u"GRANT SELECT"_s;
    QTest::newRow("nothing there") << at(u"postgres"_s, u"empty"_s, root) << u"ok ok ok ok skipped failed"_s
                                   << 6 << u"mapping file"_s;
}

void TestConnectionTrial::stagesOfPostgres() {
    QFETCH(QString, url);
    const auto trial = tried(url);
    QTEST(endsOf(trial), "ends");
    QTEST(trial.exit_code, "code");
    QFETCH(QString, says);
    QVERIFY2(told(trial).contains(says), qPrintable(told(trial)));
    QVERIFY2(!told(trial).contains(u"wrong@"_s), qPrintable(told(trial)));
    for (const auto& one : trial.stages)
        if (one.end == StageEnd::failed) QVERIFY2(!one.next_step.isEmpty(), qPrintable(one.what));
}

void TestConnectionTrial::stagesOfRedis_data() {
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("ends");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("says");
    const QString root = u"?cacert="_s + m_authority.authority();
    const auto tls = [&](const QString& login, const QString& rest) {
        return u"rediss://%1localhost:%2/%3"_s.arg(login).arg(m_tlsPort).arg(rest);
    };
    QTest::newRow("verified") << tls({}, u"0"_s + root) << kAllOk << 0 << u"BullMQ"_s;
    QTest::newRow("plain") << m_redis->tcpUrl() << u"skipped ok skipped ok ok ok"_s << 0
                           << u"nothing leaves this machine"_s;
    QTest::newRow("not that authority")
        << tls({}, u"0"_s) << u"ok ok failed skipped skipped skipped"_s << 3 << u"cacert"_s;
    QTest::newRow("plain at the TLS port")
        << u"redis://127.0.0.1:%1/0"_s.arg(m_tlsPort) << u"skipped ok failed skipped skipped skipped"_s << 3
        << u"rediss://"_s;
    QTest::newRow("wrong password") << tls(u"locked:wrong@"_s, u"0"_s + root)
                                    << u"ok ok ok failed skipped skipped"_s << 3 << u"refused"_s;
    QTest::newRow("no right") << tls(u"blind:@"_s, u"0"_s + root) << u"ok ok ok ok failed ok"_s << 5
                              << u"+llen"_s;
    QTest::newRow("nothing there") << tls({}, u"7"_s + root) << u"ok ok ok ok skipped failed"_s << 6
                                   << u"db 0 holds 2 keys"_s;
}

void TestConnectionTrial::stagesOfRedis() {
    stagesOfPostgres();
}

void TestConnectionTrial::oneOfSeveralHostsIsEnough() {
    const auto trial =
        tried(u"postgresql://postgres@no-such-host.invalid:1,127.0.0.1:%1,localhost:%2/app?sslmode=require"_s
                  .arg(freeLoopbackPort())
                  .arg(m_fixture.server().port()));
    QCOMPARE(endsOf(trial), QString::fromLatin1(kAllOk));
    QVERIFY2(trial.stages[1].next_step.contains(u"Nothing accepts connections"_s), qPrintable(told(trial)));
}

void TestConnectionTrial::itIsToldStageByStageAndStops() {
    QTcpServer silent;  // accepts, and says nothing
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    auto settings = connectionFromUrl(u"redis://127.0.0.1:%1/0"_s.arg(silent.serverPort()));
    QVERIFY(settings.ok());
    ConnectionSettings patient = *settings;
    patient.connectDeadline = std::chrono::minutes{1};
    TrialRun run(patient, createBackend(patient));
    QSemaphore reached;
    QStringList stages;
    ConnectionTrial trial;
    std::thread worker([&] {
        trial = run.run([&](const StageResult& one) {
            stages << stageName(one.stage);
            if (one.stage == TrialStage::tcp) reached.release();
        });
    });
    const bool came = reached.tryAcquire(1, 20'000);
    run.interrupt();
    worker.join();
    QVERIFY(came);
    QCOMPARE(stages.join(u' '), u"name tcp tls login rights systems"_s);
    QCOMPARE(endsOf(trial), u"skipped ok skipped failed skipped skipped"_s);
    QCOMPARE(trial.exit_code, exitCodeFor(FailureKind::cancelled));
}

QTEST_GUILESS_MAIN(TestConnectionTrial)
#include "tst_connection_trial.moc"

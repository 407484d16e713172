// TLS to PostgreSQL as in psql: sslmode and sslrootcert decide, and the reading says that it is encrypted.
#include <pwd.h>
#include <unistd.h>

#include <QtTest>

#include "app/demo/private_postgres.h"
#include "backends/polling/poller.h"
#include "tests/support/test_authority.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

class PostgresTlsTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void theModesOfPsql_data();
    void theModesOfPsql();

private:
    [[nodiscard]] Outcome<ServerInfo> open(const QString& host, const QString& options) const;

    TestAuthority m_authority;
    std::unique_ptr<PrivatePostgres> m_postgres;
};

void PostgresTlsTest::initTestCase() {
    if (!TestAuthority::available()) QSKIP("openssl is not installed");
    QVERIFY2(m_authority.make(), qPrintable(m_authority.error()));
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
    options.hba =
        u"local all all trust\nhostssl all all 127.0.0.1/32 trust\nhostssl all all ::1/128 trust\n"_s;
    auto started = PrivatePostgres::start(options);
    QVERIFY2(started.ok(), started.ok() ? "" : qPrintable(started.failure().sentence()));
    m_postgres = std::move(started).value();
}

Outcome<ServerInfo> PostgresTlsTest::open(const QString& host, const QString& options) const {
    auto settings = connectionFromUrl(
        u"postgresql://postgres@%1:%2/postgres?%3"_s.arg(host).arg(m_postgres->port()).arg(options));
    if (!settings) return settings.failure();
    return createBackend(*settings)->open();
}

void PostgresTlsTest::theModesOfPsql_data() {
    QTest::addColumn<QString>("host");
    QTest::addColumn<QString>("options");
    QTest::addColumn<QString>("failure");  // empty: it works, encrypted
    const QString root = u"&sslrootcert="_s + m_authority.authority();
    QTest::newRow("encrypted, whoever it is") << u"127.0.0.1"_s << u"sslmode=require"_s << QString();
    QTest::newRow("the right authority") << u"127.0.0.1"_s << u"sslmode=verify-ca"_s + root << QString();
    QTest::newRow("the right name") << u"localhost"_s << u"sslmode=verify-full"_s + root << QString();
    QTest::newRow("another name") << u"127.0.0.1"_s << u"sslmode=verify-full"_s + root << u"tls"_s;
    QTest::newRow("an authority that is not there")
        << u"localhost"_s << u"sslmode=verify-full&sslrootcert=/nowhere/ca.pem"_s << u"tls"_s;
}

void PostgresTlsTest::theModesOfPsql() {
    QFETCH(QString, host);
    QFETCH(QString, options);
    QFETCH(QString, failure);
    const auto server = open(host, options);
    const QString got = server ? QString() : failureKindName(server.failure().kind);
    QVERIFY2(got == failure, server ? "it connected" : qPrintable(server.failure().sentence()));
    if (!server)
        QVERIFY(!server.failure().nextStep.isEmpty());
    else
        QVERIFY(server->encrypted);
}

QTEST_GUILESS_MAIN(PostgresTlsTest)
#include "tst_postgres_tls.moc"

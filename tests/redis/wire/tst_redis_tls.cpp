// TLS with a certificate authority of our own: only the right certificate for the right name is accepted.
#include <QTcpServer>
#include <QtTest>

#include "app/demo/private_redis.h"
#include "tests/redis/redis_probe.h"
#include "tests/support/test_authority.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

class TestRedisTls : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void rightCertificate();
    void nameOfAnother();
    void unknownAuthority();
    void plainClientAtTlsPort();
    void tlsClientAtPlainPort();
    void authorityFileWithoutCertificate();

private:
    [[nodiscard]] QString url(const QString& scheme, const QString& host, const QString& query = {}) const;

    TestAuthority m_authority;
    std::unique_ptr<PrivateRedis> m_redis;
    int m_tlsPort = 0;
};

QString TestRedisTls::url(const QString& scheme, const QString& host, const QString& query) const {
    return u"%1://%2:%3/0%4"_s.arg(scheme, host).arg(m_tlsPort).arg(query);
}

void TestRedisTls::initTestCase() {
    if (!TestAuthority::available()) QSKIP("openssl is not installed");
    QVERIFY2(m_authority.make(), qPrintable(m_authority.error()));
    // The server runs as another account.
    QFile::setPermissions(m_authority.key(), QFile::ReadOwner | QFile::ReadOther);

    QTcpServer free;
    free.listen(QHostAddress::LocalHost);
    m_tlsPort = free.serverPort();
    free.close();
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
}

void TestRedisTls::rightCertificate() {
    RedisProbe probe(url(u"rediss"_s, u"localhost"_s, u"?cacert="_s + m_authority.authority()));
    QVERIFY2(probe.ok(), qPrintable(probe.failure()));
    QVERIFY(probe.server().encrypted);
    QVERIFY(probe.backend().read().ok());
}

void TestRedisTls::nameOfAnother() {
    RedisProbe probe(url(u"rediss"_s, u"127.0.0.1"_s, u"?cacert="_s + m_authority.authority()));
    QCOMPARE(probe.failureKind(), FailureKind::tls);
    QVERIFY2(probe.failure().contains(u"another host name"_s), qPrintable(probe.failure()));
}

void TestRedisTls::unknownAuthority() {
    RedisProbe probe(url(u"rediss"_s, u"localhost"_s));
    QCOMPARE(probe.failureKind(), FailureKind::tls);
    QVERIFY2(probe.failure().contains(u"cacert"_s), qPrintable(probe.failure()));
}

void TestRedisTls::plainClientAtTlsPort() {
    RedisProbe probe(url(u"redis"_s, u"127.0.0.1"_s));
    QVERIFY2(probe.failureKind() == FailureKind::tls, qPrintable(probe.failure()));
    QVERIFY(probe.failure().contains(u"rediss://"_s));
}

void TestRedisTls::tlsClientAtPlainPort() {
    ConnectionSettings settings = redisSettings(m_redis->tcpUrl().replace(u"redis://"_s, u"rediss://"_s));
    settings.connectDeadline = std::chrono::seconds(2);
    RedisProbe probe(settings);
    QVERIFY2(probe.failureKind() == FailureKind::tls, qPrintable(probe.failure()));
    QVERIFY2(probe.failure().contains(u"redis://"_s), qPrintable(probe.failure()));
}

void TestRedisTls::authorityFileWithoutCertificate() {
    RedisProbe probe(url(u"rediss"_s, u"localhost"_s, u"?cacert=/nowhere/ca.pem"_s));
    QCOMPARE(probe.failureKind(), FailureKind::usage);
}

QTEST_GUILESS_MAIN(TestRedisTls)
#include "tst_redis_tls.moc"

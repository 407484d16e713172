// TLS with a certificate authority of our own: only the right certificate for the right name is accepted.
#include <QProcess>
#include <QStandardPaths>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QtTest>

#include "app/demo/private_redis.h"
#include "tests/redis/redis_probe.h"

using namespace spillway;
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
    bool openssl(const QStringList& arguments);
    [[nodiscard]] QString file(const QString& name) const { return m_files.filePath(name); }
    [[nodiscard]] QString url(const QString& scheme, const QString& host, const QString& query = {}) const;

    QTemporaryDir m_files;
    std::unique_ptr<PrivateRedis> m_redis;
    int m_tlsPort = 0;
};

bool TestRedisTls::openssl(const QStringList& arguments) {
    QProcess process;
    process.start(u"openssl"_s, arguments);
    process.waitForFinished(20'000);
    if (process.exitCode() != 0) qWarning() << process.readAllStandardError();
    return process.exitCode() == 0;
}

QString TestRedisTls::url(const QString& scheme, const QString& host, const QString& query) const {
    return u"%1://%2:%3/0%4"_s.arg(scheme, host).arg(m_tlsPort).arg(query);
}

void TestRedisTls::initTestCase() {
    if (QStandardPaths::findExecutable(u"openssl"_s).isEmpty()) QSKIP("openssl is not installed");
    QVERIFY(openssl({u"req"_s, u"-x509"_s, u"-newkey"_s, u"rsa:2048"_s, u"-nodes"_s, u"-days"_s, u"2"_s,
                     u"-subj"_s, u"/CN=Spillway test authority"_s, u"-keyout"_s, file(u"ca.key"_s), u"-out"_s,
                     file(u"ca.pem"_s)}));
    QVERIFY(openssl({u"req"_s, u"-newkey"_s, u"rsa:2048"_s, u"-nodes"_s, u"-subj"_s, u"/CN=localhost"_s,
                     u"-keyout"_s, file(u"server.key"_s), u"-out"_s, file(u"server.csr"_s)}));
    QFile names(file(u"names"_s));
    QVERIFY(names.open(QIODevice::WriteOnly));
    names.write("subjectAltName=DNS:localhost\n");  // and not 127.0.0.1
    names.close();
    QVERIFY(openssl({u"x509"_s, u"-req"_s, u"-in"_s, file(u"server.csr"_s), u"-CA"_s, file(u"ca.pem"_s),
                     u"-CAkey"_s, file(u"ca.key"_s), u"-CAcreateserial"_s, u"-days"_s, u"2"_s, u"-extfile"_s,
                     file(u"names"_s), u"-out"_s, file(u"server.pem"_s)}));
    // The server runs as another account.
    QFile::setPermissions(m_files.path(),
                          QFile::permissions(m_files.path()) | QFile::ReadOther | QFile::ExeOther);
    QFile::setPermissions(file(u"server.key"_s), QFile::ReadOwner | QFile::ReadOther);

    QTcpServer free;
    free.listen(QHostAddress::LocalHost);
    m_tlsPort = free.serverPort();
    free.close();
    PrivateRedis::Options options;
    options.tcp = true;
    options.arguments = {u"--tls-port"_s,         QString::number(m_tlsPort),
                         u"--tls-cert-file"_s,    file(u"server.pem"_s),
                         u"--tls-key-file"_s,     file(u"server.key"_s),
                         u"--tls-ca-cert-file"_s, file(u"ca.pem"_s),
                         u"--tls-auth-clients"_s, u"no"_s};
    auto redis = PrivateRedis::start(options);
    QVERIFY2(redis.ok(), redis.ok() ? "" : qPrintable(redis.failure().sentence()));
    m_redis = std::move(redis).value();
}

void TestRedisTls::rightCertificate() {
    RedisProbe probe(url(u"rediss"_s, u"localhost"_s, u"?cacert="_s + file(u"ca.pem"_s)));
    QVERIFY2(probe.ok(), qPrintable(probe.failure()));
    QVERIFY(probe.server().encrypted);
    QVERIFY(probe.backend().read().ok());
}

void TestRedisTls::nameOfAnother() {
    RedisProbe probe(url(u"rediss"_s, u"127.0.0.1"_s, u"?cacert="_s + file(u"ca.pem"_s)));
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

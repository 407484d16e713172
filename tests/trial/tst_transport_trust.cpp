// Which connections wear a badge: whatever leaves this machine without a checked certificate.
#include <QTemporaryDir>
#include <QtTest>

#include "backends/trial/transport_trust.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestTransportTrust : public QObject {
    Q_OBJECT
private slots:
    void init();
    void badges_data();
    void badges();
    void theVariablesAndTheServiceCount();

private:
    QTemporaryDir m_home;
};

void TestTransportTrust::init() {
    for (const char* name : {"PGHOST", "PGHOSTADDR", "PGPORT", "PGSSLMODE", "PGSERVICE"}) qunsetenv(name);
    qputenv("PGSERVICEFILE", m_home.filePath(u"services"_s).toLocal8Bit());
}

void TestTransportTrust::badges_data() {
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("badge");
    const QString none, unverified = u"TLS not verified"_s, plain = u"no TLS"_s;
    QTest::newRow("libpq's default") << u"postgresql://db.internal/app"_s << unverified;
    QTest::newRow("require") << u"postgresql://db.internal/app?sslmode=require"_s << unverified;
    QTest::newRow("verify-ca") << u"postgresql://db.internal/app?sslmode=verify-ca"_s << unverified;
    QTest::newRow("verify-full") << u"postgresql://db.internal/app?sslmode=verify-full"_s << none;
    QTest::newRow("disable") << u"host=10.0.0.5 sslmode=disable"_s << unverified;
    QTest::newRow("one of several is elsewhere") << u"postgresql://localhost,db.internal/app"_s << unverified;
    QTest::newRow("socket") << u"postgresql:///app?host=/run/postgresql"_s << none;
    QTest::newRow("default socket") << u"postgresql:///app"_s << none;
    QTest::newRow("loopback") << u"postgresql://127.0.0.1/app"_s << none;
    QTest::newRow("IPv6 loopback") << u"postgresql://[::1]/app"_s << none;
    QTest::newRow("a name with a local address") << u"host=db.internal hostaddr=127.0.0.1"_s << none;
    QTest::newRow("localhost") << u"postgresql://LocalHost/app"_s << none;
    QTest::newRow("Redis") << u"redis://cache.internal:6379/0"_s << plain;
    QTest::newRow("Redis by address") << u"redis://10.0.0.7"_s << plain;
    QTest::newRow("Redis with TLS") << u"rediss://cache.internal:6379/0"_s << none;
    QTest::newRow("Redis here") << u"redis://localhost"_s << none;
    QTest::newRow("Redis socket") << u"unix:///run/redis.sock"_s << none;
    // Looks like this machine, and is not.
    QTest::newRow("127 as a name") << u"redis://127.evil.example"_s << plain;
    QTest::newRow("localhost as a part") << u"redis://localhost.evil.example"_s << plain;
}

void TestTransportTrust::badges() {
    QFETCH(QString, url);
    const auto settings = connectionFromUrl(url);
    QVERIFY(settings.ok());
    const auto trust = transportTrust(*settings);
    QTEST(trust.badge, "badge");
    QCOMPARE(trust.why.isEmpty(), trust.badge.isEmpty());
}

void TestTransportTrust::theVariablesAndTheServiceCount() {
    const auto badge = [](const QString& text) { return transportTrust(*connectionFromUrl(text)).badge; };
    const QString url = u"postgresql:///app"_s;
    qputenv("PGHOST", "db.internal");
    QCOMPARE(badge(url), u"TLS not verified"_s);
    qputenv("PGSSLMODE", "verify-full");
    QCOMPARE(badge(url), QString());
    qunsetenv("PGHOST");
    qunsetenv("PGSSLMODE");
    QFile file(m_home.filePath(u"services"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(
        "[other]\nhost=elsewhere\n[prod]\n# host=localhost\nhost=db.internal\nport=5433\n[last]\nhost=x\n");
    file.close();
    QCOMPARE(badge(u"service=prod"_s), u"TLS not verified"_s);
    const auto trust = transportTrust(*connectionFromUrl(u"service=prod"_s));
    QCOMPARE(trust.places.size(), size_t(1));
    QCOMPARE(trust.places[0].host, u"db.internal"_s);
    QCOMPARE(trust.places[0].port, quint16(5433));
    QCOMPARE(badge(u"service=prod sslmode=verify-full"_s), QString());
    QCOMPARE(badge(u"service=prod host=localhost"_s), QString());
}

QTEST_GUILESS_MAIN(TestTransportTrust)
#include "tst_transport_trust.moc"

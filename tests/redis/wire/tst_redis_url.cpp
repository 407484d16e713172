// Addresses from URLs, and what is said about wrong ones.
#include <QtTest>

#include "backends/redis/wire/url.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestRedisUrl : public QObject {
    Q_OBJECT
private slots:
    void understood_data();
    void understood();
    void refused_data();
    void refused();
    void passwordFromOutsideWins();
};

namespace {
ConnectionSettings settingsOf(const QString& url) {
    ConnectionSettings settings;
    settings.url = url;
    settings.kind = ServerKind::redis;
    return settings;
}
}  // namespace

void TestRedisUrl::understood_data() {
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("display");
    QTest::addColumn<QString>("user");
    QTest::addColumn<QString>("password");
    QTest::addColumn<int>("database");
    const auto row = [](const char* name, const QString& url, const QString& display, const QString& user,
                        const QString& password, int database) {
        QTest::newRow(name) << url << display << user << password << database;
    };
    row("host only", u"redis://cache"_s, u"cache:6379"_s, {}, {}, 0);
    row("port and db", u"redis://cache:7000/3"_s, u"cache:7000"_s, {}, {}, 3);
    row("slash without db", u"redis://cache:7000/"_s, u"cache:7000"_s, {}, {}, 0);
    row("db as query", u"redis://cache?db=4"_s, u"cache:6379"_s, {}, {}, 4);
    row("db twice, the same", u"redis://cache/4?db=4"_s, u"cache:6379"_s, {}, {}, 4);
    row("password only", u"redis://:secret@cache"_s, u"cache:6379"_s, {}, u"secret"_s, 0);
    row("user and password", u"redis://ops:s%40c%2Fr%25t@cache:1/2"_s, u"cache:1"_s, u"ops"_s, u"s@c/r%t"_s,
        2);
    row("raw @ in the password", u"redis://ops:p@ss@cache"_s, u"cache:6379"_s, u"ops"_s, u"p@ss"_s, 0);
    row("IPv6", u"redis://[::1]:7000/1"_s, u"[::1]:7000"_s, {}, {}, 1);
    row("IPv6 without port", u"redis://[fe80::1]"_s, u"[fe80::1]:6379"_s, {}, {}, 0);
    row("no host is this machine", u"redis:///2"_s, u"localhost:6379"_s, {}, {}, 2);
    row("TLS", u"rediss://cache/1"_s, u"cache:6379"_s, {}, {}, 1);
    row("socket", u"unix:///run/redis.sock?db=5"_s, u"/run/redis.sock"_s, {}, {}, 5);
    row("socket with login", u"unix://ops:pw@/run/redis.sock"_s, u"/run/redis.sock"_s, u"ops"_s, u"pw"_s, 0);
    row("socket with a space", u"unix:///run/my%20redis.sock"_s, u"/run/my redis.sock"_s, {}, {}, 0);
}

void TestRedisUrl::understood() {
    QFETCH(QString, url);
    const auto address = redisAddressFrom(settingsOf(url));
    QVERIFY2(address.ok(), address.ok() ? "" : qPrintable(address.failure().sentence()));
    QTEST(address->display(), "display");
    QTEST(address->user, "user");
    QTEST(address->password, "password");
    QTEST(address->database, "database");
}

void TestRedisUrl::refused_data() {
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("says");
    QTest::newRow("port is a word") << u"redis://cache:abc"_s << u"\"abc\" is not a port"_s;
    QTest::newRow("port too large") << u"redis://cache:70000/0"_s << u"\"70000\" is not a port"_s;
    QTest::newRow("port zero") << u"redis://cache:0"_s << u"\"0\" is not a port"_s;
    QTest::newRow("colon without port") << u"redis://cache:/0"_s << u"is not a port"_s;
    QTest::newRow("db is a word") << u"redis://cache/orders"_s << u"\"orders\" is not a Redis database"_s;
    QTest::newRow("db negative") << u"redis://cache/-1"_s << u"\"-1\" is not a Redis database"_s;
    QTest::newRow("two databases") << u"redis://cache/1?db=2"_s << u"two databases, 1 and 2"_s;
    QTest::newRow("no socket") << u"unix://?db=0"_s << u"no socket file"_s;
    QTest::newRow("socket as host") << u"unix://run/redis.sock"_s << u"no socket file"_s;
    QTest::newRow("unknown option") << u"redis://cache?timeout=5"_s << u"unknown option \"timeout\""_s;
    QTest::newRow("cacert without TLS") << u"redis://cache?cacert=/ca"_s << u"unknown option \"cacert\""_s;
    QTest::newRow("broken escape") << u"redis://u:pw%ZZtop@cache"_s << u"starts no escape"_s;
    QTest::newRow("open bracket") << u"redis://[::1"_s << u"closing bracket"_s;
    QTest::newRow("other scheme") << u"http://cache"_s << u"not a Redis URL"_s;
}

void TestRedisUrl::refused() {
    QFETCH(QString, url);
    QFETCH(QString, says);
    const auto address = redisAddressFrom(settingsOf(url));
    QVERIFY(!address.ok());
    QCOMPARE(address.failure().kind, FailureKind::usage);
    QVERIFY2(address.failure().what.contains(says), qPrintable(address.failure().what));
    QVERIFY(!address.failure().nextStep.isEmpty());
    QVERIFY(!address.failure().sentence().contains(u"top@"_s));  // no part of a password
}

void TestRedisUrl::passwordFromOutsideWins() {
    ConnectionSettings settings = settingsOf(u"redis://ops:old@cache"_s);
    settings.password = u"new"_s;
    QCOMPARE(redisAddressFrom(settings)->password, u"new"_s);
}

QTEST_GUILESS_MAIN(TestRedisUrl)
#include "tst_redis_url.moc"

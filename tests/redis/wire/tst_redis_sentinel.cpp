// A primary that sentinels watch: found by its name, followed when it fails over, and not led astray.
#include <QTemporaryDir>
#include <QtTest>
#include <csignal>

#include "app/demo/free_port.h"
#include "app/demo/private_redis.h"
#include "backends/polling/poller.h"
#include "backends/redis/wire/sentinel.h"
#include "backends/trial/transport_trust.h"
#include "tests/redis/acting/acting_probe.h"
#include "tests/redis/redis_probe.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestRedisSentinel : public QObject {
    Q_OBJECT
private slots:
    void urls_data();
    void urls();
    void thePrimaryIsFound();
    void aSentinelThatWantsALogin();
    void whatNobodyKnows();
    void aFailoverIsFollowedAndSaid();

private:
    struct Scene {
        std::unique_ptr<PrivateRedis> primary, replica;
        std::unique_ptr<QTemporaryDir> files;
        std::vector<std::unique_ptr<QProcess>> sentinels;
        QList<int> ports;
        ~Scene() {
            for (const auto& sentinel : sentinels) {
                sentinel->kill();
                sentinel->waitForFinished(10'000);
            }
        }
        [[nodiscard]] QString hosts() const {
            QStringList all;
            for (const int port : ports) all << u"127.0.0.1:%1"_s.arg(port);
            return all.join(u',');
        }
    };
    // One BullMQ queue with a dead job, a replica of it, and `sentinels` that call it "orders".
    void build(Scene& scene, int sentinels, const QByteArray& more = {});
};

void TestRedisSentinel::build(Scene& scene, int sentinels, const QByteArray& more) {
    auto primary = PrivateRedis::start({.tcp = true, .arguments = {}});
    QVERIFY(primary.ok());
    scene.primary = std::move(primary).value();
    for (const auto& command : std::initializer_list<QList<QByteArray>>{
             {"HSET", "bull:mail:meta", "version", "bullmq:5.1.0"},
             {"SET", "bull:mail:id", "1"},
             {"HSET", "bull:mail:1", "name", "mail", "timestamp", "1795318550000", "data", "{}",
              "failedReason", "no route", "finishedOn", "1795318551000", "attemptsMade", "1", "opts", "{}"},
             {"ZADD", "bull:mail:failed", "1795318551000", "1"}})
        redisCommand(*scene.primary, command);
    auto replica = PrivateRedis::start(
        {.tcp = true, .arguments = {u"--replicaof"_s, u"127.0.0.1 %1"_s.arg(scene.primary->port())}});
    QVERIFY(replica.ok());
    scene.replica = std::move(replica).value();
    QTRY_VERIFY_WITH_TIMEOUT(
        redisCommand(*scene.replica, {"INFO", "replication"}).contains("master_link_status:up"), 20'000);
    scene.files = std::make_unique<QTemporaryDir>();
    for (int i = 0; i < sentinels; ++i) {
        QFile config(scene.files->filePath(u"sentinel%1.conf"_s.arg(i)));
        QVERIFY(config.open(QIODevice::WriteOnly));
        scene.ports << freeLoopbackPort();
        config.write(
            "port " + QByteArray::number(scene.ports.back()) + "\nbind 127.0.0.1\n" + more +
            "sentinel monitor orders 127.0.0.1 " + QByteArray::number(scene.primary->port()) +
            " 1\nsentinel down-after-milliseconds orders 500\nsentinel failover-timeout orders 3000\n");
        config.close();
        auto process = std::make_unique<QProcess>();
        process->start(u"redis-server"_s, {config.fileName(), u"--sentinel"_s});
        QVERIFY(process->waitForStarted(10'000));
        scene.sentinels.push_back(std::move(process));
    }
}

void TestRedisSentinel::urls_data() {
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("expected");  // sentinels, name, database; or a piece of the failure
    QTest::newRow("all of it") << u"redis+sentinel://app:p%40w@a:1,b,[::1]:3/orders/2"_s
                               << u"a:1 b:26379 [::1]:3 orders 2"_s;
    QTest::newRow("least") << u"redis+sentinel://a/orders"_s << u"a:26379 orders 0"_s;
    QTest::newRow("no name") << u"redis+sentinel://a:1"_s << u"NAME"_s;
    QTest::newRow("no host") << u"redis+sentinel:///orders"_s << u"NAME"_s;
    QTest::newRow("no port") << u"redis+sentinel://a:x/orders"_s << u"not a port"_s;
    QTest::newRow("unknown option") << u"redis+sentinel://a/orders?colour=red"_s << u"colour"_s;
}

void TestRedisSentinel::urls() {
    QFETCH(QString, url);
    QFETCH(QString, expected);
    const auto settings = connectionFromUrl(url);
    QVERIFY(settings.ok());
    QCOMPARE(settings->kind, ServerKind::redis);
    const auto target = sentinelTargetFrom(*settings);
    QString said;
    if (!target) {
        said = target.failure().sentence();
        QCOMPARE(target.failure().kind, FailureKind::usage);
    } else {
        for (const auto& one : target->sentinels) said += one.display() + u' ';
        said +=
            QString::fromUtf8(target->primary) + u' ' + QString::number(target->sentinels.front().database);
        if (url.contains(u"app:"_s)) QCOMPARE(target->sentinels.back().password, u"p@w"_s);
    }
    QVERIFY2(said.contains(expected), qPrintable(said));
    QVERIFY2(!said.contains(u"p@w"_s) && !settings->displayUrl().contains(u"p%40w"_s), qPrintable(said));
    QCOMPARE(transportTrust(*settings).badge, target ? u"no TLS"_s : QString());
}

void TestRedisSentinel::thePrimaryIsFound() {
    Scene scene;
    build(scene, 1);
    if (QTest::currentTestFailed()) return;
    scene.ports.prepend(freeLoopbackPort());  // the first one is down
    const QString url = u"redis+sentinel://%1/orders/0"_s.arg(scene.hosts());
    const QString where = u"127.0.0.1:%1"_s.arg(scene.primary->port());
    const auto found = [&] { return RedisProbe(url).server().address; };
    QTRY_COMPARE_WITH_TIMEOUT(found(), where, 20'000);
    RedisProbe probe(url);
    QVERIFY2(probe.detect(), qPrintable(probe.failure()));
    QCOMPARE(probe.systems(), QStringList{u"bullmq"_s});
    QCOMPARE(probe.server().role, ServerRole::primary);
    // Acting asks the sentinels, too.
    ActingProbe acting(url, u"bullmq"_s, u"mail"_s);
    QCOMPARE(acting.plan().jobs.size(), size_t(1));
    // Only where it may go.
    RedisProbe astray(url + u"?hosts=10.0.0.1"_s);
    QVERIFY2(astray.failure().contains(u"none of hosts=10.0.0.1"_s), qPrintable(astray.failure()));
    QVERIFY(RedisProbe(url + u"?hosts=10.0.0.1,127.0.0.1"_s).ok());
}

void TestRedisSentinel::aSentinelThatWantsALogin() {
    Scene scene;
    build(scene, 1, "requirepass s3cret\n");
    if (QTest::currentTestFailed()) return;
    redisCommand(*scene.primary, {"CONFIG", "SET", "requirepass", "s3cret"});
    const QString url = u"redis+sentinel://:%2@%1/orders"_s.arg(scene.hosts());
    QTRY_VERIFY_WITH_TIMEOUT(RedisProbe(url.arg(u"s3cret"_s)).ok(), 20'000);
    RedisProbe wrong(url.arg(u"hunter2"_s));
    QCOMPARE(wrong.failureKind(), FailureKind::authentication);
    QVERIFY2(!wrong.failure().contains(u"hunter2"_s), qPrintable(wrong.failure()));
}

void TestRedisSentinel::whatNobodyKnows() {
    Scene scene;
    build(scene, 1);
    if (QTest::currentTestFailed()) return;
    const QString at = scene.hosts();
    QTRY_VERIFY_WITH_TIMEOUT(RedisProbe(u"redis+sentinel://%1/orders"_s.arg(at)).ok(), 20'000);
    RedisProbe unknown(u"redis+sentinel://%1/payments"_s.arg(at));
    QCOMPARE(unknown.failureKind(), FailureKind::usage);
    QVERIFY2(unknown.failure().contains(u"knows no primary \"payments\""_s), qPrintable(unknown.failure()));
    RedisProbe nobody(u"redis+sentinel://127.0.0.1:%1,127.0.0.1:%2/orders"_s.arg(freeLoopbackPort())
                          .arg(freeLoopbackPort()));
    QCOMPARE(nobody.failureKind(), FailureKind::unreachable);
    QVERIFY2(nobody.failure().contains(u"None of 2 sentinels"_s), qPrintable(nobody.failure()));
}

void TestRedisSentinel::aFailoverIsFollowedAndSaid() {
    Scene scene;
    build(scene, 1);
    if (QTest::currentTestFailed()) return;
    const auto settings = redisSettings(u"redis+sentinel://%1/orders"_s.arg(scene.hosts()));
    Poller poller(settings, createBackend(settings));
    ReadingPtr last;
    const auto polled = [&] {
        const auto reading = poller.pollOnce();
        if (reading) last = *reading;
        return reading.ok();
    };
    QTRY_VERIFY_WITH_TIMEOUT(polled(), 20'000);
    QCOMPARE(last->server.address, u"127.0.0.1:%1"_s.arg(scene.primary->port()));
    // The sentinel must know of the replica before it can choose it.
    QProcess ask;
    const auto replicas = [&] {
        ask.start(u"redis-cli"_s,
                  {u"-p"_s, QString::number(scene.ports.back()), u"SENTINEL"_s, u"REPLICAS"_s, u"orders"_s});
        ask.waitForFinished(10'000);
        return ask.readAllStandardOutput().contains(QByteArray::number(scene.replica->port()));
    };
    QTRY_VERIFY_WITH_TIMEOUT(replicas(), 20'000);
    scene.primary->process().signal(SIGKILL);
    const QString there = u"127.0.0.1:%1"_s.arg(scene.replica->port());
    QTRY_VERIFY_WITH_TIMEOUT(polled() && last->server.address == there, 40'000);
    QCOMPARE(last->server.role, ServerRole::primary);
    QCOMPARE(last->systems.size(), size_t(1));
    const auto moved = std::ranges::any_of(last->findings, [&](const Finding& finding) {
        return finding.id.startsWith(u"moved:"_s) && finding.sentence.contains(there);
    });
    QVERIFY(moved);
}

QTEST_GUILESS_MAIN(TestRedisSentinel)
#include "tst_redis_sentinel.moc"

// A real cluster of three nodes: its queues are read as if they were on one server, also while slots move.
#include <QtTest>

#include "app/demo/private_redis.h"
#include "backends/polling/poller.h"
#include "backends/redis/wire/cluster.h"
#include "backends/redis/wire/sentinel.h"
#include "tests/redis/acting/acting_probe.h"
#include "tests/redis/redis_probe.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestRedisCluster : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void slotsOfTheSpecification();
    void firstKeys_data();
    void firstKeys();
    void urls();
    void allNodesAreReadAsOne();
    void commandsAreCutByTheirKeys();
    void slotsThatMoveAreFollowed();
    void itIsNotActedOn();

private:
    QByteArray cli(const QStringList& words, int node = 0);
    [[nodiscard]] QString url(const QStringList& more = {}) const;

    std::vector<std::unique_ptr<PrivateRedis>> m_nodes;
};

// Follows redirections, so that a test need not know which node holds a key.
QByteArray TestRedisCluster::cli(const QStringList& words, int node) {
    QProcess client;
    client.start(u"redis-cli"_s,
                 QStringList{u"-c"_s, u"-p"_s, QString::number(m_nodes[size_t(node)]->port())} + words);
    if (!client.waitForFinished(60'000)) return "did not end";
    return client.readAllStandardOutput() + client.readAllStandardError();
}

QString TestRedisCluster::url(const QStringList& more) const {
    QStringList hosts = more;
    for (const auto& node : m_nodes) hosts << u"127.0.0.1:%1"_s.arg(node->port());
    return u"redis+cluster://"_s + hosts.join(u',');
}

void TestRedisCluster::initTestCase() {
    QStringList places;
    for (int i = 0; i < 3; ++i) {
        // The nodes talk at port + 10000, which must be a port, and free.
        const PrivateRedis::Options options{
            .tcp = true,
            .arguments = {u"--cluster-enabled"_s, u"yes"_s, u"--cluster-node-timeout"_s, u"2000"_s}};
        auto node = PrivateRedis::start(options);
        for (int tries = 0; !node && tries < 30; ++tries) node = PrivateRedis::start(options);
        QVERIFY2(node.ok(), node.ok() ? "" : qPrintable(node.failure().sentence()));
        m_nodes.push_back(std::move(node).value());
        places << u"127.0.0.1:%1"_s.arg(m_nodes.back()->port());
    }
    const QByteArray made =
        cli(QStringList{u"--cluster"_s, u"create"_s} + places + QStringList{u"--cluster-yes"_s});
    QVERIFY2(made.contains("All 16384 slots covered"), made.constData());
    QTRY_VERIFY_WITH_TIMEOUT(cli({u"CLUSTER"_s, u"INFO"_s}, 2).contains("cluster_state:ok"), 20'000);
    // Six BullMQ prefixes, each in a slot of its own.
    for (const QString& prefix : {u"{a}"_s, u"{b}"_s, u"{c}"_s, u"{d}"_s, u"{e}"_s, u"{f}"_s}) {
        const QString base = prefix + u":mail:"_s;
        QCOMPARE(cli({u"HSET"_s, base + u"meta"_s, u"version"_s, u"bullmq:5.1.0"_s}), QByteArray("1\n"));
        cli({u"SET"_s, base + u"id"_s, u"2"_s});
        cli({u"HSET"_s, base + u"1"_s, u"timestamp"_s, u"1795318550000"_s, u"name"_s, u"m"_s, u"data"_s,
             u"{}"_s, u"opts"_s, u"{}"_s, u"failedReason"_s, u"no route"_s, u"finishedOn"_s,
             u"1795318551000"_s});
        cli({u"ZADD"_s, base + u"failed"_s, u"1795318551000"_s, u"1"_s});
        cli({u"HSET"_s, base + u"2"_s, u"timestamp"_s, u"1795318550000"_s, u"name"_s, u"m"_s});
        cli({u"LPUSH"_s, base + u"wait"_s, u"2"_s});
        cli({u"XADD"_s, base + u"events"_s, u"*"_s, u"event"_s, u"added"_s, u"jobId"_s, u"2"_s});
    }
    cli({u"XADD"_s, u"orders"_s, u"*"_s, u"value"_s, u"1"_s});
    cli({u"XGROUP"_s, u"CREATE"_s, u"orders"_s, u"billing"_s, u"0"_s});
}

void TestRedisCluster::slotsOfTheSpecification() {
    QCOMPARE(redisSlotOf("123456789"), 0x31C3);
    QCOMPARE(redisSlotOf("{user1000}.following"), redisSlotOf("{user1000}.followers"));
    QCOMPARE(redisSlotOf("{user1000}.following"), redisSlotOf("user1000"));
    QVERIFY(redisSlotOf("foo{}{bar}") != redisSlotOf("bar"));  // an empty tag is none
    QCOMPARE(redisSlotOf("foo{{bar}}zap"), redisSlotOf("{bar"));
    QCOMPARE(redisSlotOf("foo{bar}{zap}"), redisSlotOf("bar"));
    for (const char* key : {"orders", "foo{}{bar}", "{a}:mail:meta", "x}{y"})
        QCOMPARE(redisSlotOf(key),
                 cli({u"CLUSTER"_s, u"KEYSLOT"_s, QString::fromLatin1(key)}).trimmed().toInt());
}

void TestRedisCluster::firstKeys_data() {
    QTest::addColumn<RedisCommand>("command");
    QTest::addColumn<int>("first");
    QTest::newRow("GET") << RedisCommand{"GET", "k"} << 1;
    QTest::newRow("lower case") << RedisCommand{"get", "k"} << 1;
    QTest::newRow("XINFO") << RedisCommand{"XINFO", "GROUPS", "k"} << 2;
    QTest::newRow("MEMORY") << RedisCommand{"MEMORY", "USAGE", "k"} << 2;
    QTest::newRow("EVAL") << RedisCommand{"EVAL", "return 1", "1", "k"} << 3;
    QTest::newRow("EVAL without") << RedisCommand{"EVAL", "return 1", "0"} << 0;
    QTest::newRow("XREAD") << RedisCommand{"XREAD", "COUNT", "5", "STREAMS", "k", "0"} << 4;
    QTest::newRow("TIME") << RedisCommand{"TIME"} << 0;
    QTest::newRow("INFO") << RedisCommand{"INFO", "server"} << 0;
    QTest::newRow("SCAN") << RedisCommand{"SCAN", "0"} << 0;
}

void TestRedisCluster::firstKeys() {
    QFETCH(RedisCommand, command);
    QFETCH(int, first);
    QCOMPARE(firstKeyOf(command), first);
}

void TestRedisCluster::urls() {
    const auto address = [](const QString& text) { return clusterAddressFrom(*connectionFromUrl(text)); };
    const auto two = address(u"redis+cluster://app:p%40w@a:1,b/0"_s);
    QVERIFY(two.ok());
    QCOMPARE(two->cluster_seeds.size(), size_t(2));
    QCOMPARE(two->cluster_seeds[1].display(), u"b:6379"_s);
    QCOMPARE(two->cluster_seeds[1].password, u"p@w"_s);
    for (const QString& wrong :
         {u"redis+cluster://a/1"_s, u"redis+cluster:///0"_s, u"redis+cluster://a:x"_s}) {
        const auto refused = address(wrong);
        QVERIFY2(!refused.ok(), qPrintable(wrong));
        QCOMPARE(refused.failure().kind, FailureKind::usage);
    }
}

void TestRedisCluster::allNodesAreReadAsOne() {
    RedisProbe plain(m_nodes[0]->tcpUrl());
    QVERIFY2(plain.failure().contains(u"redis+cluster://"_s), qPrintable(plain.failure()));
    RedisProbe probe(url({u"127.0.0.1:1"_s}));  // a seed that is down
    QVERIFY2(probe.detect(), qPrintable(probe.failure()));
    QStringList found = probe.systems();
    found.sort();
    QCOMPARE(found.join(u' '),
             u"bullmq:{a} bullmq:{b} bullmq:{c} bullmq:{d} bullmq:{e} bullmq:{f} redis_stream"_s);
    const auto reading = probe.read();
    QCOMPARE(reading.systems.size(), size_t(7));
    for (const auto& system : reading.systems) {
        QCOMPARE(system.queues.size(), size_t(1));
        if (system.identity.system != u"bullmq"_s) continue;
        QCOMPARE(system.queues[0].ready, Count::exact(1));
        QCOMPARE(system.queues[0].dead, Count::exact(1));
    }
    const auto dead = probe.backend().deadPage({});
    QVERIFY(dead.ok());
    QCOMPARE(dead->jobs.size(), size_t(6));
}

void TestRedisCluster::commandsAreCutByTheirKeys() {
    const std::atomic<bool> never{false};
    RedisConnection connection(*clusterAddressFrom(*connectionFromUrl(url())), never);
    QVERIFY(connection.open(QDeadlineTimer(10'000)).ok());
    const auto replies = connection.run(
        {{"MGET", "{a}:mail:id", "nothing", "{b}:mail:id", "{f}:mail:id"},
         {"EXISTS", "{a}:mail:id", "{b}:mail:id", "{c}:mail:id", "nothing"},
         {"XREAD", "COUNT", "10", "STREAMS", "{a}:mail:events", "{b}:mail:events", "nothing", "0", "0", "0"},
         {"LRANGE", "orders", "0", "1"},
         {"TIME"}},
        QDeadlineTimer(10'000));
    QVERIFY2(replies.ok(), replies.ok() ? "" : qPrintable(replies.failure().sentence()));
    QCOMPARE((*replies)[0].items.size(), size_t(4));
    QCOMPARE((*replies)[0].items[0].text, QByteArray("2"));
    QVERIFY((*replies)[0].items[1].isNil());
    QCOMPARE((*replies)[0].items[3].text, QByteArray("2"));
    QCOMPARE((*replies)[1].integer, 3);
    QCOMPARE((*replies)[2].items.size(), size_t(2));
    QCOMPARE((*replies)[3].errorCode(), QByteArray("WRONGTYPE"));
    QVERIFY((*replies)[4].isArray());
}

void TestRedisCluster::slotsThatMoveAreFollowed() {
    const auto settings = redisSettings(url());
    Poller poller(settings, createBackend(settings));
    const auto systems = [&poller]() -> int {
        const auto reading = poller.pollOnce();
        if (!reading) qWarning("%s", qPrintable(reading.failure().sentence()));
        return reading ? int((*reading)->systems.size()) : -1;
    };
    QCOMPARE(systems(), 7);
    // Every slot of the node that holds {a} goes to the next one, with its keys.
    const auto idOf = [this](int node) {
        return QString::fromLatin1(cli({u"CLUSTER"_s, u"MYID"_s}, node).trimmed());
    };
    for (int from = 0; from < 3; ++from) {
        const QByteArray moved =
            cli({u"--cluster"_s, u"reshard"_s, u"127.0.0.1:%1"_s.arg(m_nodes[0]->port()), u"--cluster-from"_s,
                 idOf(from), u"--cluster-to"_s, idOf((from + 1) % 3), u"--cluster-slots"_s, u"700"_s,
                 u"--cluster-yes"_s});
        QVERIFY2(moved.contains("Moving slot"), moved.right(300).constData());
        QCOMPARE(systems(), 7);
    }
}

void TestRedisCluster::itIsNotActedOn() {
    const auto acting = makeRedisActingBackend(redisSettings(url()));
    const auto opened = acting->open();
    QVERIFY(!opened.ok());
    QCOMPARE(opened.failure().kind, FailureKind::usage);
    QVERIFY2(opened.failure().sentence().contains(u"two slots"_s), qPrintable(opened.failure().sentence()));
}

QTEST_GUILESS_MAIN(TestRedisCluster)
#include "tst_redis_cluster.moc"

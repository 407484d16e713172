// Names and keys that nobody expects: they are shown safely, and one odd key does not spoil a poll.
#include <QtTest>

#include "app/demo/private_redis.h"
#include "tests/redis/redis_probe.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestRedisNames : public QObject {
    Q_OBJECT
private slots:
    void init();
    void anyQueueName_data();
    void anyQueueName();
    void namesThatLookAlikeStayApart();
    void foreignTypes_data();
    void foreignTypes();
    void stringCalledQueues();
    void emptyQueuesAreValid();
    void largeKeyspaceIsFoundInSteps();
    void newQueueIsFoundWhilePolling();
    void eachDatabaseIsItsOwn();

private:
    QByteArray command(const QList<QByteArray>& words) { return redisCommand(*m_redis, words); }
    void makeBullmq(const QByteArray& queue, int waiting);

    std::unique_ptr<PrivateRedis> m_redis;
};

void TestRedisNames::init() {
    auto redis = PrivateRedis::start();
    QVERIFY2(redis.ok(), redis.ok() ? "" : qPrintable(redis.failure().sentence()));
    m_redis = std::move(redis).value();
}

void TestRedisNames::makeBullmq(const QByteArray& queue, int waiting) {
    const QByteArray base = "bull:" + queue + ':';
    command({"HSET", base + "meta", "version", "bullmq:5.81.5"});
    for (int i = 0; i < waiting; ++i) command({"LPUSH", base + "wait", QByteArray::number(i + 1)});
    command({"HSET", base + "1", "timestamp", "1700000000000"});
}

void TestRedisNames::anyQueueName_data() {
    QTest::addColumn<QByteArray>("raw");
    QTest::addColumn<QString>("shown");
    QTest::newRow("spaces") << QByteArray("my orders") << u"my orders"_s;
    QTest::newRow("slashes") << QByteArray("a/b//c") << u"a/b//c"_s;
    QTest::newRow("markup") << QByteArray("<b>orders</b>") << u"<b>orders</b>"_s;
    QTest::newRow("newline") << QByteArray("two\nlines") << u"two\\nlines"_s;
    QTest::newRow("terminal escape") << QByteArray("\x1b[31mred") << u"\\x1b[31mred"_s;
    QTest::newRow("invalid UTF-8") << QByteArray("caf\xe9") << u"caf\\xe9"_s;
    QTest::newRow("umlaut") << QByteArray("Aufträge") << u"Aufträge"_s;
    QTest::newRow("glob signs") << QByteArray("a*b?[c]") << u"a*b?[c]"_s;
}

void TestRedisNames::anyQueueName() {
    QFETCH(QByteArray, raw);
    QFETCH(QString, shown);
    makeBullmq(raw, 3);
    command({"SADD", "queues", raw});
    command({"LPUSH", "queue:" + raw, R"({"jid":"1","class":"A","queue":"x","enqueued_at":1700000000})"});
    RedisProbe probe(m_redis->url());
    QVERIFY2(probe.ok(), qPrintable(probe.failure()));
    const QueueReading bullmq = RedisProbe::queue(probe.system(u"bullmq"_s), shown);
    QCOMPARE(bullmq.ready, Count::exact(3));
    QVERIFY(bullmq.oldest_ready_at.known());
    QCOMPARE(RedisProbe::queue(probe.system(u"sidekiq"_s), shown).ready, Count::exact(1));
}

void TestRedisNames::namesThatLookAlikeStayApart() {
    makeBullmq("a\nb", 1);
    makeBullmq("a\\nb", 2);
    RedisProbe probe(m_redis->url());
    const SystemReading system = probe.system(u"bullmq"_s);
    QCOMPARE(system.queues.size(), std::size_t(2));
    QVERIFY(system.queues[0].queue != system.queues[1].queue);
    QCOMPARE(*system.queues[0].ready.value + *system.queues[1].ready.value, 3);
}

void TestRedisNames::foreignTypes_data() {
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QString>("reason");
    QTest::newRow("wait") << QByteArray("bull:orders:wait")
                          << u"key bull:orders:wait is a string, not a list"_s;
    QTest::newRow("active") << QByteArray("bull:orders:active")
                            << u"key bull:orders:active is a string, not a list"_s;
    QTest::newRow("delayed") << QByteArray("bull:orders:delayed")
                             << u"key bull:orders:delayed is a string, not a sorted set"_s;
    QTest::newRow("failed") << QByteArray("bull:orders:failed")
                            << u"key bull:orders:failed is a string, not a sorted set"_s;
}

void TestRedisNames::foreignTypes() {
    QFETCH(QByteArray, key);
    QFETCH(QString, reason);
    makeBullmq("orders", 2);
    makeBullmq("mail", 4);
    command({"SET", key, "foreign"});
    RedisProbe probe(m_redis->url());
    const SystemReading system = probe.system(u"bullmq"_s);
    const QueueReading odd = RedisProbe::queue(system, u"orders"_s);
    const QStringList reasons{odd.ready.method, odd.running.method, odd.scheduled.method, odd.dead.method};
    QVERIFY2(reasons.contains(reason), qPrintable(reasons.join(u'|')));
    QCOMPARE(reasons.count(QString()), 3);  // and only that one
    QCOMPARE(RedisProbe::queue(system, u"mail"_s).ready, Count::exact(4));
}

void TestRedisNames::stringCalledQueues() {
    command({"SET", "queues", "foreign"});
    makeBullmq("orders", 1);
    RedisProbe probe(m_redis->url());
    QCOMPARE(probe.systems(), QStringList{u"bullmq"_s});
    command({"SADD", "processes", "h:1:a"});  // a Sidekiq whose set of queues was overwritten
    QVERIFY(probe.detect());
    QVERIFY(probe.systems().contains(u"sidekiq"_s));
    QVERIFY(!probe.capabilities(u"sidekiq"_s).observable(u"ready"_s));
    QVERIFY(probe.capabilities(u"sidekiq"_s).why(u"ready"_s).contains(u"queues is not a set"_s));
}

void TestRedisNames::emptyQueuesAreValid() {
    makeBullmq("orders", 0);
    command({"SADD", "queues", "default"});
    command({"SET", "stat:processed", "12"});
    RedisProbe probe(m_redis->url());
    for (const auto& [name, queue] :
         {std::pair(u"bullmq"_s, u"orders"_s), std::pair(u"sidekiq"_s, u"default"_s)}) {
        const QueueReading reading = RedisProbe::queue(probe.system(name), queue);
        QCOMPARE(reading.queue, queue);
        QCOMPARE(reading.ready, Count::exact(0));
        QCOMPARE(reading.dead, Count::exact(0));
        QVERIFY(!reading.oldest_ready_at.known());
    }
    for (const auto& signal : {u"ready"_s, u"dead"_s, u"oldest_age_s"_s})
        QVERIFY(probe.capabilities(u"bullmq"_s).observable(signal));
}

void TestRedisNames::largeKeyspaceIsFoundInSteps() {
    command({"EVAL", "for i=1,60000 do redis.call('SET','noise:'..i..':meta','x') end", "0"});
    makeBullmq("orders", 5);
    RedisProbe probe(m_redis->url());
    QVERIFY2(probe.ok(), qPrintable(probe.failure()));
    QCOMPARE(RedisProbe::queue(probe.system(u"bullmq"_s), u"orders"_s).ready, Count::exact(5));
}

void TestRedisNames::newQueueIsFoundWhilePolling() {
    makeBullmq("orders", 1);
    command({"EVAL", "for i=1,20000 do redis.call('SET','noise:'..i,'x') end", "0"});
    ConnectionSettings settings = redisSettings(m_redis->url());
    RedisProbe probe(settings);
    QCOMPARE(probe.system(u"bullmq"_s).queues.size(), std::size_t(1));
    makeBullmq("mail", 2);
    command({"XGROUP", "CREATE", "clicks", "counters", "0", "MKSTREAM"});
    QTRY_COMPARE_WITH_TIMEOUT(probe.system(u"bullmq"_s).queues.size(), std::size_t(2), 60'000);
    QTRY_COMPARE_WITH_TIMEOUT(probe.system(u"redis_stream"_s).queues.size(), std::size_t(1), 60'000);
}

void TestRedisNames::eachDatabaseIsItsOwn() {
    redisCommand(*m_redis, {"HSET", "bull:orders:meta", "version", "bullmq:6.7.0"}, 3);
    RedisProbe none(m_redis->url(0));
    QCOMPARE(none.failureKind(), FailureKind::no_system);
    QCOMPARE(none.systems(), QStringList());
    RedisProbe third(m_redis->url(3));
    QCOMPARE(third.systems(), QStringList{u"bullmq"_s});
    QCOMPARE(third.server().database, u"3"_s);
}

QTEST_GUILESS_MAIN(TestRedisNames)
#include "tst_redis_names.moc"

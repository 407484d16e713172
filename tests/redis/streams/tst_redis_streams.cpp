// Consumer groups of Redis Streams as queues, on a private Redis.
#include <QtTest>

#include "tests/redis/streams/stage.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestRedisStreams : public QObject, private StreamStage {
    Q_OBJECT
private slots:
    void init() { QVERIFY2(start(), qPrintable(problem())); }

    void groupsAreQueues();
    void streamsWithoutGroupsAreNone();
    void flowIsCountedByTheServer();
    void deletedMessagesStayPending();
    void groupsThatNeverAcknowledge();
    void unknownLagIsCounted();
    void unknownLagOfManyIsEstimated();
    void idsThatAreNoTimes();
    void anyName_data();
    void anyName();
    void namesThatLookAlikeStayApart();
    void largeEntriesAreNotFetched();
    void oneHugeEntryAmongSmallOnes();
    void groupsComeAndGo();
    void onlyWhatWasAskedFor();
    void missingRightsAreGaps_data();
    void missingRightsAreGaps();
    void withoutXinfoNothingIsFoundAndSaidSo();
};

void TestRedisStreams::groupsAreQueues() {
    const auto ids = add(5);
    group();
    group("orders", "mail");
    read("c1", 3);
    command({"XACK", "orders", "billing", ids[0]});
    RedisProbe probe(m_redis->url());
    QVERIFY2(probe.ok(), qPrintable(probe.failure()));
    QCOMPARE(probe.systems(), QStringList{kStreams});
    const SystemReading system = probe.system(kStreams);
    QCOMPARE(system.queues.size(), std::size_t(2));
    const QueueReading queue = RedisProbe::queue(system, u"orders/billing"_s);
    QCOMPARE(queue.ready, Count::exact(2));
    QCOMPARE(queue.running, Count::exact(2));
    QVERIFY(queue.oldest_ready_at.isExact());
    QCOMPARE(millisSinceEpoch(*queue.oldest_ready_at.value), ids[3].split('-').front().toLongLong());
    QVERIFY(!queue.dead.known());
    QVERIFY(queue.dead.method.contains(u"no dead letters"_s));
    QCOMPARE(RedisProbe::queue(system, u"orders/mail"_s).ready, Count::exact(5));
    const Capabilities capabilities = probe.capabilities(kStreams);
    for (const auto& signal : {u"ready"_s, u"running"_s, u"oldest_age_s"_s, u"arrival_rate"_s,
                               u"drain_rate"_s, u"workers"_s, u"leases"_s})
        QVERIFY2(capabilities.observable(signal), qPrintable(signal));
    for (const auto& signal : {u"dead"_s, u"scheduled"_s, u"paused"_s, u"lost_next_24h"_s}) {
        QVERIFY2(!capabilities.observable(signal), qPrintable(signal));
        QVERIFY2(!capabilities.why(signal).isEmpty(), qPrintable(signal));
    }
    const auto page = probe.backend().deadPage({});
    QVERIFY(page.ok());
    QVERIFY(page->jobs.empty());
}

void TestRedisStreams::streamsWithoutGroupsAreNone() {
    add(3, "bull:orders:events");
    add(3, "rq:results:1");
    add(3, "plain");
    RedisProbe probe(m_redis->url());
    QVERIFY2(probe.ok(), qPrintable(probe.failure()));
    QCOMPARE(probe.systems(), QStringList());
    group("plain");
    QVERIFY(probe.detect());
    const SystemReading system = probe.system(kStreams);
    QCOMPARE(system.queues.size(), std::size_t(1));
    QCOMPARE(system.queues[0].queue, u"plain/billing"_s);
}

void TestRedisStreams::flowIsCountedByTheServer() {
    group();
    auto ids = add(10);
    read("c1", 4);
    RedisProbe probe(m_redis->url());
    const FlowTotals before = billing(probe).flow;
    QCOMPARE(before.enqueued, Count::exact(10));
    QCOMPARE(before.first_executed, Count::exact(4));
    QCOMPARE(before.completed, Count::exact(0));
    QCOMPARE(before.died, Count::exact(0));
    for (int i = 0; i < 3; ++i) command({"XACK", "orders", "billing", ids[i]});
    add(7);
    read("c2", 2);
    command({"XTRIM", "orders", "MAXLEN", "12"});  // of what was delivered before
    const QueueReading after = billing(probe);
    QCOMPARE(after.flow.enqueued, Count::exact(17));
    QCOMPARE(after.flow.first_executed, Count::exact(6));
    QCOMPARE(after.flow.completed, Count::exact(3));
    QCOMPARE(after.ready, Count::exact(11));
    QCOMPARE(after.claims.claims.value, std::optional<qint64>(2));
    QCOMPARE(after.claims.duplicates.value, std::optional<qint64>(0));
}

void TestRedisStreams::deletedMessagesStayPending() {
    const auto ids = add(30);
    group();
    read("c1", 30);
    for (int i = 0; i < 25; ++i) command({"XDEL", "orders", ids[i]});
    RedisProbe probe(m_redis->url());
    const SystemReading system = probe.system(kStreams);
    QCOMPARE(RedisProbe::queue(system, u"orders/billing"_s).running, Count::exact(30));
    const auto missing = conditionOf(system, ConditionKind::missing_jobs);
    QVERIFY(missing.has_value());
    QCOMPARE(missing->queue, u"orders/billing"_s);
    QCOMPARE(missing->count, Count::exact(25));
    QVERIFY(!conditionOf(system, ConditionKind::unacknowledged));  // they were delivered just now
}

void TestRedisStreams::groupsThatNeverAcknowledge() {
    const auto ids = add(40);
    group();
    group("orders", "mail");
    read("c1", 40);
    for (const QByteArray& id : ids)  // as if delivered an hour ago
        command({"XCLAIM", "orders", "billing", "c1", "0", id, "IDLE", "3600000", "JUSTID"});
    RedisProbe probe(m_redis->url());
    const auto unacknowledged = conditionOf(probe.system(kStreams), ConditionKind::unacknowledged);
    QVERIFY(unacknowledged.has_value());
    QCOMPARE(unacknowledged->queue, u"orders/billing"_s);
    QCOMPARE(unacknowledged->count, Count::exact(40));
    // One acknowledgement: it works, if slowly, until it has been silent for a while.
    command({"XACK", "orders", "billing", ids[39]});
    QVERIFY(!conditionOf(probe.system(kStreams), ConditionKind::unacknowledged));
}

void TestRedisStreams::unknownLagIsCounted() {
    group();
    const auto ids = add(20);
    read("c1", 5);
    command({"XDEL", "orders", ids[10]});
    RedisProbe probe(m_redis->url());
    const QueueReading queue = billing(probe);
    QCOMPARE(queue.ready, Count::exact(14));
    QCOMPARE(queue.running, Count::exact(5));
    QCOMPARE(queue.flow.enqueued, Count::exact(20));
    QVERIFY(queue.oldest_ready_at.isExact());
}

void TestRedisStreams::unknownLagOfManyIsEstimated() {
    group();
    command({"EVAL", "for i=1,300 do redis.call('XADD','orders','*','v','1') end", "0"});
    read("c1", 10);
    const QByteArray last = command({"XADD", "orders", "*", "v", "1"});
    add(1);
    command({"XDEL", "orders", last});
    RedisProbe probe(m_redis->url());
    const QueueReading queue = billing(probe);
    QCOMPARE(queue.ready.provenance, Provenance::estimated);
    QCOMPARE(*queue.ready.value, 292);  // and the deleted one is still among them: 291 are there
    QVERIFY2(queue.ready.method.contains(u"deleted"_s), qPrintable(queue.ready.method));
    const QString url = narrowUser("xinfo|stream");
    RedisProbe narrow(url);
    QCOMPARE(billing(narrow).ready.provenance, Provenance::lower_bound);
    QCOMPARE(*billing(narrow).ready.value, 100);
}

void TestRedisStreams::idsThatAreNoTimes() {
    group();
    command({"XADD", "orders", "7-1", "value", "1"});
    RedisProbe probe(m_redis->url());
    const QueueReading queue = billing(probe);
    QCOMPARE(queue.ready, Count::exact(1));
    QVERIFY(!queue.oldest_ready_at.known());
    QVERIFY2(queue.oldest_ready_at.method.contains(u"not times"_s), qPrintable(queue.oldest_ready_at.method));
}

void TestRedisStreams::anyName_data() {
    QTest::addColumn<QByteArray>("stream");
    QTest::addColumn<QByteArray>("groupName");
    QTest::addColumn<QString>("shown");
    QTest::newRow("spaces") << QByteArray("my orders") << QByteArray("my group") << u"my orders/my group"_s;
    QTest::newRow("markup") << QByteArray("<b>") << QByteArray("<i>") << u"<b>/<i>"_s;
    QTest::newRow("newline") << QByteArray("a\nb") << QByteArray("c\rd") << u"a\\nb/c\\rd"_s;
    QTest::newRow("terminal escape") << QByteArray("\x1b[31m") << QByteArray("\x1b[0m")
                                     << u"\\x1b[31m/\\x1b[0m"_s;
    QTest::newRow("invalid UTF-8") << QByteArray("caf\xe9") << QByteArray("\xff") << u"caf\\xe9/\\xff"_s;
    QTest::newRow("glob signs") << QByteArray("a*b?") << QByteArray("[c]") << u"a*b?/[c]"_s;
}

void TestRedisStreams::anyName() {
    QFETCH(QByteArray, stream);
    QFETCH(QByteArray, groupName);
    QFETCH(QString, shown);
    group(stream, groupName);
    add(2, stream);
    command({"XREADGROUP", "GROUP", groupName, "odd\x07", "COUNT", "1", "STREAMS", stream, ">"});
    RedisProbe probe(m_redis->url());
    const SystemReading system = probe.system(kStreams);
    const QueueReading queue = RedisProbe::queue(system, shown);
    QCOMPARE(queue.ready, Count::exact(1));
    QCOMPARE(system.leases.leases[0].owner, u"odd\\x07"_s);
    QCOMPARE(system.leases.leases[0].queue, shown);
}

void TestRedisStreams::namesThatLookAlikeStayApart() {
    group("a/b", "c");
    group("a", "b/c");
    add(1, "a/b");
    add(2, "a");
    RedisProbe probe(m_redis->url());
    const SystemReading system = probe.system(kStreams);
    QCOMPARE(system.queues.size(), std::size_t(2));
    QVERIFY(system.queues[0].queue != system.queues[1].queue);
    QCOMPARE(*system.queues[0].ready.value + *system.queues[1].ready.value, 3);
}

void TestRedisStreams::largeEntriesAreNotFetched() {
    group();
    add(5, "orders", QByteArray(300'000, 'x'));
    RedisProbe probe(m_redis->url());
    const QueueReading queue = billing(probe);
    QCOMPARE(queue.ready, Count::exact(5));
    QVERIFY(!queue.oldest_ready_at.known());
    QVERIFY2(queue.oldest_ready_at.method.contains(u"too large"_s), qPrintable(queue.oldest_ready_at.method));
}

void TestRedisStreams::oneHugeEntryAmongSmallOnes() {
    group();
    group("mail", "billing");
    add(2, "mail");
    add(1, "orders", QByteArray(9 << 20, 'x'));
    command({"EVAL", "for i=1,2000 do redis.call('XADD','orders','*','v','1') end", "0"});
    RedisProbe probe(m_redis->url());
    QVERIFY2(probe.ok(), qPrintable(probe.failure()));
    const SystemReading system = probe.system(kStreams);
    QCOMPARE(RedisProbe::queue(system, u"orders/billing"_s).ready, Count::exact(2001));
    QVERIFY(!RedisProbe::queue(system, u"orders/billing"_s).oldest_ready_at.known());
    QVERIFY(RedisProbe::queue(system, u"mail/billing"_s).oldest_ready_at.isExact());
}

void TestRedisStreams::groupsComeAndGo() {
    group();
    add(2);
    RedisProbe probe(m_redis->url());
    QCOMPARE(probe.system(kStreams).queues.size(), std::size_t(1));
    group("orders", "mail");
    QCOMPARE(RedisProbe::queue(probe.system(kStreams), u"orders/mail"_s).ready, Count::exact(2));
    command({"XGROUP", "DESTROY", "orders", "billing"});
    const SystemReading system = probe.system(kStreams);
    QCOMPARE(system.queues.size(), std::size_t(1));
    QCOMPARE(system.queues[0].queue, u"orders/mail"_s);
    command({"DEL", "orders"});
    QCOMPARE(probe.system(kStreams).queues.size(), std::size_t(0));
}

void TestRedisStreams::onlyWhatWasAskedFor() {
    group("acme:orders");
    group("other:orders");
    command({"HSET", "bull:orders:meta", "version", "bullmq:5.81.5"});
    RedisProbe bullmq(m_redis->url(), u"bullmq"_s);
    QCOMPARE(bullmq.systems(), QStringList{u"bullmq"_s});
    RedisProbe all(m_redis->url(), kStreams);
    QCOMPARE(all.systems(), QStringList{kStreams});
    QCOMPARE(all.system(kStreams).queues.size(), std::size_t(2));
    RedisProbe acme(m_redis->url(), kStreams, u"acme"_s);
    QCOMPARE(acme.systems(), QStringList{u"redis_stream:acme"_s});
    QCOMPARE(acme.system(kStreams, u"acme"_s).queues.size(), std::size_t(1));
}

void TestRedisStreams::missingRightsAreGaps_data() {
    QTest::addColumn<QByteArray>("denied");
    QTest::addColumn<QString>("signal");
    QTest::newRow("xrange") << QByteArray("xrange") << u"oldest_age_s"_s;
    QTest::newRow("xpending") << QByteArray("xpending") << u"leases"_s;
    QTest::newRow("consumers") << QByteArray("xinfo|consumers") << u"workers"_s;
}

void TestRedisStreams::missingRightsAreGaps() {
    QFETCH(QByteArray, denied);
    QFETCH(QString, signal);
    group();
    add(3);
    read("c1", 1);
    RedisProbe probe(narrowUser(denied));
    QVERIFY2(probe.ok(), qPrintable(probe.failure()));
    const Capabilities capabilities = probe.capabilities(kStreams);
    QVERIFY2(!capabilities.observable(signal), qPrintable(signal));
    QVERIFY2(capabilities.why(signal).contains(u"ACL SETUSER <user> +"_s + QString::fromLatin1(denied)),
             qPrintable(capabilities.why(signal)));
    QCOMPARE(billing(probe).ready, Count::exact(2));
    QCOMPARE(billing(probe).running, Count::exact(1));
}

void TestRedisStreams::withoutXinfoNothingIsFoundAndSaidSo() {
    group();
    add(3);
    const QString url = narrowUser("xinfo");
    RedisProbe alone(url);
    QVERIFY(!alone.ok());
    QCOMPARE(alone.failureKind(), FailureKind::permission);
    QVERIFY2(alone.failure().contains(u"+xinfo|groups"_s), qPrintable(alone.failure()));
    command({"HSET", "bull:orders:meta", "version", "bullmq:5.81.5"});
    RedisProbe beside(url);
    QVERIFY2(beside.ok(), qPrintable(beside.failure()));
    QCOMPARE(beside.systems(), QStringList{u"bullmq"_s});
    const Capabilities capabilities = beside.capabilities(u"bullmq"_s);
    QVERIFY2(capabilities.why(u"discovery"_s).contains(u"+xinfo|groups"_s),
             qPrintable(capabilities.why(u"discovery"_s)));
}

QTEST_GUILESS_MAIN(TestRedisStreams)
#include "tst_redis_streams.moc"

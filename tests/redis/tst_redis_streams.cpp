// Consumer groups of Redis Streams on a private Redis: producers and consumers are its own commands.
#include <QtTest>

#include "app/demo/private_redis.h"
#include "tests/redis/redis_probe.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestRedisStreams : public QObject {
    Q_OBJECT
private slots:
    void init();

    void groupsAreQueues();
    void streamsWithoutGroupsAreNone();
    void flowIsCountedByTheServer();
    void unknownLagIsCounted();
    void unknownLagOfManyIsEstimated();
    void trimmedEntriesAreTold();
    void pendingEntriesAreClaims();
    void longSilenceIsWeakEvidence();
    void takingOverFromALiveConsumerIsADuplicate();
    void takingOverFromASilentConsumerIsNone();
    void entriesDeliveredAgainAndAgain();
    void consumersAreWorkers();
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

private:
    QByteArray command(const QList<QByteArray>& words) { return redisCommand(*m_redis, words); }
    QList<QByteArray> add(int count, const QByteArray& stream = "orders", const QByteArray& value = "1");
    void group(const QByteArray& stream = "orders", const QByteArray& name = "billing",
               const QByteArray& from = "0");
    void read(const QByteArray& consumer, int count, const QByteArray& stream = "orders");
    QString narrowUser(const QByteArray& denied);

    std::unique_ptr<PrivateRedis> m_redis;
};

namespace {

const QString kSystem = u"redis_stream"_s;

double nowSeconds() {
    return static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1e3;
}
double secondsOf(ServerTime time) {
    return std::chrono::duration<double>(time.time_since_epoch()).count();
}

std::optional<Condition> conditionOf(const SystemReading& system, ConditionKind kind) {
    for (const Condition& condition : system.conditions)
        if (condition.kind == kind) return condition;
    return {};
}

QueueReading billing(RedisProbe& probe) {
    return RedisProbe::queue(probe.system(kSystem), u"orders/billing"_s);
}

}  // namespace

void TestRedisStreams::init() {
    auto redis = PrivateRedis::start();
    QVERIFY2(redis.ok(), redis.ok() ? "" : qPrintable(redis.failure().sentence()));
    m_redis = std::move(redis).value();
}

QList<QByteArray> TestRedisStreams::add(int count, const QByteArray& stream, const QByteArray& value) {
    QList<QByteArray> ids;
    for (int i = 0; i < count; ++i) ids << command({"XADD", stream, "*", "value", value});
    return ids;
}

void TestRedisStreams::group(const QByteArray& stream, const QByteArray& name, const QByteArray& from) {
    command({"XGROUP", "CREATE", stream, name, from, "MKSTREAM"});
}

void TestRedisStreams::read(const QByteArray& consumer, int count, const QByteArray& stream) {
    command({"XREADGROUP", "GROUP", "billing", consumer, "COUNT", QByteArray::number(count), "STREAMS",
             stream, ">"});
}

QString TestRedisStreams::narrowUser(const QByteArray& denied) {
    command({"ACL", "SETUSER", "narrow", "on", ">pw", "allkeys", "+@all", "-" + denied});
    return m_redis->url().replace(u"://"_s, u"://narrow:pw@"_s);
}

void TestRedisStreams::groupsAreQueues() {
    const auto ids = add(5);
    group();
    group("orders", "mail");
    read("c1", 3);
    command({"XACK", "orders", "billing", ids[0]});
    RedisProbe probe(m_redis->url());
    QVERIFY2(probe.ok(), qPrintable(probe.failure()));
    QCOMPARE(probe.systems(), QStringList{kSystem});
    const SystemReading system = probe.system(kSystem);
    QCOMPARE(system.queues.size(), std::size_t(2));
    const QueueReading queue = RedisProbe::queue(system, u"orders/billing"_s);
    QCOMPARE(queue.ready, Count::exact(2));
    QCOMPARE(queue.running, Count::exact(2));
    QVERIFY(queue.oldest_ready_at.isExact());
    QCOMPARE(millisSinceEpoch(*queue.oldest_ready_at.value), ids[3].split('-').front().toLongLong());
    QVERIFY(!queue.dead.known());
    QVERIFY(queue.dead.method.contains(u"no dead letters"_s));
    QCOMPARE(RedisProbe::queue(system, u"orders/mail"_s).ready, Count::exact(5));
    const Capabilities capabilities = probe.capabilities(kSystem);
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
    const SystemReading system = probe.system(kSystem);
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

void TestRedisStreams::trimmedEntriesAreTold() {
    group();
    add(10);
    read("c1", 2);
    RedisProbe probe(m_redis->url());
    QVERIFY(!conditionOf(probe.system(kSystem), ConditionKind::trimmed));
    command({"XTRIM", "orders", "MAXLEN", "3"});
    const SystemReading system = probe.system(kSystem);
    QCOMPARE(RedisProbe::queue(system, u"orders/billing"_s).ready, Count::exact(3));
    const auto trimmed = conditionOf(system, ConditionKind::trimmed);
    QVERIFY(trimmed.has_value());
    QCOMPARE(trimmed->queue, u"orders/billing"_s);
    QCOMPARE(trimmed->count.value, std::optional<qint64>(5));
    QCOMPARE(trimmed->count.provenance, Provenance::lower_bound);
}

void TestRedisStreams::pendingEntriesAreClaims() {
    group();
    const auto ids = add(3);
    read("c1", 2);
    RedisProbe probe(m_redis->url());
    const SystemReading system = probe.system(kSystem);
    QCOMPARE(system.leases.total, Count::exact(2));
    QCOMPARE(system.leases.leases.size(), std::size_t(2));
    const Lease& lease = system.leases.leases[0];
    QCOMPARE(lease.id, QString::fromLatin1(ids[0]));
    QCOMPARE(lease.queue, u"orders/billing"_s);
    QCOMPARE(lease.owner, u"c1"_s);
    QCOMPARE(lease.attempt, std::optional(1));
    QVERIFY(!lease.expires_at);
    QVERIFY(!lease.stuck);
    QVERIFY(nowSeconds() - secondsOf(*lease.claimed_at) < 30);
}

void TestRedisStreams::longSilenceIsWeakEvidence() {
    group();
    const auto ids = add(3);
    read("c1", 2);
    command({"XCLAIM", "orders", "billing", "c1", "0", ids[1], "IDLE", "1800000", "JUSTID"});
    RedisProbe probe(m_redis->url());
    const SystemReading system = probe.system(kSystem);
    const Lease& lease = system.leases.leases[0];  // stuck first
    QCOMPARE(lease.id, QString::fromLatin1(ids[1]));
    QVERIFY(lease.stuck);
    QCOMPARE(lease.evidence.size(), 2);
    for (const QString& line : lease.evidence) QVERIFY2(line.startsWith(u"weak: "_s), qPrintable(line));
    QVERIFY2(lease.evidence[0].contains(u"30 min"_s), qPrintable(lease.evidence[0]));
    QVERIFY2(lease.evidence[1].contains(u"was heard of"_s), qPrintable(lease.evidence[1]));
    QVERIFY(!system.leases.leases[1].stuck);
}

void TestRedisStreams::takingOverFromALiveConsumerIsADuplicate() {
    group();
    const auto ids = add(1);
    read("c1", 1);
    RedisProbe probe(m_redis->url());
    QCOMPARE(billing(probe).claims.duplicates.value, std::optional<qint64>(0));
    command({"XAUTOCLAIM", "orders", "billing", "c2", "0", "0"});
    QCOMPARE(billing(probe).claims.duplicates.value, std::optional<qint64>(0));  // c1 may have died
    QueueReading queue;
    const auto c1ReadsAgain = [&] {
        add(1);
        read("c1", 1);
        queue = billing(probe);
        return queue.claims.duplicates.valueOr(0) > 0;
    };
    QTRY_VERIFY_WITH_TIMEOUT(c1ReadsAgain(), 5'000);
    QCOMPARE(queue.claims.duplicates.value, std::optional<qint64>(1));
    QCOMPARE(queue.claims.duplicates.provenance, Provenance::lower_bound);
    QCOMPARE(queue.claims.evidence, ClaimEvidence::counter);
    QCOMPARE(queue.claims.incidents.size(), std::size_t(1));
    const DuplicateClaim& incident = queue.claims.incidents[0];
    QCOMPARE(incident.id, QString::fromLatin1(ids[0]));
    QCOMPARE(incident.first_owner, u"c1"_s);
    QCOMPARE(incident.second_owner, u"c2"_s);
    QVERIFY(*incident.first_claimed_at < *incident.second_claimed_at);
    QCOMPARE(*queue.flow.executed.value - *queue.flow.first_executed.value, 1);
    read("c1", 1);
    QCOMPARE(billing(probe).claims.duplicates.value, std::optional<qint64>(1));  // once
}

void TestRedisStreams::takingOverFromASilentConsumerIsNone() {
    group();
    add(1);
    read("c1", 1);
    RedisProbe probe(m_redis->url());
    QCOMPARE(billing(probe).running, Count::exact(1));
    command({"XAUTOCLAIM", "orders", "billing", "c2", "0", "0"});
    for (int poll = 0; poll < 3; ++poll) {
        add(1);
        read("c2", 1);
        QCOMPARE(billing(probe).claims.duplicates.value, std::optional<qint64>(0));
    }
    const SystemReading system = probe.system(kSystem);
    QCOMPARE(system.leases.leases[0].owner, u"c2"_s);
    QCOMPARE(system.leases.leases[0].attempt, std::optional(2));
}

void TestRedisStreams::entriesDeliveredAgainAndAgain() {
    group();
    const auto ids = add(3);
    read("c1", 3);
    RedisProbe probe(m_redis->url());
    QVERIFY(!conditionOf(probe.system(kSystem), ConditionKind::poison_pill));
    for (int i = 0; i < 2; ++i) command({"XCLAIM", "orders", "billing", "c2", "0", ids[1]});
    const SystemReading system = probe.system(kSystem);
    const auto poison = conditionOf(system, ConditionKind::poison_pill);
    QVERIFY(poison.has_value());
    QCOMPARE(poison->count, Count::exact(1));
    QVERIFY2(
        poison->evidence.contains(QString::fromLatin1(ids[1])) && poison->evidence.contains(u"3 times"_s),
        qPrintable(poison->evidence));
}

void TestRedisStreams::consumersAreWorkers() {
    group();
    add(3);
    read("c1", 2);
    read("c2", 1);
    command({"XGROUP", "CREATECONSUMER", "orders", "billing", "c3"});
    RedisProbe probe(m_redis->url());
    const WorkersReading workers = probe.system(kSystem).workers;
    QCOMPARE(workers.live.provenance, Provenance::estimated);
    QCOMPARE(*workers.live.value, 3);
    QCOMPARE(*workers.busy.value, 2);
    QVERIFY(!workers.concurrency.known());
    QCOMPARE(workers.list.size(), std::size_t(3));
    QCOMPARE(workers.list[0].queues, QStringList{u"orders/billing"_s});
    QVERIFY(workers.list[0].alive);
    QVERIFY(*workers.list[0].heartbeat_age_s.value < 30);
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
    const SystemReading system = probe.system(kSystem);
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
    const SystemReading system = probe.system(kSystem);
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
    const SystemReading system = probe.system(kSystem);
    QCOMPARE(RedisProbe::queue(system, u"orders/billing"_s).ready, Count::exact(2001));
    QVERIFY(!RedisProbe::queue(system, u"orders/billing"_s).oldest_ready_at.known());
    QVERIFY(RedisProbe::queue(system, u"mail/billing"_s).oldest_ready_at.isExact());
}

void TestRedisStreams::groupsComeAndGo() {
    group();
    add(2);
    RedisProbe probe(m_redis->url());
    QCOMPARE(probe.system(kSystem).queues.size(), std::size_t(1));
    group("orders", "mail");
    QCOMPARE(RedisProbe::queue(probe.system(kSystem), u"orders/mail"_s).ready, Count::exact(2));
    command({"XGROUP", "DESTROY", "orders", "billing"});
    const SystemReading system = probe.system(kSystem);
    QCOMPARE(system.queues.size(), std::size_t(1));
    QCOMPARE(system.queues[0].queue, u"orders/mail"_s);
    command({"DEL", "orders"});
    QCOMPARE(probe.system(kSystem).queues.size(), std::size_t(0));
}

void TestRedisStreams::onlyWhatWasAskedFor() {
    group("acme:orders");
    group("other:orders");
    command({"HSET", "bull:orders:meta", "version", "bullmq:5.81.5"});
    RedisProbe bullmq(m_redis->url(), u"bullmq"_s);
    QCOMPARE(bullmq.systems(), QStringList{u"bullmq"_s});
    RedisProbe all(m_redis->url(), kSystem);
    QCOMPARE(all.systems(), QStringList{kSystem});
    QCOMPARE(all.system(kSystem).queues.size(), std::size_t(2));
    RedisProbe acme(m_redis->url(), kSystem, u"acme"_s);
    QCOMPARE(acme.systems(), QStringList{u"redis_stream:acme"_s});
    QCOMPARE(acme.system(kSystem, u"acme"_s).queues.size(), std::size_t(1));
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
    const Capabilities capabilities = probe.capabilities(kSystem);
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

// Who holds which entry of a consumer group: claims, take-overs, poison pills, consumers.
#include <QtTest>

#include "tests/redis/streams/stage.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestStreamClaims : public QObject, private StreamStage {
    Q_OBJECT
private slots:
    void init() { QVERIFY2(start(), qPrintable(problem())); }

    void pendingEntriesAreClaims();
    void longSilenceIsWeakEvidence();
    void takingOverFromALiveConsumerIsADuplicate();
    void takingOverFromASilentConsumerIsNone();
    void entriesDeliveredAgainAndAgain();
    void consumersAreWorkers();
    void trimmedEntriesAreTold();
    void lagAfterATrimIsNotTheServers();
    void lagOfAStreamThatWasTrimmedBefore();
};

namespace {

double nowSeconds() {
    return static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1e3;
}

double secondsOf(ServerTime time) {
    return std::chrono::duration<double>(time.time_since_epoch()).count();
}

}  // namespace

void TestStreamClaims::pendingEntriesAreClaims() {
    group();
    const auto ids = add(3);
    read("c1", 2);
    RedisProbe probe(m_redis->url());
    const SystemReading system = probe.system(kStreams);
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

void TestStreamClaims::longSilenceIsWeakEvidence() {
    group();
    const auto ids = add(3);
    read("c1", 2);
    command({"XCLAIM", "orders", "billing", "c1", "0", ids[1], "IDLE", "1800000", "JUSTID"});
    RedisProbe probe(m_redis->url());
    const SystemReading system = probe.system(kStreams);
    const Lease& lease = system.leases.leases[0];  // stuck first
    QCOMPARE(lease.id, QString::fromLatin1(ids[1]));
    QVERIFY(lease.stuck);
    QCOMPARE(lease.evidence.size(), 2);
    for (const QString& line : lease.evidence) QVERIFY2(line.startsWith(u"weak: "_s), qPrintable(line));
    QVERIFY2(lease.evidence[0].contains(u"30 min"_s), qPrintable(lease.evidence[0]));
    QVERIFY2(lease.evidence[1].contains(u"was heard of"_s), qPrintable(lease.evidence[1]));
    QVERIFY(!system.leases.leases[1].stuck);
}

void TestStreamClaims::takingOverFromALiveConsumerIsADuplicate() {
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
    QVERIFY(*incident.first_claimed_at <= *incident.second_claimed_at);  // of one millisecond, at times
    QCOMPARE(*queue.flow.executed.value - *queue.flow.first_executed.value, 1);
    read("c1", 1);
    QCOMPARE(billing(probe).claims.duplicates.value, std::optional<qint64>(1));  // once
}

void TestStreamClaims::takingOverFromASilentConsumerIsNone() {
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
    const SystemReading system = probe.system(kStreams);
    QCOMPARE(system.leases.leases[0].owner, u"c2"_s);
    QCOMPARE(system.leases.leases[0].attempt, std::optional(2));
}

void TestStreamClaims::entriesDeliveredAgainAndAgain() {
    group();
    const auto ids = add(3);
    read("c1", 3);
    RedisProbe probe(m_redis->url());
    QVERIFY(!conditionOf(probe.system(kStreams), ConditionKind::poison_pill));
    for (int i = 0; i < 2; ++i) command({"XCLAIM", "orders", "billing", "c2", "0", ids[1]});
    const SystemReading system = probe.system(kStreams);
    const auto poison = conditionOf(system, ConditionKind::poison_pill);
    QVERIFY(poison.has_value());
    QCOMPARE(poison->count, Count::exact(1));
    QVERIFY2(
        poison->evidence.contains(QString::fromLatin1(ids[1])) && poison->evidence.contains(u"3 times"_s),
        qPrintable(poison->evidence));
}

void TestStreamClaims::consumersAreWorkers() {
    group();
    add(3);
    read("c1", 2);
    read("c2", 1);
    command({"XGROUP", "CREATECONSUMER", "orders", "billing", "c3"});
    RedisProbe probe(m_redis->url());
    const WorkersReading workers = probe.system(kStreams).workers;
    QCOMPARE(workers.live.provenance, Provenance::estimated);
    QCOMPARE(*workers.live.value, 3);
    QCOMPARE(*workers.busy.value, 2);
    QVERIFY(!workers.concurrency.known());
    QCOMPARE(workers.list.size(), std::size_t(3));
    QCOMPARE(workers.list[0].queues, QStringList{u"orders/billing"_s});
    QVERIFY(workers.list[0].alive);
    QVERIFY(*workers.list[0].heartbeat_age_s.value < 30);
}

void TestStreamClaims::trimmedEntriesAreTold() {
    group();
    add(10);
    read("c1", 2);
    RedisProbe probe(m_redis->url());
    QVERIFY(!conditionOf(probe.system(kStreams), ConditionKind::trimmed));
    command({"XTRIM", "orders", "MAXLEN", "3"});
    const SystemReading system = probe.system(kStreams);
    QCOMPARE(RedisProbe::queue(system, u"orders/billing"_s).ready, Count::exact(3));
    const auto trimmed = conditionOf(system, ConditionKind::trimmed);
    QVERIFY(trimmed.has_value());
    QCOMPARE(trimmed->queue, u"orders/billing"_s);
    QCOMPARE(trimmed->count.value, std::optional<qint64>(5));
    QCOMPARE(trimmed->count.provenance, Provenance::lower_bound);
}

void TestStreamClaims::lagAfterATrimIsNotTheServers() {
    group();
    add(100);
    read("c1", 20);
    RedisProbe probe(m_redis->url());
    command({"XTRIM", "orders", "MAXLEN", "50"});
    QCOMPARE(billing(probe).ready, Count::exact(50));
    read("c1", 10);
    QCOMPARE(billing(probe).ready, Count::exact(40));
    read("c1", 40);  // all that is there; the server's lag stays at 30
    const QueueReading drained = billing(probe);
    QCOMPARE(drained.ready, Count::exact(0));
    QVERIFY(!drained.oldest_ready_at.known());
    add(200);
    const Count behind = billing(probe).ready;
    QCOMPARE(behind.value, std::optional<qint64>(200));
    QCOMPARE(behind.provenance, Provenance::estimated);
    RedisProbe stranger(m_redis->url());  // did not see the trim: the counters alone do not show it
    QVERIFY(*billing(stranger).ready.value >= 200);
}

// Seen for the first time after the trim, the position tells that the counters cannot be right.
void TestStreamClaims::lagOfAStreamThatWasTrimmedBefore() {
    group();
    add(400);
    read("c1", 20);
    command({"XTRIM", "orders", "MAXLEN", "300"});
    read("c1", 10);
    RedisProbe probe(m_redis->url());
    const Count ready = billing(probe).ready;
    QCOMPARE(ready.provenance, Provenance::lower_bound);
    QCOMPARE(ready.value, std::optional<qint64>(100));
}

QTEST_GUILESS_MAIN(TestStreamClaims)
#include "tst_stream_claims.moc"

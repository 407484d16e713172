// What leaves a consumer group without being done is not drain: entries passed over by hand, and those that
// go with their consumer. And who of the consumers is still there.
#include <QtTest>

#include "backends/redis/streams/losses.h"
#include "tests/redis/streams/stage.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestStreamLosses : public QObject, private StreamStage {
    Q_OBJECT
private slots:
    void init() { QVERIFY2(start(), qPrintable(problem())); }

    void whatIsPassedOverIsNotDone();
    void readingOnIsNoSkip();
    void whatGoesWithItsConsumerIsLost();
    void aConsumerThatEndsWellLosesNothing();
    void whoGetsNoTurnIsGone();
};

// 20 are read, 50 passed over, then 10 and 5 more come and are read; none is acknowledged.
void TestStreamLosses::whatIsPassedOverIsNotDone() {
    group();
    add(70);
    read("c1", 20);
    QTest::qWait(300);  // so that the poll does not take this reading for one of its own time
    RedisProbe probe(m_redis->url());
    QCOMPARE(billing(probe).flow.first_executed, Count::exact(20));
    command({"XGROUP", "SETID", "orders", "billing", "$"});
    QueueReading queue = billing(probe);
    QCOMPARE(queue.ready, Count::exact(0));
    QCOMPARE(queue.flow.completed.valueOr(0), 0);
    add(10);
    read("c1", 10);
    queue = billing(probe);
    QCOMPARE(queue.running, Count::exact(30));
    QCOMPARE(queue.flow.completed.valueOr(-1), 0);
    QCOMPARE(queue.flow.first_executed.provenance, Provenance::lower_bound);
    const qint64 before = *queue.flow.first_executed.value;
    QVERIFY2(before >= 20 && before <= 30, qPrintable(QString::number(before)));
    add(5);
    read("c1", 5);
    queue = billing(probe);
    QCOMPARE(queue.flow.first_executed, Count::exact(before + 5));
    QCOMPARE(queue.flow.completed, Count::exact(0));
    QCOMPARE(queue.claims.claims.valueOr(-1), before - 20 + 5);
}

void TestStreamLosses::readingOnIsNoSkip() {
    group();
    const auto ids = add(100);
    read("c1", 20);
    for (int i = 0; i < 20; ++i) command({"XACK", "orders", "billing", ids[i]});
    RedisProbe probe(m_redis->url());
    QCOMPARE(billing(probe).flow.completed, Count::exact(20));
    for (int turn = 1; turn < 5; ++turn) {
        read("c1", 20);
        for (int i = 0; i < 20; ++i) command({"XACK", "orders", "billing", ids[turn * 20 + i]});
        const QueueReading queue = billing(probe);
        QCOMPARE(queue.flow.first_executed.value, std::optional<qint64>(20 * (turn + 1)));
        QVERIFY2(queue.flow.first_executed.isExact(), qPrintable(queue.flow.first_executed.method));
        QCOMPARE(queue.flow.completed, Count::exact(20 * (turn + 1)));
    }
}

void TestStreamLosses::whatGoesWithItsConsumerIsLost() {
    const auto ids = add(40);
    group();
    read("c1", 30);
    read("c2", 10);
    for (int i = 0; i < 30; ++i)  // as if delivered a minute ago
        command({"XCLAIM", "orders", "billing", "c1", "0", ids[i], "IDLE", "60000", "JUSTID"});
    RedisProbe probe(m_redis->url());
    QCOMPARE(billing(probe).running, Count::exact(40));
    command({"XGROUP", "DELCONSUMER", "orders", "billing", "c1"});
    for (int poll = 0; poll < 2; ++poll) {
        const SystemReading system = probe.system(kStreams);
        const QueueReading queue = RedisProbe::queue(system, u"orders/billing"_s);
        QCOMPARE(queue.running, Count::exact(10));
        QCOMPARE(queue.flow.completed.valueOr(-1), 0);
        const auto lost = conditionOf(system, ConditionKind::lost_with_worker);
        QVERIFY(lost.has_value());
        QCOMPARE(lost->subject, u"c1"_s);
        QCOMPARE(lost->count.value, std::optional<qint64>(30));
        QVERIFY2(lost->evidence.contains(QString::fromLatin1(ids[0])), qPrintable(lost->evidence));
    }
}

void TestStreamLosses::aConsumerThatEndsWellLosesNothing() {
    const auto ids = add(6);
    group();
    read("c1", 6);
    RedisProbe probe(m_redis->url());
    QCOMPARE(billing(probe).running, Count::exact(6));
    for (const QByteArray& id : ids) command({"XACK", "orders", "billing", id});
    QCOMPARE(billing(probe).flow.completed, Count::exact(6));
    command({"XGROUP", "DELCONSUMER", "orders", "billing", "c1"});
    const SystemReading system = probe.system(kStreams);
    QCOMPARE(RedisProbe::queue(system, u"orders/billing"_s).flow.completed, Count::exact(6));
    QVERIFY(!conditionOf(system, ConditionKind::lost_with_worker));
}

// 151 consumers of which one reads 40 entries a second: the others do not wait for entries any more.
void TestStreamLosses::whoGetsNoTurnIsGone() {
    QCOMPARE(streamSilenceAllowed_s(0, 60, 151, false), 300.0);  // nothing is known yet
    QCOMPARE(streamSilenceAllowed_s(24'000, 600, 151, false), 10 * 151 / 40.0);
    QCOMPARE(streamSilenceAllowed_s(24'000, 600, 151, true), 300.0);  // it may work on what it holds
    QCOMPARE(streamSilenceAllowed_s(24'000, 600, 2, false), 30.0);
    QCOMPARE(streamSilenceAllowed_s(60, 6000, 4, false), 300.0);  // one entry in 100 s: everybody is silent
}

QTEST_GUILESS_MAIN(TestStreamLosses)
#include "tst_stream_losses.moc"

// BullMQ queues that stand still by a rule of their own, and queues that their meta key does not give away.
#include <QtTest>

#include "tests/redis/bullmq/stage.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestBullmqHolds : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { BULLMQ_OR_SKIP(); }
    void init() { m_stage = std::make_unique<BullmqStage>(); }
    void cleanup() { m_stage.reset(); }

    void limitsAreAHold_data() { bullmqLibraries(); }
    void limitsAreAHold();
    void queuesWithoutTheirMetaAreFound_data() { bullmqLibraries(); }
    void queuesWithoutTheirMetaAreFound();

private:
    using Json = QJsonObject;
    void start(const QString& library) { QVERIFY2(m_stage->start(library), qPrintable(m_stage->problem())); }
    void add(const QString& queue, int count) {
        m_stage->ask({{u"do"_s, u"add"_s}, {u"queue"_s, queue}, {u"count"_s, count}});
    }
    void work(const QString& queue, const QString& mode, const Json& options = {}) {
        m_stage->ask({{u"do"_s, u"work"_s}, {u"queue"_s, queue}, {u"mode"_s, mode}, {u"options"_s, options}});
    }

    std::unique_ptr<BullmqStage> m_stage;
};

void TestBullmqHolds::limitsAreAHold() {
    QFETCH(QString, library);
    start(library);
    for (const auto& queue : {u"limited"_s, u"closed"_s, u"single"_s, u"free"_s}) add(queue, 8);
    m_stage->ask({{u"do"_s, u"globalConcurrency"_s}, {u"queue"_s, u"single"_s}, {u"count"_s, 1}});
    work(u"limited"_s, u"complete"_s, {{u"limiter"_s, Json{{u"max"_s, 2}, {u"duration"_s, 3'600'000}}}});
    work(u"closed"_s, u"closed"_s);
    work(u"single"_s, u"hold"_s, {{u"concurrency"_s, 5}});
    RedisProbe probe(m_stage->redis().url());
    const auto held = [&](const QString& queue) {
        const auto hold = RedisProbe::queue(probe.system(u"bullmq"_s), queue).held;
        return hold ? hold->why : QString();
    };
    QTRY_COMPARE_WITH_TIMEOUT(held(u"limited"_s), u"rate limited"_s, 20'000);
    QTRY_COMPARE_WITH_TIMEOUT(held(u"closed"_s), u"rate limited"_s, 20'000);
    const QString oneAtATime = u"one at a time by the queue's own concurrency; the running one has taken "_s;
    QTRY_VERIFY_WITH_TIMEOUT(held(u"single"_s).startsWith(oneAtATime), 20'000);
    const ServerReading reading = probe.read();
    QCOMPARE(reading.systems.size(), 1U);
    const QueueReading limited = RedisProbe::queue(reading.systems[0], u"limited"_s);
    QCOMPARE(limited.ready, Count::exact(6));
    QVERIFY(limited.held->until && !limited.held->trickles);
    const double left_s = secondsBetween(reading.observed_at, *limited.held->until);
    QVERIFY2(left_s > 3'500 && left_s <= 3'601, qPrintable(QString::number(left_s)));
    QVERIFY(RedisProbe::queue(reading.systems[0], u"single"_s).held->trickles);
    QVERIFY(!RedisProbe::queue(reading.systems[0], u"free"_s).held);
}

void TestBullmqHolds::queuesWithoutTheirMetaAreFound() {
    QFETCH(QString, library);
    start(library);
    m_stage->ask({{u"do"_s, u"flow"_s}, {u"queue"_s, u"flows"_s}});  // no Queue object is ever made
    QVERIFY(m_stage->command({"HGET", "bull:flows:meta", "version"}).isEmpty());
    add(u"evicted"_s, 6);
    m_stage->command({"DEL", "bull:evicted:meta"});
    m_stage->command({"XADD", "audit:events", "*", "user", "7"});  // a stream of somebody else
    RedisProbe probe(m_stage->redis().url());
    SystemReading bullmq = probe.system(u"bullmq"_s);
    QCOMPARE(bullmq.queues.size(), 2U);
    QCOMPARE(RedisProbe::queue(bullmq, u"evicted"_s).ready, Count::exact(6));
    QCOMPARE(RedisProbe::queue(bullmq, u"flows"_s).ready, Count::exact(1));
    m_stage->command({"DEL", "bull:evicted:wait"});  // no job is left: it is gone
    bullmq = probe.system(u"bullmq"_s);
    QCOMPARE(bullmq.queues.size(), 1U);
    QCOMPARE(bullmq.queues[0].queue, u"flows"_s);
}

QTEST_GUILESS_MAIN(TestBullmqHolds)
#include "tst_bullmq_holds.moc"

// How BullMQ jobs come in and end, by real workers: failures that nothing keeps, jobs that are put off
// without a failure, retries asked for by a person, adds that are refused.
#include <QtTest>

#include "tests/redis/bullmq/stage.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestBullmqEndings : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { BULLMQ_OR_SKIP(); }
    void init() { m_stage = std::make_unique<BullmqStage>(); }
    void cleanup() { m_stage.reset(); }

    void failuresThatNothingKeepsAreCounted_data() { bullmqLibraries(); }
    void failuresThatNothingKeepsAreCounted();
    void whatIsPutOffIsNoRetry_data();
    void whatIsPutOffIsNoRetry();
    void retriedByHandIsAReplay_data() { bullmqLibraries(); }
    void retriedByHandIsAReplay();
    void refusedAddsAreNoArrivals_data() { bullmqLibraries(); }
    void refusedAddsAreNoArrivals();

private:
    using Json = QJsonObject;
    void start(const QString& library) { QVERIFY2(m_stage->start(library), qPrintable(m_stage->problem())); }
    void add(Json request) {
        request[u"do"_s] = u"add"_s;
        request[u"queue"_s] = u"orders"_s;
        m_stage->ask(request);
    }
    void work(const QString& mode, Json request = {}) {
        request[u"do"_s] = u"work"_s;
        request[u"queue"_s] = u"orders"_s;
        request[u"mode"_s] = mode;
        m_stage->ask(request);
    }
    static QueueReading orders(RedisProbe& probe) {
        return RedisProbe::queue(probe.system(u"bullmq"_s), u"orders"_s);
    }

    std::unique_ptr<BullmqStage> m_stage;
};

void TestBullmqEndings::failuresThatNothingKeepsAreCounted() {
    QFETCH(QString, library);
    start(library);
    add({{u"count"_s, 1}, {u"opts"_s, Json{{u"removeOnFail"_s, true}}}});
    RedisProbe probe(m_stage->redis().url());
    const FlowTotals before = orders(probe).flow;
    add({{u"count"_s, 29}, {u"opts"_s, Json{{u"removeOnFail"_s, true}}}});
    work(u"fail"_s);
    const auto failed = [&] {
        const FlowTotals now = orders(probe).flow;
        return now.failed_for_good.valueOr(0) - before.failed_for_good.valueOr(0);
    };
    QTRY_COMPARE_WITH_TIMEOUT(failed(), 30, 20'000);
    const QueueReading after = orders(probe);
    QVERIFY(after.flow.failed_for_good.isExact() && after.flow.completed.isExact());
    QCOMPARE(*after.flow.completed.value, *before.completed.value);
    QCOMPARE(*after.flow.enqueued.value - *before.enqueued.value, 29);
    QCOMPARE(after.dead, Count::exact(0));
}

void TestBullmqEndings::whatIsPutOffIsNoRetry_data() {
    QTest::addColumn<QString>("library");
    QTest::addColumn<QString>("mode");
    for (const auto& library : {u"bullmq5"_s, u"bullmq6"_s})
        for (const auto& mode : {u"postponed"_s, u"limited"_s})
            QTest::newRow(qPrintable(library + u' ' + mode)) << library << mode;
}

// Step jobs and rate limits put a job back again and again, and nothing fails.
void TestBullmqEndings::whatIsPutOffIsNoRetry() {
    QFETCH(QString, library);
    QFETCH(QString, mode);
    start(library);
    add({{u"count"_s, 1}, {u"opts"_s, Json{{u"delay"_s, 3'600'000}}}});
    RedisProbe probe(m_stage->redis().url());
    (void)orders(probe);
    add({{u"count"_s, 5}});
    work(mode, {{u"times"_s, 8}});
    QTRY_COMPARE_WITH_TIMEOUT(m_stage->count(u"orders"_s, u"completed"_s), 5, 20'000);
    QTRY_COMPARE_WITH_TIMEOUT(orders(probe).flow.completed.valueOr(0), 5, 20'000);
    const FlowTotals flow = orders(probe).flow;
    QVERIFY(m_stage->command({"HGET", "bull:orders:2", "ats"}).toInt() >= 1);
    if (!flow.executed.known()) {  // gone before it could be told
        QVERIFY(!flow.retried.known());
        return;
    }
    QCOMPARE(*flow.retried.value, 0);
    QCOMPARE(*flow.executed.value, 5);
    QCOMPARE(*flow.first_executed.value, 5);
}

void TestBullmqEndings::retriedByHandIsAReplay() {
    QFETCH(QString, library);
    start(library);
    add({{u"count"_s, 6}});
    work(u"failOnce"_s);  // fails for good: one attempt each
    QTRY_COMPARE_WITH_TIMEOUT(m_stage->count(u"orders"_s, u"failed"_s), 6, 20'000);
    RedisProbe probe(m_stage->redis().url());
    const FlowTotals before = orders(probe).flow;
    m_stage->ask({{u"do"_s, u"retryFailed"_s}, {u"queue"_s, u"orders"_s}});
    const auto left = [&] {
        const FlowTotals now = orders(probe).flow;
        return now.completed.valueOr(0) + now.failed_for_good.valueOr(0) - before.completed.valueOr(0) -
               before.failed_for_good.valueOr(0);
    };
    QTRY_COMPARE_WITH_TIMEOUT(left(), 6, 20'000);
    const FlowTotals flow = orders(probe).flow;
    QCOMPARE(*flow.retried.value - before.retried.valueOr(0), 0);
    QCOMPARE(*flow.executed.value - before.executed.valueOr(0), 6);
    QCOMPARE(*flow.first_executed.value - before.first_executed.valueOr(0), 6);
}

void TestBullmqEndings::refusedAddsAreNoArrivals() {
    QFETCH(QString, library);
    start(library);
    add({{u"ids"_s, QJsonArray{u"a"_s, u"b"_s, u"c"_s}}});
    RedisProbe probe(m_stage->redis().url());
    const FlowTotals before = orders(probe).flow;
    for (int again = 0; again < 10; ++again) add({{u"ids"_s, QJsonArray{u"a"_s, u"b"_s, u"c"_s}}});
    QVERIFY(m_stage->command({"GET", "bull:orders:id"}).toInt() > 3);
    const QueueReading after = orders(probe);
    QCOMPARE(after.ready, Count::exact(3));
    QCOMPARE(*after.flow.enqueued.value, *before.enqueued.value);
    QCOMPARE(after.flow.completed.valueOr(-1), before.completed.valueOr(-1));
    QVERIFY(after.flow.enqueued.isExact());
}

QTEST_GUILESS_MAIN(TestBullmqEndings)
#include "tst_bullmq_endings.moc"

// The real BullMQ 5 and 6 produce and work on a private Redis; our reading must tell what the libraries do.
#include <QJsonObject>
#include <QtTest>

#include "tests/redis/bullmq/stage.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestBullmq : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init() { m_stage = std::make_unique<BullmqStage>(); }
    void cleanup() { m_stage.reset(); }

    void countsAgree_data();
    void countsAgree();
    void retriesAndScheduledJobsAreToldApart_data() { bullmqLibraries(); }
    void retriesAndScheduledJobsAreToldApart();
    void pausedQueueKeepsItsJobs_data() { bullmqLibraries(); }
    void pausedQueueKeepsItsJobs();
    void agesAreThoseOfTheLibrary_data() { bullmqLibraries(); }
    void agesAreThoseOfTheLibrary();
    void workersAreCounted_data() { bullmqLibraries(); }
    void workersAreCounted();
    void prefixesStandSideBySide();
    void balanceFollowsTheWork();
    void overdueJobsShowWithoutWorkers();
    void manyDelayedJobsAreEstimated();
    void newQueueAppearsAndObliteratedQueueGoes();
    void bullThreeIsNotTaken();

private:
    void start(const QString& library = u"bullmq6"_s);
    QJsonObject ask(const QJsonObject& request) { return m_stage->ask(request); }
    SystemReading reading(RedisProbe& probe, const QString& nameSpace = {});

    std::unique_ptr<BullmqStage> m_stage;
};

void TestBullmq::initTestCase() {
    BULLMQ_OR_SKIP();
}

void TestBullmq::start(const QString& library) {
    QVERIFY2(m_stage->start(library), qPrintable(m_stage->problem()));
}

SystemReading TestBullmq::reading(RedisProbe& probe, const QString& nameSpace) {
    return probe.system(u"bullmq"_s, nameSpace);
}

namespace {
using Json = QJsonObject;

qint64 number(const QJsonObject& answer, const QString& field) {
    return answer.value(field).toInteger(-1);
}
}  // namespace

void TestBullmq::countsAgree_data() {
    bullmqLibraries();
}

void TestBullmq::countsAgree() {
    QFETCH(QString, library);
    start(library);
    ask({{u"do"_s, u"add"_s}, {u"queue"_s, u"orders"_s}, {u"count"_s, 7}});
    ask({{u"do"_s, u"add"_s},
         {u"queue"_s, u"orders"_s},
         {u"count"_s, 3},
         {u"opts"_s, Json{{u"priority"_s, 5}}}});
    ask({{u"do"_s, u"add"_s},
         {u"queue"_s, u"orders"_s},
         {u"count"_s, 4},
         {u"opts"_s, Json{{u"delay"_s, 3'600'000}}}});
    ask({{u"do"_s, u"add"_s}, {u"queue"_s, u"mail"_s}, {u"count"_s, 5}});
    ask({{u"do"_s, u"work"_s}, {u"queue"_s, u"mail"_s}, {u"mode"_s, u"fail"_s}});
    ask({{u"do"_s, u"add"_s}, {u"queue"_s, u"video"_s}, {u"count"_s, 6}});
    ask({{u"do"_s, u"work"_s}, {u"queue"_s, u"video"_s}, {u"mode"_s, u"hold"_s}, {u"concurrency"_s, 2}});
    QTRY_COMPARE(number(ask({{u"do"_s, u"counts"_s}, {u"queue"_s, u"mail"_s}}), u"failed"_s), 5);
    QTRY_COMPARE(number(ask({{u"do"_s, u"counts"_s}, {u"queue"_s, u"video"_s}}), u"active"_s), 2);

    RedisProbe probe(m_stage->redis().url());
    const SystemReading system = reading(probe);
    QCOMPARE(system.queues.size(), std::size_t(3));
    for (const auto& name : {u"orders"_s, u"mail"_s, u"video"_s}) {
        const QueueReading queue = RedisProbe::queue(system, name);
        const QJsonObject counts = ask({{u"do"_s, u"counts"_s}, {u"queue"_s, name}});
        QCOMPARE(queue.ready, Count::exact(number(counts, u"waiting"_s) + number(counts, u"prioritized"_s)));
        QCOMPARE(queue.scheduled, Count::exact(number(counts, u"delayed"_s)));
        QCOMPARE(queue.retrying, Count::exact(0));
        QCOMPARE(queue.running, Count::exact(number(counts, u"active"_s)));
        QCOMPARE(queue.dead, Count::exact(number(counts, u"failed"_s)));
        QCOMPARE(queue.paused, std::optional(false));
        QCOMPARE(queue.overdue, Count::exact(0));
        QCOMPARE(queue.lost_next_24h.provenance, Provenance::not_observable);
    }
    QCOMPARE(*RedisProbe::queue(system, u"orders"_s).flow.enqueued.value, 14);
    QVERIFY(system.identity.version.startsWith(library == u"bullmq5"_s ? u"5."_s : u"6."_s));
}

void TestBullmq::retriesAndScheduledJobsAreToldApart() {
    QFETCH(QString, library);
    start(library);
    const Json retry{{u"attempts"_s, 3},
                     {u"backoff"_s, Json{{u"type"_s, u"fixed"_s}, {u"delay"_s, 3'600'000}}}};
    ask({{u"do"_s, u"add"_s}, {u"queue"_s, u"mail"_s}, {u"count"_s, 6}, {u"opts"_s, retry}});
    ask({{u"do"_s, u"work"_s}, {u"queue"_s, u"mail"_s}, {u"mode"_s, u"fail"_s}});
    QTRY_COMPARE(number(ask({{u"do"_s, u"counts"_s}, {u"queue"_s, u"mail"_s}}), u"delayed"_s), 6);
    ask({{u"do"_s, u"add"_s},
         {u"queue"_s, u"mail"_s},
         {u"count"_s, 4},
         {u"opts"_s, Json{{u"delay"_s, 7'200'000}}}});

    RedisProbe probe(m_stage->redis().url());
    const QueueReading queue = RedisProbe::queue(reading(probe), u"mail"_s);
    QCOMPARE(queue.retrying, Count::exact(6));
    QCOMPARE(queue.scheduled, Count::exact(4));
    QCOMPARE(queue.ready, Count::exact(0));
}

void TestBullmq::pausedQueueKeepsItsJobs() {
    QFETCH(QString, library);
    start(library);
    ask({{u"do"_s, u"add"_s}, {u"queue"_s, u"orders"_s}, {u"count"_s, 5}});
    ask({{u"do"_s, u"pause"_s}, {u"queue"_s, u"orders"_s}});
    ask({{u"do"_s, u"add"_s}, {u"queue"_s, u"orders"_s}, {u"count"_s, 2}});
    RedisProbe probe(m_stage->redis().url());
    const QueueReading paused = RedisProbe::queue(reading(probe), u"orders"_s);
    QCOMPARE(paused.paused, std::optional(true));
    QCOMPARE(paused.ready, Count::exact(7));
    QVERIFY(paused.oldest_ready_at.known());
    ask({{u"do"_s, u"resume"_s}, {u"queue"_s, u"orders"_s}});
    const QueueReading resumed = RedisProbe::queue(reading(probe), u"orders"_s);
    QCOMPARE(resumed.paused, std::optional(false));
    QCOMPARE(resumed.ready, Count::exact(7));
}

void TestBullmq::agesAreThoseOfTheLibrary() {
    QFETCH(QString, library);
    start(library);
    ask({{u"do"_s, u"add"_s}, {u"queue"_s, u"mail"_s}, {u"count"_s, 3}});
    ask({{u"do"_s, u"work"_s}, {u"queue"_s, u"mail"_s}, {u"mode"_s, u"fail"_s}});
    QTRY_COMPARE(number(ask({{u"do"_s, u"counts"_s}, {u"queue"_s, u"mail"_s}}), u"failed"_s), 3);
    ask({{u"do"_s, u"stopWorkers"_s}});
    ask({{u"do"_s, u"add"_s}, {u"queue"_s, u"mail"_s}, {u"count"_s, 3}});
    RedisProbe probe(m_stage->redis().url());
    const QueueReading queue = RedisProbe::queue(reading(probe), u"mail"_s);
    QCOMPARE(queue.oldest_ready_at.provenance, Provenance::estimated);
    QVERIFY2(queue.oldest_ready_at.method.contains(u"by the clock of its producer"_s),
             qPrintable(queue.oldest_ready_at.method));
    QCOMPARE(millisSinceEpoch(*queue.oldest_ready_at.value),
             number(ask({{u"do"_s, u"oldest"_s}, {u"queue"_s, u"mail"_s}}), u"timestamp"_s));
    QCOMPARE(millisSinceEpoch(*queue.oldest_dead_at.value),
             number(ask({{u"do"_s, u"oldestFailed"_s}, {u"queue"_s, u"mail"_s}}), u"finishedOn"_s));
}

void TestBullmq::workersAreCounted() {
    QFETCH(QString, library);
    start(library);
    ask({{u"do"_s, u"add"_s}, {u"queue"_s, u"orders"_s}, {u"count"_s, 1}});
    RedisProbe probe(m_stage->redis().url());
    QCOMPARE(reading(probe).workers.live.value, std::optional<qint64>(0));
    ask({{u"do"_s, u"work"_s}, {u"queue"_s, u"orders"_s}});
    ask({{u"do"_s, u"work"_s}, {u"queue"_s, u"orders"_s}, {u"name"_s, u"w1"_s}});
    QTRY_COMPARE(number(ask({{u"do"_s, u"workers"_s}, {u"queue"_s, u"orders"_s}}), u"workers"_s), 2);
    QCOMPARE(reading(probe).workers.live.value, std::optional<qint64>(2));
    QVERIFY(!reading(probe).workers.concurrency.known());
}

void TestBullmq::prefixesStandSideBySide() {
    start();
    ask({{u"do"_s, u"add"_s}, {u"queue"_s, u"orders"_s}, {u"count"_s, 2}});
    ask({{u"do"_s, u"add"_s}, {u"queue"_s, u"orders"_s}, {u"prefix"_s, u"acme:eu"_s}, {u"count"_s, 3}});
    RedisProbe probe(m_stage->redis().url());
    QCOMPARE(RedisProbe::queue(reading(probe), u"orders"_s).ready, Count::exact(2));
    QCOMPARE(RedisProbe::queue(reading(probe, u"acme:eu"_s), u"orders"_s).ready, Count::exact(3));

    RedisProbe only(m_stage->redis().url(), {}, u"acme:eu"_s);
    QCOMPARE(only.systems(), (QStringList{u"bullmq:acme:eu"_s}));
}

void TestBullmq::balanceFollowsTheWork() {
    start();
    ask({{u"do"_s, u"add"_s}, {u"queue"_s, u"orders"_s}, {u"count"_s, 50}});
    RedisProbe probe(m_stage->redis().url());
    const QueueReading before = RedisProbe::queue(reading(probe), u"orders"_s);
    ask({{u"do"_s, u"work"_s}, {u"queue"_s, u"orders"_s}});
    QTRY_COMPARE(number(ask({{u"do"_s, u"counts"_s}, {u"queue"_s, u"orders"_s}}), u"completed"_s), 50);
    ask({{u"do"_s, u"stopWorkers"_s}});
    ask({{u"do"_s, u"add"_s}, {u"queue"_s, u"orders"_s}, {u"count"_s, 8}});
    const QueueReading after = RedisProbe::queue(reading(probe), u"orders"_s);
    const auto inside = [](const QueueReading& q) {
        return *q.ready.value + *q.running.value + *q.retrying.value + *q.scheduled.value;
    };
    const qint64 arrivals = *after.flow.enqueued.value - *before.flow.enqueued.value;
    QCOMPARE(arrivals, 8);
    QCOMPARE(arrivals - (inside(after) - inside(before)), 50);  // what left for good
}

void TestBullmq::overdueJobsShowWithoutWorkers() {
    start();
    ask({{u"do"_s, u"add"_s},
         {u"queue"_s, u"orders"_s},
         {u"count"_s, 3},
         {u"opts"_s, Json{{u"delay"_s, 3'600'000}}}});
    // Due a minute ago, as if no worker had looked since: score = due ms * 4096.
    const qint64 due = (QDateTime::currentMSecsSinceEpoch() - 60'000) * 4096;
    QVERIFY(m_stage->command({"ZADD", "bull:orders:delayed", QByteArray::number(due), "1"}).startsWith("0"));
    RedisProbe probe(m_stage->redis().url());
    const QueueReading queue = RedisProbe::queue(reading(probe), u"orders"_s);
    QCOMPARE(queue.overdue, Count::exact(1));
    QCOMPARE(queue.scheduled, Count::exact(3));
}

void TestBullmq::manyDelayedJobsAreEstimated() {
    start();
    ask({{u"do"_s, u"add"_s},
         {u"queue"_s, u"orders"_s},
         {u"count"_s, 1000},
         {u"opts"_s, Json{{u"delay"_s, 3'600'000}}}});
    // A quarter of them have been tried before.
    QByteArray script = "for i=1,1000,4 do redis.call('HSET','bull:orders:'..i,'atm','1') end";
    m_stage->command({"EVAL", script, "0"});
    RedisProbe probe(m_stage->redis().url());
    const QueueReading queue = RedisProbe::queue(reading(probe), u"orders"_s);
    QCOMPARE(queue.retrying.provenance, Provenance::estimated);
    QCOMPARE(*queue.retrying.value + *queue.scheduled.value, 1000);
    QVERIFY2(std::abs(*queue.retrying.value - 250) < 60, qPrintable(QString::number(*queue.retrying.value)));
}

void TestBullmq::newQueueAppearsAndObliteratedQueueGoes() {
    start();
    ask({{u"do"_s, u"add"_s}, {u"queue"_s, u"orders"_s}, {u"count"_s, 1}});
    ask({{u"do"_s, u"add"_s}, {u"queue"_s, u"mail"_s}, {u"count"_s, 1}});
    RedisProbe probe(m_stage->redis().url());
    QCOMPARE(reading(probe).queues.size(), std::size_t(2));
    ask({{u"do"_s, u"obliterate"_s}, {u"queue"_s, u"mail"_s}});
    QCOMPARE(reading(probe).queues.size(), std::size_t(1));
    ask({{u"do"_s, u"add"_s}, {u"queue"_s, u"video"_s}, {u"count"_s, 1}});
    probe.detect();
    QCOMPARE(RedisProbe::queue(reading(probe), u"video"_s).ready, Count::exact(1));
}

void TestBullmq::bullThreeIsNotTaken() {
    start();
    m_stage->command({"HSET", "bull:old:meta", "paused", "1"});
    m_stage->command({"SET", "bull:text:meta", "no hash"});
    RedisProbe probe(m_stage->redis().url());
    QCOMPARE(probe.systems(), QStringList());
}

QTEST_GUILESS_MAIN(TestBullmq)
#include "tst_bullmq.moc"

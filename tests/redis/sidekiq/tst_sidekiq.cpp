// The real Sidekiq (6.4 of Debian) produces and works on a private Redis; newer layouts by their documented
// keys.
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>
#include <cmath>

#include "tests/redis/sidekiq/stage.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestSidekiq : public QObject {
    Q_OBJECT
private slots:
    void init();
    void cleanup();

    void countsAgreeWithTheLibrary();
    void failingJobsShowAsRetrying();
    void deadJobsHaveTheirAge();
    void runningJobsAndWorkersShow();
    void pushesAreCountedExactly();
    void pushesOfAnEmptiedQueueFollowFromTheCounter();
    void removedJobsAreNotDrained();
    void dueJobsWithoutSchedulerAreOverdue();
    void oldDeadJobsWillBeLost();
    void aScoreThatIsNoTimeIsNoAge();
    void namespacedInstallStandsBesideThePlainOne();
    void newerLayoutsAreRead_data();
    void newerLayoutsAreRead();
    void largeSetsAreEstimated();
    void resqueAndFaktoryAreNotTaken();
    void hugeJobsAreNotFetched();
    void oneHugeJobAmongSmallOnes();
    void pausedQueuesOfPro();

private:
    QJsonObject ask(const QJsonObject& request) { return m_stage->ask(request); }
    QByteArray command(const QList<QByteArray>& words) { return m_stage->command(words); }
    void pushRaw(const QByteArray& queue, int count, const QByteArray& padding = {});

    std::unique_ptr<SidekiqStage> m_stage;
    int m_serial = 0;
};

namespace {

using Json = QJsonObject;
qint64 number(const Json& answer, const QString& field) {
    return answer.value(field).toInteger(-1);
}

QByteArray job(const QByteArray& queue, int serial, const QByteArray& enqueuedAt,
               const QByteArray& padding = {}) {
    return R"({"class":"QuickJob","jid":")" + QByteArray::number(serial) + R"(","queue":")" + queue +
           R"(","args":[")" + padding + R"("],"enqueued_at":)" + enqueuedAt + '}';
}

double nowSeconds() {
    return static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1e3;
}
QByteArray seconds(double value) {
    return QByteArray::number(value, 'f', 3);
}

}  // namespace

void TestSidekiq::init() {
    m_stage = std::make_unique<SidekiqStage>();
    QVERIFY2(m_stage->start(), qPrintable(m_stage->problem()));
}

void TestSidekiq::cleanup() {
    m_stage.reset();
}

void TestSidekiq::pushRaw(const QByteArray& queue, int count, const QByteArray& padding) {
    command({"SADD", "queues", queue});
    for (int i = 0; i < count; ++i)
        command({"LPUSH", "queue:" + queue, job(queue, ++m_serial, seconds(nowSeconds()), padding)});
}

void TestSidekiq::countsAgreeWithTheLibrary() {
    SIDEKIQ_OR_SKIP(*m_stage);
    ask({{u"do"_s, u"push"_s}, {u"queue"_s, u"default"_s}, {u"count"_s, 7}});
    ask({{u"do"_s, u"push"_s}, {u"queue"_s, u"mailers"_s}, {u"count"_s, 3}});
    ask({{u"do"_s, u"push"_s}, {u"queue"_s, u"mailers"_s}, {u"count"_s, 4}, {u"in"_s, 3600}});
    RedisProbe probe(m_stage->redis().url());
    QCOMPARE(probe.systems(), QStringList{u"sidekiq"_s});
    const SystemReading system = probe.system(u"sidekiq"_s);
    const Json stats = ask({{u"do"_s, u"stats"_s}});
    const Json queues = stats.value(u"queues"_s).toObject();
    QCOMPARE(system.queues.size(), std::size_t(queues.size()));
    for (const QString& name : queues.keys())
        QCOMPARE(RedisProbe::queue(system, name).ready, Count::exact(number(queues, name)));
    const QueueReading mailers = RedisProbe::queue(system, u"mailers"_s);
    QCOMPARE(mailers.scheduled, Count::exact(number(stats, u"scheduled"_s)));
    QCOMPARE(RedisProbe::queue(system, u"default"_s).scheduled, Count::exact(0));
    QCOMPARE(mailers.dead, Count::exact(0));
    QCOMPARE(mailers.overdue, Count::exact(0));
    QCOMPARE(mailers.paused, std::nullopt);
    const double latency =
        ask({{u"do"_s, u"latency"_s}, {u"queue"_s, u"default"_s}}).value(u"latency"_s).toDouble();
    const ServerReading reading = probe.read();
    const QueueReading next = RedisProbe::queue(reading.systems.front(), u"default"_s);
    QVERIFY(next.oldest_ready_at.isExact());
    QVERIFY(std::abs(secondsBetween(*next.oldest_ready_at.value, reading.observed_at) - latency) < 1);
}

void TestSidekiq::failingJobsShowAsRetrying() {
    SIDEKIQ_OR_SKIP(*m_stage);
    ask({{u"do"_s, u"push"_s}, {u"class"_s, u"FailingJob"_s}, {u"queue"_s, u"billing"_s}, {u"count"_s, 5}});
    QVERIFY(m_stage->startWorker(u"billing"_s, 2));
    QTRY_COMPARE_WITH_TIMEOUT(number(ask({{u"do"_s, u"stats"_s}}), u"retry"_s), 5, 20'000);
    RedisProbe probe(m_stage->redis().url());
    const QueueReading queue = RedisProbe::queue(probe.system(u"sidekiq"_s), u"billing"_s);
    QCOMPARE(queue.retrying, Count::exact(5));
    QCOMPARE(queue.ready, Count::exact(0));
    QCOMPARE(queue.dead, Count::exact(0));
}

void TestSidekiq::deadJobsHaveTheirAge() {
    SIDEKIQ_OR_SKIP(*m_stage);
    ask({{u"do"_s, u"push"_s},
         {u"class"_s, u"FailingJob"_s},
         {u"queue"_s, u"billing"_s},
         {u"count"_s, 3},
         {u"retry"_s, 0}});
    QVERIFY(m_stage->startWorker(u"billing"_s, 1));
    QTRY_COMPARE_WITH_TIMEOUT(number(ask({{u"do"_s, u"stats"_s}}), u"dead"_s), 3, 20'000);
    RedisProbe probe(m_stage->redis().url());
    const QueueReading queue = RedisProbe::queue(probe.system(u"sidekiq"_s), u"billing"_s);
    QCOMPARE(queue.dead, Count::exact(3));
    const double oldest = ask({{u"do"_s, u"dead"_s}}).value(u"oldest"_s).toDouble();
    QVERIFY(std::abs(secondsBetween(serverTimeFromSeconds(oldest), *queue.oldest_dead_at.value)) < 0.001);
    QCOMPARE(queue.lost_next_24h, Count::exact(0));
}

void TestSidekiq::runningJobsAndWorkersShow() {
    SIDEKIQ_OR_SKIP(*m_stage);
    ask({{u"do"_s, u"push"_s}, {u"class"_s, u"SlowJob"_s}, {u"queue"_s, u"slow"_s}, {u"count"_s, 5}});
    RedisProbe probe(m_stage->redis().url());
    QCOMPARE(probe.system(u"sidekiq"_s).workers.live, Count::exact(0));
    QVERIFY(m_stage->startWorker(u"slow"_s, 3));
    QTRY_COMPARE_WITH_TIMEOUT(number(ask({{u"do"_s, u"stats"_s}}), u"busy"_s), 3, 30'000);
    const SystemReading system = probe.system(u"sidekiq"_s);
    QCOMPARE(system.workers.live, Count::exact(1));
    QCOMPARE(system.workers.concurrency, Count::exact(3));
    QCOMPARE(system.workers.busy.value, std::optional<qint64>(3));
    const QueueReading queue = RedisProbe::queue(system, u"slow"_s);
    QCOMPARE(queue.running.value, std::optional<qint64>(3));
    QCOMPARE(queue.running.provenance, Provenance::estimated);
    QCOMPARE(queue.ready, Count::exact(2));
}

void TestSidekiq::pushesAreCountedExactly() {
    pushRaw("default", 20);
    pushRaw("mailers", 20);
    RedisProbe probe(m_stage->redis().url());
    const QueueReading before = RedisProbe::queue(probe.system(u"sidekiq"_s), u"default"_s);
    pushRaw("default", 6);
    for (int i = 0; i < 9; ++i) command({"RPOP", "queue:default"});
    const SystemReading system = probe.system(u"sidekiq"_s);
    const QueueReading after = RedisProbe::queue(system, u"default"_s);
    QCOMPARE(*after.flow.enqueued.value - *before.flow.enqueued.value, 6);
    QCOMPARE(*after.ready.value - *before.ready.value, -3);  // so 9 left
    QCOMPARE(after.flow.enqueued.provenance, Provenance::estimated);
    const QueueReading other = RedisProbe::queue(system, u"mailers"_s);
    QCOMPARE(*other.flow.enqueued.value, 0);
}

void TestSidekiq::pushesOfAnEmptiedQueueFollowFromTheCounter() {
    pushRaw("default", 4);
    pushRaw("mailers", 4);
    command({"SET", "stat:processed", "100"});
    RedisProbe probe(m_stage->redis().url());
    const SystemReading before = probe.system(u"sidekiq"_s);
    // 10 more came to default, and all 14 were executed.
    command({"DEL", "queue:default"});
    command({"SET", "stat:processed", "114"});
    const SystemReading after = probe.system(u"sidekiq"_s);
    QCOMPARE(*RedisProbe::queue(after, u"default"_s).flow.enqueued.value -
                 *RedisProbe::queue(before, u"default"_s).flow.enqueued.value,
             10);
    QCOMPARE(*RedisProbe::queue(after, u"mailers"_s).flow.enqueued.value -
                 *RedisProbe::queue(before, u"mailers"_s).flow.enqueued.value,
             0);
}

// Nobody consumes, and the queue is cleared by hand: that is no drain.
void TestSidekiq::removedJobsAreNotDrained() {
    pushRaw("default", 40);
    command({"SET", "stat:processed", "100"});
    command({"SET", "stat:failed", "3"});
    RedisProbe probe(m_stage->redis().url());
    const QueueReading before = RedisProbe::queue(probe.system(u"sidekiq"_s), u"default"_s);
    command({"LTRIM", "queue:default", "0", "4"});
    const QueueReading after = RedisProbe::queue(probe.system(u"sidekiq"_s), u"default"_s);
    QCOMPARE(after.ready, Count::exact(5));
    QCOMPARE(*after.flow.completed.value - *before.flow.completed.value, 0);
    QCOMPARE(*after.flow.died.value - *before.flow.died.value, 0);
    // What the counter confirms has been worked on.
    command({"LTRIM", "queue:default", "0", "1"});
    command({"SET", "stat:processed", "103"});
    const QueueReading worked = RedisProbe::queue(probe.system(u"sidekiq"_s), u"default"_s);
    QCOMPARE(*worked.flow.completed.value - *after.flow.completed.value, 3);
}

void TestSidekiq::dueJobsWithoutSchedulerAreOverdue() {
    pushRaw("default", 1);
    command({"ZADD", "schedule", seconds(nowSeconds() - 60), job("default", 101, "1")});
    command({"ZADD", "schedule", seconds(nowSeconds() - 5), job("default", 102, "1")});
    command({"ZADD", "retry", seconds(nowSeconds() - 90), job("mailers", 103, "1")});
    RedisProbe probe(m_stage->redis().url());
    const SystemReading system = probe.system(u"sidekiq"_s);
    QCOMPARE(RedisProbe::queue(system, u"default"_s).overdue, Count::exact(1));
    QCOMPARE(RedisProbe::queue(system, u"default"_s).scheduled, Count::exact(2));
    const QueueReading mailers = RedisProbe::queue(system, u"mailers"_s);  // known by its job only
    QCOMPARE(mailers.overdue, Count::exact(1));
    QCOMPARE(mailers.retrying, Count::exact(1));
    QCOMPARE(mailers.ready, Count::exact(0));
}

// Anybody may write such a score by hand; no clock has ever said it.
void TestSidekiq::aScoreThatIsNoTimeIsNoAge() {
    pushRaw("default", 1);
    command({"ZADD", "dead", "-inf", job("default", 1, "1")});
    command({"ZADD", "dead", seconds(nowSeconds() - 60), job("default", 2, "1")});
    RedisProbe probe(m_stage->redis().url());
    const QueueReading queue = RedisProbe::queue(probe.system(u"sidekiq"_s), u"default"_s);
    QCOMPARE(queue.dead, Count::exact(2));
    QVERIFY(!queue.oldest_dead_at.known());
    QVERIFY2(queue.oldest_dead_at.method.contains(u"-inf"_s), qPrintable(queue.oldest_dead_at.method));
}

void TestSidekiq::oldDeadJobsWillBeLost() {
    pushRaw("default", 1);
    constexpr double day = 86'400;
    command({"ZADD", "dead", seconds(nowSeconds() - 179.5 * day), job("default", 1, "1")});
    command({"ZADD", "dead", seconds(nowSeconds() - 92 * day), job("default", 2, "1")});
    command({"ZADD", "dead", seconds(nowSeconds() - 1 * day), job("mailers", 3, "1")});
    RedisProbe probe(m_stage->redis().url());
    const SystemReading system = probe.system(u"sidekiq"_s);
    const QueueReading queue = RedisProbe::queue(system, u"default"_s);
    QCOMPARE(queue.dead, Count::exact(2));
    QCOMPARE(queue.lost_next_24h, Count::exact(1));
    QCOMPARE(RedisProbe::queue(system, u"mailers"_s).lost_next_24h, Count::exact(0));
    QVERIFY(std::abs(secondsBetween(*queue.oldest_dead_at.value, serverTimeFromSeconds(nowSeconds())) -
                     179.5 * day) < 60);
}

void TestSidekiq::namespacedInstallStandsBesideThePlainOne() {
    pushRaw("default", 2);
    command({"SADD", "shop:queues", "default"});
    for (int i = 0; i < 5; ++i)
        command({"LPUSH", "shop:queue:default", job("default", 500 + i, "1700000000.5")});
    RedisProbe probe(m_stage->redis().url());
    QCOMPARE(probe.systems(), (QStringList{u"sidekiq"_s, u"sidekiq:shop"_s}));
    QCOMPARE(RedisProbe::queue(probe.system(u"sidekiq"_s), u"default"_s).ready, Count::exact(2));
    QCOMPARE(RedisProbe::queue(probe.system(u"sidekiq"_s, u"shop"_s), u"default"_s).ready, Count::exact(5));
    RedisProbe only(m_stage->redis().url(), {}, u"shop"_s);
    QCOMPARE(only.systems(), QStringList{u"sidekiq:shop"_s});
}

void TestSidekiq::newerLayoutsAreRead_data() {
    QTest::addColumn<QByteArray>("info");
    QTest::addColumn<QByteArray>("enqueuedAt");
    QTest::addColumn<QString>("version");
    QTest::newRow("7: concurrency, float seconds")
        << QByteArray(R"({"hostname":"h","pid":1,"concurrency":10,"version":"7.3.9","queues":["default"]})")
        << QByteArray("1700000000.25") << u"7.3.9"_s;
    QTest::newRow("8: capsules, whole milliseconds")
        << QByteArray(
               R"({"hostname":"h","pid":1,"capsules":{"default":{"concurrency":7},"slow":{"concurrency":3}},"version":"8.1.7"})")
        << QByteArray("1700000000250") << u"8.1.7"_s;
}

void TestSidekiq::newerLayoutsAreRead() {
    QFETCH(QByteArray, info);
    QFETCH(QByteArray, enqueuedAt);
    QFETCH(QString, version);
    command({"SADD", "queues", "default"});
    command({"LPUSH", "queue:default", job("default", 1, enqueuedAt)});
    command({"SADD", "processes", "h:1:abc", "h:2:gone"});
    command({"HSET", "h:1:abc", "info", info, "busy", "1", "beat", seconds(nowSeconds()), "quiet", "false"});
    command({"HSET", "h:1:abc:work", "t1", R"({"queue":"default","payload":"{}","run_at":1700000000})"});
    RedisProbe probe(m_stage->redis().url());
    const SystemReading system = probe.system(u"sidekiq"_s);
    QCOMPARE(system.identity.version, version);
    QCOMPARE(system.workers.live, Count::exact(1));
    QCOMPARE(system.workers.concurrency, Count::exact(10));
    const QueueReading queue = RedisProbe::queue(system, u"default"_s);
    QCOMPARE(queue.running.value, std::optional<qint64>(1));
    QCOMPARE(millisSinceEpoch(*queue.oldest_ready_at.value), 1'700'000'000'250);
}

void TestSidekiq::largeSetsAreEstimated() {
    pushRaw("default", 1);
    command({"EVAL", R"(for i=1,5000 do redis.call('ZADD','dead',1700000000+i,
        '{"jid":"'..i..'","class":"A","queue":"'..(i%4==0 and 'mailers' or 'default')..'"}') end)",
             "0"});
    RedisProbe probe(m_stage->redis().url());
    const SystemReading system = probe.system(u"sidekiq"_s);
    const QueueReading queue = RedisProbe::queue(system, u"default"_s);
    const QueueReading mailers = RedisProbe::queue(system, u"mailers"_s);
    QCOMPARE(queue.dead.provenance, Provenance::estimated);
    QVERIFY(queue.dead.method.contains(u"of 5000 entries"_s));
    QVERIFY2(std::abs(*queue.dead.value - 3750) < 40, qPrintable(QString::number(*queue.dead.value)));
    QVERIFY(std::abs(*queue.dead.value + *mailers.dead.value - 5000) <= 1);
    QVERIFY(queue.oldest_dead_at.isExact());
}

void TestSidekiq::resqueAndFaktoryAreNotTaken() {
    command({"SADD", "resque:queues", "default"});
    command({"RPUSH", "resque:queue:default", R"({"class":"A","args":[1]})"});
    command({"SET", "resque:stat:processed", "5"});
    command({"SADD", "resque:workers", "host:1:default"});
    command({"SADD", "queues", "default"});
    command({"LPUSH", "q:default", R"({"jid":"1","jobtype":"A"})"});
    command({"SET", "processed", "7"});
    RedisProbe probe(m_stage->redis().url());
    QVERIFY(probe.ok());
    QCOMPARE(probe.systems(), QStringList());
}

// 9 MB jobs are above what one answer may have; a queue of them must not keep the others from being read.
void TestSidekiq::hugeJobsAreNotFetched() {
    pushRaw("default", 3);
    pushRaw("exports", 2, QByteArray(9 << 20, 'x'));
    RedisProbe probe(m_stage->redis().url());
    const SystemReading system = probe.system(u"sidekiq"_s);
    const QueueReading exports = RedisProbe::queue(system, u"exports"_s);
    QCOMPARE(exports.ready, Count::exact(2));
    QVERIFY(exports.oldest_ready_at.method.contains(u"too large"_s));
    QVERIFY(RedisProbe::queue(system, u"default"_s).oldest_ready_at.isExact());
}

// The average says nothing about one job: its answer is cut off, and the poll starts again without it.
void TestSidekiq::oneHugeJobAmongSmallOnes() {
    pushRaw("default", 1, QByteArray(20 << 20, 'x'));
    pushRaw("default", 400);
    pushRaw("mailers", 2);
    RedisProbe probe(m_stage->redis().url());
    const SystemReading system = probe.system(u"sidekiq"_s);
    QCOMPARE(RedisProbe::queue(system, u"default"_s).ready, Count::exact(401));
    const QString why = RedisProbe::queue(system, u"default"_s).oldest_ready_at.method;
    QVERIFY2(why.contains(u"too large"_s), qPrintable(why));
    QVERIFY(RedisProbe::queue(system, u"mailers"_s).oldest_ready_at.isExact());
}

void TestSidekiq::pausedQueuesOfPro() {
    pushRaw("default", 1);
    pushRaw("mailers", 1);
    command({"SADD", "paused", "mailers"});
    RedisProbe probe(m_stage->redis().url());
    const SystemReading system = probe.system(u"sidekiq"_s);
    QCOMPARE(RedisProbe::queue(system, u"mailers"_s).paused, std::optional(true));
    QCOMPARE(RedisProbe::queue(system, u"default"_s).paused, std::optional(false));
}

QTEST_GUILESS_MAIN(TestSidekiq)
#include "tst_sidekiq.moc"

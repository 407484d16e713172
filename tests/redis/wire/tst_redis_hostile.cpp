// Names, errors and payloads that somebody made to hurt: nothing of it may stop a poll or a question.
#include <sys/resource.h>

#include <QtTest>

#include "app/demo/private_redis.h"
#include "tests/redis/redis_probe.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestRedisHostile : public QObject {
    Q_OBJECT
private slots:
    void init();
    void cleanup() { m_redis.reset(); }

    void payloads_data();
    void payloads();
    void hugePayloadOfBullmqIsMeasuredNotFetched();
    void hugeErrorOfBullmqIsNotFetched();
    void hugeNameOfBullmqIsNotFetched();
    void hugePayloadOfSidekiqIsPassedBy();
    void jobBesideAHugeOneIsFound();
    void aDeadJobOfManyMegabytes();
    void controlCharactersInNames();
    void hugeEventsAreNotRead();
    void keysOfAnotherType();

private:
    QByteArray command(const QList<QByteArray>& words) { return redisCommand(*m_redis, words); }
    void addBullmqDead(const QByteArray& id, const QByteArray& data, const QByteArray& error);
    void addSidekiqDead(double score, const QByteArray& payload) {
        command({"SADD", "queues", "default"});
        command({"ZADD", "dead", QByteArray::number(score, 'f', 3), payload});
    }

    std::unique_ptr<PrivateRedis> m_redis;
};

void TestRedisHostile::init() {
    auto redis = PrivateRedis::start();
    QVERIFY2(redis.ok(), redis.ok() ? "" : qPrintable(redis.failure().sentence()));
    m_redis = std::move(redis).value();
    command({"HSET", "bull:mail:meta", "version", "bullmq:5.81.5"});
    command({"LPUSH", "queue:default", R"({"jid":"w","class":"A","queue":"default"})"});
    command({"SADD", "queues", "default"});
}

void TestRedisHostile::addBullmqDead(const QByteArray& id, const QByteArray& data, const QByteArray& error) {
    command({"ZADD", "bull:mail:failed", "1700000000000", id});
    command({"HSET", "bull:mail:" + id, "name", "send", "data", data, "failedReason", error, "opts", data,
             "stacktrace", data, "timestamp", "x"});
}

void TestRedisHostile::payloads_data() {
    QTest::addColumn<QByteArray>("payload");
    QTest::newRow("not UTF-8") << QByteArray("\xff\xfe\x80{\xc3\x28");
    QTest::newRow("10 000 levels") << QByteArray("[").repeated(10'000) + QByteArray("]").repeated(10'000);
    QTest::newRow("10 000 objects") << QByteArray(R"({"a":)").repeated(10'000) + "1" +
                                           QByteArray("}").repeated(10'000);
    QTest::newRow("NUL bytes") << QByteArray("{\"jid\":\"a\0b\"}", 13);
    QTest::newRow("numbers beyond any") << QByteArray(
        R"({"jid":"n","queue":"default","retry":1e308,"retry_count":-1e308,"failed_at":1e300,"attempts":1e99})");
    QTest::newRow("wrong types") << QByteArray(
        R"({"jid":{},"queue":[1],"class":5,"retry":{"a":1},"error_message":[],"attempts":[]})");
    QTest::newRow("empty") << QByteArray("");
    QTest::newRow("no JSON") << QByteArray("<b>\x1b[31mred</b>\r\n");
}

void TestRedisHostile::payloads() {
    QFETCH(QByteArray, payload);
    addBullmqDead("1", payload, payload);
    addSidekiqDead(1'700'000'000.5, payload);
    RedisProbe probe(m_redis->url());
    QVERIFY2(probe.ok(), qPrintable(probe.failure()));
    QCOMPARE(RedisProbe::queue(probe.system(u"bullmq"_s), u"mail"_s).dead, Count::exact(1));
    QVERIFY(probe.ok());
    const auto page = probe.backend().deadPage({});
    QVERIFY2(page.ok(), page.ok() ? "" : qPrintable(page.failure().sentence()));
    QCOMPARE(page->jobs.size(), std::size_t(2));
    QVERIFY(probe.backend().deadGroups({}).ok());
    for (const DeadJob& job : page->jobs) {
        QVERIFY(!job.id.isEmpty());
        QVERIFY(job.error.size() <= 2000);
        const auto detail = probe.backend().deadJob({job.system, {}, job.id});
        QVERIFY2(detail.ok(), detail.ok() ? "" : qPrintable(detail.failure().sentence()));
        QCOMPARE(detail->payload, payload);
        QCOMPARE(detail->job.payload_bytes, Measured<qint64>::exact(payload.size()));
    }
}

void TestRedisHostile::hugePayloadOfBullmqIsMeasuredNotFetched() {
    addBullmqDead("1", "{}", "disk full");
    command({"EVAL", "redis.call('HSET', 'bull:mail:1', 'data', string.rep('x', 100 * 1024 * 1024))", "0"});
    RedisProbe probe(m_redis->url());
    const auto page = probe.backend().deadPage({});
    QVERIFY(page.ok());
    QCOMPARE(page->jobs.front().payload_bytes, Measured<qint64>::exact(100 << 20));
    const auto detail = probe.backend().deadJob({u"bullmq"_s, u"mail"_s, u"1"_s});
    QVERIFY(detail.ok());
    QVERIFY(detail->payload_cut && detail->payload.isEmpty());
    QCOMPARE(detail->job.error, u"disk full"_s);
}

void TestRedisHostile::hugeErrorOfBullmqIsNotFetched() {
    addBullmqDead("1", "{}", "disk full");
    addBullmqDead("2", "{}", "disk full");
    command({"EVAL", "redis.call('HSET', 'bull:mail:1', 'failedReason', string.rep('x', 20 * 1024 * 1024))",
             "0"});
    RedisProbe probe(m_redis->url());
    const auto page = probe.backend().deadPage({});
    QVERIFY2(page.ok(), page.ok() ? "" : qPrintable(page.failure().sentence()));
    QVERIFY(page->jobs[0].error.contains(u"too large to be read"_s));
    QCOMPARE(page->jobs[1].error, u"disk full"_s);
}

void TestRedisHostile::hugeNameOfBullmqIsNotFetched() {
    addBullmqDead("1", "{}", "disk full");
    addBullmqDead("2", "{}", "disk full");
    command({"EVAL", "redis.call('HSET', 'bull:mail:1', 'name', string.rep('x', 20 * 1024 * 1024))", "0"});
    RedisProbe probe(m_redis->url());
    const auto page = probe.backend().deadPage({});
    QVERIFY2(page.ok(), page.ok() ? "" : qPrintable(page.failure().sentence()));
    QCOMPARE(page->jobs.size(), std::size_t(2));
    QVERIFY(page->jobs[0].kind.contains(u"too large to be read"_s));
    QCOMPARE(page->jobs[1].kind, u"send"_s);
    const auto groups = probe.backend().deadGroups({});
    QVERIFY(groups.ok());
    QCOMPARE(groups->scanned, 2);
    for (int poll = 0; poll < 3; ++poll) QVERIFY(!probe.system(u"bullmq"_s).queues.empty());
}

// Looking it up would bring the huge one, too.
void TestRedisHostile::jobBesideAHugeOneIsFound() {
    addSidekiqDead(1'700'000'000, "not JSON");
    command(
        {"EVAL",
         R"(redis.call('ZADD', 'dead', 1700000020.5, '{"jid":"huge","x":"'..string.rep('x', 20 * 1024 * 1024)..'"}'))",
         "0"});
    RedisProbe probe(m_redis->url());
    const auto page = probe.backend().deadPage({});
    QVERIFY2(page.ok(), page.ok() ? "" : qPrintable(page.failure().sentence()));
    QCOMPARE(page->jobs.size(), std::size_t(2));
    const QString id = page->jobs.front().id;
    QVERIFY(id.startsWith(u"sha1:"_s));
    const auto detail = probe.backend().deadJob({u"sidekiq"_s, {}, id});
    QVERIFY2(detail.ok(), detail.ok() ? "" : qPrintable(detail.failure().sentence()));
    QCOMPARE(detail->payload, QByteArray("not JSON"));
    const auto listed = probe.backend().deadPage({{.ids = {id}}, 10, {}, false});
    QVERIFY2(listed.ok(), listed.ok() ? "" : qPrintable(listed.failure().sentence()));
    QCOMPARE(listed->jobs.size(), std::size_t(1));
    QCOMPARE(listed->jobs.front().id, id);
    const auto huge = probe.backend().deadJob({u"sidekiq"_s, {}, u"huge"_s});
    QVERIFY(!huge.ok());
    QCOMPARE(huge.failure().kind, FailureKind::changed);
    QVERIFY2(huge.failure().what.contains(u"too large to be read (21.0 MB)"_s),
             qPrintable(huge.failure().what));
    QVERIFY(probe.ok() && !probe.system(u"sidekiq"_s).queues.empty());
}

// A member of a set comes whole or not at all: it is found by reading less and less, and passed by.
void TestRedisHostile::hugePayloadOfSidekiqIsPassedBy() {
    for (int i = 0; i < 40; ++i)
        addSidekiqDead(1'700'000'000 + i,
                       R"({"jid":")" + QByteArray::number(i) + R"(","class":"A","queue":"default"})");
    command(
        {"EVAL",
         R"(redis.call('ZADD', 'dead', 1700000020.5, '{"jid":"huge","x":"'..string.rep('x', 20 * 1024 * 1024)..'"}'))",
         "0"});
    RedisProbe probe(m_redis->url());
    QVERIFY2(probe.ok(), qPrintable(probe.failure()));
    command({"CONFIG", "RESETSTAT"});
    const auto page = probe.backend().deadPage({});
    QVERIFY2(page.ok(), page.ok() ? "" : qPrintable(page.failure().sentence()));
    QCOMPARE(page->jobs.size(), std::size_t(41));
    // All, those before it, it alone, and those behind it: the server made the huge answer twice.
    const QByteArray calls = command({"INFO", "commandstats"});
    QVERIFY2(calls.contains("cmdstat_zrangebyscore:calls=4,"), calls.constData());
    QCOMPARE(page->total, Count::exact(41));
    const auto huge = std::count_if(page->jobs.begin(), page->jobs.end(), [](const DeadJob& job) {
        return job.error.contains(u"too large to be read (21.0 MB)"_s) && !job.payload_bytes.known() &&
               job.id == u"?"_s;
    });
    QCOMPARE(huge, 1);
    const SystemReading system = probe.system(u"sidekiq"_s);
    QVERIFY(RedisProbe::queue(system, u"default"_s).ready.known());
}

// The program says what it is, shows the others, and holds little of it.
void TestRedisHostile::aDeadJobOfManyMegabytes() {
    addSidekiqDead(1'700'000'000, R"({"jid":"small","class":"A","queue":"default","args":["beside it"]})");
    command(
        {"EVAL",
         R"(redis.call('ZADD', 'dead', 1700000020.5, '{"jid":"huge","x":"'..string.rep('x', 32 * 1024 * 1024)..'"}'))",
         "0"});
    QTRY_COMPARE_WITH_TIMEOUT(command({"ZCARD", "dead"}), QByteArray("2"), 60'000);
    rusage before{}, after{};
    ::getrusage(RUSAGE_SELF, &before);
    RedisProbe probe([this] {
        auto settings = redisSettings(m_redis->url());
        settings.pollDeadline = std::chrono::seconds(60);
        return settings;
    }());
    QVERIFY2(probe.ok(), qPrintable(probe.failure()));
    const auto page = probe.backend().deadPage({});
    QVERIFY2(page.ok(), page.ok() ? "" : qPrintable(page.failure().sentence()));
    QCOMPARE(page->jobs.size(), std::size_t(2));
    QVERIFY2(page->jobs.back().error.contains(u"too large to be read (33.6 MB)"_s),
             qPrintable(page->jobs.back().error));
    const auto detail = probe.backend().deadJob({u"sidekiq"_s, {}, u"small"_s});
    QVERIFY2(detail.ok(), detail.ok() ? "" : qPrintable(detail.failure().sentence()));
    QVERIFY(detail->payload.contains("beside it"));
    const auto huge = probe.backend().deadJob({u"sidekiq"_s, {}, u"huge"_s});
    QVERIFY(!huge.ok());
    QVERIFY2(huge.failure().what.contains(u"33.6 MB"_s), qPrintable(huge.failure().what));
    ::getrusage(RUSAGE_SELF, &after);
    QVERIFY2(after.ru_maxrss - before.ru_maxrss < 24 * 1024,
             qPrintable(QString::number(after.ru_maxrss)));  // KiB
}

void TestRedisHostile::controlCharactersInNames() {
    const QByteArray queue("evil\x1b[2J\r\n\xff", 11);
    command({"HSET", "bull:" + queue + ":meta", "version", "bullmq:5.81.5"});
    command({"ZADD", "bull:" + queue + ":failed", "1700000000000", "1"});
    command(
        {"HSET", "bull:" + queue + ":1", "name", "kind\x07\x1b", "failedReason", "e\x1b[31m", "opts", "{}"});
    RedisProbe probe(m_redis->url());
    const auto page = probe.backend().deadPage({});
    QVERIFY(page.ok());
    QCOMPARE(page->jobs.size(), std::size_t(1));
    const DeadJob& job = page->jobs.front();
    for (const QString& shown : {job.queue, job.kind})
        QVERIFY(std::none_of(shown.begin(), shown.end(),
                             [](QChar c) { return c.category() == QChar::Other_Control; }));
    // The shown name is what a filter takes.
    const auto filtered = probe.backend().deadPage({{.queues = {job.queue}}, 10, {}, false});
    QVERIFY(filtered.ok());
    QCOMPARE(filtered->jobs.size(), std::size_t(1));
    QVERIFY(probe.backend().deadJob({u"bullmq"_s, job.queue, job.id}).ok());
}

void TestRedisHostile::hugeEventsAreNotRead() {
    RedisProbe probe(m_redis->url());
    QVERIFY(RedisProbe::queue(probe.system(u"bullmq"_s), u"mail"_s).flow.executed.known());
    command({"EVAL",
             "redis.call('XADD', 'bull:mail:events', '*', 'event', 'completed', 'jobId', '1', 'returnvalue', "
             "string.rep('x', 20 * 1024 * 1024))",
             "0"});
    const QueueReading queue = RedisProbe::queue(probe.system(u"bullmq"_s), u"mail"_s);
    QVERIFY2(probe.ok(), qPrintable(probe.failure()));
    QVERIFY(!queue.flow.executed.known());
    QVERIFY2(queue.flow.executed.method.contains(u"too large"_s), qPrintable(queue.flow.executed.method));
    QCOMPARE(queue.ready, Count::exact(0));
}

void TestRedisHostile::keysOfAnotherType() {
    for (const char* key : {"failed", "events", "active", "repeat", "completed", "paused"})
        command({"SET", QByteArray("bull:mail:") + key, "text"});
    command({"HSET", "bull:other:meta", "version", "bullmq:5.81.5"});
    command({"ZADD", "bull:other:failed", "1700000000000", "1"});
    command({"HSET", "bull:other:1", "name", "send", "failedReason", "e", "opts", "{}"});
    command({"DEL", "dead"});
    command({"LPUSH", "dead", "no set"});
    RedisProbe probe(m_redis->url());
    QVERIFY2(probe.ok(), qPrintable(probe.failure()));
    const SystemReading system = probe.system(u"bullmq"_s);
    QVERIFY(!RedisProbe::queue(system, u"mail"_s).dead.known());
    QVERIFY(!RedisProbe::queue(system, u"mail"_s).flow.executed.known());
    QVERIFY(RedisProbe::queue(system, u"other"_s).flow.executed.known());
    const auto page = probe.backend().deadPage({});
    QVERIFY(page.ok());
    QCOMPARE(page->jobs.size(), std::size_t(1));
    QCOMPARE(page->total.provenance, Provenance::lower_bound);
}

QTEST_GUILESS_MAIN(TestRedisHostile)
#include "tst_redis_hostile.moc"

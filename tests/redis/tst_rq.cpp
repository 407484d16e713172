// The real RQ (1.13 of Debian) produces and works on a private Redis; newer layouts by their documented keys.
#include <signal.h>

#include <QFile>
#include <QJsonArray>
#include <QProcess>
#include <QtTest>

#include "app/demo/private_redis.h"
#include "backends/redis/rq_fields.h"
#include "tests/redis/json_peer.h"
#include "tests/redis/redis_probe.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestRq : public QObject {
    Q_OBJECT
private slots:
    void init();
    void cleanup();

    void timesAreRead_data();
    void timesAreRead();
    void membersAreTakenApart_data();
    void membersAreTakenApart();
    void errorsAreUnpackedWithinBounds();

    void countsAgreeWithTheLibrary();
    void deadJobsHaveTheirAge();
    void shortRetentionIsAClock();
    void manyDeadJobsAreSampled();
    void retriesWaitInTheScheduledRegistry();
    void flowFollowsFromTheRegistries();
    void deadLettersArePagedAndGrouped();
    void requeuedJobsAreGone();
    void killedWorkerLeavesAStuckClaim();
    void dueJobsWithoutSchedulerAreOverdue();
    void suspendedWorkersPauseAllQueues();
    void executionsOfVersionTwo();
    void oddContentsAreShownSafely();
    void missingRightsAreGaps_data();
    void missingRightsAreGaps();
    void foreignSetsAreNotTaken();

private:
    void startLibrary();
    void startWorker(const QStringList& queues, int lease_s, const QStringList& more = {});
    QJsonObject ask(const QJsonObject& request);
    QByteArray command(const QList<QByteArray>& words) { return redisCommand(*m_redis, words); }
    QJsonObject counts(const QString& queue = u"default"_s) {
        return ask({{"do"_L1, "counts"_L1}, {"queue"_L1, queue}});
    }
    void fakeJob(const QByteArray& queue, const QByteArray& id);

    std::unique_ptr<PrivateRedis> m_redis;
    std::unique_ptr<JsonPeer> m_peer;
    std::unique_ptr<JsonPeer> m_worker;
};

namespace {

const QString kPython = u"/usr/bin/python3"_s;  // Debian's own, where its modules are

qint64 number(const QJsonObject& answer, const QString& field) {
    return answer.value(field).toInteger(-1);
}

QProcessEnvironment environmentFor(const PrivateRedis& redis) {
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"SPILLWAY_REDIS"_s, u"unix://"_s + redis.socketPath());
    environment.insert(u"PYTHONPATH"_s, QStringLiteral(SPILLWAY_SOURCE_DIR "/tests/redis"));
    environment.insert(u"PYTHONDONTWRITEBYTECODE"_s, u"1"_s);
    return environment;
}

bool libraryIsThere() {
    QProcess python;
    python.start(kPython, {u"-c"_s, u"import rq"_s});
    return python.waitForFinished(10'000) && python.exitStatus() == QProcess::NormalExit &&
           python.exitCode() == 0 && QFile::exists(u"/usr/bin/rq"_s);
}

QList<qint64> childrenOf(qint64 pid) {
    QFile file(u"/proc/%1/task/%1/children"_s.arg(pid));
    QList<qint64> children;
    if (!file.open(QIODevice::ReadOnly)) return children;
    for (const QByteArray& each : file.readAll().split(' '))
        if (each.toLongLong() > 0) children << each.toLongLong();
    return children;
}

double nowSeconds() {
    return static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1e3;
}
double secondsOf(ServerTime time) {
    return std::chrono::duration<double>(time.time_since_epoch()).count();
}
QByteArray scoreText(double value) {
    return QByteArray::number(value, 'f', 0);
}

std::optional<Condition> conditionOf(const SystemReading& system, ConditionKind kind) {
    for (const Condition& condition : system.conditions)
        if (condition.kind == kind) return condition;
    return {};
}

}  // namespace

void TestRq::init() {
    auto redis = PrivateRedis::start();
    QVERIFY2(redis.ok(), redis.ok() ? "" : qPrintable(redis.failure().sentence()));
    m_redis = std::move(redis).value();
}

void TestRq::cleanup() {
    if (m_worker) {
        for (const qint64 horse : childrenOf(m_worker->pid())) ::kill(static_cast<pid_t>(horse), SIGKILL);
        m_worker->kill();
    }
    m_worker.reset();
    m_peer.reset();
    m_redis.reset();
}

void TestRq::startLibrary() {
    if (!libraryIsThere()) {
        if (realLibrariesRequired()) QFAIL("RQ is not installed: apt install python3-rq");
        QSKIP("RQ is not installed: apt install python3-rq");
    }
    m_peer = std::make_unique<JsonPeer>();
    QVERIFY(m_peer->start(kPython, {QStringLiteral(SPILLWAY_SOURCE_DIR "/tests/redis/rq_peer.py")},
                          environmentFor(*m_redis)));
}

void TestRq::startWorker(const QStringList& queues, int lease_s, const QStringList& more) {
    auto environment = environmentFor(*m_redis);
    environment.insert(u"SPILLWAY_LEASE"_s, QString::number(lease_s));
    m_worker = std::make_unique<JsonPeer>();
    const QStringList arguments{u"/usr/bin/rq"_s,
                                u"worker"_s,
                                u"--logging_level"_s,
                                u"CRITICAL"_s,
                                u"-w"_s,
                                u"rq_jobs.HastyWorker"_s,
                                u"-u"_s,
                                u"unix://"_s + m_redis->socketPath()};
    QVERIFY(m_worker->start(kPython, arguments + more + queues, environment));
}

QJsonObject TestRq::ask(const QJsonObject& request) {
    const QJsonObject answer = m_peer->ask(request);
    if (!answer.value("ok"_L1).toBool()) qWarning("%s", qPrintable(m_peer->error()));
    return answer;
}

void TestRq::fakeJob(const QByteArray& queue, const QByteArray& id) {
    command({"SADD", "rq:queues", "rq:queue:" + queue});
    command({"HSET", "rq:job:" + id, "status", "queued", "origin", queue, "description", "shop.send('x')",
             "enqueued_at", "2026-01-02T03:04:05.678901Z"});
}

void TestRq::timesAreRead_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<qint64>("micros");
    QTest::newRow("ISO") << QByteArray("2026-01-02T03:04:05.678901Z") << Q_INT64_C(1767323045678901);
    QTest::newRow("no fraction") << QByteArray("2026-01-02T03:04:05Z") << Q_INT64_C(1767323045000000);
    QTest::newRow("short fraction") << QByteArray("2026-01-02T03:04:05.5Z") << Q_INT64_C(1767323045500000);
    QTest::newRow("seconds") << QByteArray("1767323045.5") << Q_INT64_C(1767323045500000);
    QTest::newRow("empty") << QByteArray() << Q_INT64_C(-1);
    QTest::newRow("rubbish") << QByteArray("\xff\xfe not a time at all.") << Q_INT64_C(-1);
}

void TestRq::timesAreRead() {
    QFETCH(QByteArray, text);
    QFETCH(qint64, micros);
    const auto time = rqTimeFrom(text);
    QCOMPARE(time ? time->time_since_epoch().count() : -1, micros);
}

void TestRq::membersAreTakenApart_data() {
    QTest::addColumn<QByteArray>("member");
    QTest::addColumn<QByteArray>("job");
    QTest::addColumn<QByteArray>("execution");
    const QByteArray execution = "0123456789abcdef0123456789abcdef";
    QTest::newRow("version 1") << QByteArray("a-b") << QByteArray("a-b") << QByteArray();
    QTest::newRow("version 2") << QByteArray("a-b:" + execution) << QByteArray("a-b") << execution;
    QTest::newRow("colon in the id") << QByteArray("mail:17") << QByteArray("mail:17") << QByteArray();
    QTest::newRow("empty") << QByteArray() << QByteArray() << QByteArray();
    QTest::newRow("only an execution")
        << QByteArray(':' + execution) << QByteArray(':' + execution) << QByteArray();
}

void TestRq::membersAreTakenApart() {
    QFETCH(QByteArray, member);
    QFETCH(QByteArray, job);
    QFETCH(QByteArray, execution);
    QCOMPARE(rqExecutionFrom(member), (RqExecution{job, execution}));
}

void TestRq::errorsAreUnpackedWithinBounds() {
    const QString trace =
        u"Traceback (most recent call last):\n  File \"a.py\", line 3, in run\n    raise X\n"
        "ValueError: card declined\nfor good\n"_s;
    const auto zlib = [](const QByteArray& text) { return qCompress(text).mid(4); };
    const QString error = rqErrorFrom(zlib(trace.toUtf8()));
    QVERIFY2(error.startsWith(u"ValueError: card declined\nTraceback"_s), qPrintable(error));
    QCOMPARE(rqErrorFromBase64(zlib(trace.toUtf8()).toBase64()), error);
    QCOMPARE(rqErrorFrom("Moved to FailedJobRegistry at 2026"), u"Moved to FailedJobRegistry at 2026"_s);
    QCOMPARE(rqErrorFrom({}), QString());
    const QByteArray bomb = zlib(QByteArray(64 << 20, 'x'));
    QVERIFY(bomb.size() < 100'000);
    QCOMPARE(rqErrorFrom(bomb).size(), 2000);
    QVERIFY(!rqErrorFrom(zlib(trace.toUtf8()).left(40)).isEmpty());  // cut off
    QCOMPARE(rqKindFrom("shop.mail.send('a', b=2)"), u"shop.mail.send"_s);
    QCOMPARE(rqKindFrom("Send all mails (nightly)"), QString());
    QCOMPARE(rqKindFrom("\xff\xfe("), QString());
}

void TestRq::countsAgreeWithTheLibrary() {
    startLibrary();
    const QString first =
        ask({{"do"_L1, "push"_L1}, {"count"_L1, 5}}).value("ids"_L1).toArray()[0].toString();
    ask({{"do"_L1, "push"_L1}, {"count"_L1, 3}, {"in"_L1, 3600}});
    ask({{"do"_L1, "push"_L1}, {"depends_on"_L1, first}});
    ask({{"do"_L1, "push"_L1}, {"queue"_L1, "mail"_L1}, {"count"_L1, 2}});
    RedisProbe probe(m_redis->url());
    QCOMPARE(probe.systems(), QStringList{u"rq"_s});
    const SystemReading system = probe.system(u"rq"_s);
    QCOMPARE(system.identity.title, u"RQ"_s);
    QCOMPARE(system.queues.size(), std::size_t(2));
    const QueueReading queue = RedisProbe::queue(system, u"default"_s);
    const QJsonObject expected = counts();
    QCOMPARE(number(expected, u"ready"_s), 5);
    QCOMPARE(queue.ready, Count::exact(number(expected, u"ready"_s)));
    QCOMPARE(queue.scheduled, Count::exact(number(expected, u"scheduled"_s)));
    QCOMPARE(queue.retrying, Count::exact(0));
    QCOMPARE(queue.running, Count::exact(number(expected, u"started"_s)));
    QCOMPARE(queue.dead, Count::exact(number(expected, u"failed"_s)));
    QCOMPARE(queue.overdue, Count::exact(0));
    QCOMPARE(system.workers.live, Count::exact(0));
    const QJsonObject job = ask({{"do"_L1, "job"_L1}, {"id"_L1, first}});
    QVERIFY(queue.oldest_ready_at.isExact());
    QVERIFY(std::abs(secondsOf(*queue.oldest_ready_at.value) - job.value("enqueued_at"_L1).toDouble()) <
            0.001);
    QCOMPARE(RedisProbe::queue(system, u"mail"_s).ready, Count::exact(2));
    QCOMPARE(system.leases.total, Count::exact(0));
    for (const auto& signal : {u"ready"_s, u"dead"_s, u"drain_rate"_s, u"arrival_rate"_s, u"workers"_s})
        QVERIFY2(probe.capabilities(u"rq"_s).observable(signal), qPrintable(signal));
}

void TestRq::deadJobsHaveTheirAge() {
    startLibrary();
    const QJsonArray ids =
        ask({{"do"_L1, "push"_L1}, {"job"_L1, "fail"_L1}, {"count"_L1, 3}}).value("ids"_L1).toArray();
    startWorker({u"default"_s}, 90, {u"--burst"_s});
    QTRY_COMPARE_WITH_TIMEOUT(number(counts(), u"failed"_s), 3, 15'000);
    RedisProbe probe(m_redis->url());
    const QueueReading queue = RedisProbe::queue(probe.system(u"rq"_s), u"default"_s);
    QCOMPARE(queue.dead, Count::exact(3));
    const QJsonObject first = ask({{"do"_L1, "job"_L1}, {"id"_L1, ids[0].toString()}});
    QVERIFY(queue.oldest_dead_at.isExact());
    QVERIFY(std::abs(secondsOf(*queue.oldest_dead_at.value) - first.value("ended_at"_L1).toDouble()) < 0.001);
    QVERIFY(*queue.dead_ages.p90_died_at.value <= *queue.dead_ages.p50_died_at.value);
    QCOMPARE(queue.dead_ages.buckets[0], Count::exact(3));
    QCOMPARE(queue.dead_ages.buckets[5], Count::exact(0));
    QVERIFY2(queue.dead_ages.retention.contains(u"365 d"_s), qPrintable(queue.dead_ages.retention));
    QCOMPARE(queue.lost_next_24h, Count::exact(0));
    const double purge = secondsOf(*queue.dead_ages.purge_next_at.value) - nowSeconds();
    QVERIFY2(std::abs(purge - 365 * 86'400) < 60, qPrintable(QString::number(purge)));
}

void TestRq::shortRetentionIsAClock() {
    startLibrary();
    ask({{"do"_L1, "push"_L1}, {"job"_L1, "fail"_L1}, {"count"_L1, 2}, {"failure_ttl"_L1, 3600}});
    ask({{"do"_L1, "push"_L1}, {"job"_L1, "fail"_L1}, {"failure_ttl"_L1, -1}});
    startWorker({u"default"_s}, 90, {u"--burst"_s});
    QTRY_COMPARE_WITH_TIMEOUT(number(counts(), u"failed"_s), 3, 15'000);
    RedisProbe probe(m_redis->url());
    const QueueReading queue = RedisProbe::queue(probe.system(u"rq"_s), u"default"_s);
    QCOMPARE(queue.dead, Count::exact(3));
    QCOMPARE(queue.lost_next_24h, Count::exact(2));
    QCOMPARE(queue.dead_ages.buckets[0], Count::exact(3));
    const double purge = secondsOf(*queue.dead_ages.purge_next_at.value) - nowSeconds();
    QVERIFY2(purge > 3500 && purge < 3605, qPrintable(QString::number(purge)));
    // Expired entries that no worker has cleaned away yet do not count, as in RQ itself.
    command({"ZADD", "rq:failed:default", "1700000000", "expired"});
    QCOMPARE(RedisProbe::queue(probe.system(u"rq"_s), u"default"_s).dead, Count::exact(3));
}

void TestRq::manyDeadJobsAreSampled() {
    command({"SADD", "rq:queues", "rq:queue:default"});
    const double now = nowSeconds();
    // 1 000 jobs, one each hour: half of them died more than 500 h ago. Their hashes name no time of death.
    command({"EVAL",
             "for i=1,1000 do redis.call('ZADD','rq:failed:default',ARGV[1]-i*3600+31536000,'j'..i) "
             "redis.call('HSET','rq:job:j'..i,'ended_at','','status','failed') end",
             "0", scoreText(now)});
    RedisProbe probe(m_redis->url());
    const QueueReading queue = RedisProbe::queue(probe.system(u"rq"_s), u"default"_s);
    QCOMPARE(queue.dead, Count::exact(1000));
    const double oldest_h = (now - secondsOf(*queue.oldest_dead_at.value)) / 3600;
    QVERIFY2(std::abs(oldest_h - 1000) < 0.1, qPrintable(QString::number(oldest_h)));
    const double p50_h = (now - secondsOf(*queue.dead_ages.p50_died_at.value)) / 3600;
    QVERIFY2(std::abs(p50_h - 500) < 25, qPrintable(QString::number(p50_h)));
    QCOMPARE(queue.dead_ages.p50_died_at.provenance, Provenance::estimated);
    const qint64 thirdBucket = *queue.dead_ages.buckets[2].value;  // 1 to 7 days: 144 of them
    QVERIFY2(std::abs(thirdBucket - 144) <= 20, qPrintable(QString::number(thirdBucket)));
}

void TestRq::retriesWaitInTheScheduledRegistry() {
    startLibrary();
    ask({{"do"_L1, "push"_L1},
         {"job"_L1, "fail"_L1},
         {"count"_L1, 4},
         {"retry"_L1, 3},
         {"interval"_L1, 600}});
    ask({{"do"_L1, "push"_L1}, {"count"_L1, 2}, {"in"_L1, 3000}, {"retry"_L1, 3}, {"interval"_L1, 600}});
    startWorker({u"default"_s}, 90, {u"--burst"_s});
    QTRY_COMPARE_WITH_TIMEOUT(number(counts(), u"scheduled"_s), 6, 15'000);
    RedisProbe probe(m_redis->url());
    const QueueReading queue = RedisProbe::queue(probe.system(u"rq"_s), u"default"_s);
    QCOMPARE(queue.retrying, Count::exact(4));
    QCOMPARE(queue.scheduled, Count::exact(2));
    QVERIFY(queue.retry_due.isExact());
    qint64 due = 0;
    for (const RetryDue& minute : *queue.retry_due.value) {
        due += minute.jobs;
        const double ahead = secondsOf(minute.minute) - nowSeconds();
        QVERIFY2(ahead > 500 && ahead < 620, qPrintable(QString::number(ahead)));
    }
    QCOMPARE(due, 4);
}

void TestRq::flowFollowsFromTheRegistries() {
    startLibrary();
    RedisProbe probe(m_redis->url());
    ask({{"do"_L1, "push"_L1}, {"count"_L1, 2}});
    startWorker({u"default"_s}, 90);
    QTRY_COMPARE_WITH_TIMEOUT(number(counts(), u"finished"_s), 2, 15'000);
    QTRY_VERIFY_WITH_TIMEOUT(probe.detect() && probe.systems().contains(u"rq"_s), 5'000);
    const QueueReading before = RedisProbe::queue(probe.system(u"rq"_s), u"default"_s);
    ask({{"do"_L1, "push"_L1}, {"count"_L1, 7}});
    ask({{"do"_L1, "push"_L1}, {"job"_L1, "fail"_L1}, {"count"_L1, 2}});
    ask({{"do"_L1, "push"_L1}, {"job"_L1, "fail"_L1}, {"retry"_L1, 1}, {"interval"_L1, 900}});
    QTRY_COMPARE_WITH_TIMEOUT(number(counts(), u"succeeded"_s) + number(counts(), u"failed_attempts"_s), 12,
                              20'000);
    const SystemReading system = probe.system(u"rq"_s);
    const FlowTotals after = RedisProbe::queue(system, u"default"_s).flow;
    QCOMPARE(*after.completed.value - *before.flow.completed.value, 7);
    QCOMPARE(*after.died.value - *before.flow.died.value, 2);
    QCOMPARE(*after.executed.value - *before.flow.executed.value, 10);
    QCOMPARE(*after.retried.value - *before.flow.retried.value, 1);
    QVERIFY(!after.enqueued.known());
    QCOMPARE(system.workers.live, Count::exact(1));
    QCOMPARE(system.workers.list.size(), std::size_t(1));
    QVERIFY(system.workers.list[0].alive);
    QCOMPARE(system.workers.list[0].pid, std::optional(m_worker->pid()));
    QCOMPARE(system.workers.list[0].queues, QStringList{u"default"_s});
    QVERIFY(*system.workers.list[0].heartbeat_age_s.value < 60);
    QCOMPARE(system.identity.version, u"1.13.0"_s);
}

void TestRq::deadLettersArePagedAndGrouped() {
    startLibrary();
    ask({{"do"_L1, "push"_L1}, {"job"_L1, "fail"_L1}, {"count"_L1, 5}});
    const QString odd = ask({{"do"_L1, "push"_L1},
                             {"job"_L1, "missing"_L1},
                             {"queue"_L1, "mail"_L1},
                             {"description"_L1, "nightly mail"_L1}})
                            .value("ids"_L1)
                            .toArray()[0]
                            .toString();
    startWorker({u"default"_s, u"mail"_s}, 90, {u"--burst"_s});
    QTRY_COMPARE_WITH_TIMEOUT(number(counts(u"mail"_s), u"failed"_s), 1, 15'000);
    RedisProbe probe(m_redis->url());
    DeadQuery query;
    query.limit = 4;
    const auto page = probe.backend().deadPage(query);
    QVERIFY2(page.ok(), page.ok() ? "" : qPrintable(page.failure().sentence()));
    QCOMPARE(page->jobs.size(), std::size_t(4));
    QCOMPARE(page->total, Count::exact(6));
    const DeadJob& job = page->jobs[0];
    QCOMPARE(job.queue, u"default"_s);
    QCOMPARE(job.kind, u"rq_jobs.fail"_s);
    QVERIFY2(job.error.startsWith(u"ValueError: card 4711 declined for customer 17\n"_s),
             qPrintable(job.error));
    QVERIFY(job.died_at && nowSeconds() - secondsOf(*job.died_at) < 60);
    QVERIFY(*job.payload_bytes.value > 10);
    query.after = page->next;
    const auto rest = probe.backend().deadPage(query);
    QVERIFY(rest.ok());
    QCOMPARE(rest->jobs.size(), std::size_t(2));
    QCOMPARE(rest->next, QString());
    const auto groups = probe.backend().deadGroups({});
    QVERIFY(groups.ok());
    QVERIFY(groups->complete);
    QCOMPARE(groups->groups.size(), std::size_t(2));
    QCOMPARE(groups->groups[0].count, Count::exact(5));
    QCOMPARE(groups->groups[0].signature, u"ValueError: card <n> declined for customer <n>"_s);
    const auto detail = probe.backend().deadJob({u"rq"_s, u"mail"_s, odd});
    QVERIFY2(detail.ok(), detail.ok() ? "" : qPrintable(detail.failure().sentence()));
    QCOMPARE(detail->job.id, odd);
    QCOMPARE(detail->job.kind, QString());
    QVERIFY2(detail->payload.startsWith("nightly mail\n"), detail->payload.constData());
    QVERIFY(detail->payload.contains("pickled Python call"));
    QVERIFY(detail->payload_cut);
    QVERIFY(detail->enqueued_at.has_value());
    QCOMPARE(detail->errors.size(), std::size_t(1));
    QVERIFY2(detail->errors[0].text.startsWith(u"AttributeError: "_s), qPrintable(detail->errors[0].text));
    QVERIFY(!probe.backend().deadJob({u"rq"_s, u"mail"_s, u"nothing"_s}).ok());
}

void TestRq::requeuedJobsAreGone() {
    startLibrary();
    const QString id =
        ask({{"do"_L1, "push"_L1}, {"job"_L1, "fail"_L1}}).value("ids"_L1).toArray()[0].toString();
    startWorker({u"default"_s}, 90, {u"--burst"_s});
    QTRY_COMPARE_WITH_TIMEOUT(number(counts(), u"failed"_s), 1, 15'000);
    RedisProbe probe(m_redis->url());
    QCOMPARE(RedisProbe::queue(probe.system(u"rq"_s), u"default"_s).dead, Count::exact(1));
    ask({{"do"_L1, "requeue"_L1}, {"queue"_L1, "default"_L1}, {"id"_L1, id}});
    const QueueReading queue = RedisProbe::queue(probe.system(u"rq"_s), u"default"_s);
    QCOMPARE(queue.dead, Count::exact(0));
    QVERIFY(!queue.oldest_dead_at.known());
    QCOMPARE(queue.ready, Count::exact(1));
    QCOMPARE(queue.flow.died.provenance, Provenance::lower_bound);
    const auto detail = probe.backend().deadJob({u"rq"_s, u"default"_s, id});
    QVERIFY(!detail.ok());
    QCOMPARE(detail.failure().kind, FailureKind::changed);
}

void TestRq::killedWorkerLeavesAStuckClaim() {
    startLibrary();
    const QString id = ask({{"do"_L1, "push"_L1}, {"job"_L1, "sleep"_L1}, {"args"_L1, QJsonArray{120}}})
                           .value("ids"_L1)
                           .toArray()[0]
                           .toString();
    startWorker({u"default"_s}, 3);
    RedisProbe probe(m_redis->url());
    SystemReading system;
    QTRY_VERIFY_WITH_TIMEOUT((system = probe.system(u"rq"_s)).leases.leases.size() == 1, 15'000);
    const Lease held = system.leases.leases[0];
    QCOMPARE(held.id, id);
    QCOMPARE(held.kind, u"rq_jobs.sleep"_s);
    QCOMPARE(system.leases.total, Count::exact(1));
    QVERIFY2(!held.stuck, qPrintable(held.evidence.join(u'|')));
    QVERIFY(held.claimed_at && held.expires_at);
    QCOMPARE(held.owner, ask({{"do"_L1, "job"_L1}, {"id"_L1, id}}).value("worker"_L1).toString());
    QCOMPARE(system.workers.busy, Count::exact(1));
    QCOMPARE(RedisProbe::queue(system, u"default"_s).running, Count::exact(1));
    QVERIFY(!conditionOf(system, ConditionKind::orphaned));

    const QList<qint64> horses = childrenOf(m_worker->pid());
    QCOMPARE(horses.size(), 1);
    m_worker->kill();
    ::kill(static_cast<pid_t>(horses[0]), SIGKILL);
    QTRY_VERIFY_WITH_TIMEOUT((system = probe.system(u"rq"_s)).leases.leases.size() == 1 &&
                                 system.leases.leases[0].evidence.value(0).contains(u"is gone"_s),
                             15'000);
    const Lease lost = system.leases.leases[0];
    QVERIFY(lost.stuck);
    QCOMPARE(lost.id, id);
    QVERIFY2(lost.evidence[0].contains(held.owner), qPrintable(lost.evidence[0]));
    QVERIFY2(lost.evidence.value(1).startsWith(u"the claim ran out"_s), qPrintable(lost.evidence.join(u'|')));
    QVERIFY(lost.fencing.contains(u"does not fence"_s));
    const auto orphaned = conditionOf(system, ConditionKind::orphaned);
    QVERIFY(orphaned.has_value());
    QCOMPARE(orphaned->count, Count::exact(1));
    QCOMPARE(orphaned->queue, u"default"_s);
    QCOMPARE(system.workers.live, Count::exact(0));
    QCOMPARE(RedisProbe::queue(system, u"default"_s).running, Count::exact(1));
    QVERIFY(!RedisProbe::queue(system, u"default"_s).claims.duplicates.known());
}

void TestRq::dueJobsWithoutSchedulerAreOverdue() {
    startLibrary();
    const QString id = ask({{"do"_L1, "push"_L1}, {"in"_L1, 3600}}).value("ids"_L1).toArray()[0].toString();
    command({"ZADD", "rq:scheduled:default", "XX", scoreText(nowSeconds() - 60), id.toUtf8()});
    RedisProbe probe(m_redis->url());
    SystemReading system = probe.system(u"rq"_s);
    QCOMPARE(RedisProbe::queue(system, u"default"_s).overdue, Count::exact(1));
    const auto leaderless = conditionOf(system, ConditionKind::no_leader);
    QVERIFY(leaderless.has_value());
    QCOMPARE(leaderless->count, Count::exact(1));
    QVERIFY2(leaderless->evidence.contains(u"rq:scheduler-lock:default"_s), qPrintable(leaderless->evidence));
    startWorker({u"default"_s}, 90, {u"--with-scheduler"_s});
    QTRY_COMPARE_WITH_TIMEOUT(number(counts(), u"finished"_s), 1, 20'000);
    system = probe.system(u"rq"_s);
    QCOMPARE(RedisProbe::queue(system, u"default"_s).overdue, Count::exact(0));
    QVERIFY(!conditionOf(system, ConditionKind::no_leader));
}

void TestRq::suspendedWorkersPauseAllQueues() {
    fakeJob("default", "a");
    RedisProbe probe(m_redis->url());
    QCOMPARE(RedisProbe::queue(probe.system(u"rq"_s), u"default"_s).paused, std::optional(false));
    command({"SET", "rq:suspended", "1"});
    QCOMPARE(RedisProbe::queue(probe.system(u"rq"_s), u"default"_s).paused, std::optional(true));
}

void TestRq::executionsOfVersionTwo() {
    fakeJob("default", "a");
    command({"HSET", "rq:job:a", "worker_name", "two", "started_at", "2026-01-02T03:04:05.000000Z",
             "number_of_retries", "1"});
    const QByteArray first(32, '1'), second(32, '2');
    for (const auto& [execution, worker] :
         {std::pair(first, QByteArray("one")), {second, QByteArray("two")}}) {
        command({"ZADD", "rq:wip:default", scoreText(nowSeconds() + 60), "a:" + execution});
        command({"HSET", "rq:execution:a:" + execution, "created_at",
                 execution == first ? "1767323000.25" : "1767323045.5", "worker_name", worker});
        command({"SADD", "rq:workers", "rq:worker:" + worker});
        command({"HSET", "rq:worker:" + worker, "birth", "2026-01-02T03:04:05Z", "state", "busy", "queues",
                 "default", "version", "2.10.0"});
    }
    RedisProbe probe(m_redis->url());
    SystemReading system = probe.system(u"rq"_s);
    QCOMPARE(system.identity.version, u"2.10.0"_s);
    QCOMPARE(system.leases.leases.size(), std::size_t(2));
    QCOMPARE(system.leases.leases[0].owner, u"one"_s);
    QCOMPARE(system.leases.leases[0].attempt, std::optional(2));
    QVERIFY(!system.leases.leases[0].stuck);
    for (int poll = 0; poll < 2; ++poll) {  // counted once, however often it is seen
        const ClaimsReading claims = RedisProbe::queue(system, u"default"_s).claims;
        QCOMPARE(claims.duplicates.value, std::optional<qint64>(1));
        QCOMPARE(claims.evidence, ClaimEvidence::recorded);
        QCOMPARE(claims.incidents.size(), std::size_t(1));
        QCOMPARE(claims.incidents[0].first_owner, u"one"_s);
        QCOMPARE(claims.incidents[0].second_owner, u"two"_s);
        QVERIFY(*claims.claims.value >= 1);
        system = probe.system(u"rq"_s);
    }
}

void TestRq::oddContentsAreShownSafely() {
    const QByteArray name = "caf\xe9\n<b>";
    fakeJob(name, "x\x1b[31m");
    command({"RPUSH", "rq:queue:" + name, "x\x1b[31m"});
    command({"ZADD", "rq:failed:" + name, scoreText(nowSeconds() + 1000), "x\x1b[31m"});
    command({"ZADD", "rq:failed:" + name, "-1", "forever"});
    command({"ZADD", "rq:wip:" + name, "+inf", "endless"});
    command({"HSET", "rq:job:x\x1b[31m", "exc_info", QByteArray("\x78\x9c\xff\xff not zlib \xfe"), "data",
             "cos\nsystem\n(S'touch /tmp/x'\ntR.", "description", QByteArray(1 << 20, 'd')});
    command({"SADD", "rq:workers", "rq:worker:w\x01", "nonsense"});
    command({"HSET", "rq:worker:w\x01", "birth", "?", "queues", name, "pid", "-", "last_heartbeat", "never"});
    RedisProbe probe(m_redis->url());
    const SystemReading system = probe.system(u"rq"_s);
    const QueueReading queue = RedisProbe::queue(system, u"caf\\xe9\\n<b>"_s);
    QCOMPARE(queue.ready, Count::exact(1));
    QCOMPARE(queue.dead, Count::exact(2));
    QCOMPARE(system.workers.live, Count::exact(1));
    QCOMPARE(system.workers.list[0].id, u"w\\x01"_s);
    QCOMPARE(system.leases.leases.size(), std::size_t(1));
    QVERIFY(!system.leases.leases[0].expires_at);
    QVERIFY(!system.leases.leases[0].stuck);
    const auto page = probe.backend().deadPage({});
    QVERIFY2(page.ok(), page.ok() ? "" : qPrintable(page.failure().sentence()));
    QCOMPARE(page->jobs.size(), std::size_t(2));
    for (const DeadJob& job : page->jobs) {
        QVERIFY(!job.id.contains(u'\x1b'));
        QVERIFY(job.error.size() <= 2000);
        QCOMPARE(job.kind, QString());
    }
}

void TestRq::missingRightsAreGaps_data() {
    QTest::addColumn<QByteArray>("denied");
    QTest::addColumn<QString>("signal");
    QTest::newRow("llen") << QByteArray("llen") << u"ready"_s;
    QTest::newRow("zcard") << QByteArray("zcard") << u"dead"_s;
    QTest::newRow("hget") << QByteArray("hget") << u"oldest_age_s"_s;
    QTest::newRow("hmget") << QByteArray("hmget") << u"workers"_s;
    QTest::newRow("zcount") << QByteArray("zcount") << u"drain_rate"_s;
    QTest::newRow("zrange") << QByteArray("zrange") << u"leases"_s;
}

void TestRq::missingRightsAreGaps() {
    QFETCH(QByteArray, denied);
    QFETCH(QString, signal);
    fakeJob("default", "a");
    command({"RPUSH", "rq:queue:default", "a"});
    command({"ZADD", "rq:wip:default", scoreText(nowSeconds() + 60), "a"});
    command({"SADD", "rq:workers", "rq:worker:w"});
    command({"ACL", "SETUSER", "narrow", "on", ">pw", "allkeys", "+@all", "-" + denied});
    QString url = m_redis->url();
    url.replace(u"://"_s, u"://narrow:pw@"_s);
    RedisProbe probe(url);
    QVERIFY2(probe.ok(), qPrintable(probe.failure()));
    const Capabilities capabilities = probe.capabilities(u"rq"_s);
    QVERIFY2(!capabilities.observable(signal), qPrintable(signal));
    QVERIFY2(capabilities.why(signal).contains(u"ACL SETUSER <user> +"_s + QString::fromLatin1(denied)),
             qPrintable(capabilities.why(signal)));
}

void TestRq::foreignSetsAreNotTaken() {
    command({"SADD", "rq:queues", "orders", "mail"});
    command({"SET", "rq:workers", "text"});
    RedisProbe probe(m_redis->url());
    QVERIFY(probe.ok());
    QCOMPARE(probe.systems(), QStringList());
    fakeJob("default", "a");
    QVERIFY(probe.detect());
    const SystemReading system = probe.system(u"rq"_s);
    QCOMPARE(system.queues.size(), std::size_t(1));
    QVERIFY(!system.workers.live.known());
    QVERIFY2(system.workers.live.method.contains(u"rq:workers is not a set"_s),
             qPrintable(system.workers.live.method));
}

QTEST_GUILESS_MAIN(TestRq)
#include "tst_rq.moc"

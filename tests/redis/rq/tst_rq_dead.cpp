// Dead letters of the real RQ, their retention clock, and contents that nobody expects.
#include <QJsonArray>
#include <QtTest>

#include "tests/redis/rq/stage.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestRqDead : public QObject, private RqStage {
    Q_OBJECT
private slots:
    void init() { QVERIFY2(startServer(), qPrintable(problem())); }
    void cleanup() { stop(); }

    void deadJobsHaveTheirAge();
    void shortRetentionIsAClock();
    void manyDeadJobsAreSampled();
    void deadLettersArePagedAndGrouped();
    void requeuedJobsAreGone();
    void oddContentsAreShownSafely();
};

void TestRqDead::deadJobsHaveTheirAge() {
    RQ_OR_SKIP();
    const QJsonArray ids =
        ask({{"do"_L1, "push"_L1}, {"job"_L1, "fail"_L1}, {"count"_L1, 3}}).value("ids"_L1).toArray();
    QVERIFY(startWorker({u"default"_s}, 90, {u"--burst"_s}));
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

void TestRqDead::shortRetentionIsAClock() {
    RQ_OR_SKIP();
    ask({{"do"_L1, "push"_L1}, {"job"_L1, "fail"_L1}, {"count"_L1, 2}, {"failure_ttl"_L1, 3600}});
    ask({{"do"_L1, "push"_L1}, {"job"_L1, "fail"_L1}, {"failure_ttl"_L1, -1}});
    QVERIFY(startWorker({u"default"_s}, 90, {u"--burst"_s}));
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

void TestRqDead::manyDeadJobsAreSampled() {
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

void TestRqDead::deadLettersArePagedAndGrouped() {
    RQ_OR_SKIP();
    ask({{"do"_L1, "push"_L1}, {"job"_L1, "fail"_L1}, {"count"_L1, 5}});
    const QString odd = ask({{"do"_L1, "push"_L1},
                             {"job"_L1, "missing"_L1},
                             {"queue"_L1, "mail"_L1},
                             {"description"_L1, "nightly mail"_L1}})
                            .value("ids"_L1)
                            .toArray()[0]
                            .toString();
    QVERIFY(startWorker({u"default"_s, u"mail"_s}, 90, {u"--burst"_s}));
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

void TestRqDead::requeuedJobsAreGone() {
    RQ_OR_SKIP();
    const QString id =
        ask({{"do"_L1, "push"_L1}, {"job"_L1, "fail"_L1}}).value("ids"_L1).toArray()[0].toString();
    QVERIFY(startWorker({u"default"_s}, 90, {u"--burst"_s}));
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

void TestRqDead::oddContentsAreShownSafely() {
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
    const QString gone = u"the job is gone: only its id is left in the started registry"_s;
    QCOMPARE(system.leases.leases[0].evidence, QStringList{gone});  // and no word of the endless claim
    const auto page = probe.backend().deadPage({});
    QVERIFY2(page.ok(), page.ok() ? "" : qPrintable(page.failure().sentence()));
    QCOMPARE(page->jobs.size(), std::size_t(2));
    for (const DeadJob& job : page->jobs) {
        QVERIFY(!job.id.contains(u'\x1b'));
        QVERIFY(job.error.size() <= 2000);
        QCOMPARE(job.kind, QString());
    }
}

QTEST_GUILESS_MAIN(TestRqDead)
#include "tst_rq_dead.moc"

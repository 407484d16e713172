// The real RQ (1.13 of Debian) produces and works on a private Redis; newer layouts by their documented keys.
#include <signal.h>

#include <QJsonArray>
#include <QtTest>

#include "tests/redis/rq/stage.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestRq : public QObject, private RqStage {
    Q_OBJECT
private slots:
    void init() { QVERIFY2(startServer(), qPrintable(problem())); }
    void cleanup() { stop(); }

    void countsAgreeWithTheLibrary();
    void jobsThatWaitForAFailedOneAreBlocked();
    void idsWithoutAJobAreSaid();
    void idsWithoutAJobAndEndedJobsAreSaid();
    void jobsTakenAndNeverStartedAreStuck();
    void retriesWaitInTheScheduledRegistry();
    void flowFollowsFromTheRegistries();
    void failuresThatNothingKeepsAreCounted();
    void successesWithoutAResultAreCounted_data();
    void successesWithoutAResultAreCounted();
    void killedWorkerLeavesAStuckClaim();
    void dueJobsWithoutSchedulerAreOverdue();
    void suspendedWorkersPauseAllQueues();
    void executionsOfVersionTwo();
    void aWorkerSilentForDaysIsGone();
    void missingRightsAreGaps_data();
    void missingRightsAreGaps();
    void foreignSetsAreNotTaken();
};

namespace {

std::optional<Condition> conditionOf(const SystemReading& system, ConditionKind kind) {
    for (const Condition& condition : system.conditions)
        if (condition.kind == kind) return condition;
    return {};
}

}  // namespace

void TestRq::countsAgreeWithTheLibrary() {
    RQ_OR_SKIP();
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
    QCOMPARE(queue.blocked, Count::exact(number(expected, u"deferred"_s)));
    QCOMPARE(queue.blocked, Count::exact(1));
    QVERIFY(queue.oldest_blocked_at.isExact());
    QVERIFY(!queue.blocked_on_dead);
    QCOMPARE(RedisProbe::queue(system, u"mail"_s).ready, Count::exact(2));
    QCOMPARE(system.leases.total, Count::exact(0));
    for (const auto& signal : {u"ready"_s, u"dead"_s, u"drain_rate"_s, u"arrival_rate"_s, u"workers"_s})
        QVERIFY2(probe.capabilities(u"rq"_s).observable(signal), qPrintable(signal));
}

void TestRq::jobsThatWaitForAFailedOneAreBlocked() {
    RQ_OR_SKIP();
    const QString failing =
        ask({{"do"_L1, "push"_L1}, {"job"_L1, "fail"_L1}}).value("ids"_L1).toArray()[0].toString();
    const QString waiting =
        ask({{"do"_L1, "push"_L1}, {"depends_on"_L1, failing}}).value("ids"_L1).toArray()[0].toString();
    QVERIFY(startWorker({u"default"_s}, 90, {u"--burst"_s}));
    QTRY_COMPARE_WITH_TIMEOUT(number(counts(), u"failed"_s), 1, 20'000);
    RedisProbe probe(m_redis->url());
    const QueueReading queue = RedisProbe::queue(probe.system(u"rq"_s), u"default"_s);
    QCOMPARE(queue.blocked, Count::exact(1));
    QVERIFY(queue.blocked_on_dead.has_value());
    QCOMPARE(queue.blocked_on_dead->jobs, Count::exact(1));
    QCOMPARE(queue.blocked_on_dead->waiting_example, waiting);
    QCOMPARE(queue.blocked_on_dead->dead_example, failing);
}

// Evicted or deleted: the registry keeps the id and the expiry, and the expiry is no time of death.
void TestRq::idsWithoutAJobAreSaid() {
    fakeJob("default", "a");
    for (const QByteArray id : {"a", "gone1", "gone2"})
        command({"ZADD", "rq:failed:default", scoreText(nowSeconds() + 5000), id});
    command({"HSET", "rq:job:a", "created_at", "2026-01-02T03:04:05.000000Z", "ended_at",
             "2026-01-02T03:04:06.000000Z", "failure_ttl", "1000000"});
    RedisProbe probe(m_redis->url());
    const SystemReading system = probe.system(u"rq"_s);
    const QueueReading queue = RedisProbe::queue(system, u"default"_s);
    QCOMPARE(queue.dead, Count::exact(3));
    const auto missing = conditionOf(system, ConditionKind::missing_jobs);
    QVERIFY(missing.has_value());
    QCOMPARE(missing->queue, u"default"_s);
    QCOMPARE(missing->count, Count::exact(2));
    const ServerTime death = serverTimeFromMillis(1'767'323'046'000);
    QCOMPARE(queue.oldest_dead_at.value, std::optional(death));
    const auto page = probe.backend().deadPage({{}, 10, {}, false});
    QVERIFY2(page.ok(), page.ok() ? "" : qPrintable(page.failure().sentence()));
    QCOMPARE(page->jobs.size(), std::size_t(3));
    for (const DeadJob& job : page->jobs) {
        if (job.id == u"a"_s) {
            QCOMPARE(job.died_at, std::optional(death));
            continue;
        }
        QVERIFY(!job.died_at);
        QVERIFY2(job.error.contains(u"gone"_s), qPrintable(job.error));
    }
}

// 5 ids in the started registry without a job, one finished there long ago, and one id in the queue.
void TestRq::idsWithoutAJobAndEndedJobsAreSaid() {
    fakeJob("low", "done");
    command({"HSET", "rq:job:done", "status", "finished"});
    command({"RPUSH", "rq:queue:low", "w1"});
    for (const char* id : {"done", "a", "b", "c", "d", "e"})
        command({"ZADD", "rq:wip:low", scoreText(nowSeconds() + 60), id});
    RedisProbe probe(m_redis->url());
    const SystemReading system = probe.system(u"rq"_s);
    const QueueReading queue = RedisProbe::queue(system, u"low"_s);
    QCOMPARE(queue.running, Count::exact(5));
    QCOMPARE(queue.ready, Count::exact(1));
    QStringList missing;
    for (const Condition& condition : system.conditions)
        if (condition.kind == ConditionKind::missing_jobs)
            missing << u"%1 %2"_s.arg(condition.subject).arg(condition.count.valueOr(-1));
    QCOMPARE(missing, (QStringList{u"in the queue 1"_s, u"in the started registry 5"_s}));
    QCOMPARE(system.leases.total, Count::exact(5));
    QCOMPARE(system.leases.leases.size(), std::size_t(5));
    for (const Lease& lease : system.leases.leases)
        QVERIFY2(lease.job_gone && !lease.stuck && lease.evidence.value(0).startsWith(u"the job is gone"_s),
                 qPrintable(lease.evidence.join(u'|')));
}

void TestRq::jobsTakenAndNeverStartedAreStuck() {
    for (const char* id : {"a", "b", "c"}) {
        fakeJob("default", id);
        command({"LPUSH", "rq:queue:default", id});
    }
    for (int i = 0; i < 3; ++i)
        command({"LMOVE", "rq:queue:default", "rq:queue:default:intermediate", "LEFT", "RIGHT"});
    RedisProbe probe(m_redis->url());
    SystemReading system = probe.system(u"rq"_s);
    QCOMPARE(RedisProbe::queue(system, u"default"_s).running.value, std::optional<qint64>(3));
    QVERIFY(system.leases.leases.empty());  // they may just have been taken
    const auto stuck = [&] {
        system = probe.system(u"rq"_s);
        return system.leases.leases.size();
    };
    QTRY_COMPARE_WITH_TIMEOUT(stuck(), std::size_t(3), 15'000);
    QCOMPARE(system.leases.total, Count::exact(3));
    for (const Lease& lease : system.leases.leases)
        QVERIFY2(lease.stuck && lease.evidence.value(0).contains(u"not started"_s),
                 qPrintable(lease.evidence.join(u'|')));
}

void TestRq::retriesWaitInTheScheduledRegistry() {
    RQ_OR_SKIP();
    ask({{"do"_L1, "push"_L1},
         {"job"_L1, "fail"_L1},
         {"count"_L1, 4},
         {"retry"_L1, 3},
         {"interval"_L1, 600}});
    ask({{"do"_L1, "push"_L1}, {"count"_L1, 2}, {"in"_L1, 3000}, {"retry"_L1, 3}, {"interval"_L1, 600}});
    QVERIFY(startWorker({u"default"_s}, 90, {u"--burst"_s}));
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
    RQ_OR_SKIP();
    RedisProbe probe(m_redis->url());
    ask({{"do"_L1, "push"_L1}, {"count"_L1, 2}});
    QVERIFY(startWorker({u"default"_s}, 90));
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

void TestRq::failuresThatNothingKeepsAreCounted() {
    RQ_OR_SKIP();
    QVERIFY(startWorker({u"default"_s}, 90));
    QTRY_COMPARE_WITH_TIMEOUT(number(counts(), u"workers"_s), 1, 20'000);
    ask({{"do"_L1, "push"_L1}, {"count"_L1, 2}});
    QTRY_COMPARE_WITH_TIMEOUT(number(counts(), u"succeeded"_s), 2, 20'000);
    RedisProbe probe(m_redis->url());
    const QueueReading before = RedisProbe::queue(probe.system(u"rq"_s), u"default"_s);
    ask({{"do"_L1, "push"_L1}, {"job"_L1, "fail"_L1}, {"count"_L1, 6}, {"failure_ttl"_L1, 0}});
    // The library's own counts would clean the registry.
    QueueReading after;
    QTRY_VERIFY_WITH_TIMEOUT(
        (after = RedisProbe::queue(probe.system(u"rq"_s), u"default"_s)).flow.failed_for_good.valueOr(0) -
                before.flow.failed_for_good.valueOr(0) >=
            6,
        20'000);
    QCOMPARE(*after.flow.failed_for_good.value - *before.flow.failed_for_good.value, 6);
    QCOMPARE(*after.flow.died.value - *before.flow.died.value, 6);
    QCOMPARE(*after.flow.completed.value - *before.flow.completed.value, 0);
    QCOMPARE(after.dead, Count::exact(0));
}

void TestRq::successesWithoutAResultAreCounted_data() {
    QTest::addColumn<QStringList>("queues");
    QTest::newRow("a worker of its own") << QStringList{u"default"_s};
    QTest::newRow("a worker of two queues") << QStringList{u"default"_s, u"mail"_s};
}

void TestRq::successesWithoutAResultAreCounted() {
    QFETCH(QStringList, queues);
    RQ_OR_SKIP();
    QVERIFY(startWorker(queues, 90));
    QTRY_COMPARE_WITH_TIMEOUT(number(counts(), u"workers"_s), 1, 20'000);
    ask({{"do"_L1, "push"_L1}});
    QTRY_COMPARE_WITH_TIMEOUT(number(counts(), u"succeeded"_s), 1, 20'000);
    RedisProbe probe(m_redis->url());
    const QueueReading before = RedisProbe::queue(probe.system(u"rq"_s), u"default"_s);
    ask({{"do"_L1, "push"_L1}, {"count"_L1, 4}});
    ask({{"do"_L1, "push"_L1}, {"count"_L1, 6}, {"result_ttl"_L1, 0}});
    QTRY_COMPARE_WITH_TIMEOUT(number(counts(), u"succeeded"_s), 11, 30'000);
    const FlowTotals flow = RedisProbe::queue(probe.system(u"rq"_s), u"default"_s).flow;
    if (queues.size() == 1) {  // every one of them, each at its first attempt
        QCOMPARE(*flow.completed.value - *before.flow.completed.value, 10);
        QCOMPARE(*flow.executed.value - *before.flow.executed.value, 10);
        QCOMPARE(*flow.first_executed.value - *before.flow.first_executed.value, 10);
        return;
    }
    QCOMPARE(flow.completed.provenance, Provenance::lower_bound);
    QCOMPARE(*flow.completed.value - *before.flow.completed.value, 4);
    QVERIFY2(flow.completed.method.contains(u"result_ttl=0"_s), qPrintable(flow.completed.method));
    QVERIFY(!flow.executed.known());
}

void TestRq::killedWorkerLeavesAStuckClaim() {
    RQ_OR_SKIP();
    const QString id = ask({{"do"_L1, "push"_L1}, {"job"_L1, "sleep"_L1}, {"args"_L1, QJsonArray{120}}})
                           .value("ids"_L1)
                           .toArray()[0]
                           .toString();
    QVERIFY(startWorker({u"default"_s}, 3));
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
    RQ_OR_SKIP();
    const QString id = ask({{"do"_L1, "push"_L1}, {"in"_L1, 3600}}).value("ids"_L1).toArray()[0].toString();
    command({"ZADD", "rq:scheduled:default", "XX", scoreText(nowSeconds() - 60), id.toUtf8()});
    RedisProbe probe(m_redis->url());
    SystemReading system = probe.system(u"rq"_s);
    QCOMPARE(RedisProbe::queue(system, u"default"_s).overdue, Count::exact(1));
    const auto leaderless = conditionOf(system, ConditionKind::no_leader);
    QVERIFY(leaderless.has_value());
    QCOMPARE(leaderless->count, Count::exact(1));
    QVERIFY2(leaderless->evidence.contains(u"rq:scheduler-lock:default"_s), qPrintable(leaderless->evidence));
    QVERIFY(startWorker({u"default"_s}, 90, {u"--with-scheduler"_s}));
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

void TestRq::aWorkerSilentForDaysIsGone() {
    fakeJob("default", "a");
    const auto enroll = [this](const QByteArray& name, int age_s) {
        const QByteArray beat = QDateTime::currentDateTimeUtc()
                                    .addSecs(-age_s)
                                    .toString(u"yyyy-MM-ddTHH:mm:ss.zzz000Z")
                                    .toLatin1();
        command({"SADD", "rq:workers", "rq:worker:" + name});
        command({"HSET", "rq:worker:" + name, "birth", "2026-01-02T03:04:05Z", "state", "busy", "queues",
                 "default", "last_heartbeat", beat});
    };
    enroll("fresh", 5);
    enroll("silent", 16 * 86400);
    RedisProbe probe(m_redis->url());
    const WorkersReading workers = probe.system(u"rq"_s).workers;
    QCOMPARE(workers.live, Count::exact(1));
    QCOMPARE(workers.busy, Count::exact(1));
    QCOMPARE(workers.list.size(), std::size_t(2));
    QCOMPARE(workers.list[0].id, u"fresh"_s);
    QVERIFY(workers.list[0].alive && !workers.list[1].alive);
    QVERIFY(*workers.list[1].heartbeat_age_s.value > 15 * 86400);
    // The one that is there listens to another queue than this.
    fakeJob("mailer", "b");
    command({"RPUSH", "rq:queue:mailer", "b"});
    const auto unserved = conditionOf(probe.system(u"rq"_s), ConditionKind::unserved);
    QVERIFY(unserved.has_value());
    QCOMPARE(unserved->queue, u"mailer"_s);
    QVERIFY2(unserved->evidence.endsWith(u"they listen to default"_s), qPrintable(unserved->evidence));
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

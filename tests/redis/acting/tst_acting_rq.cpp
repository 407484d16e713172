// Replay and release of RQ jobs with the real library, beside its own requeue.
#include <signal.h>

#include <QJsonArray>
#include <QtTest>

#include "tests/redis/acting/acting_probe.h"
#include "tests/redis/rq/stage.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestActingRq : public QObject, private RqStage {
    Q_OBJECT
private slots:
    void init() { QVERIFY2(startServer(), qPrintable(problem())); }
    void cleanup() { stop(); }

    void looksLikeTheLibrarysOwnRequeue();
    void eachReplayedJobRunsOnce();
    void anAbandonedJobIsReleasedOnce();
    void undone();

private:
    QList<QByteArray> failed(int count);
};

QList<QByteArray> TestActingRq::failed(int count) {
    const auto pushed = ask({{"do"_L1, "push"_L1}, {"job"_L1, "fail"_L1}, {"count"_L1, count}});
    QList<QByteArray> ids;
    for (const QJsonValue& id : pushed.value("ids"_L1).toArray()) ids << id.toString().toUtf8();
    const bool started = startWorker({u"default"_s}, 90, {u"--burst"_s});
    const bool allFailed = QTest::qWaitFor([&] { return number(counts(), u"failed"_s) == count; }, 30'000);
    // Until it has ended, the worker would take what is put back.
    const bool ended = QTest::qWaitFor([&] { return m_worker->pid() == 0; }, 30'000);
    return started && allFailed && ended ? ids : QList<QByteArray>();
}

// Expected differences: the times; and the hash of ours does not expire while it waits.
void TestActingRq::looksLikeTheLibrarysOwnRequeue() {
    RQ_OR_SKIP();
    const auto ids = failed(2);
    QCOMPARE(ids.size(), 2);
    ActingProbe acting(m_redis->url(), u"rq"_s, u"default"_s);
    ActionPlan plan = acting.plan();
    QVERIFY2(plan.jobs.size() == 2, qPrintable(acting.failure()));
    std::erase_if(plan.jobs, [&ids](const PlannedJob& job) { return job.id.toUtf8() != ids[0]; });
    QCOMPARE(ActingProbe::outcomes(acting.run(plan)), u"moved"_s);
    QCOMPARE(ActingProbe::outcomes(acting.apply(plan)), u"changed"_s);
    ask({{"do"_L1, "requeue"_L1}, {"queue"_L1, "default"_L1}, {"id"_L1, QString::fromUtf8(ids[1])}});
    const QStringList own{u"created_at"_s, u"enqueued_at"_s, u"last_heartbeat"_s, u"data"_s};
    QCOMPARE(hashOf(*m_redis, "rq:job:" + ids[0], own).join(u"\n"_s),
             hashOf(*m_redis, "rq:job:" + ids[1], own).join(u"\n"_s));
    QCOMPARE(command({"HGET", "rq:job:" + ids[0], "enqueued_at"}).size(),
             command({"HGET", "rq:job:" + ids[1], "enqueued_at"}).size());
    QCOMPARE(command({"LINDEX", "rq:queue:default", "0"}), ids[0]);
    QCOMPARE(command({"LINDEX", "rq:queue:default", "1"}), ids[1]);
    QCOMPARE(command({"ZCARD", "rq:failed:default"}), QByteArray("0"));
    QCOMPARE(command({"TTL", "rq:job:" + ids[0]}), QByteArray("-1"));
    // When they die again, their new error is seen, though the requeue has left an empty one in the hash.
    QVERIFY(startWorker({u"default"_s}, 90, {u"--burst"_s}));
    QTRY_COMPARE_WITH_TIMEOUT(number(counts(), u"failed"_s), 2, 30'000);
    const ActionPlan next = acting.plan();
    QCOMPARE(next.jobs.size(), size_t(2));
    for (const PlannedJob& job : next.jobs) QVERIFY(!job.signature.isEmpty());
}

void TestActingRq::eachReplayedJobRunsOnce() {
    RQ_OR_SKIP();
    const auto ids = failed(4);
    QCOMPARE(ids.size(), 4);
    QCOMPARE(command({"XLEN", "rq:results:" + ids[0]}), QByteArray("1"));
    ActingProbe acting(m_redis->url(), u"rq"_s, u"default"_s);
    const ActionPlan plan = acting.plan();
    QCOMPARE(plan.jobs.size(), size_t(4));
    QVERIFY(!plan.jobs[0].signature.isEmpty());
    const auto applied = acting.run(plan);
    QCOMPARE(ActingProbe::outcomes(applied), u"moved moved moved moved"_s);
    QCOMPARE(acting.endOf(plan, applied), JobEnd::waiting);
    QVERIFY(startWorker({u"default"_s}, 90, {u"--burst"_s}));
    QTRY_COMPARE_WITH_TIMEOUT(number(counts(), u"failed"_s), 4, 30'000);
    for (const QByteArray& id : ids) QCOMPARE(command({"XLEN", "rq:results:" + id}), QByteArray("2"));
    QCOMPARE(acting.endOf(plan, applied), JobEnd::died);
    const auto endings = acting.backend().endings(plan, applied.rows);
    QCOMPARE(endings->front().signature, plan.jobs[0].signature);
}

void TestActingRq::anAbandonedJobIsReleasedOnce() {
    RQ_OR_SKIP();
    const auto pushed =
        ask({{"do"_L1, "push"_L1}, {"job"_L1, "sleep"_L1}, {"args"_L1, QJsonArray{600}}, {"retry"_L1, 1}});
    const QByteArray id = pushed.value("ids"_L1).toArray()[0].toString().toUtf8();
    QVERIFY(startWorker({u"default"_s}, 2));
    QTRY_COMPARE_WITH_TIMEOUT(command({"HGET", "rq:job:" + id, "status"}), QByteArray("started"), 30'000);
    for (const qint64 horse : childrenOf(m_worker->pid())) ::kill(static_cast<pid_t>(horse), SIGKILL);
    m_worker->kill();
    ActingProbe acting(m_redis->url(), u"rq"_s, u"default"_s);
    // It is not lost with them: the registry has it.
    const QString lost = acting.whyNothingIsLost();
    QVERIFY2(lost.contains(u"registry of started ones"_s) && lost.contains(u"release --stuck"_s),
             qPrintable(lost));
    const QByteArray worker = command({"HGET", "rq:job:" + id, "worker_name"});
    QVERIFY(!worker.isEmpty());
    const auto ranOut = [&] { return command({"ZSCORE", "rq:wip:default", id}).toDouble() < nowSeconds(); };
    QTRY_VERIFY_WITH_TIMEOUT(ranOut(), 30'000);
    // Its registration outlives the claim: as long as it is there, it is not known to be dead.
    if (command({"EXISTS", "rq:worker:" + worker}) == "1")
        QCOMPARE(acting.plan(ActionKind::release).jobs.size(), size_t(0));
    command({"DEL", "rq:worker:" + worker});
    ActionPlan plan;
    QTRY_VERIFY_WITH_TIMEOUT((plan = acting.plan(ActionKind::release)).jobs.size() == 1, 30'000);
    QVERIFY(!plan.jobs[0].conflict);
    // The worker is back in the last moment: nothing happens.
    command({"HSET", "rq:worker:" + worker, "birth", "2026-01-01T00:00:00Z", "current_job", id});
    QCOMPARE(ActingProbe::outcomes(acting.run(plan)), u"changed"_s);
    command({"DEL", "rq:worker:" + worker});
    QCOMPARE(ActingProbe::outcomes(acting.run(plan)), u"moved"_s);
    QCOMPARE(ActingProbe::outcomes(acting.apply(plan)), u"changed"_s);
    QCOMPARE(command({"LINDEX", "rq:queue:default", "0"}), id);
    QCOMPARE(command({"LLEN", "rq:queue:default"}), QByteArray("1"));
    QCOMPARE(command({"HGET", "rq:job:" + id, "retries_left"}), QByteArray("0"));
    QVERIFY(startWorker({u"default"_s}, 90));
    QTRY_COMPARE_WITH_TIMEOUT(command({"HGET", "rq:job:" + id, "status"}), QByteArray("started"), 30'000);
    QCOMPARE(command({"LLEN", "rq:queue:default"}), QByteArray("0"));
}

// The hash is byte for byte what it was; one that a worker has taken meanwhile is left to it.
void TestActingRq::undone() {
    RQ_OR_SKIP();
    const auto ids = failed(3);
    QCOMPARE(ids.size(), 3);
    QHash<QByteArray, QStringList> before;
    for (const QByteArray& id : ids) before[id] = hashOf(*m_redis, "rq:job:" + id);
    const QByteArray score = command({"ZSCORE", "rq:failed:default", ids[1]});
    const qint64 life = command({"TTL", "rq:job:" + ids[1]}).toLongLong();
    QVERIFY(life > 60);
    ActingProbe acting(m_redis->url(), u"rq"_s, u"default"_s);
    const ActionPlan replay = acting.plan();
    const auto applied = acting.run(replay);
    QCOMPARE(ActingProbe::outcomes(applied), u"moved moved moved"_s);
    const ActionPlan undo = acting.undo(replay, applied);
    QCOMPARE(undo.jobs.size(), size_t(3));
    command({"LREM", "rq:queue:default", "1", ids[0]});  // as a worker takes it
    const auto undone = acting.run(undo);
    QCOMPARE(ActingProbe::outcomes(undone).count(u"moved"_s), 2);
    for (std::size_t i = 0; i < 3; ++i) {
        const QByteArray id = undo.jobs[i].id.toUtf8();
        QCOMPARE(undone.rows[i].outcome, id == ids[0] ? RowOutcome::changed : RowOutcome::moved);
        if (id != ids[0]) QCOMPARE(hashOf(*m_redis, "rq:job:" + id), before[id]);
    }
    QCOMPARE(command({"ZSCORE", "rq:failed:default", ids[1]}), score);
    QVERIFY(std::abs(command({"TTL", "rq:job:" + ids[1]}).toLongLong() - life) < 30);
    QCOMPARE(command({"LLEN", "rq:queue:default"}), QByteArray("0"));
    QCOMPARE(acting.plan().jobs.size(), size_t(2));
    // The library sees failed jobs, and can requeue them.
    ask({{"do"_L1, "requeue"_L1}, {"queue"_L1, "default"_L1}, {"id"_L1, QString::fromUtf8(ids[1])}});
    QCOMPARE(command({"LINDEX", "rq:queue:default", "0"}), ids[1]);
}

QTEST_GUILESS_MAIN(TestActingRq)
#include "tst_acting_rq.moc"

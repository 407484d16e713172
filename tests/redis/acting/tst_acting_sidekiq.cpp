// Replay of dead Sidekiq jobs, beside the library's own retry.
#include <QtTest>

#include "backends/polling/poller.h"
#include "backends/redis/acting/json_edit.h"
#include "tests/acting/acting_program.h"
#include "tests/redis/acting/acting_probe.h"
#include "tests/redis/sidekiq/stage.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestActingSidekiq : public QObject {
    Q_OBJECT
private slots:
    void editsOnlyOneMember();
    void looksLikeTheLibrarysOwnRetry();
    void aReplayedJobRunsOnceAndItsDeathIsSeen();
    void undone();
    void retryNowLooksLikeTheLibrarysOwn();
    void whatWentWithItsProcessRunsOnceMore();
    void ofMillionsOnlyTheShareIsRead();
    void releaseSaysWhatToDoInstead();

private:
    static QByteArray dead(const QByteArray& jid, const QByteArray& more = {});
};

QByteArray TestActingSidekiq::dead(const QByteArray& jid, const QByteArray& more) {
    return R"({"retry":0,"queue":"mailers","class":"CountedJob","args":[12345678901234567890,1.10,[]],"jid":")" +
           jid +
           R"(","created_at":1795318550.25,"enqueued_at":1795318550.5,"error_message":"no route","error_class":"RuntimeError","failed_at":1795318551.0,"retry_count":2)" +
           more + '}';
}

void TestActingSidekiq::editsOnlyOneMember() {
    const QByteArray job =
        R"({"args":[{"retry_count":9},"\"retry_count\":8",1e400,1.10], "retry_count" : 2 })";
    QCOMPARE(jsonMember(job, "retry_count"), std::optional<QByteArray>("2"));
    QCOMPARE(withJsonMember(job, "retry_count", "1"),
             std::optional<QByteArray>(
                 R"({"args":[{"retry_count":9},"\"retry_count\":8",1e400,1.10], "retry_count" : 1 })"));
    QCOMPARE(withJsonMember("{}", "a", "1"), std::optional<QByteArray>(R"({"a":1})"));
    QCOMPARE(withJsonMember(R"({"b":2})", "a", "1"), std::optional<QByteArray>(R"({"b":2,"a":1})"));
    for (const char* odd : {"", "[]", "{", R"({"a)", R"({"a":)", R"({"a":[1)", "null", R"({"a" 1})"})
        QCOMPARE(withJsonMember(odd, "a", "1"), std::nullopt);
}

// Expected differences: the time; and the library loses digits of numbers that Ruby cannot hold, we do not.
void TestActingSidekiq::looksLikeTheLibrarysOwnRetry() {
    SidekiqStage stage;
    QVERIFY2(stage.start(), qPrintable(stage.problem()));
    SIDEKIQ_OR_SKIP(stage);
    stage.command({"SADD", "queues", "mailers"});
    stage.command({"ZADD", "dead", "1795318552.125", dead("aaa")});
    stage.command({"ZADD", "dead", "1795318553.125", dead("bbb")});
    ActingProbe acting(stage.redis().url(), u"sidekiq"_s, u"mailers"_s);
    ActionPlan plan = acting.plan();
    QVERIFY2(plan.jobs.size() == 2, qPrintable(acting.failure()));
    QCOMPARE(plan.jobs[0].id, u"aaa"_s);
    plan.jobs.pop_back();
    QCOMPARE(ActingProbe::outcomes(acting.run(plan)), u"moved"_s);
    QCOMPARE(ActingProbe::outcomes(acting.apply(plan)), u"gone"_s);
    const QByteArray ours = stage.command({"LINDEX", "queue:mailers", "0"});
    stage.ask({{"do"_L1, "retryDead"_L1}, {"jid"_L1, "bbb"_L1}});
    QByteArray theirs = stage.command({"LINDEX", "queue:mailers", "0"});
    QVERIFY(ours.contains("12345678901234567890,1.10,[]"));
    QCOMPARE(jsonMember(ours, "retry_count"), std::optional<QByteArray>("1"));
    for (const char* member : {"retry", "queue", "class", "created_at", "error_message", "error_class",
                               "failed_at", "retry_count"})
        QCOMPARE(jsonMember(ours, member), jsonMember(theirs, member));
    QVERIFY(std::abs(jsonMember(ours, "enqueued_at")->toDouble() -
                     jsonMember(theirs, "enqueued_at")->toDouble()) < 60);
    QCOMPARE(stage.command({"ZCARD", "dead"}), QByteArray("0"));
    QCOMPARE(stage.command({"LLEN", "queue:mailers"}), QByteArray("2"));
}

void TestActingSidekiq::aReplayedJobRunsOnceAndItsDeathIsSeen() {
    SidekiqStage stage;
    QVERIFY2(stage.start(), qPrintable(stage.problem()));
    SIDEKIQ_OR_SKIP(stage);
    stage.command({"SADD", "queues", "mailers"});
    for (int i = 0; i < 5; ++i)
        stage.command(
            {"ZADD", "dead", "1795318552." + QByteArray::number(i), dead("j" + QByteArray::number(i))});
    ActingProbe acting(stage.redis().url(), u"sidekiq"_s, u"mailers"_s);
    const ActionPlan plan = acting.plan();
    QCOMPARE(plan.jobs.size(), size_t(5));
    const auto applied = acting.run(plan);
    QCOMPARE(ActingProbe::outcomes(applied), u"moved moved moved moved moved"_s);
    QCOMPARE(acting.endOf(plan, applied), JobEnd::waiting);
    QVERIFY(stage.startWorker(u"mailers"_s, 2));
    QTRY_COMPARE_WITH_TIMEOUT(stage.command({"ZCARD", "dead"}), QByteArray("5"), 60'000);
    QCOMPARE(stage.command({"GET", "test:executions"}), QByteArray("5"));
    QCOMPARE(stage.command({"SCARD", "test:jids"}), QByteArray("5"));
    QCOMPARE(acting.endOf(plan, applied), JobEnd::died);
    const auto again = acting.run(plan);
    QCOMPARE(ActingProbe::outcomes(again), u"gone gone gone gone gone"_s);
}

// Byte for byte what it was, at its old place among the dead; what a worker has popped is left.
void TestActingSidekiq::undone() {
    SidekiqStage stage;
    QVERIFY2(stage.start(), qPrintable(stage.problem()));
    stage.command({"SADD", "queues", "mailers"});
    stage.command({"LPUSH", "queue:mailers", dead("waited")});
    for (int i = 0; i < 5; ++i)
        stage.command(
            {"ZADD", "dead", QByteArray::number(1795318552 + i), dead("j" + QByteArray::number(i))});
    ActingProbe acting(stage.redis().url(), u"sidekiq"_s, u"mailers"_s);
    QVERIFY2(acting.capabilities().observable(u"undo"_s), qPrintable(acting.capabilities().why(u"undo"_s)));
    const ActionPlan replay = acting.plan();
    const auto applied = acting.run(replay);
    QCOMPARE(ActingProbe::outcomes(applied), u"moved moved moved moved moved"_s);
    stage.command({"RPOP", "queue:mailers"});
    stage.command({"RPOP", "queue:mailers"});                            // j0, which was put back first
    ActingProbe other(stage.redis().url(), u"sidekiq"_s, u"mailers"_s);  // another session
    const ActionPlan undo = other.undo(replay, applied);
    QCOMPARE(undo.jobs.size(), size_t(4));
    QVERIFY2(other.failure().startsWith(u"1 of the jobs"_s), qPrintable(other.failure()));
    stage.command({"RPOP", "queue:mailers"});  // j1
    const auto locked = acting.backend().lock(undo, u"replay"_s);
    QVERIFY(locked.ok());
    acting.backend().unlock();
    QCOMPARE(ActingProbe::outcomes(other.run(undo)), u"changed moved moved moved"_s);
    for (int i = 2; i < 5; ++i)
        QCOMPARE(stage.command({"ZSCORE", "dead", dead("j" + QByteArray::number(i))}).toDouble(),
                 1795318552.0 + i);
    QCOMPARE(stage.command({"ZCARD", "dead"}), QByteArray("3"));
    QCOMPARE(stage.command({"LLEN", "queue:mailers"}), QByteArray("0"));
    const auto back = other.backend().readBack(undo, 0, 4);
    QVERIFY(back.ok());
    QCOMPARE(back->size(), size_t(4));
    QCOMPARE(back->at(1).outcome, RowOutcome::moved);
    QCOMPARE(ActingProbe::outcomes(other.run(undo)), u"changed changed changed changed"_s);
    QCOMPARE(other.plan().jobs.size(), size_t(3));
}

// The retry set, byte for byte; undone, the job waits there again until its old moment.
void TestActingSidekiq::retryNowLooksLikeTheLibrarysOwn() {
    SidekiqStage stage;
    QVERIFY2(stage.start(), qPrintable(stage.problem()));
    SIDEKIQ_OR_SKIP(stage);
    stage.command({"SADD", "queues", "mailers"});
    for (const QByteArray jid : {"aaa", "bbb"}) stage.command({"ZADD", "retry", "1999999999.125", dead(jid)});
    stage.command({"ZADD", "retry", "1999999990", QByteArray(dead("ccc")).replace("mailers", "other")});
    ActingProbe acting(stage.redis().url(), u"sidekiq"_s, u"mailers"_s);
    ActionPlan plan = acting.planRetrying();
    QVERIFY2(plan.jobs.size() == 2, qPrintable(acting.failure()));
    QCOMPARE(plan.jobs[0].signature, u"RuntimeError: no route"_s);
    std::erase_if(plan.jobs, [](const PlannedJob& job) { return job.id != u"aaa"_s; });
    const auto applied = acting.run(plan);
    QCOMPARE(ActingProbe::outcomes(applied), u"moved"_s);
    QCOMPARE(ActingProbe::outcomes(acting.apply(plan)), u"gone"_s);
    const QByteArray ours = stage.command({"LINDEX", "queue:mailers", "0"});
    stage.ask({{"do"_L1, "retryNow"_L1}, {"jid"_L1, "bbb"_L1}});
    const QByteArray theirs = stage.command({"LINDEX", "queue:mailers", "0"});
    for (const char* member :
         {"retry", "queue", "class", "created_at", "error_message", "failed_at", "retry_count"})
        QCOMPARE(jsonMember(ours, member), jsonMember(theirs, member));
    QCOMPARE(stage.command({"ZCARD", "retry"}), QByteArray("1"));
    const ActionPlan undo = acting.undo(plan, applied);
    QCOMPARE(ActingProbe::outcomes(acting.run(undo)), u"moved"_s);
    QCOMPARE(stage.command({"ZSCORE", "retry", dead("aaa")}).toDouble(), 1999999999.125);
    QCOMPARE(stage.command({"ZCARD", "dead"}), QByteArray("0"));
}

// Remembered by a poller, put back by another process, exactly once, whoever asks again.
void TestActingSidekiq::whatWentWithItsProcessRunsOnceMore() {
    SidekiqStage stage;
    QVERIFY2(stage.start(), qPrintable(stage.problem()));
    SIDEKIQ_OR_SKIP(stage);
    stage.command({"SET", "test:hang", "1"});
    stage.ask(
        {{"do"_L1, "push"_L1}, {"class"_L1, "HangingJob"_L1}, {"queue"_L1, "slow"_L1}, {"count"_L1, 3}});
    QVERIFY(stage.startWorker(u"slow"_s, 3));
    const test::ActingProgram program(stage.redis().url());
    const QString journal = program.environment().value(u"XDG_STATE_HOME"_s) + u"/spillway/actions.sqlite"_s;
    ConnectionSettings settings = redisSettings(stage.redis().url());
    Poller poller(settings, createBackend(settings));
    poller.watchOwnActions(journal);
    const auto running = [&poller]() -> std::size_t {
        const auto reading = poller.pollOnce();
        return reading ? (*reading)->systems.front().leases.leases.size() : 0;
    };
    QTRY_COMPARE_WITH_TIMEOUT(running(), std::size_t(3), 20'000);
    QVERIFY(!QFile::exists(journal));
    const auto before = (*poller.pollOnce())->systems.front();
    const QByteArray identity = before.workers.list.front().id.toUtf8();
    stage.killWorker();
    stage.command({"DEL", identity, identity + ":workers", identity + ":work"});  // as they expire
    QCOMPARE(running(), std::size_t(3));
    QVERIFY(QFile::exists(journal));
    const QString jid = before.leases.leases.front().id;
    // Somebody enqueued one of them by hand meanwhile: it is left.
    stage.command(
        {"ZADD", "schedule", "1999999999", R"({"jid":")" + jid.toUtf8() + R"(","class":"HangingJob"})"});
    const QStringList lost{u"--queue"_s, u"slow"_s,     u"--lost"_s, u"--canary"_s,
                           u"0"_s,       u"--window"_s, u"0s"_s};
    const auto planned = test::documentOf(program.replay(lost, u"staging"_s));
    QCOMPARE(planned[u"planned"_s].toInt(), 2);
    const QString said = planned[u"warnings"_s].toVariant().toStringList().join(u' ');
    QVERIFY2(said.contains(u"may have run in part"_s) && said.contains(u"1 more were lost"_s),
             qPrintable(said));
    // Another database of the server is another server: nothing was lost there.
    redisCommand(stage.redis(), {"SADD", "queues", "slow"}, 1);
    redisCommand(stage.redis(), {"LPUSH", "queue:slow", dead("waits")}, 1);
    const auto beside = program.ctl({u"replay"_s, stage.redis().url(1), u"--queue"_s, u"slow"_s, u"--lost"_s,
                                     u"--window"_s, u"0s"_s, u"--json"_s});
    QCOMPARE(beside.code, 0);
    QCOMPARE(test::documentOf(beside)[u"planned"_s].toInt(-1), 0);
    const QString second = test::documentOf(program.replay(lost, u"staging"_s))[u"plan"_s].toString();
    const auto run = program.apply(planned[u"plan"_s].toString(), {}, u"staging"_s);
    QCOMPARE(test::documentOf(run)[u"moved"_s].toInt(), 2);
    // They came from nowhere: to undo it would be to delete them.
    const auto undo = program.ctl({u"replay"_s, stage.redis().url(), u"--undo"_s,
                                   test::documentOf(run)[u"audit_id"_s].toString(), u"--json"_s});
    QVERIFY2(undo.code != 0 && undo.err.contains(u"would delete them"_s), qPrintable(undo.err + undo.out));
    QCOMPARE(stage.command({"LLEN", "queue:slow"}), QByteArray("2"));
    QCOMPARE(test::documentOf(program.apply(second, {}, u"staging"_s))[u"moved"_s].toInt(), 0);
    // The finding no longer speaks of those that were put back.
    QCOMPARE(running(), std::size_t(1));
    stage.command({"DEL", "test:hang"});
    QVERIFY(stage.startWorker(u"slow"_s, 3));
    QTRY_COMPARE_WITH_TIMEOUT(stage.command({"GET", "test:executions"}), QByteArray("2"), 20'000);
    QCOMPARE(stage.command({"SCARD", "test:jids"}), QByteArray("2"));
    QCOMPARE(test::documentOf(program.replay(lost, u"staging"_s))[u"planned"_s].toInt(), 0);
    QCOMPARE(test::documentOf(program.apply(second, {}, u"staging"_s))[u"moved"_s].toInt(), 0);
    QCOMPARE(stage.command({"LLEN", "queue:slow"}), QByteArray("0"));
}

// A plan that is cut says how many match, not how many it read.
void TestActingSidekiq::ofMillionsOnlyTheShareIsRead() {
    SidekiqStage stage;
    QVERIFY2(stage.start(), qPrintable(stage.problem()));
    stage.command({"SADD", "queues", "mailers"});
    stage.command(
        {"EVAL",
         "for i = 1, 4000 do redis.call('ZADD', 'dead', i, '{\"jid\":\"j' .. i .. '\",\"class\":\"A\","
         "\"queue\":\"' .. (i % 4 == 0 and 'other' or 'mailers') .. '\"}') end",
         "0"});
    const test::ActingProgram program(stage.redis().url());
    const auto plan = test::documentOf(
        program.replay({u"--queue"_s, u"mailers"_s, u"--limit"_s, u"600"_s, u"--window"_s, u"0s"_s}));
    QCOMPARE(plan[u"planned"_s].toInt(), 600);
    QVERIFY2(std::abs(plan[u"matched"_s].toInt() - 3000) < 30,
             qPrintable(QString::number(plan[u"matched"_s].toInt())));
    const auto all = test::documentOf(program.replay({u"--queue"_s, u"mailers"_s, u"--window"_s, u"0s"_s}));
    QCOMPARE(all[u"matched"_s].toInt(), 3000);
    QCOMPARE(all[u"planned"_s].toInt(), 3000);
}

void TestActingSidekiq::releaseSaysWhatToDoInstead() {
    SidekiqStage stage;
    QVERIFY2(stage.start(), qPrintable(stage.problem()));
    stage.command({"SADD", "queues", "mailers"});
    stage.command({"LPUSH", "queue:mailers", dead("aaa")});
    stage.command({"ZADD", "dead", "1795318552.125", dead("bbb")});
    ActingProbe acting(stage.redis().url(), u"sidekiq"_s, u"mailers"_s);
    QVERIFY(!acting.capabilities().observable(u"release"_s));
    QVERIFY(acting.capabilities().why(u"release"_s).contains(u"enqueue it again"_s));
    QVERIFY(acting.plan(ActionKind::release).jobs.empty());
    QVERIFY2(acting.failure().contains(u"no claim to release"_s), qPrintable(acting.failure()));
}

QTEST_GUILESS_MAIN(TestActingSidekiq)
#include "tst_acting_sidekiq.moc"

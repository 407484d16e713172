// Replay of dead Sidekiq jobs, beside the library's own retry.
#include <QtTest>

#include "backends/redis/acting/json_edit.h"
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

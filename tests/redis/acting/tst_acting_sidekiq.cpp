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

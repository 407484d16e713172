// The same job dies in two databases; one is put back by us, the other by its library's own retry. Every key,
// field, score, counter and event is compared afterwards, and again when a worker has run it.
#include <QJsonArray>
#include <QtTest>

#include "tests/redis/acting/acting_probe.h"
#include "tests/redis/acting/keyspace.h"
#include "tests/redis/bullmq/stage.h"
#include "tests/redis/rq/stage.h"
#include "tests/redis/sidekiq/stage.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using test::keyspaceDiff;
using test::keyspaceOf;

namespace {

class RqTwin : public RqStage {
public:
    [[nodiscard]] PrivateRedis& redis() { return *m_redis; }
    [[nodiscard]] bool workerEnded() const { return m_worker->pid() == 0; }
};

}  // namespace

class TestActingTwins : public QObject {
    Q_OBJECT
private slots:
    void bullmq_data() { bullmqLibraries(); }
    void bullmq();
    void bullmqChildren_data() { bullmqLibraries(); }
    void bullmqChildren();
    void sidekiq();
    void rq();

private:
    struct Retry {
        QString queue;
        bool bulk;  // retryJobs(), not retry() of each job
        QJsonObject opts;
    };
    static const QList<Retry> retries;

    static void dead(BullmqStage& stage);
    static void rest(BullmqStage& stage);
    // The keys of which a diff speaks.
    static QString keysIn(const QString& diff) {
        QStringList keys;
        for (const QString& line : diff.split(u'\n', Qt::SkipEmptyParts)) keys << line.section(u' ', 1, 1);
        keys.sort();
        keys.removeDuplicates();
        return keys.join(u' ');
    }
    // Puts everything back that is dead in the queue.
    static void replay(PrivateRedis& redis, const QString& system, const QString& queue);
};

void TestActingTwins::replay(PrivateRedis& redis, const QString& system, const QString& queue) {
    ActingProbe acting(redis.url(), system, queue);
    const ActionPlan plan = acting.plan();
    QVERIFY2(!plan.jobs.empty(), qPrintable(acting.failure()));
    for (const RowResult& row : acting.run(plan).rows) QCOMPARE(row.outcome, RowOutcome::moved);
    acting.backend().unlock();
}

const QList<TestActingTwins::Retry> TestActingTwins::retries{{u"plain"_s, false, {}},
                                                             {u"urgent"_s, false, {{"priority"_L1, 7}}},
                                                             {u"all"_s, true, {}},
                                                             {u"allUrgent"_s, true, {{"priority"_L1, 7}}}};

void TestActingTwins::dead(BullmqStage& stage) {
    for (const Retry& retry : retries) {
        stage.ask({{"do"_L1, "add"_L1},
                   {"queue"_L1, retry.queue},
                   {"opts"_L1, retry.opts},
                   {"ids"_L1, QJsonArray{"j0"_L1, "j1"_L1, "j2"_L1}}});
        stage.ask({{"do"_L1, "work"_L1}, {"queue"_L1, retry.queue}, {"mode"_L1, "fail"_L1}});
    }
    for (const Retry& retry : retries)
        QTRY_COMPARE_WITH_TIMEOUT(stage.count(retry.queue, u"failed"_s), 3, 30'000);
    rest(stage);
}

void TestActingTwins::rest(BullmqStage& stage) {
    stage.ask({{"do"_L1, "stopWorkers"_L1}});
    for (const Retry& retry : retries)  // it comes and goes with time
        stage.command({"DEL", "bull:" + retry.queue.toUtf8() + ":stalled-check"});
}

// Expected differences: retryJobs() of BullMQ 6 lets jobs with a priority wait among those without one; ours
// keep their place, as its retry() does.
void TestActingTwins::bullmq() {
    BULLMQ_OR_SKIP();
    QFETCH(QString, library);
    BullmqStage ours, theirs;
    for (BullmqStage* stage : {&ours, &theirs}) {
        QVERIFY2(stage->start(library), qPrintable(stage->problem()));
        dead(*stage);
        if (QTest::currentTestFailed()) return;
    }
    QCOMPARE(keyspaceDiff(keyspaceOf(ours.redis()), keyspaceOf(theirs.redis())), QString());
    for (const Retry& retry : retries) {
        replay(ours.redis(), u"bullmq"_s, retry.queue);
        if (QTest::currentTestFailed()) return;
        QJsonObject own{{"do"_L1, "retryFailed"_L1}, {"queue"_L1, retry.queue}};
        if (!retry.bulk)
            own = {{"do"_L1, "retry"_L1},
                   {"queue"_L1, retry.queue},
                   {"ids"_L1, QJsonArray{"j0"_L1, "j1"_L1, "j2"_L1}}};
        theirs.ask(own);
    }
    const bool other = library == u"bullmq6"_s;
    QCOMPARE(keysIn(keyspaceDiff(keyspaceOf(ours.redis()), keyspaceOf(theirs.redis()))),
             other ? u"bull:allUrgent:pc bull:allUrgent:prioritized bull:allUrgent:wait"_s : QString());
    for (BullmqStage* stage : {&ours, &theirs}) {
        for (const Retry& retry : retries) stage->ask({{"do"_L1, "work"_L1}, {"queue"_L1, retry.queue}});
        for (const Retry& retry : retries)
            QTRY_COMPARE_WITH_TIMEOUT(stage->count(retry.queue, u"completed"_s), 3, 30'000);
        rest(*stage);
    }
    QCOMPARE(keyspaceDiff(keyspaceOf(ours.redis()), keyspaceOf(theirs.redis())), QString());
}

// Failed children: of a parent that goes on without them, of one that waits for them, and of one that is
// gone. Expected differences: none.
void TestActingTwins::bullmqChildren() {
    BULLMQ_OR_SKIP();
    QFETCH(QString, library);
    BullmqStage ours, theirs;
    const QJsonArray children{"c0"_L1, "c1"_L1, "c2"_L1, "c3"_L1};
    for (BullmqStage* stage : {&ours, &theirs}) {
        QVERIFY2(stage->start(library), qPrintable(stage->problem()));
        const auto family = [stage](const QString& id, const QJsonArray& some, const QJsonObject& opts) {
            stage->ask({{"do"_L1, "flow"_L1},
                        {"queue"_L1, "plain"_L1},
                        {"parents"_L1, "families"_L1},
                        {"id"_L1, id},
                        {"children"_L1, some},
                        {"opts"_L1, opts}});
        };
        family(u"goes on"_s, {children[0], children[1]}, {{"ignoreDependencyOnFailure"_L1, true}});
        family(u"w|a\nits"_s, {children[2]}, {});
        family(u"gone"_s, {children[3]}, {});
        stage->ask({{"do"_L1, "work"_L1}, {"queue"_L1, "plain"_L1}, {"mode"_L1, "fail"_L1}});
        QTRY_COMPARE_WITH_TIMEOUT(stage->count(u"plain"_s, u"failed"_s), 4, 30'000);
        rest(*stage);
        stage->command({"DEL", "bull:families:gone"});
        QCOMPARE(stage->command({"HLEN", "bull:families:goes on:failed"}), QByteArray("2"));
    }
    replay(ours.redis(), u"bullmq"_s, u"plain"_s);
    if (QTest::currentTestFailed()) return;
    theirs.ask({{"do"_L1, "retry"_L1}, {"queue"_L1, "plain"_L1}, {"ids"_L1, children}});
    QCOMPARE(ours.command({"SCARD", "bull:families:goes on:dependencies"}), QByteArray("2"));
    QCOMPARE(keyspaceDiff(keyspaceOf(ours.redis()), keyspaceOf(theirs.redis())), QString());
}

// Expected differences: none.
void TestActingTwins::sidekiq() {
    SidekiqStage ours, theirs;
    for (SidekiqStage* stage : {&ours, &theirs}) {
        QVERIFY2(stage->start(), qPrintable(stage->problem()));
        SIDEKIQ_OR_SKIP(*stage);
        stage->command({"SADD", "queues", "mailers"});
        for (const QByteArray& jid : {"aaa"_ba, "bbb"_ba})
            stage->command(
                {"ZADD", "dead", "1795318552.125",
                 R"({"retry":3,"queue":"mailers","class":"CountedJob","args":[1,"x"],"jid":")" + jid +
                     R"(","created_at":1795318550.25,"enqueued_at":1795318550.5,"error_message":"no route","error_class":"RuntimeError","failed_at":1795318551.0,"retried_at":1795318551.5,"retry_count":2})"});
    }
    replay(ours.redis(), u"sidekiq"_s, u"mailers"_s);
    if (QTest::currentTestFailed()) return;
    for (const auto& jid : {"aaa"_L1, "bbb"_L1}) theirs.ask({{"do"_L1, "retryDead"_L1}, {"jid"_L1, jid}});
    QCOMPARE(keyspaceDiff(keyspaceOf(ours.redis()), keyspaceOf(theirs.redis())), QString());
}

// Expected differences: ours does not expire while it waits.
void TestActingTwins::rq() {
    RqTwin ours, theirs;
    for (RqTwin* stage : {&ours, &theirs}) {
        QVERIFY2(stage->startServer(), qPrintable(stage->problem()));
        SKIP_UNLESS(stage->startLibrary(), "RQ is not installed: apt install python3-rq");
        stage->ask({{"do"_L1, "push"_L1}, {"job"_L1, "fail"_L1}, {"count"_L1, 1}});
        QVERIFY(stage->startWorker({u"default"_s}, 90, {u"--burst"_s}));
        QTRY_VERIFY_WITH_TIMEOUT(stage->workerEnded(), 30'000);
        QCOMPARE(number(stage->counts(), u"failed"_s), 1);
        stage->command(
            {"EVAL",  // two worker processes are no twins
             "for _, key in ipairs(redis.call('KEYS', 'rq:worker*')) do redis.call('DEL', key) end", "0"});
    }
    replay(ours.redis(), u"rq"_s, u"default"_s);
    if (QTest::currentTestFailed()) return;
    const auto id =
        theirs.command({"EVAL", "return redis.call('ZRANGE', 'rq:failed:default', 0, 0)[1]", "0"});
    theirs.ask({{"do"_L1, "requeue"_L1}, {"queue"_L1, "default"_L1}, {"id"_L1, QString::fromUtf8(id)}});
    QCOMPARE(keyspaceDiff(keyspaceOf(ours.redis()), keyspaceOf(theirs.redis())),
             u"- rq:job:<id> hash\n+ rq:job:<id> hash expires"_s);
    for (RqTwin* stage : {&ours, &theirs}) stage->stop();
}

QTEST_GUILESS_MAIN(TestActingTwins)
#include "tst_acting_twins.moc"

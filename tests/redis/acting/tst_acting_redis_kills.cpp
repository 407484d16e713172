// spillwayctl is killed again and again while real BullMQ workers run what it puts back: nothing outside the
// plan, no job twice by our hand, none lost, and the journal can say what became of each.
#include <QtTest>

#include "tests/acting/kill_loop.h"
#include "tests/redis/bullmq/stage.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestActingRedisKills : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { BULLMQ_OR_SKIP(); }
    void killedAtEveryStep();

private:
    static constexpr int kDead = 30, kPlanned = 25;
    // How often each job was started and how often somebody put it back: "25×2 5×1 | 25×1".
    [[nodiscard]] static QByteArray lives(BullmqStage& stage, const QString& queue);
};

QByteArray TestActingRedisKills::lives(BullmqStage& stage, const QString& queue) {
    return stage.command(
        {"EVAL",
         "local starts, back = {[1] = 0, [2] = 0}, {} for i = 0, ARGV[1] - 1 do "
         "local n = tonumber(redis.call('HGET', KEYS[1] .. 'j' .. i, 'ats')) starts[n] = (starts[n] or 0) + "
         "1 end "
         "local jobs, most = 0, 0 for _, entry in ipairs(redis.call('XRANGE', KEYS[1] .. 'events', '-', "
         "'+')) do "
         "local f = {} for i = 1, #entry[2], 2 do f[entry[2][i]] = entry[2][i + 1] end "
         "if f.event == 'waiting' and f.prev == 'failed' then if not back[f.jobId] then jobs = jobs + 1 end "
         "back[f.jobId] = (back[f.jobId] or 0) + 1 most = math.max(most, back[f.jobId]) end end "
         "return starts[2] .. 'x2 ' .. starts[1] .. 'x1 | ' .. jobs .. 'x' .. most",
         "1", "bull:" + queue.toUtf8() + ':', QByteArray::number(kDead)});
}

void TestActingRedisKills::killedAtEveryStep() {
    BullmqStage stage;
    QVERIFY2(stage.start(u"bullmq5"_s), qPrintable(stage.problem()));
    JsonPeer* worker = stage.addPeer();
    QVERIFY(worker);
    const test::ActingProgram program(stage.redis().url());
    test::KillLoop loop(program);
    int rounds = 0;
    for (; loop.killed() < test::killsWanted(); ++rounds) {
        QVERIFY2(rounds < test::killsWanted(), qPrintable(QString::number(loop.killed())));
        const QString queue = u"mail%1"_s.arg(rounds);
        QJsonArray ids;
        for (int i = 0; i < kDead; ++i) ids.append(u"j%1"_s.arg(i));
        stage.ask({{"do"_L1, "add"_L1}, {"queue"_L1, queue}, {"ids"_L1, ids}});
        stage.ask({{"do"_L1, "work"_L1}, {"queue"_L1, queue}, {"mode"_L1, "fail"_L1}});
        QTRY_COMPARE_WITH_TIMEOUT(stage.count(queue, u"failed"_s), kDead, 30'000);
        stage.ask({{"do"_L1, "stopWorkers"_L1}});
        stage.ask(*worker, {{"do"_L1, "work"_L1}, {"queue"_L1, queue}, {"concurrency"_L1, 2}});
        const auto plan = program.plan({u"--queue"_s, queue, u"--canary"_s, u"0"_s, u"--rate"_s, u"40"_s,
                                        u"--limit"_s, QString::number(kPlanned)},
                                       u"staging"_s);
        QVERIFY(!plan.isEmpty());
        // The lock of a dead program runs out after half a minute; here at once.
        const auto lock = "spillway:lock:bullmq:" + queue.toUtf8();
        QVERIFY(loop.carryOut(plan, 8, [&] { stage.command({"DEL", lock}); }));
        QTRY_COMPARE_WITH_TIMEOUT(stage.count(queue, u"completed"_s), kPlanned, 30'000);
        QCOMPARE(lives(stage, queue), QByteArray("25x2 5x1 | 25x1"));
        QCOMPARE(stage.count(queue, u"failed"_s), kDead - kPlanned);
        stage.ask(*worker, {{"do"_L1, "stopWorkers"_L1}});
    }
    QCOMPARE(program.ctl({u"audit"_s, u"verify"_s}).code, 0);
    qInfo("%d kills in %d actions", loop.killed(), rounds);
}

QTEST_GUILESS_MAIN(TestActingRedisKills)
#include "tst_acting_redis_kills.moc"

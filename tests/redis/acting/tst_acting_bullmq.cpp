// Replay and release of BullMQ jobs against the real library, beside its own retry, and what happens when the
// server says no.
#include <QJsonArray>
#include <QtTest>
#include <csignal>

#include "tests/acting/acting_program.h"
#include "tests/redis/acting/acting_probe.h"
#include "tests/redis/bullmq/stage.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestActingBullmq : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { BULLMQ_OR_SKIP(); }
    void eachReplayedJobRunsOnce_data() { bullmqLibraries(); }
    void eachReplayedJobRunsOnce();
    void looksLikeTheLibrarysOwnRetry_data() { bullmqLibraries(); }
    void looksLikeTheLibrarysOwnRetry();
    void whatMovedOnIsLeftAlone();
    void onlyOneConsoleActs();
    void aStalledJobIsReleasedOnce_data() { bullmqLibraries(); }
    void aStalledJobIsReleasedOnce();
    void aStoppedWorkerWakesAfterTheRelease_data() { bullmqLibraries(); }
    void aStoppedWorkerWakesAfterTheRelease();
    void aRefusalChangesNothing();
    void planningWritesNothing();
    void aQueueThatTheScanDidNotReach();
    void undone_data() { eachReplayedJobRunsOnce_data(); }
    void undone();

private:
    // Failed jobs with the ids "j0", "j1" …
    void fail(BullmqStage& stage, int count, const QJsonObject& opts = {});
};

void TestActingBullmq::fail(BullmqStage& stage, int count, const QJsonObject& opts) {
    for (int i = 0; i < count; ++i) {
        QJsonObject each = opts;
        each.insert(u"jobId"_s, u"j%1"_s.arg(i));
        stage.ask({{"do"_L1, "add"_L1}, {"queue"_L1, "mail"_L1}, {"opts"_L1, each}});
    }
    stage.ask({{"do"_L1, "work"_L1}, {"queue"_L1, "mail"_L1}, {"mode"_L1, "fail"_L1}});
    QTRY_COMPARE_WITH_TIMEOUT(stage.count(u"mail"_s, u"failed"_s), count, 30'000);
    stage.ask({{"do"_L1, "stopWorkers"_L1}});
}

void TestActingBullmq::eachReplayedJobRunsOnce() {
    QFETCH(QString, library);
    BullmqStage stage;
    QVERIFY2(stage.start(library), qPrintable(stage.problem()));
    fail(stage, 20);
    if (QTest::currentTestFailed()) return;
    JsonPeer* worker = stage.addPeer();
    QVERIFY(worker);
    stage.ask(*worker, {{"do"_L1, "work"_L1}, {"queue"_L1, "mail"_L1}});
    ActingProbe acting(stage.redis().url(), u"bullmq"_s, u"mail"_s);
    QVERIFY2(acting.capabilities().observable(u"replay"_s),
             qPrintable(acting.capabilities().why(u"replay"_s)));
    const ActionPlan plan = acting.plan();
    QVERIFY2(plan.jobs.size() == 20, qPrintable(acting.failure()));
    QVERIFY(!plan.jobs[0].signature.isEmpty());
    const auto facts = acting.backend().facts(plan);
    QVERIFY(facts.ok());
    QCOMPARE(facts->live_worker, std::optional(true));
    QCOMPARE(facts->writable, std::optional(true));
    QCOMPARE(facts->paused, std::optional(false));
    QCOMPARE(facts->server_id, plan.server_id);
    const auto applied = acting.run(plan);
    QCOMPARE(applied.rows.size(), size_t(20));
    QCOMPARE(ActingProbe::outcomes(applied), QStringList(QList<QString>(20, u"moved"_s)).join(u' '));
    QTRY_COMPARE_WITH_TIMEOUT(stage.count(u"mail"_s, u"completed"_s), 20, 30'000);
    QCOMPARE(stage.ask(*worker, {{"do"_L1, "tally"_L1}}).value("executions"_L1).toInt(), 20);
    QCOMPARE(acting.endOf(plan, applied), JobEnd::completed);
    const auto again = acting.run(plan);  // a second click
    QCOMPARE(ActingProbe::outcomes(again), QStringList(QList<QString>(20, u"changed"_s)).join(u' '));
    const auto back = acting.backend().readBack(plan, 0, 20);
    QVERIFY(back.ok());
    QCOMPARE(back->size(), size_t(20));
    QCOMPARE(back->front().outcome, RowOutcome::moved);
}

// Expected differences: none but the times and the job's own id.
void TestActingBullmq::looksLikeTheLibrarysOwnRetry() {
    QFETCH(QString, library);
    for (const QJsonObject& opts :
         {QJsonObject{{"attempts"_L1, 1}}, QJsonObject{{"lifo"_L1, true}}, QJsonObject{{"priority"_L1, 3}}}) {
        for (const bool paused : {false, true}) {
            BullmqStage stage;
            QVERIFY2(stage.start(library), qPrintable(stage.problem()));
            fail(stage, 2, opts);
            if (QTest::currentTestFailed()) return;
            if (paused) stage.ask({{"do"_L1, "pause"_L1}, {"queue"_L1, "mail"_L1}});
            ActingProbe acting(stage.redis().url(), u"bullmq"_s, u"mail"_s);
            ActionPlan plan = acting.plan();
            QCOMPARE(plan.jobs.size(), size_t(2));
            std::erase_if(plan.jobs, [](const PlannedJob& job) { return job.id != u"j0"_s; });
            const auto where = [&stage](const QByteArray& id) {
                return stage.command(
                    {"EVAL",
                     "local found = {} for _, list in ipairs({'wait', 'paused', 'active'}) do if "
                     "redis.call('LPOS', 'bull:mail:' .. list, ARGV[1]) then found[#found + 1] = list end "
                     "end "
                     "for _, set in ipairs({'prioritized', 'failed', 'delayed'}) do if "
                     "redis.call('ZSCORE', 'bull:mail:' .. set, ARGV[1]) then found[#found + 1] = set end "
                     "end "
                     "local last = redis.call('XREVRANGE', 'bull:mail:events', '+', '-', 'COUNT', 1)[1][2] "
                     "for i, word in ipairs(last) do if word == ARGV[1] then last[i] = 'ID' end end "
                     "return table.concat(found, ' ') .. ' | ' .. table.concat(last, ' ') .. ' | ' .. "
                     "redis.call('ZCARD', 'bull:mail:marker')",
                     "0", id});
            };
            stage.command({"DEL", "bull:mail:marker"});
            QCOMPARE(ActingProbe::outcomes(acting.run(plan)), u"moved"_s);
            const QByteArray ours = where("j0");
            stage.command({"DEL", "bull:mail:marker"});
            stage.ask({{"do"_L1, "retry"_L1}, {"queue"_L1, "mail"_L1}, {"ids"_L1, QJsonArray{u"j1"_s}}});
            QCOMPARE(ours, where("j1"));
            const QStringList times{u"timestamp"_s, u"opts"_s};
            QCOMPARE(hashOf(stage.redis(), "bull:mail:j0", times).join(u'\n').replace(u"j0"_s, u"j1"_s),
                     hashOf(stage.redis(), "bull:mail:j1", times).join(u'\n'));
        }
    }
}

void TestActingBullmq::whatMovedOnIsLeftAlone() {
    BullmqStage stage;
    QVERIFY2(stage.start(u"bullmq6"_s), qPrintable(stage.problem()));
    fail(stage, 3);
    if (QTest::currentTestFailed()) return;
    ActingProbe acting(stage.redis().url(), u"bullmq"_s, u"mail"_s);
    const ActionPlan plan = acting.plan();
    QCOMPARE(plan.jobs.size(), size_t(3));
    stage.ask({{"do"_L1, "retry"_L1}, {"queue"_L1, "mail"_L1}, {"ids"_L1, QJsonArray{plan.jobs[0].id}}});
    stage.command({"ZREM", "bull:mail:failed", plan.jobs[1].id.toUtf8()});
    stage.command({"DEL", "bull:mail:" + plan.jobs[1].id.toUtf8()});
    QCOMPARE(ActingProbe::outcomes(acting.run(plan)), u"changed gone moved"_s);
    QCOMPARE(stage.command({"LLEN", "bull:mail:wait"}), QByteArray("2"));
    // A plan for another server, or another script, is not carried out.
    ActionPlan other = plan;
    other.server_id = u"another"_s;
    const auto elsewhere = acting.backend().apply(other, 0, 1);
    QVERIFY(!elsewhere.ok());
    QCOMPARE(elsewhere.failure().kind, FailureKind::changed);
    other = plan;
    other.pins += u'x';
    QCOMPARE(acting.backend().apply(other, 0, 1).failure().kind, FailureKind::changed);
}

void TestActingBullmq::onlyOneConsoleActs() {
    BullmqStage stage;
    QVERIFY2(stage.start(u"bullmq5"_s), qPrintable(stage.problem()));
    fail(stage, 2);
    if (QTest::currentTestFailed()) return;
    ActingProbe one(stage.redis().url(), u"bullmq"_s, u"mail"_s);
    ActingProbe two(stage.redis().url(), u"bullmq"_s, u"mail"_s);
    const ActionPlan plan = one.plan();
    QVERIFY(one.backend().lock(plan, u"action-1"_s)->ours());
    QVERIFY(one.backend().lock(plan, u"action-1"_s)->ours());  // renewed
    const auto second = two.backend().lock(plan, u"action-2"_s);
    QVERIFY(second.ok());
    QVERIFY2(second->holder.startsWith(u"action-1 on "_s), qPrintable(second->holder));
    // The first one's lock runs out while it sleeps: what it sends then does nothing.
    stage.command({"DEL", "spillway:lock:bullmq:mail"});
    QVERIFY(two.backend().lock(plan, u"action-2"_s)->ours());
    const auto late = one.apply(plan);
    QCOMPARE(ActingProbe::outcomes(late), u"failed failed"_s);
    QVERIFY(late.refused);
    QCOMPARE(stage.count(u"mail"_s, u"failed"_s), 2);
    QVERIFY(!one.backend().lock(plan, u"action-1"_s)->ours());
    one.backend().unlock();
    QCOMPARE(stage.command({"EXISTS", "spillway:lock:bullmq:mail"}), QByteArray("1"));
    two.backend().unlock();
    QCOMPARE(stage.command({"EXISTS", "spillway:lock:bullmq:mail"}), QByteArray("0"));
}

void TestActingBullmq::aStalledJobIsReleasedOnce() {
    QFETCH(QString, library);
    BullmqStage stage;
    QVERIFY2(stage.start(library), qPrintable(stage.problem()));
    stage.ask(
        {{"do"_L1, "add"_L1}, {"queue"_L1, "mail"_L1}, {"opts"_L1, QJsonObject{{"jobId"_L1, "j0"_L1}}}});
    JsonPeer* dying = stage.addPeer();
    QVERIFY(dying);
    const QJsonObject options{{"lockDuration"_L1, 1000}, {"stalledInterval"_L1, 600'000}};
    stage.ask(
        *dying,
        {{"do"_L1, "work"_L1}, {"queue"_L1, "mail"_L1}, {"mode"_L1, "hold"_L1}, {"options"_L1, options}});
    QTRY_COMPARE_WITH_TIMEOUT(stage.count(u"mail"_s, u"active"_s), 1, 20'000);
    ActingProbe acting(stage.redis().url(), u"bullmq"_s, u"mail"_s);
    QCOMPARE(acting.plan(ActionKind::release).jobs.size(), size_t(0));  // its lock is held
    dying->kill();
    QTRY_COMPARE_WITH_TIMEOUT(stage.command({"EXISTS", "bull:mail:j0:lock"}), QByteArray("0"), 20'000);
    const ActionPlan plan = acting.plan(ActionKind::release);
    QCOMPARE(plan.jobs.size(), size_t(1));
    // It is renewed in the last moment: nothing happens.
    stage.command({"SET", "bull:mail:j0:lock", "somebody"});
    QCOMPARE(ActingProbe::outcomes(acting.run(plan)), u"changed"_s);
    stage.command({"DEL", "bull:mail:j0:lock"});
    const auto before = acting.backend().readBack(plan, 0, 1);
    QVERIFY(before.ok() && before->empty());  // untouched
    JsonPeer* worker = stage.addPeer();
    QVERIFY(worker);
    stage.ask(*worker, {{"do"_L1, "work"_L1}, {"queue"_L1, "mail"_L1}, {"options"_L1, options}});
    const auto applied = acting.run(plan);
    QCOMPARE(ActingProbe::outcomes(applied), u"moved"_s);
    QTRY_COMPARE_WITH_TIMEOUT(stage.count(u"mail"_s, u"completed"_s), 1, 20'000);
    QCOMPARE(stage.ask(*worker, {{"do"_L1, "tally"_L1}}).value("executions"_L1).toInt(), 1);
    QCOMPARE(stage.command({"HGET", "bull:mail:j0", "stc"}), QByteArray("1"));
    QCOMPARE(acting.endOf(plan, applied), JobEnd::completed);
    QVERIFY(ActingProbe::outcomes(acting.run(plan)) != u"moved"_s);
}

// As the fencing sentence says: its lock token is refused, and the job stays as the other worker finished it.
void TestActingBullmq::aStoppedWorkerWakesAfterTheRelease() {
    QFETCH(QString, library);
    BullmqStage stage;
    QVERIFY2(stage.start(library), qPrintable(stage.problem()));
    stage.ask(
        {{"do"_L1, "add"_L1}, {"queue"_L1, "mail"_L1}, {"opts"_L1, QJsonObject{{"jobId"_L1, "j0"_L1}}}});
    JsonPeer *stopped = stage.addPeer(), *worker = stage.addPeer();
    QVERIFY(stopped && worker);
    QJsonObject work{{"do"_L1, "work"_L1},
                     {"queue"_L1, "mail"_L1},
                     {"mode"_L1, "hold"_L1},
                     {"options"_L1, QJsonObject{{"lockDuration"_L1, 1000}, {"stalledInterval"_L1, 600'000}}}};
    stage.ask(*stopped, work);
    QTRY_COMPARE_WITH_TIMEOUT(stage.count(u"mail"_s, u"active"_s), 1, 20'000);
    QCOMPARE(::kill(static_cast<pid_t>(stopped->pid()), SIGSTOP), 0);
    QTRY_COMPARE_WITH_TIMEOUT(stage.command({"EXISTS", "bull:mail:j0:lock"}), QByteArray("0"), 20'000);
    ActingProbe acting(stage.redis().url(), u"bullmq"_s, u"mail"_s);
    QCOMPARE(ActingProbe::outcomes(acting.run(acting.plan(ActionKind::release))), u"moved"_s);
    work["mode"_L1] = "complete"_L1;
    stage.ask(*worker, work);
    QTRY_COMPARE_WITH_TIMEOUT(stage.count(u"mail"_s, u"completed"_s), 1, 20'000);
    const auto finished = hashOf(stage.redis(), "bull:mail:j0");
    QCOMPARE(::kill(static_cast<pid_t>(stopped->pid()), SIGCONT), 0);
    stage.ask(*stopped, {{"do"_L1, "stopWorkers"_L1}});  // its job comes to an end, too
    QCOMPARE(hashOf(stage.redis(), "bull:mail:j0"), finished);
    QCOMPARE(stage.count(u"mail"_s, u"completed"_s) - stage.count(u"mail"_s, u"failed"_s), 1);
}

void TestActingBullmq::aRefusalChangesNothing() {
    BullmqStage stage;
    QVERIFY2(stage.start(u"bullmq5"_s), qPrintable(stage.problem()));
    fail(stage, 5);
    if (QTest::currentTestFailed()) return;
    ActingProbe acting(stage.redis().url(), u"bullmq"_s, u"mail"_s);
    const ActionPlan plan = acting.plan();
    QCOMPARE(plan.jobs.size(), size_t(5));
    QVERIFY(acting.backend().lock(plan, u"test"_s)->ours());
    const QByteArray dump =
        stage.command({"EVAL",
                       "return redis.sha1hex(cjson.encode({redis.call('ZRANGE', 'bull:mail:failed', 0, -1, "
                       "'WITHSCORES'), redis.call('LRANGE', 'bull:mail:wait', 0, -1), redis.call('XLEN', "
                       "'bull:mail:events'), redis.call('HGETALL', 'bull:mail:j1')}))",
                       "0"});
    const auto same = [&] {
        return stage.command(
                   {"EVAL",
                    "return redis.sha1hex(cjson.encode({redis.call('ZRANGE', 'bull:mail:failed', 0, -1, "
                    "'WITHSCORES'), redis.call('LRANGE', 'bull:mail:wait', 0, -1), redis.call('XLEN', "
                    "'bull:mail:events'), redis.call('HGETALL', 'bull:mail:j1')}))",
                    "0"}) == dump;
    };
    // Out of memory.
    stage.command({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
    stage.command({"CONFIG", "SET", "maxmemory", "1"});
    const auto full = acting.apply(plan);
    stage.command({"CONFIG", "SET", "maxmemory", "0"});
    QVERIFY(full.refused);
    QVERIFY2(full.why.contains(u"OOM"_s), qPrintable(full.why));
    QVERIFY(same());
    // A replica.
    stage.command({"REPLICAOF", "127.0.0.1", "1"});
    const auto replica = acting.apply(plan);
    const auto facts = acting.backend().facts(plan);
    stage.command({"REPLICAOF", "NO", "ONE"});
    QVERIFY(replica.refused);
    QVERIFY2(replica.why.contains(u"READONLY"_s), qPrintable(replica.why));
    QVERIFY(facts.ok());
    QCOMPARE(facts->writable, std::optional(false));
    QVERIFY(same());
    // A right that was taken away.
    stage.command({"ACL", "SETUSER", "default", "-xadd"});
    const auto forbidden = acting.apply(plan);
    stage.command({"ACL", "SETUSER", "default", "+xadd"});
    QVERIFY(forbidden.refused);
    QVERIFY2(forbidden.why.contains(u"XADD"_s), qPrintable(forbidden.why));
    QVERIFY(same());
    // A key that is something else.
    stage.command({"RENAME", "bull:mail:events", "events"});
    stage.command({"SET", "bull:mail:events", "x"});
    const auto odd = acting.apply(plan);
    stage.command({"RENAME", "events", "bull:mail:events"});
    QVERIFY(odd.refused);
    QVERIFY(same());
    // A server that has forgotten the scripts is told them again.
    stage.command({"SCRIPT", "FLUSH"});
    QCOMPARE(ActingProbe::outcomes(acting.apply(plan)), u"moved moved moved moved moved"_s);
}

// A user who may only read can plan, and is told what acting would need.
void TestActingBullmq::planningWritesNothing() {
    BullmqStage stage;
    QVERIFY2(stage.start(u"bullmq5"_s), qPrintable(stage.problem()));
    fail(stage, 2);
    if (QTest::currentTestFailed()) return;
    stage.command({"ACL", "SETUSER", "reader", "on", ">secret", "~*", "+@read", "+@connection", "+info",
                   "+time", "+acl|dryrun"});
    QString url = stage.redis().url();
    url.replace(u"unix://"_s, u"unix://reader:secret@"_s);
    ActingProbe acting(url, u"bullmq"_s, u"mail"_s);
    const QString why = acting.capabilities().why(u"replay"_s);
    QVERIFY(!acting.capabilities().observable(u"replay"_s));
    QVERIFY2(
        why.contains(u"+evalsha"_s) && why.contains(u"+lpush"_s) && why.contains(u"ACL SETUSER reader"_s),
        qPrintable(why));
    const ActionPlan plan = acting.plan();
    QCOMPARE(plan.jobs.size(), size_t(2));
    QVERIFY(acting.backend().facts(plan).ok());
    QVERIFY(acting.backend().readBack(plan, 0, 2).ok());
    const auto locked = acting.backend().lock(plan, u"test"_s);
    QVERIFY(!locked.ok());
    QCOMPARE(locked.failure().kind, FailureKind::permission);
}

// Here by a user who may not scan: the queue is found by its name alone, to plan and to carry out.
void TestActingBullmq::aQueueThatTheScanDidNotReach() {
    BullmqStage stage;
    QVERIFY2(stage.start(u"bullmq6"_s), qPrintable(stage.problem()));
    fail(stage, 2);
    if (QTest::currentTestFailed()) return;
    stage.command({"ACL", "SETUSER", "blind", "on", ">secret", "~*", "&*", "+@all", "-scan"});
    QString url = stage.redis().url();
    url.replace(u"unix://"_s, u"unix://blind:secret@"_s);
    const test::ActingProgram program(url);
    const QString plan = program.plan({u"--queue"_s, u"mail"_s, u"--canary"_s, u"0"_s}, u"staging"_s);
    QVERIFY(!plan.isEmpty());
    const auto run = program.apply(plan, {}, u"staging"_s);
    QVERIFY2(run.code == 0, qPrintable(run.err));
    QCOMPARE(stage.command({"LLEN", "bull:mail:wait"}), QByteArray("2"));
    const auto missing = program.replay({u"--queue"_s, u"nothing"_s});
    QVERIFY2(missing.code == 2 || missing.code == 6,
             qPrintable(u"%1: %2"_s.arg(missing.code).arg(missing.err)));
}

// What a worker has taken by then stays; the rest is failed again as it was, wherever it waited, and can be
// replayed anew: each job runs exactly once.
void TestActingBullmq::undone() {
    QFETCH(QString, library);
    BullmqStage stage;
    QVERIFY2(stage.start(library), qPrintable(stage.problem()));
    fail(stage, 6, {{"priority"_L1, 3}});
    if (QTest::currentTestFailed()) return;
    QList<QStringList> before;
    for (int i = 0; i < 6; ++i)
        before << hashOf(stage.redis(), "bull:mail:j" + QByteArray::number(i))
               << QStringList{QString::fromLatin1(
                      stage.command({"ZSCORE", "bull:mail:failed", "j" + QByteArray::number(i)}))};
    ActingProbe acting(stage.redis().url(), u"bullmq"_s, u"mail"_s);
    QVERIFY2(acting.capabilities().observable(u"undo"_s), qPrintable(acting.capabilities().why(u"undo"_s)));
    const ActionPlan replay = acting.plan();
    const auto applied = acting.run(replay);
    QCOMPARE(ActingProbe::outcomes(applied), u"moved moved moved moved moved moved"_s);
    const auto unknown = ActingBackend::Applied{{{u"j0"_s, RowOutcome::moved, {}, {}}}, false, {}};
    QCOMPARE(acting.undo(replay, unknown).jobs.size(), size_t(0));
    QVERIFY2(acting.failure().contains(u"Of 1 jobs nothing is kept"_s), qPrintable(acting.failure()));
    const ActionPlan undo = acting.undo(replay, applied);
    QCOMPARE(undo.jobs.size(), size_t(6));
    QCOMPARE(undo.action, ActionKind::undo);
    // Two are with a worker, whose library moves them.
    stage.ask({{"do"_L1, "work"_L1}, {"queue"_L1, "mail"_L1}, {"mode"_L1, "hold"_L1}, {"concurrency"_L1, 2}});
    QTRY_COMPARE_WITH_TIMEOUT(stage.count(u"mail"_s, u"active"_s), 2, 30'000);
    const ActionPlan later = acting.undo(replay, applied);
    QCOMPARE(later.jobs.size(), size_t(4));
    QVERIFY2(acting.failure().startsWith(u"2 of the jobs"_s), qPrintable(acting.failure()));
    const auto undone = acting.run(undo);
    QCOMPARE(ActingProbe::outcomes(undone).count(u"moved"_s), 4);
    QCOMPARE(ActingProbe::outcomes(undone).count(u"changed"_s), 2);
    QCOMPARE(stage.count(u"mail"_s, u"failed"_s), 4);
    for (std::size_t i = 0; i < undone.rows.size(); ++i) {
        if (undone.rows[i].outcome != RowOutcome::moved) continue;
        const QByteArray id = undone.rows[i].id.toUtf8();
        const int n = id.mid(1).toInt();
        QCOMPARE(hashOf(stage.redis(), "bull:mail:" + id), before[2 * n]);
        QCOMPARE(stage.command({"ZSCORE", "bull:mail:failed", id}), before[2 * n + 1].front().toLatin1());
    }
    const auto back = acting.backend().readBack(undo, 0, 6);
    QVERIFY(back.ok());
    QCOMPARE(std::count_if(back->begin(), back->end(),
                           [](const RowResult& row) { return row.outcome == RowOutcome::moved; }),
             4);
    QCOMPARE(acting.plan().jobs.size(), size_t(4));
}

QTEST_GUILESS_MAIN(TestActingBullmq)
#include "tst_acting_bullmq.moc"

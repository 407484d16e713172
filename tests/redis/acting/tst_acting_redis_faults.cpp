// Redis fails in the middle of an action: it halts, nothing is half moved, and it goes on when Redis is well.
#include <QJsonArray>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>
#include <thread>

#include "backends/acting/action_runner.h"
#include "tests/acting/acting_program.h"
#include "tests/acting/fake_acting_backend.h"
#include "tests/redis/acting/acting_probe.h"
#include "tests/redis/streams/stage.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using Command = QList<QByteArray>;

class TestActingRedisFaults : public QObject, private StreamStage {
    Q_OBJECT
private slots:
    void init() {
        QVERIFY2(start(), qPrintable(problem()));
        group();
        for (int i = 0; i < kLetters; ++i)
            command({"XADD", "orders:dlq", "*", "value", QByteArray::number(i)});
    }

    void aFaultHaltsAndTheRestGoesOnLater_data() {
        QTest::addColumn<QList<Command>>("fault");
        QTest::addColumn<QList<Command>>("cure");
        QTest::addColumn<bool>("halts");
        using List = QList<Command>;
        QTest::newRow("out of memory")
            << List{{"CONFIG", "SET", "maxmemory", "1"}} << List{{"CONFIG", "SET", "maxmemory", "0"}} << true;
        QTest::newRow("replica") << List{{"REPLICAOF", "127.0.0.1", "1"}} << List{{"REPLICAOF", "NO", "ONE"}}
                                 << true;
        QTest::newRow("right revoked") << List{{"ACL", "SETUSER", "default", "-xdel"}}
                                       << List{{"ACL", "SETUSER", "default", "+xdel"}} << true;
        QTest::newRow("scripts forgotten") << List{{"SCRIPT", "FLUSH"}} << List{} << false;
        QTest::newRow("connections cut")
            << List{{"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"}} << List{} << false;
    }
    void aFaultHaltsAndTheRestGoesOnLater();
    void aScriptThatNeverEnds();
    void aRestartedServerIsAnotherOne();
    void detectNamesTheMissingRule();

private:
    // Carries the plan out; `fault` comes when a third is done.
    [[nodiscard]] std::optional<ActionReport> applyAnd(ActingProbe& acting, ActionJournal& journal,
                                                       ActionPlan plan, const std::function<void()>& fault);
    static constexpr int kLetters = 60;
    // By a client that says nothing else, as a busy server wants it.
    QByteArray alone(const QString& words) {
        QProcess cli;
        cli.start(u"redis-cli"_s, QStringList{u"-s"_s, m_redis->socketPath()} + words.split(u' '));
        return cli.waitForFinished(10'000) ? cli.readAll() : QByteArray();
    }
    void make(const QList<Command>& commands);
    [[nodiscard]] qint64 put() { return command({"XLEN", "orders"}).toLongLong(); }
    [[nodiscard]] qint64 left() { return command({"XLEN", "orders:dlq"}).toLongLong(); }
    // Each value stands once, here or there.
    [[nodiscard]] QByteArray different() {
        return command({"EVAL",
                        "local seen, n = {}, 0 for _, key in ipairs({'orders', 'orders:dlq'}) do "
                        "for _, e in ipairs(redis.call('XRANGE', key, '-', '+')) do "
                        "if not seen[e[2][2]] then n = n + 1 end seen[e[2][2]] = 1 end end return n",
                        "0"});
    }
};

void TestActingRedisFaults::make(const QList<Command>& commands) {
    for (const Command& each : commands) command(each);
}

void TestActingRedisFaults::aFaultHaltsAndTheRestGoesOnLater() {
    QFETCH(QList<Command>, fault);
    QFETCH(QList<Command>, cure);
    QFETCH(bool, halts);
    QTemporaryDir folder;
    auto opened = ActionJournal::open(folder.filePath(u"actions.sqlite"_s));
    QVERIFY(opened.ok());
    const auto journal = std::move(opened).value();
    ActingProbe acting(m_redis->url(), kStreams, u"orders/billing"_s);
    ActionPlan plan = acting.plan();
    QCOMPARE(plan.jobs.size(), size_t(kLetters));
    plan.environment = Environment::development;  // nobody works here
    plan.canary = 0;
    plan.rate = 500;
    QVERIFY(journal->keepPlan(plan));
    test::MovedClock clock;
    test::MovingControl control(clock);
    bool made = false;
    control.onWait = [&] {
        if (!made && put() >= kLetters / 3) made = true, make(fault);
    };
    ActionRunner runner(acting.backend(), *journal, clock, control);
    RunOptions options;
    options.reason = u"a test"_s;
    const auto report = runner.apply(plan.id, options);
    QVERIFY2(report.ok(), report.ok() ? "" : qPrintable(report.failure().sentence()));
    QVERIFY(made);
    make(cure);
    QCOMPARE(report->state, halts ? ActionState::halted : ActionState::done);
    QCOMPARE(report->counts.unknown, 0);
    QCOMPARE(report->counts.moved, put());
    QCOMPARE(put() + left(), qint64(kLetters));
    QCOMPARE(different().toInt(), kLetters);
    QCOMPARE(left() == 0, !halts);
    if (!halts) return;
    QVERIFY(!report->haltReason.isEmpty());
    control.onWait = {};
    const auto whole = runner.resume(report->action, options);
    QVERIFY2(whole.ok(), whole.ok() ? "" : qPrintable(whole.failure().sentence()));
    for (const GuardAnswer& answer : whole->guards)
        QVERIFY2(answer.permission != Permission::refused, qPrintable(answer.sentence));
    QCOMPARE(whole->state, ActionState::done);
    QCOMPARE(whole->counts.moved, kLetters);
    QCOMPARE(put(), qint64(kLetters));
    QCOMPARE(left(), qint64(0));
    QCOMPARE(different().toInt(), kLetters);
}

std::optional<ActionReport> TestActingRedisFaults::applyAnd(ActingProbe& acting, ActionJournal& journal,
                                                            ActionPlan plan,
                                                            const std::function<void()>& fault) {
    plan.environment = Environment::development;
    plan.canary = 0;
    plan.rate = 500;
    if (!journal.keepPlan(plan)) return std::nullopt;
    test::MovedClock clock;
    test::MovingControl control(clock);
    bool made = false;
    control.onWait = [&] {
        if (!made && put() >= kLetters / 3) made = true, fault();
    };
    ActionRunner runner(acting.backend(), journal, clock, control);
    RunOptions options;
    options.reason = u"a test"_s;
    auto report = runner.apply(plan.id, options);
    return report && made ? std::optional(*report) : std::nullopt;
}

// Somebody's script blocks the server: it says BUSY to everybody until the script is killed.
void TestActingRedisFaults::aScriptThatNeverEnds() {
    QTemporaryDir folder;
    auto journal = ActionJournal::open(folder.filePath(u"actions.sqlite"_s));
    QVERIFY(journal.ok());
    ActingProbe acting(m_redis->url(), kStreams, u"orders/billing"_s);
    command({"CONFIG", "SET", "lua-time-limit", "20"});
    std::thread endless;
    const auto report = applyAnd(acting, **journal, acting.plan(), [&] {
        endless = std::thread([this] { redisCommand(*m_redis, {"EVAL", "while true do end", "0"}); });
        QTRY_VERIFY(alone(u"PING"_s).startsWith("BUSY"));
    });
    alone(u"SCRIPT KILL"_s);
    endless.join();
    QVERIFY(report);
    QCOMPARE(report->state, ActionState::halted);
    QVERIFY2(report->haltReason.contains(u"BUSY"_s) || report->haltReason.contains(u"busy"_s),
             qPrintable(report->haltReason));
    QCOMPARE(report->counts.unknown, 0);
    QCOMPARE(report->counts.moved, put());
    QCOMPARE(put() + left(), qint64(kLetters));
}

// The plan pins the process: after a restart data may be older than what the journal says was done.
void TestActingRedisFaults::aRestartedServerIsAnotherOne() {
    QTemporaryDir folder;
    auto journal = ActionJournal::open(folder.filePath(u"actions.sqlite"_s));
    QVERIFY(journal.ok());
    ActingProbe acting(m_redis->url(), kStreams, u"orders/billing"_s);
    const auto report = applyAnd(acting, **journal, acting.plan(), [&] {
        command({"SAVE"});
        QVERIFY(m_redis->restart());
    });
    QVERIFY(report);
    QCOMPARE(report->state, ActionState::halted);
    QVERIFY2(report->haltReason.contains(u"not the server"_s), qPrintable(report->haltReason));
    QCOMPARE(report->counts.moved, put());
    QCOMPARE(put() + left(), qint64(kLetters));
    // A new plan takes the rest.
    const ActionPlan rest = acting.plan();
    QCOMPARE(qint64(rest.jobs.size()), left());
    static_cast<void>(acting.run(rest));
    QCOMPARE(put(), qint64(kLetters));
    QCOMPARE(different().toInt(), kLetters);
}

void TestActingRedisFaults::detectNamesTheMissingRule() {
    command({"ACL", "SETUSER", "viewer", "on", ">secret", "~*", "+@read", "+@connection", "+info", "+time",
             "+client|list", "+acl|dryrun"});
    const auto capabilities = [this](const QString& user) {
        QString url = m_redis->url();
        url.replace(u"unix://"_s, u"unix://"_s + user);
        const auto document = test::documentOf(test::runSpillwayctl({u"detect"_s, url, u"--json"_s}));
        return document[u"systems"_s].toArray()[0].toObject()[u"capabilities"_s].toObject();
    };
    const auto mine = capabilities({});
    for (const auto& action : {u"replay"_s, u"release"_s})
        QVERIFY2(mine[action].toObject()[u"observable"_s].toBool(), qPrintable(action));
    const auto theirs = capabilities(u"viewer:secret@"_s);
    for (const auto& action : {u"replay"_s, u"release"_s}) {
        QVERIFY2(!theirs[action].toObject()[u"observable"_s].toBool(true), qPrintable(action));
        const QString why = theirs[action].toObject()[u"why"_s].toString();
        QVERIFY2(why.contains(u"ACL SETUSER viewer"_s) && why.contains(u"+evalsha"_s), qPrintable(why));
    }
}

QTEST_GUILESS_MAIN(TestActingRedisFaults)
#include "tst_acting_redis_faults.moc"

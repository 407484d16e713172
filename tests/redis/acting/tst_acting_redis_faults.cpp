// Redis fails in the middle of an action: it halts, nothing is half moved, and it goes on when Redis is well.
#include <QTemporaryDir>
#include <QtTest>

#include "backends/acting/action_runner.h"
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

private:
    static constexpr int kLetters = 60;
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

QTEST_GUILESS_MAIN(TestActingRedisFaults)
#include "tst_acting_redis_faults.moc"

// The network fails at the n-th byte, for many n: of a poll, and of an action. Whatever n is, no figure is
// wrong, no job is lost or moved twice, and when the network is well all is well.
#include <QTemporaryDir>
#include <QtTest>

#include "backends/acting/action_runner.h"
#include "tests/acting/fake_acting_backend.h"
#include "tests/postgres/postgres_fixture.h"
#include "tests/postgres/systems/table_fixtures.h"
#include "tests/redis/redis_probe.h"
#include "tests/support/fault_proxy.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using test::Fault;
using test::FaultProxy;

namespace {

constexpr int kReady = 2;
constexpr int kDead = 12;

// What both servers are in these tests: one queue, behind a proxy.
struct FaultStage {
    FaultStage(const QString& socket, const QString& name) : proxy(socket), queue(name) {}

    FaultProxy proxy;
    ConnectionSettings settings;  // through the proxy
    const QString queue;
    std::function<void()> refill;  // kReady jobs wait, kDead are dead
    // Of the dead: those that wait again, and how many different jobs there are in all.
    std::function<int()> replayed, different;
};

// A figure is the truth or there is none.
QString wrongFigure(const ServerReading& reading, const QString& name) {
    const auto* queue = queueNamed(reading, name);
    if (queue == nullptr) return u"the queue is missing"_s;
    if (queue->ready.known() && queue->ready.valueOr(-1) != kReady)
        return u"%1 ready"_s.arg(queue->ready.valueOr(-1));
    if (queue->dead.known() && queue->dead.valueOr(-1) != kDead)
        return u"%1 dead"_s.arg(queue->dead.valueOr(-1));
    return {};
}

QString troubleOf(const Failure& failure) {
    return failure.sentence() + u' ' + failure.serverSaid;
}

}  // namespace

class TestFaultLoops : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void aPollThatFailsAtAnyByte_data();
    void aPollThatFailsAtAnyByte();
    void aSlowServerIsNoSilentOne_data() { servers(); }
    void aSlowServerIsNoSilentOne();
    void anActionThatFailsAtAnyByte_data();
    void anActionThatFailsAtAnyByte();

private:
    static void servers();
    [[nodiscard]] std::unique_ptr<FaultStage> stageOf(const QString& server);
    [[nodiscard]] std::unique_ptr<FaultStage> postgresStage();
    [[nodiscard]] std::unique_ptr<FaultStage> redisStage();
    // Carries a replay of all dead jobs out; what went wrong, empty when all are done at the end.
    // `bytes`: null, or where the bytes that went the fault's way are to be written.
    [[nodiscard]] QString replayWith(FaultStage& stage, const Fault& fault, qint64* bytes = nullptr);

    PostgresFixture m_postgres;
    std::unique_ptr<PrivateRedis> m_redis;
};

void TestFaultLoops::initTestCase() {
    if (qEnvironmentVariableIsEmpty("SPILLWAY_LONG_TESTS")) QSKIP("Minutes: with SPILLWAY_LONG_TESTS=1.");
    const auto trouble = m_postgres.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
    auto redis = PrivateRedis::start();
    VERIFY_OK(redis);
    m_redis = std::move(redis).value();
}

void TestFaultLoops::servers() {
    QTest::addColumn<QString>("server");
    QTest::newRow("PostgreSQL") << u"postgres"_s;
    QTest::newRow("Redis") << u"redis"_s;
}

std::unique_ptr<FaultStage> TestFaultLoops::stageOf(const QString& server) {
    auto stage = server == u"redis"_s ? redisStage() : postgresStage();
    stage->settings.pollDeadline = std::chrono::seconds(60);
    stage->settings.connectDeadline = std::chrono::seconds(60);
    stage->refill();
    return stage;
}

std::unique_ptr<FaultStage> TestFaultLoops::postgresStage() {
    m_postgres.freshDatabase(u"app"_s);
    m_postgres.sql(riverTables(7));
    const auto socket = m_postgres.server().socketDirectory() + u"/.s.PGSQL.5432"_s;
    auto stage = std::make_unique<FaultStage>(socket, u"mail"_s);
    stage->settings = m_postgres.settings();
    stage->settings.url.replace(m_postgres.server().socketDirectory(), stage->proxy.directory());
    stage->refill = [this] {
        m_postgres.sql(
            "TRUNCATE river_job; INSERT INTO river_job (kind, queue, state, attempt, max_attempts, "
            "finalized_at) "
            "SELECT 'charge', 'mail', 'discarded', 3, 3, now() - interval '1 hour' + g * interval '1 s' "
            "FROM generate_series(1, " +
            std::to_string(kDead) +
            ") g; INSERT INTO river_job (kind, queue, state, max_attempts) SELECT 'wait', 'mail', "
            "'available', 3 "
            "FROM generate_series(1, " +
            std::to_string(kReady) + ")");
    };
    const auto count = [this](const std::string& where) {
        return std::stoi(m_postgres.sql("SELECT count(*) FROM river_job WHERE kind = 'charge'" + where));
    };
    stage->replayed = [count] { return count(" AND state = 'available'"); };
    stage->different = [count] { return count(" AND state IN ('available', 'discarded')"); };
    return stage;
}

std::unique_ptr<FaultStage> TestFaultLoops::redisStage() {
    auto stage = std::make_unique<FaultStage>(m_redis->socketPath(), u"orders/billing"_s);
    stage->settings = redisSettings(u"unix://"_s + stage->proxy.socketPath() + u"?db=0"_s);
    stage->refill = [this] {
        redisCommand(*m_redis, {"FLUSHALL"});
        redisCommand(*m_redis, {"XGROUP", "CREATE", "orders", "billing", "0", "MKSTREAM"});
        for (int i = 0; i < kReady; ++i) redisCommand(*m_redis, {"XADD", "orders", "*", "value", "ready"});
        for (int i = 0; i < kDead; ++i)
            redisCommand(*m_redis, {"XADD", "orders:dlq", "*", "value", QByteArray::number(i)});
    };
    const auto seen = [this](const QByteArray& keys) {
        return redisCommand(
                   *m_redis,
                   {"EVAL",
                    "local seen, n = {}, 0 for _, key in ipairs({" + keys +
                        "}) do for _, e in ipairs(redis.call('XRANGE', key, '-', '+')) do local v = e[2][2] "
                        "if v ~= 'ready' and not seen[v] then n = n + 1 end seen[v] = 1 end end return n",
                    "0"})
            .toInt();
    };
    stage->replayed = [this, seen] {
        const int all = redisCommand(*m_redis, {"XLEN", "orders"}).toInt() - kReady;
        return all == seen("'orders'") ? all : -1;  // -1: one was put twice
    };
    stage->different = [seen] { return seen("'orders', 'orders:dlq'"); };
    return stage;
}

void TestFaultLoops::aPollThatFailsAtAnyByte_data() {
    QTest::addColumn<QString>("server");
    QTest::addColumn<Fault::Kind>("kind");
    QTest::addColumn<Fault::Way>("way");
    for (const auto& server : {u"postgres"_s, u"redis"_s})
        for (const auto way : {Fault::Way::to_server, Fault::Way::to_client}) {
            const QByteArray from =
                server.toLatin1() + (way == Fault::Way::to_server ? ", asking" : ", answering");
            QTest::newRow((from + ", cut").constData()) << server << Fault::Kind::cut << way;
            QTest::newRow((from + ", reset").constData()) << server << Fault::Kind::reset << way;
            QTest::newRow((from + ", black hole").constData()) << server << Fault::Kind::black_hole << way;
        }
}

void TestFaultLoops::aPollThatFailsAtAnyByte() {
    QFETCH(QString, server);
    QFETCH(Fault::Kind, kind);
    QFETCH(Fault::Way, way);
    const bool silent = kind == Fault::Kind::black_hole;
    const auto stage = stageOf(server);
    if (silent) stage->settings.pollDeadline = std::chrono::milliseconds(1500);
    const auto backend = createBackend(stage->settings);
    const auto start = [&]() -> Outcome<ServerReading> {
        if (const auto opened = backend->open(); !opened) return opened.failure();
        if (const auto found = backend->detect(); !found) return found.failure();
        return backend->read();
    };
    auto healthy = start();
    VERIFY_OK(healthy);
    QCOMPARE(wrongFigure(*healthy, stage->queue), QString());
    stage->proxy.arm({});
    VERIFY_OK(backend->read());
    const qint64 bytes = stage->proxy.passed(way);
    QVERIFY(bytes > 50);
    const int steps = silent ? 3 : 25;
    int struck = 0;
    for (int n = 0; n < steps; ++n) {
        stage->proxy.arm({kind, way, bytes * n / steps});
        const auto reading = backend->read();
        struck += stage->proxy.happened() ? 1 : 0;
        stage->proxy.clear();
        const QString at = u"byte %1 of %2: "_s.arg(bytes * n / steps).arg(bytes);
        if (reading) {
            const QString wrong = wrongFigure(*reading, stage->queue);
            QVERIFY2(wrong.isEmpty(), qPrintable(at + wrong));
        } else {
            QVERIFY2(!reading.failure().sentence().isEmpty(), qPrintable(at));
            auto again = start();
            if (!again) again = start();  // a busy server may cut a question short, and is asked again
            QVERIFY2(again.ok(), again.ok() ? "" : qPrintable(at + troubleOf(again.failure())));
            QVERIFY2(wrongFigure(*again, stage->queue).isEmpty(),
                     qPrintable(at + wrongFigure(*again, stage->queue)));
        }
    }
    // A poll asks less than the one that was measured: some questions are not asked each time.
    QVERIFY2(struck >= steps / 3, qPrintable(QString::number(struck)));
}

// Latency and a trickle are answers: the figures stand as long as the deadline holds.
void TestFaultLoops::aSlowServerIsNoSilentOne() {
    QFETCH(QString, server);
    const auto stage = stageOf(server);
    const auto backend = createBackend(stage->settings);
    stage->proxy.arm({Fault::Kind::none, Fault::Way::to_client, 0, std::chrono::milliseconds(3)});
    VERIFY_OK(backend->open());
    VERIFY_OK(backend->detect());
    stage->proxy.arm({Fault::Kind::slow, Fault::Way::to_client, 0});
    const auto reading = backend->read();
    VERIFY_OK(reading);
    QVERIFY(stage->proxy.happened());
    QCOMPARE(wrongFigure(*reading, stage->queue), QString());
}

void TestFaultLoops::anActionThatFailsAtAnyByte_data() {
    QTest::addColumn<QString>("server");
    QTest::addColumn<Fault::Way>("way");
    QTest::newRow("postgres, asking") << u"postgres"_s << Fault::Way::to_server;
    QTest::newRow("postgres, answering") << u"postgres"_s << Fault::Way::to_client;
    QTest::newRow("redis, asking") << u"redis"_s << Fault::Way::to_server;
    QTest::newRow("redis, answering") << u"redis"_s << Fault::Way::to_client;
}

QString TestFaultLoops::replayWith(FaultStage& stage, const Fault& fault, qint64* bytes) {
    stage.refill();
    const auto backend = createActingBackend(stage.settings);
    const auto systems = backend->open();
    if (!systems) return troubleOf(systems.failure());
    ActionRequest request;
    request.filter.system = systems->front().identity.key();
    request.filter.queues = {stage.queue};
    auto planned = backend->plan(request);
    if (!planned) return troubleOf(planned.failure());
    ActionPlan plan = planned->plan;
    if (plan.jobs.size() != kDead) return u"%1 jobs planned"_s.arg(plan.jobs.size());
    plan.environment = Environment::development;  // nobody works here
    plan.canary = 0;
    plan.rate = 500;
    const QTemporaryDir folder;
    const auto journal = ActionJournal::open(folder.filePath(u"actions.sqlite"_s));
    if (!journal || !(*journal)->keepPlan(plan)) return u"no journal"_s;
    test::MovedClock clock;
    test::MovingControl control(clock);
    ActionRunner runner(*backend, **journal, clock, control);
    RunOptions options;
    options.reason = u"a test"_s;
    stage.proxy.arm(fault);
    auto report = runner.apply(plan.id, options);
    if (bytes != nullptr) *bytes = stage.proxy.passed(fault.way);
    stage.proxy.clear();
    if (!report && stage.replayed() != 0) return u"moved and not known: "_s + troubleOf(report.failure());
    if (stage.different() != kDead) return u"%1 of the jobs are left"_s.arg(stage.different());
    if (report) {
        const int moved = stage.replayed();
        if (moved < report->counts.moved || moved > report->counts.moved + report->counts.unknown)
            return u"%1 moved, said %2 and %3 unknown"_s.arg(moved)
                .arg(report->counts.moved)
                .arg(report->counts.unknown);
    }
    if (!report)
        report = runner.apply(plan.id, options);
    else if (report->state != ActionState::done)
        report = runner.resume(report->action, options);
    if (!report) return u"not again: "_s + troubleOf(report.failure());
    if (report->state != ActionState::done) return u"halted: "_s + report->haltReason;
    if (report->counts.moved != kDead || stage.replayed() != kDead || stage.different() != kDead)
        return u"said %1, moved %2, left %3"_s.arg(report->counts.moved)
            .arg(stage.replayed())
            .arg(stage.different());
    return {};
}

void TestFaultLoops::anActionThatFailsAtAnyByte() {
    QFETCH(QString, server);
    QFETCH(Fault::Way, way);
    const auto stage = stageOf(server);
    qint64 bytes = 0;
    QCOMPARE(replayWith(*stage, {Fault::Kind::none, way, 0, {}}, &bytes), QString());
    QVERIFY(bytes > 50);
    // A step on PostgreSQL is four sessions, each of which looks for its queue systems anew: seconds on a
    // busy machine.
    const int steps = server == u"redis"_s ? 20 : 12;
    for (int n = 0; n < steps; ++n) {
        const QString wrong = replayWith(*stage, {Fault::Kind::cut, way, bytes * n / steps, {}});
        QVERIFY2(wrong.isEmpty(),
                 qPrintable(u"byte %1 of %2: %3"_s.arg(bytes * n / steps).arg(bytes).arg(wrong)));
    }
}

QTEST_GUILESS_MAIN(TestFaultLoops)
#include "tst_fault_loops.moc"

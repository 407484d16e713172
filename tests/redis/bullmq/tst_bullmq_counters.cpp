// Claims that BullMQ's counters (ats, atm, stc) tell of, and jobs that kill their workers: real BullMQ 5 and
// 6 workers that are killed while they run a job.
#include <QtTest>

#include "tests/redis/bullmq/stage.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestBullmqCounters : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init() { m_stage = std::make_unique<BullmqStage>(); }
    void cleanup() { m_stage.reset(); }

    void killedWorkersAreAPoisonPill_data() { bullmqLibraries(); }
    void killedWorkersAreAPoisonPill();
    void aRecoveredJobIsNoDuplicate_data() { bullmqLibraries(); }
    void aRecoveredJobIsNoDuplicate();
    void delaysByHandAreNoDuplicates_data() { bullmqLibraries(); }
    void delaysByHandAreNoDuplicates();
    void runTimesOfCompletedJobs();

private:
    using Json = QJsonObject;
    void start(const QString& library = u"bullmq6"_s);
    void add(int count = 1);
    void addLater();
    JsonPeer* hold(const QString& name, int lock_ms = 30'000);
    void holdAndDie(const QString& name);
    SystemReading bullmq(RedisProbe& probe) { return probe.system(u"bullmq"_s); }
    ClaimsReading claims(RedisProbe& probe) { return RedisProbe::queue(bullmq(probe), u"orders"_s).claims; }
    static std::optional<Condition> poisonIn(const SystemReading& system);

    std::unique_ptr<BullmqStage> m_stage;
};

void TestBullmqCounters::initTestCase() {
    BULLMQ_OR_SKIP();
}

void TestBullmqCounters::start(const QString& library) {
    QVERIFY2(m_stage->start(library), qPrintable(m_stage->problem()));
}

void TestBullmqCounters::add(int count) {
    m_stage->ask({{u"do"_s, u"add"_s}, {u"queue"_s, u"orders"_s}, {u"count"_s, count}});
}

// The queue is there, and its next job is number 2.
void TestBullmqCounters::addLater() {
    add();
    m_stage->command({"DEL", "bull:orders:wait", "bull:orders:1"});
}

// A worker of its own process, whose checks are short. The lock of one that lives on is long: on a busy
// machine it renews late.
JsonPeer* TestBullmqCounters::hold(const QString& name, int lock_ms) {
    JsonPeer* const peer = m_stage->addPeer();
    if (peer)
        m_stage->ask(*peer,
                     {{u"do"_s, u"work"_s},
                      {u"queue"_s, u"orders"_s},
                      {u"mode"_s, u"hold"_s},
                      {u"name"_s, name},
                      {u"options"_s, Json{{u"lockDuration"_s, lock_ms}, {u"stalledInterval"_s, 300}}}});
    return peer;
}

void TestBullmqCounters::holdAndDie(const QString& name) {
    JsonPeer* const peer = hold(name, 600);
    QVERIFY(peer);
    const auto runs = [this, peer] {
        return m_stage->ask(*peer, {{u"do"_s, u"tally"_s}}).value(u"executions"_s).toInt();
    };
    QTRY_COMPARE_WITH_TIMEOUT(runs(), 1, 10'000);
    peer->kill();
}

std::optional<Condition> TestBullmqCounters::poisonIn(const SystemReading& system) {
    for (const Condition& condition : system.conditions)
        if (condition.kind == ConditionKind::poison_pill) return condition;
    return std::nullopt;
}

void TestBullmqCounters::killedWorkersAreAPoisonPill() {
    QFETCH(QString, library);
    start(library);
    add();
    RedisProbe probe(m_stage->redis().url());
    QCOMPARE(claims(probe).duplicates.value, std::optional<qint64>(0));
    holdAndDie(u"ann"_s);
    holdAndDie(u"bob"_s);
    QVERIFY(!poisonIn(bullmq(probe)));
    QVERIFY(hold(u"cid"_s));  // finds it stalled once too often
    QTRY_COMPARE_WITH_TIMEOUT(m_stage->count(u"orders"_s, u"failed"_s), 1, 10'000);
    RedisProbe other(m_stage->redis().url());  // one that did not see it happen
    QTRY_VERIFY_WITH_TIMEOUT(poisonIn(bullmq(other)).has_value(), 10'000);
    const Condition poison = *poisonIn(bullmq(other));
    QCOMPARE(poison.queue, u"orders"_s);
    QCOMPARE(poison.subject, u"job"_s);
    QCOMPARE(poison.count, Count::exact(1));
    QVERIFY(poison.since.has_value());
    QVERIFY2(poison.evidence.contains(u"stalled 2 times"_s) &&
                 poison.evidence.contains(u"more than allowable limit"_s),
             qPrintable(poison.evidence));
    for (int poll = 0; poll < 3; ++poll) (void)bullmq(probe);
    QCOMPARE(claims(probe).duplicates.value, std::optional<qint64>(0));  // each lock had run out first
    QVERIFY(claims(probe).incidents.empty());
}

// The lock of a killed worker had run out, and the stalled check gave its jobs to another: by the rules.
void TestBullmqCounters::aRecoveredJobIsNoDuplicate() {
    QFETCH(QString, library);
    start(library);
    add();
    RedisProbe probe(m_stage->redis().url());
    QVERIFY(claims(probe).claims.known());
    holdAndDie(u"ann"_s);
    QVERIFY(hold(u"bob"_s));
    QTRY_COMPARE_WITH_TIMEOUT(m_stage->command({"HGET", "bull:orders:1", "ats"}), QByteArray("2"), 10'000);
    QTRY_COMPARE_WITH_TIMEOUT(claims(probe).claims.valueOr(0), 2, 10'000);
    QCOMPARE(claims(probe).duplicates.value, std::optional<qint64>(0));
    QVERIFY(claims(probe).incidents.empty());
    QVERIFY2(claims(probe).duplicates.method.contains(u"1 was claimed again after their lock had run out"_s),
             qPrintable(claims(probe).duplicates.method));
}

// moveToDelayed raises `ats` without an attempt that is accounted for.
void TestBullmqCounters::delaysByHandAreNoDuplicates() {
    QFETCH(QString, library);
    start(library);
    add();
    RedisProbe probe(m_stage->redis().url());
    QVERIFY(claims(probe).duplicates.known());
    m_stage->ask(
        {{u"do"_s, u"work"_s}, {u"queue"_s, u"orders"_s}, {u"mode"_s, u"postpone"_s}, {u"times"_s, 4}});
    QTRY_COMPARE_WITH_TIMEOUT(m_stage->count(u"orders"_s, u"failed"_s), 1, 10'000);
    QVERIFY(m_stage->command({"HGET", "bull:orders:1", "ats"}).toInt() >= 5);
    QCOMPARE(m_stage->command({"HGET", "bull:orders:1", "atm"}), QByteArray("1"));
    RedisProbe other(m_stage->redis().url());
    for (RedisProbe* each : {&probe, &other}) {
        for (int poll = 0; poll < 4; ++poll) (void)bullmq(*each);
        QCOMPARE(claims(*each).duplicates.value, std::optional<qint64>(0));
        QVERIFY(claims(*each).incidents.empty());
        QVERIFY(!poisonIn(bullmq(*each)));
    }
}

void TestBullmqCounters::runTimesOfCompletedJobs() {
    start();
    add(3);
    m_stage->ask({{u"do"_s, u"work"_s}, {u"queue"_s, u"orders"_s}});
    QTRY_COMPARE_WITH_TIMEOUT(m_stage->count(u"orders"_s, u"completed"_s), 3, 10'000);
    // As if they had taken 1, 2 and 9 s.
    for (const auto& [id, millis] : {std::pair("1", 1000), std::pair("2", 2000), std::pair("3", 9000)}) {
        const QByteArray job = QByteArray("bull:orders:") + id;
        const qint64 end = m_stage->command({"HGET", job, "finishedOn"}).toLongLong();
        m_stage->command({"HSET", job, "processedOn", QByteArray::number(end - millis)});
    }
    RedisProbe probe(m_stage->redis().url());
    (void)bullmq(probe);
    const Seconds run = RedisProbe::queue(bullmq(probe), u"orders"_s).run_time_s;
    QCOMPARE(run.value, std::optional(4.0));
    QVERIFY2(run.method.contains(u"at most 2 s"_s) && run.method.contains(u"longest 9 s"_s),
             qPrintable(run.method));
}

QTEST_GUILESS_MAIN(TestBullmqCounters)
#include "tst_bullmq_counters.moc"

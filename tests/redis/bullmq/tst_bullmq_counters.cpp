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
    void countersSpeakWhereEventsDoNot_data();
    void countersSpeakWhereEventsDoNot();
    void whatWasBeforeIsNotPartOfTheTotal();
    void failedJobsTellOfLostEvents();
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
    // The events stream showed the second claims already: its record is the only one that counts.
    for (int poll = 0; poll < 3; ++poll) (void)bullmq(probe);
    const ClaimsReading watched = claims(probe);
    const qint64 recorded =
        std::count_if(watched.incidents.begin(), watched.incidents.end(),
                      [](const auto& c) { return c.evidence == ClaimEvidence::recorded; });
    QCOMPARE(watched.duplicates.value, std::optional(recorded));
    QCOMPARE(watched.incidents.size(), static_cast<std::size_t>(recorded));
    QVERIFY(recorded >= 1);
    QCOMPARE(watched.evidence, ClaimEvidence::recorded);
}

void TestBullmqCounters::countersSpeakWhereEventsDoNot_data() {
    QTest::addColumn<bool>("denied");
    QTest::newRow("events are lost") << false;
    QTest::newRow("events may not be read") << true;
}

void TestBullmqCounters::countersSpeakWhereEventsDoNot() {
    QFETCH(bool, denied);
    start();
    addLater();
    if (denied) m_stage->command({"ACL", "SETUSER", "default", "-xread", "-xrange"});
    RedisProbe probe(m_stage->redis().url());
    QCOMPARE(claims(probe).duplicates.known(), !denied);
    add();
    holdAndDie(u"ann"_s);
    QVERIFY(hold(u"bob"_s));
    QTRY_COMPARE_WITH_TIMEOUT(m_stage->command({"HGET", "bull:orders:2", "ats"}), QByteArray("2"), 10'000);
    if (!denied) m_stage->command({"DEL", "bull:orders:events"});
    QTRY_COMPARE_WITH_TIMEOUT(claims(probe).duplicates.valueOr(0), 1, 10'000);
    for (int poll = 0; poll < 3; ++poll) (void)bullmq(probe);
    const ClaimsReading found = claims(probe);
    QCOMPARE(found.duplicates.value, std::optional<qint64>(1));
    QVERIFY(!found.duplicates.isExact());
    QVERIFY2(found.duplicates.method.contains(u"stalled counter"_s), qPrintable(found.duplicates.method));
    QCOMPARE(found.evidence, ClaimEvidence::counter);
    QCOMPARE(found.incidents.size(), std::size_t(1));
    const DuplicateClaim& incident = found.incidents.front();
    QCOMPARE(incident.id, u"2"_s);
    QCOMPARE(incident.queue, u"orders"_s);
    QCOMPARE(incident.evidence, ClaimEvidence::counter);
    QCOMPARE(incident.second_owner, u"bob"_s);
    QVERIFY(incident.second_claimed_at.has_value());
}

void TestBullmqCounters::whatWasBeforeIsNotPartOfTheTotal() {
    start();
    add();
    holdAndDie(u"ann"_s);
    QVERIFY(hold(u"bob"_s));
    QTRY_COMPARE_WITH_TIMEOUT(m_stage->command({"HGET", "bull:orders:1", "ats"}), QByteArray("2"), 10'000);
    RedisProbe probe(m_stage->redis().url());
    QTRY_COMPARE_WITH_TIMEOUT(claims(probe).incidents.size(), std::size_t(1), 10'000);
    const ClaimsReading found = claims(probe);
    QCOMPARE(found.duplicates.value, std::optional<qint64>(0));
    QCOMPARE(found.incidents.front().evidence, ClaimEvidence::counter);
    QVERIFY2(found.incidents.front().note.contains(u"before Spillway watched"_s),
             qPrintable(found.incidents.front().note));
}

// It ended while nobody looked, its events were trimmed: what is left is its hash in the failed set.
void TestBullmqCounters::failedJobsTellOfLostEvents() {
    start();
    addLater();
    RedisProbe probe(m_stage->redis().url());
    QVERIFY(claims(probe).duplicates.known());
    add();
    holdAndDie(u"ann"_s);
    m_stage->ask({{u"do"_s, u"work"_s},
                  {u"queue"_s, u"orders"_s},
                  {u"mode"_s, u"fail"_s},
                  {u"options"_s, Json{{u"lockDuration"_s, 30'000}, {u"stalledInterval"_s, 300}}}});
    QTRY_COMPARE_WITH_TIMEOUT(m_stage->count(u"orders"_s, u"failed"_s), 1, 10'000);
    m_stage->command({"DEL", "bull:orders:events"});
    QCOMPARE(m_stage->command({"HGET", "bull:orders:2", "stc"}), QByteArray("1"));
    QTRY_COMPARE_WITH_TIMEOUT(claims(probe).duplicates.valueOr(0), 1, 25'000);
    QCOMPARE(claims(probe).incidents.front().id, u"2"_s);
    QCOMPARE(claims(probe).incidents.front().evidence, ClaimEvidence::counter);
    QVERIFY(!poisonIn(bullmq(probe)));  // it failed with an error of its own
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

// Jobs that will never run: ids that BullMQ still lists although the job is gone, as after an eviction, and
// parents whose children are dead. Figures, lists and findings agree.
#include <QtTest>

#include "tests/redis/bullmq/stage.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestBullmqMissing : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { BULLMQ_OR_SKIP(); }
    void init() { m_stage = std::make_unique<BullmqStage>(); }
    void cleanup() { m_stage.reset(); }

    void idsWithoutAJobAreSaid_data() { bullmqLibraries(); }
    void idsWithoutAJobAreSaid();
    void jobsThatEndMeanwhileAreNotMissing();
    void aQueueIsFoundByItsJobs_data() { bullmqLibraries(); }
    void aQueueIsFoundByItsJobs();
    void theClockOfTheProducersIsCompared();
    void theOldestOfAStackIsAtItsOtherEnd_data() { bullmqLibraries(); }
    void theOldestOfAStackIsAtItsOtherEnd();
    void parentsWaitForDeadChildren_data() { bullmqLibraries(); }
    void parentsWaitForDeadChildren();

private:
    using Json = QJsonObject;
    void start(const QString& library) { QVERIFY2(m_stage->start(library), qPrintable(m_stage->problem())); }
    void add(int count, const Json& options = {}) {
        m_stage->ask(
            {{u"do"_s, u"add"_s}, {u"queue"_s, u"orders"_s}, {u"count"_s, count}, {u"opts"_s, options}});
    }
    void work(const QString& mode, int concurrency = 1) {
        m_stage->ask({{u"do"_s, u"work"_s},
                      {u"queue"_s, u"orders"_s},
                      {u"mode"_s, mode},
                      {u"concurrency"_s, concurrency}});
    }

    std::unique_ptr<BullmqStage> m_stage;
};

namespace {

QStringList missingIn(const SystemReading& system) {
    QStringList places;
    for (const Condition& condition : system.conditions)
        if (condition.kind == ConditionKind::missing_jobs)
            places << u"%1 %2"_s.arg(condition.subject).arg(condition.count.valueOr(-1));
    return places;
}

}  // namespace

void TestBullmqMissing::idsWithoutAJobAreSaid() {
    QFETCH(QString, library);
    start(library);
    work(u"fail"_s);
    add(3);
    QTRY_COMPARE_WITH_TIMEOUT(m_stage->count(u"orders"_s, u"failed"_s), 3, 20'000);
    m_stage->ask({{u"do"_s, u"stopWorkers"_s}});
    work(u"hold"_s);
    add(4);
    QTRY_COMPARE_WITH_TIMEOUT(m_stage->count(u"orders"_s, u"active"_s), 1, 20'000);
    for (const char* id : {"1", "2", "4", "5", "6"}) m_stage->command({"DEL", "bull:orders:"_ba + id});
    m_stage->command({"HSET", "bull:orders:6", "stc", "1"});  // what the stalled check makes of it
    RedisProbe probe(m_stage->redis().url());
    QVERIFY(probe.read().systems.size() == 1);
    const SystemReading system = probe.system(u"bullmq"_s);
    QCOMPARE(missingIn(system), (QStringList{u"in active 1"_s, u"in failed 2"_s, u"in wait 2"_s}));
    QCOMPARE(RedisProbe::queue(system, u"orders"_s).dead, Count::exact(3));
    QCOMPARE(system.leases.total, Count::exact(1));
    QCOMPARE(system.leases.leases.size(), 1U);
    QVERIFY(system.leases.leases[0].job_gone && !system.leases.leases[0].stuck);
    QVERIFY2(system.leases.leases[0].evidence.value(0).startsWith(u"the job is gone"_s),
             qPrintable(system.leases.leases[0].evidence.join(u'|')));
    const auto page = probe.backend().deadPage({});
    QVERIFY2(page.ok(), page.ok() ? "" : qPrintable(page.failure().sentence()));
    QCOMPARE(page->total, Count::exact(3));
    QCOMPARE(page->jobs.size(), 3U);
    for (const DeadJob& job : page->jobs) {
        const bool gone = job.id != u"3"_s;
        QCOMPARE(job.error, gone ? u"(the job is gone: only its id is left)"_s : u"no route to the bank"_s);
        QCOMPARE(job.version.isEmpty(), gone);  // nothing that could be replayed
        QVERIFY(job.died_at.has_value());
    }
}

void TestBullmqMissing::jobsThatEndMeanwhileAreNotMissing() {
    start(u"bullmq5"_s);
    work(u"complete"_s, 20);
    for (int i = 0; i < 15; ++i) {
        add(300, {{u"removeOnComplete"_s, true}});
        RedisProbe probe(m_stage->redis().url());  // a new one looks at once
        QVERIFY(probe.read().systems.size() == 1);
        const SystemReading system = probe.system(u"bullmq"_s);
        QCOMPARE(missingIn(system), QStringList());
        for (const Lease& lease : system.leases.leases)
            QVERIFY2(!lease.evidence.value(0).contains(u"gone"_s), qPrintable(lease.evidence.join(u'|')));
    }
}

// Eviction may take the keys by which a queue is found: its jobs are still there.
void TestBullmqMissing::aQueueIsFoundByItsJobs() {
    QFETCH(QString, library);
    start(library);
    add(60);
    for (const char* key : {"meta", "events"}) m_stage->command({"DEL", "bull:orders:"_ba + key});
    RedisProbe probe(m_stage->redis().url());
    QCOMPARE(probe.systems(), QStringList{u"bullmq"_s});
    QCOMPARE(RedisProbe::queue(probe.system(u"bullmq"_s), u"orders"_s).ready, Count::exact(60));
    // Bull 3 and 4 have lists of the same name.
    m_stage->command({"FLUSHDB"});
    m_stage->command({"LPUSH", "bull:old:wait", "1"});
    m_stage->command({"HSET", "bull:old:1", "timestamp", "1700000000000", "opts", "{}", "data", "{}"});
    QCOMPARE(RedisProbe(m_stage->redis().url()).systems(), QStringList());
}

void TestBullmqMissing::theClockOfTheProducersIsCompared() {
    start(u"bullmq5"_s);
    const auto clock = [this] {
        RedisProbe probe(m_stage->redis().url());
        for (const Condition& condition : probe.system(u"bullmq"_s).conditions)
            if (condition.kind == ConditionKind::client_clock)
                return u"%1 s %2"_s.arg(condition.count.valueOr(-1)).arg(condition.subject);
        return QString();
    };
    add(3);
    QCOMPARE(clock(), QString());
    add(3, {{u"timestamp"_s, QDateTime::currentMSecsSinceEpoch() - 45'000}});
    const QString behind = clock();
    QVERIFY2(behind.startsWith(u"4"_s) && behind.endsWith(u" s behind"_s), qPrintable(behind));
    add(3, {{u"timestamp"_s, QDateTime::currentMSecsSinceEpoch() + 600'000}});
    QVERIFY2(clock().endsWith(u" s ahead of"_s), qPrintable(clock()));
}

void TestBullmqMissing::theOldestOfAStackIsAtItsOtherEnd() {
    QFETCH(QString, library);
    start(library);
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    for (const qint64 age_s : {600, 400, 200})
        add(1, {{u"lifo"_s, true}, {u"timestamp"_s, now - age_s * 1000}});
    RedisProbe probe(m_stage->redis().url());
    for (int poll = 0; poll < 2; ++poll) {
        const QueueReading queue = RedisProbe::queue(probe.system(u"bullmq"_s), u"orders"_s);
        QCOMPARE(queue.oldest_ready_at.provenance, Provenance::lower_bound);
        QCOMPARE(millisSinceEpoch(*queue.oldest_ready_at.value), now - 600'000);
    }
}

void TestBullmqMissing::parentsWaitForDeadChildren() {
    QFETCH(QString, library);
    start(library);
    for (int i = 0; i < 4; ++i) m_stage->ask({{u"do"_s, u"flow"_s}, {u"queue"_s, u"orders"_s}});
    const auto read = [&] {
        RedisProbe probe(m_stage->redis().url());  // a new one looks at once
        return probe.detect() ? RedisProbe::queue(probe.system(u"bullmq"_s), u"orders"_s) : QueueReading();
    };
    QueueReading queue = read();
    QCOMPARE(queue.blocked, Count::exact(4));
    QVERIFY(!queue.blocked_on_dead);
    const QByteArray key = "bull:orders:waiting-children";
    const QByteArray first = "return redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]";
    QVERIFY(queue.oldest_blocked_at.isExact());
    QCOMPARE(millisSinceEpoch(*queue.oldest_blocked_at.value),
             m_stage->command({"EVAL", first, "1", key}).toLongLong());
    work(u"fail"_s);
    QTRY_COMPARE_WITH_TIMEOUT(m_stage->count(u"orders"_s, u"failed"_s), 4, 20'000);
    queue = read();
    QCOMPARE(queue.blocked, Count::exact(4));
    QVERIFY(queue.blocked_on_dead.has_value());
    QCOMPARE(queue.blocked_on_dead->jobs, Count::exact(4));
    QVERIFY(queue.blocked_on_dead->dead_example.startsWith(u"bull:orders:"_s));
    const QByteArray parent = queue.blocked_on_dead->waiting_example.toUtf8();
    QVERIFY(!m_stage->command({"ZSCORE", key, parent}).isEmpty());
}

QTEST_GUILESS_MAIN(TestBullmqMissing)
#include "tst_bullmq_missing.moc"

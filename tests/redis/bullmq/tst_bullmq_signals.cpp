// Retries, second claims, leases and dead letters of the real BullMQ 5 and 6, against what the library's own
// workers counted.
#include <signal.h>

#include <QtTest>
#include <numeric>

#include "tests/redis/bullmq/stage.h"

using namespace spillway;
using namespace Qt::StringLiterals;

namespace {
using Json = QJsonObject;

SystemReading bullmq(RedisProbe& probe) {
    return probe.system(u"bullmq"_s);
}
QueueReading queueOf(RedisProbe& probe, const QString& name) {
    return RedisProbe::queue(bullmq(probe), name);
}
Json attempts(int most, int delay_ms) {
    return {{u"attempts"_s, most}, {u"backoff"_s, Json{{u"type"_s, u"fixed"_s}, {u"delay"_s, delay_ms}}}};
}
}  // namespace

class TestBullmqSignals : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init();
    void cleanup() { m_stage.reset(); }

    void amplificationIsWhatTheWorkersCounted_data() { bullmqLibraries(); }
    void amplificationIsWhatTheWorkersCounted();
    void attemptsOfJobsAddedBeforeAreToldApart();
    void trimmedEventsAreALowerBound();
    void retriesAreDueByTheMinute_data() { bullmqLibraries(); }
    void retriesAreDueByTheMinute();
    void frozenWorkerIsStuckAndItsJobIsRecovered_data() { bullmqLibraries(); }
    void frozenWorkerIsStuckAndItsJobIsRecovered();
    void quietWorkersHoldLiveLeases();
    void deadLettersArePagedInTheOrderOfDeath_data();
    void deadLettersArePagedInTheOrderOfDeath();
    void deadLettersAreFiltered();
    void deadLettersAreGrouped();
    void oneDeadJobInDetail();
    void deadAgesByRankAndRange();
    void retentionOfTheNewestJob();
    void silentConditions();
    void evictionIsACondition();

private:
    void start(const QString& library = u"bullmq6"_s);
    void add(const QString& queue, int count, const Json& options = {});
    void work(const QString& queue, const QString& mode, const Json& more = {});
    void failAll(const QString& queue, int count, const QString& error);

    std::unique_ptr<BullmqStage> m_stage;
};

void TestBullmqSignals::initTestCase() {
    BULLMQ_OR_SKIP();
}

void TestBullmqSignals::init() {
    m_stage = std::make_unique<BullmqStage>();
}

void TestBullmqSignals::start(const QString& library) {
    QVERIFY2(m_stage->start(library), qPrintable(m_stage->problem()));
}

void TestBullmqSignals::add(const QString& queue, int count, const Json& options) {
    m_stage->ask({{u"do"_s, u"add"_s}, {u"queue"_s, queue}, {u"count"_s, count}, {u"opts"_s, options}});
}

void TestBullmqSignals::work(const QString& queue, const QString& mode, const Json& more) {
    Json request{{u"do"_s, u"work"_s}, {u"queue"_s, queue}, {u"mode"_s, mode}};
    for (auto it = more.begin(); it != more.end(); ++it) request.insert(it.key(), it.value());
    m_stage->ask(request);
}

void TestBullmqSignals::failAll(const QString& queue, int count, const QString& error) {
    add(queue, count);
    const qint64 before = m_stage->count(queue, u"failed"_s);
    work(queue, u"fail"_s, {{u"error"_s, error}});
    QTRY_COMPARE(m_stage->count(queue, u"failed"_s), before + count);
    m_stage->ask({{u"do"_s, u"stopWorkers"_s}});
}

void TestBullmqSignals::amplificationIsWhatTheWorkersCounted() {
    QFETCH(QString, library);
    start(library);
    add(u"mail"_s, 1);  // so that the queue is there
    RedisProbe probe(m_stage->redis().url());
    const QueueReading before = queueOf(probe, u"mail"_s);
    add(u"mail"_s, 60, attempts(4, 40));
    work(u"mail"_s, u"fail"_s, {{u"concurrency"_s, 5}});
    QTRY_VERIFY(queueOf(probe, u"mail"_s).dead.valueOr(0) == 61);
    const QueueReading after = queueOf(probe, u"mail"_s);
    const Json tally = m_stage->ask({{u"do"_s, u"tally"_s}});
    const auto executed = double(*after.flow.executed.value - *before.flow.executed.value);
    const auto first = double(*after.flow.first_executed.value - *before.flow.first_executed.value);
    const double counted = tally.value(u"executions"_s).toDouble() / tally.value(u"first"_s).toDouble();
    QVERIFY2(std::abs(executed / first / counted - 1) < 0.05,
             qPrintable(u"%1 / %2, counted %3"_s.arg(executed).arg(first).arg(counted)));
    QCOMPARE(executed, tally.value(u"executions"_s).toDouble());
    QCOMPARE(*after.flow.retried.value - *before.flow.retried.value, 180);
    QCOMPARE(after.flow.executed.provenance, Provenance::exact);
    QCOMPARE(after.claims.duplicates, (Count{0, Provenance::exact, after.claims.duplicates.method}));
    QVERIFY(probe.capabilities(u"bullmq"_s).observable(u"amplification"_s));
}

// Half of them had their first attempt before anybody watched.
void TestBullmqSignals::attemptsOfJobsAddedBeforeAreToldApart() {
    start();
    add(u"mail"_s, 30, attempts(2, 3000));
    work(u"mail"_s, u"fail"_s, {{u"concurrency"_s, 10}});
    QTRY_COMPARE(m_stage->count(u"mail"_s, u"delayed"_s), 30);
    RedisProbe probe(m_stage->redis().url());
    const QueueReading before = queueOf(probe, u"mail"_s);
    add(u"mail"_s, 30);
    QTRY_COMPARE_WITH_TIMEOUT(m_stage->count(u"mail"_s, u"failed"_s), 60, 10'000);
    const QueueReading after = queueOf(probe, u"mail"_s);
    QCOMPARE(*after.flow.executed.value - *before.flow.executed.value, 60);
    QCOMPARE(*after.flow.first_executed.value - *before.flow.first_executed.value, 30);
}

void TestBullmqSignals::trimmedEventsAreALowerBound() {
    start();
    add(u"mail"_s, 1);
    m_stage->command({"HSET", "bull:mail:meta", "opts.maxLenEvents", "50"});
    RedisProbe probe(m_stage->redis().url());
    QVERIFY(queueOf(probe, u"mail"_s).flow.executed.known());
    add(u"mail"_s, 200);
    work(u"mail"_s, u"complete"_s, {{u"concurrency"_s, 10}});
    QTRY_COMPARE(m_stage->count(u"mail"_s, u"completed"_s), 201);
    const QueueReading queue = queueOf(probe, u"mail"_s);
    QCOMPARE(queue.flow.executed.provenance, Provenance::lower_bound);
    QVERIFY(queue.flow.executed.method.contains(u"keeps only 50"_s));
}

void TestBullmqSignals::retriesAreDueByTheMinute() {
    QFETCH(QString, library);
    start(library);
    add(u"mail"_s, 6, attempts(3, 600'000));
    work(u"mail"_s, u"fail"_s);
    QTRY_COMPARE(m_stage->count(u"mail"_s, u"delayed"_s), 6);
    add(u"mail"_s, 4, {{u"delay"_s, 1'200'000}});
    RedisProbe probe(m_stage->redis().url());
    const ServerReading reading = probe.read();
    const QueueReading queue = RedisProbe::queue(reading.systems.front(), u"mail"_s);
    QVERIFY(queue.retry_due.isExact());
    qint64 jobs = 0;
    for (const RetryDue& due : *queue.retry_due.value) {
        jobs += due.jobs;
        QVERIFY(std::abs(secondsBetween(reading.observed_at, due.minute) - 600) < 90);
    }
    QCOMPARE(jobs, 6);
    QCOMPARE(*queueOf(probe, u"mail"_s).max_attempts_mean.value, (4 * 3) / 4.0);  // those due first
}

void TestBullmqSignals::frozenWorkerIsStuckAndItsJobIsRecovered() {
    QFETCH(QString, library);
    start(library);
    add(u"orders"_s, 1);
    RedisProbe probe(m_stage->redis().url());
    const Json hasty{{u"lockDuration"_s, 600}, {u"stalledInterval"_s, 300}};
    JsonPeer* first = m_stage->addPeer();
    QVERIFY(first);
    Json request{{u"do"_s, u"work"_s},
                 {u"queue"_s, u"orders"_s},
                 {u"mode"_s, u"hold"_s},
                 {u"name"_s, u"ann"_s},
                 {u"options"_s, hasty}};
    m_stage->ask(*first, request);
    QTRY_COMPARE(bullmq(probe).leases.leases.size(), std::size_t(1));
    const Lease held = bullmq(probe).leases.leases.front();
    QCOMPARE(held.owner, u"ann"_s);
    QCOMPARE(held.attempt, std::optional(1));
    QVERIFY(held.expires_at && !held.stuck);

    QCOMPARE(::kill(static_cast<pid_t>(first->pid()), SIGSTOP), 0);
    QTRY_VERIFY(!bullmq(probe).leases.leases.empty() && bullmq(probe).leases.leases.front().stuck);
    QVERIFY(bullmq(probe).leases.leases.front().evidence.front().contains(u"lock has expired"_s));

    JsonPeer* second = m_stage->addPeer();
    QVERIFY(second);
    request[u"name"_s] = u"bob"_s;
    m_stage->ask(*second, request);
    QTRY_COMPARE(queueOf(probe, u"orders"_s).claims.claims.valueOr(0), 2);
    QCOMPARE(::kill(static_cast<pid_t>(first->pid()), SIGCONT), 0);
    const ClaimsReading claims = queueOf(probe, u"orders"_s).claims;
    QCOMPARE(claims.evidence, ClaimEvidence::recorded);
    QCOMPARE(claims.duplicates.value, std::optional<qint64>(0));  // its lock had run out before
    QVERIFY(claims.incidents.empty());
    // The first worker was awake and worked on it, too.
    QTRY_COMPARE(m_stage->ask(*first, {{u"do"_s, u"tally"_s}}).value(u"executions"_s).toInt(), 1);
    QCOMPARE(m_stage->ask(*second, {{u"do"_s, u"tally"_s}}).value(u"executions"_s).toInt(), 1);
    QCOMPARE(*queueOf(probe, u"orders"_s).flow.retried.value, 0);
}

void TestBullmqSignals::quietWorkersHoldLiveLeases() {
    start();
    add(u"orders"_s, 3);
    work(u"orders"_s, u"hold"_s, {{u"name"_s, u"w1"_s}, {u"concurrency"_s, 2}});
    QTRY_COMPARE(m_stage->count(u"orders"_s, u"active"_s), 2);
    RedisProbe probe(m_stage->redis().url());
    QTRY_COMPARE(bullmq(probe).leases.leases.size(), std::size_t(2));
    const SystemReading system = bullmq(probe);
    QCOMPARE(system.leases.total, Count::exact(2));
    QVERIFY(std::none_of(system.leases.leases.begin(), system.leases.leases.end(),
                         [](const Lease& lease) { return lease.stuck; }));
    QCOMPARE(system.workers.list.size(), std::size_t(1));
    QCOMPARE(system.workers.list.front().id, u"w1"_s);
    QCOMPARE(system.workers.list.front().queues, QStringList{u"orders"_s});
    QVERIFY(system.workers.list.front().alive);
}

void TestBullmqSignals::deadLettersArePagedInTheOrderOfDeath_data() {
    QTest::addColumn<bool>("newestFirst");
    QTest::newRow("oldest first") << false;
    QTest::newRow("newest first") << true;
}

// Three queues with deaths that alternate, some at the very same moment.
void TestBullmqSignals::deadLettersArePagedInTheOrderOfDeath() {
    QFETCH(bool, newestFirst);
    start();
    for (const auto& queue : {u"a"_s, u"b"_s, u"c"_s}) add(queue, 1);
    m_stage->command({"EVAL", R"(
        for i, q in ipairs({'a', 'b', 'c'}) do
          for n = 1, 20 do
            redis.call('ZADD', 'bull:'..q..':failed', 1700000000000 + math.floor(n / 3) * 1000, q..n)
            redis.call('HSET', 'bull:'..q..':'..q..n, 'name', 'send', 'failedReason', 'E'..n, 'opts', '{}', 'data', '{}')
          end
        end)",
                      "0"});
    RedisProbe probe(m_stage->redis().url());
    DeadQuery query{{}, 7, {}, newestFirst};
    QStringList ids;
    std::vector<ServerTime> deaths;
    for (int page = 0; page < 20; ++page) {
        const auto answer = probe.backend().deadPage(query);
        QVERIFY2(answer.ok(), answer.ok() ? "" : qPrintable(answer.failure().sentence()));
        QCOMPARE(answer->total, Count::exact(60));
        for (const DeadJob& job : answer->jobs) {
            ids << job.id;
            deaths.push_back(*job.died_at);
        }
        query.after = answer->next;
        if (query.after.isEmpty()) break;
        QCOMPARE(answer->jobs.size(), std::size_t(7));
    }
    QCOMPARE(ids.size(), 60);
    QCOMPARE(QSet<QString>(ids.begin(), ids.end()).size(), 60);
    QVERIFY(std::is_sorted(deaths.begin(), deaths.end(), [newestFirst](ServerTime a, ServerTime b) {
        return newestFirst ? a > b : a < b;
    }));
}

void TestBullmqSignals::deadLettersAreFiltered() {
    start();
    failAll(u"mail"_s, 4, u"no route to host 10.0.0.1"_s);
    failAll(u"mail"_s, 2, u"disk full"_s);
    failAll(u"video"_s, 3, u"no route to host 10.0.0.2"_s);
    RedisProbe probe(m_stage->redis().url());
    const auto count = [&probe](const JobFilter& filter) {
        const auto page = probe.backend().deadPage({filter, 100, {}, false});
        return page ? static_cast<int>(page->jobs.size()) : -1;
    };
    QCOMPARE(count({}), 9);
    QCOMPARE(count({.system = u"bullmq"_s}), 9);
    QCOMPARE(count({.system = u"sidekiq"_s}), 0);
    QCOMPARE(count({.queues = {u"video"_s}}), 3);
    QCOMPARE(count({.queues = {u"nowhere"_s}}), 0);
    QCOMPARE(count({.kind = u"job"_s}), 9);
    QCOMPARE(count({.kind = u"other"_s}), 0);
    QCOMPARE(count({.older_than_s = 3600}), 0);
    QCOMPARE(count({.newer_than_s = 3600}), 9);
    QCOMPARE(count({.queues = {u"mail"_s}, .ids = {u"2"_s, u"5"_s, u"77"_s}}), 2);
    const auto groups = probe.backend().deadGroups({});
    QVERIFY(groups.ok());
    QCOMPARE(count({.error_signature = groups->groups.front().signature}), 7);
    const auto wrong = probe.backend().deadPage({{}, 10, u"nonsense"_s, false});
    QVERIFY(!wrong.ok());
    QCOMPARE(wrong.failure().kind, FailureKind::usage);
}

void TestBullmqSignals::deadLettersAreGrouped() {
    start();
    failAll(u"mail"_s, 5, u"connect ECONNREFUSED 10.0.0.7:5432"_s);
    failAll(u"video"_s, 2, u"disk full"_s);
    RedisProbe probe(m_stage->redis().url());
    const auto groups = probe.backend().deadGroups({});
    QVERIFY(groups.ok());
    QVERIFY(groups->complete);
    QCOMPARE(groups->scanned, 7);
    QCOMPARE(groups->groups.size(), std::size_t(2));
    QCOMPARE(groups->groups[0].count, Count::exact(5));
    QCOMPARE(groups->groups[0].sample, u"connect ECONNREFUSED 10.0.0.7:5432"_s);
    QCOMPARE(groups->groups[1].count, Count::exact(2));
    QVERIFY(*groups->groups[0].first_seen <= *groups->groups[0].last_seen);
    QVERIFY(*groups->groups[0].last_seen < *groups->groups[1].first_seen);
}

void TestBullmqSignals::oneDeadJobInDetail() {
    start();
    m_stage->ask({{u"do"_s, u"add"_s},
                  {u"queue"_s, u"mail"_s},
                  {u"data"_s, Json{{u"to"_s, u"ann@example.org"_s}}},
                  {u"opts"_s, attempts(2, 10)}});
    work(u"mail"_s, u"fail"_s);
    QTRY_COMPARE(m_stage->count(u"mail"_s, u"failed"_s), 1);
    RedisProbe probe(m_stage->redis().url());
    const auto detail = probe.backend().deadJob({u"bullmq"_s, u"mail"_s, u"1"_s});
    QVERIFY2(detail.ok(), detail.ok() ? "" : qPrintable(detail.failure().sentence()));
    QCOMPARE(detail->job.attempts, std::optional(2));
    QCOMPARE(detail->job.max_attempts, std::optional(2));
    QCOMPARE(detail->job.kind, u"job"_s);
    QVERIFY(detail->payload.contains("ann@example.org"));
    QCOMPARE(detail->job.payload_bytes, Measured<qint64>::exact(detail->payload.size()));
    QCOMPARE(detail->errors.size(), std::size_t(2));
    QVERIFY(detail->errors[0].text.startsWith(u"Error: no route to the bank"_s));
    QCOMPARE(detail->errors[1].attempt, std::optional(2));
    QVERIFY(detail->enqueued_at && detail->started_at && *detail->enqueued_at <= *detail->started_at);
    const auto gone = probe.backend().deadJob({u"bullmq"_s, u"mail"_s, u"99"_s});
    QVERIFY(!gone.ok());
    QCOMPARE(gone.failure().kind, FailureKind::changed);
}

void TestBullmqSignals::deadAgesByRankAndRange() {
    start();
    add(u"mail"_s, 1);
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    // Ages in hours: 10 below one hour, then one each of the longer buckets.
    for (int i = 0; i < 10; ++i)
        m_stage->command({"ZADD", "bull:mail:failed", QByteArray::number(now - 60'000 * (i + 1)),
                          "n" + QByteArray::number(i)});
    for (const qint64 hours : {2, 48, 24 * 10, 24 * 40, 24 * 92})
        m_stage->command({"ZADD", "bull:mail:failed", QByteArray::number(now - hours * 3'600'000),
                          "o" + QByteArray::number(hours)});
    RedisProbe probe(m_stage->redis().url());
    const QueueReading queue = queueOf(probe, u"mail"_s);
    QCOMPARE(queue.dead, Count::exact(15));
    std::array<qint64, kDeadAgeBuckets> expected{10, 1, 1, 1, 1, 1};
    for (std::size_t i = 0; i < expected.size(); ++i)
        QCOMPARE(queue.dead_ages.buckets[i], Count::exact(expected[i]));
    QCOMPARE(millisSinceEpoch(*queue.dead_ages.p50_died_at.value), now - 60'000 * 8);
    QCOMPARE(millisSinceEpoch(*queue.dead_ages.p90_died_at.value), now - 40 * 24 * 3'600'000LL);
}

void TestBullmqSignals::retentionOfTheNewestJob() {
    start();
    add(u"mail"_s, 2, {{u"removeOnFail"_s, Json{{u"age"_s, 7200}}}});
    work(u"mail"_s, u"fail"_s);
    QTRY_COMPARE(m_stage->count(u"mail"_s, u"failed"_s), 2);
    RedisProbe probe(m_stage->redis().url());
    const QueueReading queue = queueOf(probe, u"mail"_s);
    QVERIFY2(queue.dead_ages.retention.startsWith(u"deleted 2 h"_s), qPrintable(queue.dead_ages.retention));
    QCOMPARE(queue.lost_next_24h.value, std::optional<qint64>(2));
    QCOMPARE(secondsBetween(*queue.oldest_dead_at.value, *queue.dead_ages.purge_next_at.value), 7200.0);
}

void TestBullmqSignals::silentConditions() {
    start();
    add(u"mail"_s, 1);
    m_stage->ask({{u"do"_s, u"schedule"_s}, {u"queue"_s, u"mail"_s}, {u"every"_s, 3'600'000}});
    RedisProbe probe(m_stage->redis().url());
    QVERIFY(bullmq(probe).conditions.empty());
    const qint64 late = QDateTime::currentMSecsSinceEpoch() - 600'000;
    m_stage->command({"ZADD", "bull:mail:repeat", QByteArray::number(late), "nightly"});
    m_stage->command({"LPUSH", "bull:mail:paused", "7", "8"});
    RedisProbe later(m_stage->redis().url());
    const auto conditions = bullmq(later).conditions;
    QCOMPARE(conditions.size(), std::size_t(2));
    QCOMPARE(conditions[0].kind, ConditionKind::schedule_overdue);
    QCOMPARE(conditions[0].subject, u"nightly"_s);
    QCOMPARE(millisSinceEpoch(*conditions[0].since), late);
    QCOMPARE(conditions[1].kind, ConditionKind::never_claimed);
    QCOMPARE(conditions[1].count, Count::exact(2));
}

void TestBullmqSignals::evictionIsACondition() {
    start();
    add(u"mail"_s, 1);
    m_stage->command({"CONFIG", "SET", "maxmemory", "100mb"});
    QVERIFY(bullmq(*std::make_unique<RedisProbe>(m_stage->redis().url())).conditions.empty());
    m_stage->command({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
    RedisProbe probe(m_stage->redis().url());
    const auto conditions = bullmq(probe).conditions;
    QCOMPARE(conditions.size(), std::size_t(1));
    QCOMPARE(conditions.front().kind, ConditionKind::eviction);
    QCOMPARE(conditions.front().subject, u"allkeys-lru"_s);
}

QTEST_GUILESS_MAIN(TestBullmqSignals)
#include "tst_bullmq_signals.moc"

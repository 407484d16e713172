// Retries, dead letters, claims and silent conditions of Sidekiq: the real 6.4 of Debian where something has
// to run, its documented keys where time or a crash has to be played.
#include <QJsonObject>
#include <QtTest>
#include <cmath>

#include "tests/redis/sidekiq/stage.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestSidekiqSignals : public QObject {
    Q_OBJECT
private slots:
    void init();
    void cleanup();

    void amplificationIsWhatTheWorkersCounted();
    void failuresThatNothingKeepsAreCounted();
    void retriesAreNoFailuresForGood();
    void retryWaveOfTheLibrary();
    void retryWaveOfALargeSet();
    void attemptLimits();
    void deadAgesOfASmallSet();
    void fullDeadSet();
    void deadLettersArePaged_data();
    void deadLettersArePaged();
    void deadLettersAreFilteredAndGrouped();
    void oneDeadJobOfTheLibrary();

private:
    QJsonObject ask(const QJsonObject& request) { return m_stage->ask(request); }
    QByteArray command(const QList<QByteArray>& words) { return m_stage->command(words); }
    SystemReading sidekiq(RedisProbe& probe) { return probe.system(u"sidekiq"_s); }
    void fillDead(int jobs, int queues, double age_s);

    std::unique_ptr<SidekiqStage> m_stage;
};

namespace {

constexpr double kDay = 86'400;

double nowSeconds() {
    return static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1e3;
}
QByteArray seconds(double value) {
    return QByteArray::number(value, 'f', 3);
}
QByteArray failedJob(const QByteArray& queue, const QByteArray& jid, const QByteArray& error,
                     const QByteArray& kind = "MailJob") {
    return R"({"class":")" + kind + R"(","jid":")" + jid + R"(","queue":")" + queue +
           R"(","args":[1],"retry":true,"retry_count":4,"error_class":"IOError","error_message":")" + error +
           R"(","created_at":1700000000.5,"failed_at":1700000001.5,"retried_at":1700000002.5})";
}

}  // namespace

void TestSidekiqSignals::init() {
    m_stage = std::make_unique<SidekiqStage>();
    QVERIFY2(m_stage->start(), qPrintable(m_stage->problem()));
}

void TestSidekiqSignals::cleanup() {
    m_stage.reset();
}

void TestSidekiqSignals::amplificationIsWhatTheWorkersCounted() {
    SIDEKIQ_OR_SKIP(*m_stage);
    ask({{u"do"_s, u"push"_s}, {u"class"_s, u"QuickJob"_s}, {u"queue"_s, u"billing"_s}});
    RedisProbe probe(m_stage->redis().url());
    const QueueReading before = RedisProbe::queue(sidekiq(probe), u"billing"_s);
    ask({{u"do"_s, u"push"_s}, {u"class"_s, u"CountedJob"_s}, {u"queue"_s, u"billing"_s}, {u"count"_s, 30}});
    QVERIFY(RedisProbe::queue(sidekiq(probe), u"billing"_s).ready.known());
    QVERIFY(m_stage->startWorker(u"billing"_s, 3));
    for (int round = 1; round <= 4; ++round) {
        QTRY_COMPARE_WITH_TIMEOUT(RedisProbe::queue(sidekiq(probe), u"billing"_s).retrying.valueOr(0), 30,
                                  20'000);
        QCOMPARE(command({"GET", "test:executions"}).toInt(), 30 * round);
        // Sidekiq itself waits for 15 s and more.
        if (round < 4) ask({{u"do"_s, u"hurry"_s}});
    }
    // Sidekiq writes its counters with each heartbeat.
    const qint64 expected = *before.flow.executed.value + 121;
    QTRY_COMPARE_WITH_TIMEOUT(RedisProbe::queue(sidekiq(probe), u"billing"_s).flow.executed.valueOr(0),
                              expected, 15'000);
    const QueueReading after = RedisProbe::queue(sidekiq(probe), u"billing"_s);
    const double counted =
        command({"GET", "test:executions"}).toDouble() / command({"SCARD", "test:jids"}).toDouble();
    const auto executed =
        double(*after.flow.executed.value - *before.flow.executed.value - 1);  // the quick one
    const auto firsts = double(*after.flow.first_executed.value - *before.flow.first_executed.value - 1);
    QCOMPARE(counted, 4.0);
    QVERIFY2(std::abs(executed / firsts / counted - 1) < 0.05,
             qPrintable(u"%1 / %2, counted %3"_s.arg(executed).arg(firsts).arg(counted)));
    QCOMPARE(*after.flow.retried.value - *before.flow.retried.value, 120);
    QCOMPARE(after.flow.executed.provenance, Provenance::estimated);
}

// retry: false leaves neither a retry nor a dead letter behind.
void TestSidekiqSignals::failuresThatNothingKeepsAreCounted() {
    SIDEKIQ_OR_SKIP(*m_stage);
    ask({{u"do"_s, u"push"_s}, {u"class"_s, u"QuickJob"_s}, {u"queue"_s, u"billing"_s}});
    QVERIFY(m_stage->startWorker(u"billing"_s, 3));
    QTRY_COMPARE_WITH_TIMEOUT(ask({{u"do"_s, u"stats"_s}}).value(u"processed"_s).toInt(), 1, 30'000);
    RedisProbe probe(m_stage->redis().url());
    const FlowTotals before = RedisProbe::queue(sidekiq(probe), u"billing"_s).flow;
    ask({{u"do"_s, u"push"_s},
         {u"class"_s, u"FailingJob"_s},
         {u"queue"_s, u"billing"_s},
         {u"retry"_s, false},
         {u"count"_s, 30}});
    FlowTotals after;
    QTRY_VERIFY_WITH_TIMEOUT(
        (after = RedisProbe::queue(sidekiq(probe), u"billing"_s).flow).failed_for_good.valueOr(0) >= 30,
        30'000);
    QCOMPARE(*after.failed_for_good.value, 30);
    QCOMPARE(after.died.value, after.failed_for_good.value);
    // What ended before the first heartbeat told that all of it failed was taken for success.
    ask({{u"do"_s, u"push"_s},
         {u"class"_s, u"FailingJob"_s},
         {u"queue"_s, u"billing"_s},
         {u"retry"_s, false},
         {u"count"_s, 25}});
    FlowTotals last;
    QTRY_VERIFY_WITH_TIMEOUT(
        (last = RedisProbe::queue(sidekiq(probe), u"billing"_s).flow).failed_for_good.valueOr(0) >= 55,
        30'000);
    QCOMPARE(*last.failed_for_good.value, 55);
    QCOMPARE(*last.completed.value, *after.completed.value);
    QCOMPARE(*last.enqueued.value - *before.enqueued.value, 55);
}

void TestSidekiqSignals::retriesAreNoFailuresForGood() {
    SIDEKIQ_OR_SKIP(*m_stage);
    ask({{u"do"_s, u"push"_s}, {u"class"_s, u"QuickJob"_s}, {u"queue"_s, u"billing"_s}});
    QVERIFY(m_stage->startWorker(u"billing"_s, 3));
    QTRY_COMPARE_WITH_TIMEOUT(ask({{u"do"_s, u"stats"_s}}).value(u"processed"_s).toInt(), 1, 30'000);
    RedisProbe probe(m_stage->redis().url());
    const FlowTotals before = RedisProbe::queue(sidekiq(probe), u"billing"_s).flow;
    ask({{u"do"_s, u"push"_s}, {u"class"_s, u"FailingJob"_s}, {u"queue"_s, u"billing"_s}, {u"count"_s, 30}});
    QTRY_COMPARE_WITH_TIMEOUT(RedisProbe::queue(sidekiq(probe), u"billing"_s).retrying.valueOr(0), 30,
                              30'000);
    QTRY_COMPARE_WITH_TIMEOUT(ask({{u"do"_s, u"stats"_s}}).value(u"failed"_s).toInt(), 30, 30'000);
    const FlowTotals after = RedisProbe::queue(sidekiq(probe), u"billing"_s).flow;
    QCOMPARE(after.failed_for_good.value, std::optional<qint64>(0));
    QCOMPARE(*after.enqueued.value - *before.enqueued.value, 30);
}

void TestSidekiqSignals::retryWaveOfTheLibrary() {
    SIDEKIQ_OR_SKIP(*m_stage);
    ask({{u"do"_s, u"push"_s}, {u"class"_s, u"FailingJob"_s}, {u"queue"_s, u"billing"_s}, {u"count"_s, 25}});
    QVERIFY(m_stage->startWorker(u"billing"_s, 5));
    RedisProbe probe(m_stage->redis().url());
    QTRY_COMPARE_WITH_TIMEOUT(ask({{u"do"_s, u"stats"_s}}).value(u"retry"_s).toInt(), 25, 20'000);
    const ServerReading reading = probe.read();
    const QueueReading queue = RedisProbe::queue(reading.systems.front(), u"billing"_s);
    QVERIFY(queue.retry_due.isExact());
    qint64 jobs = 0;
    for (const RetryDue& due : *queue.retry_due.value) {
        jobs += due.jobs;
        const double ahead = secondsBetween(reading.observed_at, due.minute);  // 15 to 25 s after the failure
        QVERIFY2(ahead > -61 && ahead < 40, qPrintable(QString::number(ahead)));
    }
    QCOMPARE(jobs, 25);
}

void TestSidekiqSignals::retryWaveOfALargeSet() {
    const qint64 minute = (QDateTime::currentMSecsSinceEpoch() / 60'000 + 10) * 60;
    command({"SADD", "queues", "a"});
    // 4 000 land in one minute, 500 five minutes later, 500 in two hours; a fifth of all belong to queue b.
    command({"EVAL", R"(
        for i = 1, 5000 do
          local due = tonumber(ARGV[1])
          if i > 4500 then due = due + 7200 elseif i > 4000 then due = due + 300 end
          redis.call('ZADD', 'retry', due + i % 60, '{"jid":"'..i..'","class":"A","queue":"'..(i % 5 == 0 and 'b' or 'a')..'"}')
        end)",
             "0", QByteArray::number(minute)});
    RedisProbe probe(m_stage->redis().url());
    (void)probe.read();
    const SystemReading system = sidekiq(probe);
    const QueueReading queue = RedisProbe::queue(system, u"a"_s);
    QCOMPARE(queue.retry_due.provenance, Provenance::estimated);
    QHash<qint64, qint64> minutes;
    for (const RetryDue& due : *queue.retry_due.value)
        minutes[millisSinceEpoch(due.minute) / 1000] += due.jobs;
    QVERIFY2(std::abs(minutes[minute] - 3200) < 100, qPrintable(QString::number(minutes[minute])));
    QVERIFY(std::abs(minutes[minute + 300] - 400) < 20);
    QCOMPARE(minutes.size(), 3);  // and what is due after the hour
}

void TestSidekiqSignals::attemptLimits() {
    command({"SADD", "queues", "a"});
    command({"ZADD", "retry", seconds(nowSeconds() + 600),
             failedJob("a", "1", "x")});  // retry: true, 26 attempts
    command(
        {"LPUSH", "queue:a", R"({"class":"A","jid":"2","queue":"a","retry":3,"enqueued_at":1700000000})"});
    RedisProbe probe(m_stage->redis().url());
    (void)probe.read();
    QCOMPARE(*RedisProbe::queue(sidekiq(probe), u"a"_s).max_attempts_mean.value, 15.0);
}

void TestSidekiqSignals::deadAgesOfASmallSet() {
    command({"SADD", "queues", "a"});
    const double now = nowSeconds();
    int serial = 0;
    for (const double age : {60.0, 120.0, 180.0, 7200.0, 2 * kDay, 10 * kDay, 40 * kDay, 92 * kDay})
        command({"ZADD", "dead", seconds(now - age), failedJob("a", QByteArray::number(++serial), "x")});
    command({"ZADD", "dead", seconds(now - 5 * kDay), failedJob("b", "b1", "x")});
    RedisProbe probe(m_stage->redis().url());
    const QueueReading queue = RedisProbe::queue(sidekiq(probe), u"a"_s);
    const std::array<qint64, kDeadAgeBuckets> expected{3, 1, 1, 1, 1, 1};
    for (std::size_t i = 0; i < expected.size(); ++i)
        QCOMPARE(queue.dead_ages.buckets[i], Count::exact(expected[i]));
    QVERIFY(std::abs(secondsBetween(*queue.dead_ages.p50_died_at.value, serverTimeFromSeconds(now)) - 7200) <
            1);
    QVERIFY(queue.dead_ages.retention.contains(u"180 days"_s));
    QVERIFY(std::abs(secondsBetween(serverTimeFromSeconds(now), *queue.dead_ages.purge_next_at.value) -
                     88 * kDay) < 1);
}

void TestSidekiqSignals::fillDead(int jobs, int queues, double age_s) {
    command({"EVAL", R"(
        for i = 1, tonumber(ARGV[1]) do
          redis.call('ZADD', 'dead', tonumber(ARGV[3]) + i * 0.01, '{"class":"'..(i % 2 == 0 and 'MailJob' or 'SyncJob')..
            '","jid":"'..string.format('%024d', i)..'","queue":"q'..(i % tonumber(ARGV[2]))..
            '","args":['..i..'],"retry":true,"retry_count":24,"error_class":"Timeout","error_message":"no answer from host-'..
            (i % 7)..'.example.org after '..i..' ms"}')
        end)",
             "0", QByteArray::number(jobs), QByteArray::number(queues), seconds(nowSeconds() - age_s)});
}

void TestSidekiqSignals::fullDeadSet() {
    command({"SADD", "queues", "q0"});
    fillDead(9'999, 4, 92 * kDay);
    RedisProbe probe(m_stage->redis().url());
    (void)probe.read();
    const SystemReading system = sidekiq(probe);
    QCOMPARE(system.conditions.size(), std::size_t(1));
    QCOMPARE(system.conditions.front().kind, ConditionKind::dead_set_full);
    QVERIFY2(system.conditions.front().evidence.contains(u"92 d old"_s),
             qPrintable(system.conditions.front().evidence));
    const QueueReading queue = RedisProbe::queue(system, u"q0"_s);
    QVERIFY(std::abs(*queue.dead_ages.buckets[5].value - 2500) < 30);
    QCOMPARE(queue.dead_ages.buckets[0].value, std::optional<qint64>(0));
    QCOMPARE(queue.lost_next_24h.provenance, Provenance::lower_bound);
    const auto page = probe.backend().deadPage({{}, 100, {}, false});
    QVERIFY2(page.ok(), page.ok() ? "" : qPrintable(page.failure().sentence()));
    QCOMPARE(page->jobs.size(), std::size_t(100));
    QCOMPARE(page->total, Count::exact(9'999));
    const auto groups = probe.backend().deadGroups({});
    QVERIFY(groups.ok());
    QCOMPARE(groups->scanned, 5'000);
    QVERIFY(!groups->complete);
    QCOMPARE(groups->groups.size(), std::size_t(2));  // two kinds, one error
    QCOMPARE(groups->groups.front().count.provenance, Provenance::lower_bound);
    QCOMPARE(*groups->groups.front().count.value, 2'500);
}

void TestSidekiqSignals::deadLettersArePaged_data() {
    QTest::addColumn<bool>("newestFirst");
    QTest::addColumn<bool>("oneMoment");
    QTest::newRow("oldest first") << false << false;
    QTest::newRow("newest first") << true << false;
    QTest::newRow("all at one moment") << false << true;
}

void TestSidekiqSignals::deadLettersArePaged() {
    QFETCH(bool, newestFirst);
    QFETCH(bool, oneMoment);
    command({"SADD", "queues", "q0"});
    fillDead(130, 2, 3600);
    if (oneMoment)
        command({"EVAL",
                 "for _, m in ipairs(redis.call('ZRANGE', 'dead', 0, -1)) do redis.call('ZADD', 'dead', "
                 "'1700000000.25', m) end",
                 "0"});
    RedisProbe probe(m_stage->redis().url());
    DeadQuery query{{}, 40, {}, newestFirst};
    QStringList ids;
    for (int page = 0; page < 10; ++page) {
        const auto answer = probe.backend().deadPage(query);
        QVERIFY(answer.ok());
        for (const DeadJob& job : answer->jobs) ids << job.id;
        query.after = answer->next;
        if (query.after.isEmpty()) break;
    }
    QCOMPARE(ids.size(), 130);
    QStringList sorted = ids;
    std::sort(sorted.begin(), sorted.end());
    QCOMPARE(QSet<QString>(ids.begin(), ids.end()).size(), 130);
    if (newestFirst) std::reverse(sorted.begin(), sorted.end());
    if (!oneMoment) QCOMPARE(ids, sorted);
}

void TestSidekiqSignals::deadLettersAreFilteredAndGrouped() {
    command({"SADD", "queues", "a"});
    for (int i = 0; i < 6; ++i)
        command({"ZADD", "dead", seconds(nowSeconds() - i * kDay),
                 failedJob("a", "a" + QByteArray::number(i), "disk full")});
    for (int i = 0; i < 3; ++i)
        command({"ZADD", "dead", seconds(nowSeconds() - i),
                 failedJob("b", "b" + QByteArray::number(i), "no host 10.0.0." + QByteArray::number(i),
                           "SyncJob")});
    RedisProbe probe(m_stage->redis().url());
    const auto ids = [&probe](const JobFilter& filter) {
        QStringList found;
        const auto page = probe.backend().deadPage({filter, 100, {}, false});
        if (!page) return QStringList{page.failure().sentence()};
        for (const DeadJob& job : page->jobs) found << job.id;
        std::sort(found.begin(), found.end());
        return found;
    };
    QCOMPARE(ids({}).size(), 9);
    QCOMPARE(ids({.queues = {u"b"_s}}), (QStringList{u"b0"_s, u"b1"_s, u"b2"_s}));
    QCOMPARE(ids({.kind = u"SyncJob"_s}).size(), 3);
    QCOMPARE(ids({.error_signature = u"IOError: disk full"_s}).size(), 6);
    QCOMPARE(ids({.older_than_s = 3.5 * kDay}), (QStringList{u"a4"_s, u"a5"_s}));
    QCOMPARE(ids({.newer_than_s = 3600}).size(), 4);
    QCOMPARE(ids({.ids = {u"a2"_s, u"b1"_s, u"none"_s}}), (QStringList{u"a2"_s, u"b1"_s}));
    const auto groups = probe.backend().deadGroups({{.queues = {u"b"_s}}});
    QVERIFY(groups.ok() && groups->complete);
    QCOMPARE(groups->groups.size(), std::size_t(1));
    QCOMPARE(groups->groups.front().count, Count::exact(3));
    QCOMPARE(groups->groups.front().kind, u"SyncJob"_s);
}

void TestSidekiqSignals::oneDeadJobOfTheLibrary() {
    SIDEKIQ_OR_SKIP(*m_stage);
    ask({{u"do"_s, u"push"_s},
         {u"class"_s, u"FailingJob"_s},
         {u"queue"_s, u"billing"_s},
         {u"retry"_s, 0},
         {u"data"_s, u"invoice 7"_s}});
    QVERIFY(m_stage->startWorker(u"billing"_s, 1));
    QTRY_COMPARE_WITH_TIMEOUT(ask({{u"do"_s, u"stats"_s}}).value(u"dead"_s).toInt(), 1, 20'000);
    RedisProbe probe(m_stage->redis().url());
    const auto page = probe.backend().deadPage({});
    QVERIFY(page.ok());
    QCOMPARE(page->jobs.size(), std::size_t(1));
    const DeadJob& job = page->jobs.front();
    QCOMPARE(job.error, u"RuntimeError: no route to the bank"_s);
    QCOMPARE(job.attempts, std::optional(1));
    QCOMPARE(job.max_attempts, std::optional(1));
    const auto detail = probe.backend().deadJob({u"sidekiq"_s, u"billing"_s, job.id});
    QVERIFY2(detail.ok(), detail.ok() ? "" : qPrintable(detail.failure().sentence()));
    QCOMPARE(detail->job, job);
    QVERIFY(detail->payload.contains("invoice 7"));
    QCOMPARE(detail->errors.size(), std::size_t(1));
    QVERIFY(detail->enqueued_at && detail->errors.front().at);
    QCOMPARE(probe.backend().deadJob({u"sidekiq"_s, u"billing"_s, u"nope"_s}).failure().kind,
             FailureKind::changed);
}

QTEST_GUILESS_MAIN(TestSidekiqSignals)
#include "tst_sidekiq_signals.moc"

// What pg-boss's tables tell besides counts: retries, leases, dead letters, silent faults. pg-boss itself
// writes them; what its script counted is the measure.
#include <QtTest>
#include <cmath>
#include <numeric>

#include "backends/health/error_signature.h"
#include "tests/postgres/postgres_fixture.h"
#include "tests/postgres/systems/real_pgboss.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestPgBossSignals : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init();
    void executionsAreThoseOfTheScript_data();
    void executionsAreThoseOfTheScript();
    void retriesHaveTheirMinute_data();
    void retriesHaveTheirMinute();
    void leasesExpire_data();
    void leasesExpire();
    void deadLettersOfEveryLayout_data();
    void deadLettersOfEveryLayout();
    void pagesGoThroughEveryJobOnce();
    void manyThatDiedAtOnce();
    void silentFaultsAreNamed();
    void oldLargeLayoutSaysWhy();
    void aWaveAmongManyQueuesIsSeenWhole();
    void waitingJobsThatWillBeDeleted_data();
    void waitingJobsThatWillBeDeleted();
    void whatIsDeletedUnworkedIsSaid_data();
    void whatIsDeletedUnworkedIsSaid();
    void onlyOnesThatNeverRanAreRemovedUnworked();
    void whatComesAndGoesBetweenPollsIsAtLeastThat_data();
    void whatComesAndGoesBetweenPollsIsAtLeastThat();
    void behindADeadJobOfItsKeyNothingIsReady();
    void aFlowWhoseParentIsDeadIsBlocked();
    void failedForGoodIsCounted_data();
    void failedForGoodIsCounted();
    void oneAtATimeByPolicyIsHeld();
    void aDeadWorkersRegistryEntryIsNoLiveOne();
    void nothingIsScheduledForTheFuture();
    void aDeadLetterIsCountedOnce_data();
    void aDeadLetterIsCountedOnce();

private:
    void oldLargeLayout(int queues, int retries);
    static qint64 jobsOf(const RetryDues& dues) {
        return std::accumulate(dues.value->begin(), dues.value->end(), qint64{0},
                               [](qint64 sum, const RetryDue& due) { return sum + due.jobs; });
    }
    static void layouts();
    RealPgBoss boss(const QString& library) {
        return {m_fixture.server(),
                library,
                u"pgboss"_s,
                u"app"_s,
                {{u"supervise"_s, false}, {u"schedule"_s, false}}};
    }
    PostgresFixture m_fixture;
};

void TestPgBossSignals::initTestCase() {
    const auto missing = RealPgBoss::missing();
    SKIP_UNLESS(missing.isEmpty(), qPrintable(missing));
    const auto trouble = m_fixture.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
}

void TestPgBossSignals::init() {
    m_fixture.freshDatabase(u"app"_s);
}

void TestPgBossSignals::layouts() {
    QTest::addColumn<QString>("library");
    QTest::newRow("schema 24") << u"pgboss10"_s;
    QTest::newRow("schema 26") << u"pgboss11"_s;
    QTest::newRow("schema 46") << u"pgboss12"_s;
}

void TestPgBossSignals::executionsAreThoseOfTheScript_data() {
    layouts();
}

// 60 jobs that fail twice: every run is counted by the script, and read by us from the rows.
void TestPgBossSignals::executionsAreThoseOfTheScript() {
    QFETCH(QString, library);
    auto boss = this->boss(library);
    boss.call(u"createQueue"_s, {u"orders"_s, QJsonObject{{u"retryLimit"_s, 4}, {u"retryDelay"_s, 1}}});
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    VERIFY_OK(backend->read());
    for (int i = 0; i < 60; ++i) boss.call(u"send"_s, {u"orders"_s, QJsonObject{{u"n"_s, i}}});
    VERIFY_BOSS(boss);
    const auto waiting = m_fixture.ready()->read();
    VERIFY_OK(waiting);
    QCOMPARE(queueNamed(*waiting, u"orders"_s)->max_attempts_mean, Ratio::exact(5.0));  // 4 retries
    FlowTotals flow;
    const auto poll = [&] {
        const auto reading = backend->read();
        if (!reading) return false;
        flow = queueNamed(*reading, u"orders"_s)->flow;
        return true;
    };
    QJsonObject counted;
    QElapsedTimer timer;
    for (timer.start(); timer.elapsed() < 120'000 && counted["executed"_L1].toInt() < 180;) {
        counted = boss.request({{u"step"_s, u"orders"_s}, {u"batch"_s, 7}, {u"fails"_s, 2}}).toObject();
        VERIFY_BOSS(boss);
        QVERIFY(poll());
        QTest::qWait(40);
    }
    const double executed = counted["executed"_L1].toDouble(), first = counted["first"_L1].toDouble();
    QCOMPARE(executed, 180.0);
    QCOMPARE(first, 60.0);
    QTRY_VERIFY_WITH_TIMEOUT(poll() && flow.completed == Count::exact(60), 5000);
    QVERIFY(flow.executed.known() && flow.first_executed.known());
    QCOMPARE(flow.executed.provenance, Provenance::estimated);
    const double seen =
        static_cast<double>(*flow.executed.value) / static_cast<double>(*flow.first_executed.value);
    const QByteArray figures = QByteArray::number(*flow.executed.value) + " of " +
                               QByteArray::number(executed) + " runs, " +
                               QByteArray::number(*flow.first_executed.value) + " first ones";
    QVERIFY2(std::abs(seen / (executed / first) - 1) < 0.05, figures.constData());
    QVERIFY2(std::abs(static_cast<double>(*flow.executed.value) / executed - 1) < 0.05, figures.constData());
    const auto fresh = m_fixture.ready();
    const auto reading = fresh->read();
    VERIFY_OK(reading);
    const auto run = queueNamed(*reading, u"orders"_s)->run_time_s;
    QVERIFY(!run.known());  // none succeeded at its first attempt
    boss.call(u"send"_s, {u"orders"_s, QJsonObject{}});
    boss.request({{u"step"_s, u"orders"_s}, {u"batch"_s, 1}, {u"fails"_s, 0}});
    VERIFY_BOSS(boss);
    const auto after = m_fixture.ready()->read();
    VERIFY_OK(after);
    const auto healthy = queueNamed(*after, u"orders"_s)->run_time_s;
    QVERIFY2(healthy.known() && *healthy.value >= 0 && *healthy.value < 10, qPrintable(healthy.method));
}

void TestPgBossSignals::retriesHaveTheirMinute_data() {
    layouts();
}

void TestPgBossSignals::retriesHaveTheirMinute() {
    QFETCH(QString, library);
    auto boss = this->boss(library);
    boss.call(u"createQueue"_s, {u"orders"_s, QJsonObject{{u"retryLimit"_s, 4}, {u"retryDelay"_s, 1800}}});
    boss.call(u"createQueue"_s, {u"other"_s});
    for (int i = 0; i < 9; ++i) boss.call(u"send"_s, {u"orders"_s, QJsonObject{}});
    for (int i = 0; i < 3; ++i)
        boss.call(u"send"_s, {u"orders"_s, QJsonObject{}, QJsonObject{{u"startAfter"_s, 1800}}});
    boss.request({{u"step"_s, u"orders"_s}, {u"batch"_s, 9}, {u"fails"_s, 9}});
    VERIFY_BOSS(boss);
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto reading = backend->read();
    VERIFY_OK(reading);
    const auto* orders = queueNamed(*reading, u"orders"_s);
    QCOMPARE(orders->retrying, Count::exact(9));
    QCOMPARE(orders->scheduled, Count::exact(3));
    QCOMPARE(orders->retry_due.provenance, Provenance::exact);
    qint64 jobs = 0;
    for (const auto& due : *orders->retry_due.value) {
        jobs += due.jobs;
        const double ahead = secondsBetween(reading->observed_at, due.minute);
        QVERIFY2(ahead > 1600 && ahead < 1860, qPrintable(QString::number(ahead)));
    }
    QCOMPARE(jobs, 9);  // first attempts that are planned for then are no retries
    QVERIFY(queueNamed(*reading, u"other"_s)->retry_due.value->empty());
}

void TestPgBossSignals::leasesExpire_data() {
    layouts();
}

void TestPgBossSignals::leasesExpire() {
    QFETCH(QString, library);
    auto boss = this->boss(library);
    boss.call(u"createQueue"_s, {u"orders"_s, QJsonObject{{u"expireInSeconds"_s, 600}}});
    for (int i = 0; i < 5; ++i) boss.call(u"send"_s, {u"orders"_s, QJsonObject{}});
    const auto claimed = boss.call(u"fetch"_s, {u"orders"_s, QJsonObject{{u"batchSize"_s, 3}}}).toArray();
    QCOMPARE(claimed.size(), 3);
    VERIFY_BOSS(boss);
    const auto stale = claimed.at(1).toObject()["id"_L1].toString();
    m_fixture.sql("UPDATE pgboss.job SET started_on = now() - interval '700 s' WHERE id = '" +
                  stale.toStdString() + "'");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto reading = backend->read();
    VERIFY_OK(reading);
    const auto& leases = reading->systems.front().leases;
    QVERIFY(leases.gap.isEmpty());
    QCOMPARE(leases.total, Count::exact(3));
    QCOMPARE(leases.leases.size(), size_t(3));
    const auto& stuck = leases.leases.front();
    QCOMPARE(stuck.id, stale);
    QVERIFY(stuck.stuck);
    QCOMPARE(stuck.evidence.size(), 1);
    QVERIFY2(stuck.evidence.front().startsWith(u"expired 1 min 4"_s), qPrintable(stuck.evidence.front()));
    QVERIFY(stuck.fencing.contains(u"late worker"_s));
    QCOMPARE(stuck.attempt, std::optional(1));
    QVERIFY(!stuck.version.isEmpty());
    for (size_t i = 1; i < 3; ++i) {
        QVERIFY(!leases.leases[i].stuck);
        const double left = secondsBetween(reading->observed_at, *leases.leases[i].expires_at);
        QVERIFY2(left > 500 && left <= 600, qPrintable(QString::number(left)));
    }
}

void TestPgBossSignals::deadLettersOfEveryLayout_data() {
    layouts();
}

void TestPgBossSignals::deadLettersOfEveryLayout() {
    QFETCH(QString, library);
    auto boss = this->boss(library);
    for (const auto& queue : {u"orders"_s, u"mail"_s})
        boss.call(u"createQueue"_s, {queue, QJsonObject{{u"retryLimit"_s, 1}}});
    for (int i = 0; i < 12; ++i) boss.call(u"send"_s, {u"orders"_s, QJsonObject{{u"order"_s, i}}});
    boss.call(u"send"_s, {u"mail"_s, QJsonObject{{u"to"_s, u"a"_s}}});
    for (const auto& queue : {u"orders"_s, u"mail"_s})
        for (int run = 0; run < 2; ++run)
            boss.request({{u"step"_s, queue}, {u"batch"_s, 20}, {u"fails"_s, 9}});
    VERIFY_BOSS(boss);
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto page = backend->deadPage({.filter = {.queues = {u"orders"_s}}, .limit = 5});
    VERIFY_OK(page);
    QCOMPARE(page->jobs.size(), size_t(5));
    QCOMPARE(page->total, Count::exact(12));
    QVERIFY(!page->next.isEmpty());
    const auto& job = page->jobs.front();
    QCOMPARE(job.queue, u"orders"_s);
    QCOMPARE(job.attempts, std::optional(2));
    QCOMPARE(job.max_attempts, std::optional(2));
    QVERIFY2(job.error.startsWith(u"card "_s) && job.error.endsWith(u" refused"_s), qPrintable(job.error));
    QVERIFY(job.died_at.has_value());
    const auto groups = backend->deadGroups({});
    VERIFY_OK(groups);
    QCOMPARE(groups->scanned, 13);
    QVERIFY(groups->complete);
    QCOMPARE(groups->groups.size(), size_t(1));
    QCOMPARE(groups->groups.front().signature, errorSignature(job.error));
    QCOMPARE(groups->groups.front().count, Count::exact(13));
    const auto detail = backend->deadJob({job.system, job.queue, job.id});
    VERIFY_OK(detail);
    QCOMPARE(detail->job, job);
    QVERIFY(detail->payload.contains("\"order\":"));
    QVERIFY(!detail->payload_cut);
    QCOMPARE(detail->errors.size(), size_t(1));
    QVERIFY(detail->errors.front().text.contains(u"refused"_s));
    QVERIFY(detail->enqueued_at && detail->started_at && detail->scheduled_at);
    const auto missing = backend->deadJob({job.system, job.queue, u"00000000-0000-0000-0000-000000000000"_s});
    QVERIFY(!missing.ok());
    QCOMPARE(missing.failure().kind, FailureKind::changed);
    QCOMPARE(backend->deadJob({job.system, job.queue, u"no uuid '"_s}).failure().kind, FailureKind::changed);
    const auto byId = backend->deadPage({.filter = {.ids = {job.id, u"nonsense"_s}}});
    VERIFY_OK(byId);
    QCOMPARE(byId->jobs.size(), size_t(1));
    QCOMPARE(byId->jobs.front(), job);
    const auto elsewhere = backend->deadPage({.filter = {.queues = {u"nowhere"_s}}});
    VERIFY_OK(elsewhere);
    QVERIFY(elsewhere->jobs.empty() && elsewhere->next.isEmpty());
}

// 900 dead jobs of three queues and two errors, paged through in both directions and with filters.
void TestPgBossSignals::pagesGoThroughEveryJobOnce() {
    { auto boss = this->boss(u"pgboss12"_s); }
    for (const auto* queue : {"a", "b", "c"})
        m_fixture.sql("SELECT pgboss.create_queue('" + std::string(queue) +
                      "', '{\"policy\":\"standard\"}')");
    m_fixture.sql(
        "INSERT INTO pgboss.job (name, state, completed_on, started_on, output) SELECT chr(97 + g % 3), "
        "'failed', "
        "now() - (g / 50) * interval '1 hour', now(), jsonb_build_object('message', CASE WHEN g % 5 = 0 THEN "
        "'no "
        "route to host ' ELSE 'timeout after ' END || g) FROM generate_series(1, 900) g");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto all = [&](DeadQuery query, bool newestFirst) {
        QStringList ids;
        query.newest_first = newestFirst;
        std::optional<ServerTime> last;
        for (int pages = 0; pages < 40; ++pages) {
            const auto page = backend->deadPage(query);
            if (!page) {
                qWarning().noquote() << page.failure().sentence();
                return QStringList{};
            }
            for (const auto& job : page->jobs) {
                if (last && (newestFirst ? *job.died_at > *last : *job.died_at < *last)) return QStringList{};
                last = job.died_at;
                ids << job.id;
            }
            query.after = page->next;
            if (page->next.isEmpty()) return ids;
        }
        return QStringList{};
    };
    for (const bool newestFirst : {false, true}) {
        const auto ids = all({.limit = 70}, newestFirst);
        QCOMPARE(ids.size(), 900);
        QCOMPARE(QSet<QString>(ids.begin(), ids.end()).size(), 900);
    }
    QCOMPARE(all({.filter = {.queues = {u"a"_s, u"c"_s}}, .limit = 100}, false).size(), 600);
    QCOMPARE(all({.filter = {.error_signature = errorSignature(u"no route to host 5"_s)}, .limit = 50}, false)
                 .size(),
             180);
    QCOMPARE(all({.filter = {.older_than_s = 9.5 * 3600}, .limit = 500}, true).size(), 401);
    QCOMPARE(all({.filter = {.newer_than_s = 9.5 * 3600}, .limit = 500}, true).size(), 499);
    QCOMPARE(all({.filter = {.kind = u"none"_s}}, true).size(), 0);
    const auto groups = backend->deadGroups({});
    VERIFY_OK(groups);
    QCOMPARE(groups->groups.size(), size_t(2));
    QCOMPARE(groups->groups.front().count, Count::exact(720));
    QCOMPARE(groups->groups.back().count, Count::exact(180));
    const auto forged = backend->deadPage({.after = u"bm9uc2Vuc2U"_s});
    QVERIFY(!forged.ok());
    QCOMPARE(forged.failure().kind, FailureKind::usage);
}

void TestPgBossSignals::manyThatDiedAtOnce() {
    { auto boss = this->boss(u"pgboss12"_s); }
    m_fixture.sql("SELECT pgboss.create_queue('flood', '{\"policy\":\"standard\"}')");
    m_fixture.sql(
        "INSERT INTO pgboss.job (name, state, completed_on, created_on, start_after, started_on, output, "
        "deletion_seconds) SELECT 'flood', 'failed', now() - interval '92 days', now() - interval '93 days', "
        "now() - "
        "interval '93 days', now(), '{\"message\": \"gone\"}', 0 FROM generate_series(1, 60000)");
    m_fixture.sql("VACUUM ANALYZE pgboss.job_common");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    DeadQuery query{.filter = {.queues = {u"flood"_s}}, .limit = 1000};
    QSet<QString> ids;
    for (int pages = 0; pages < 12; ++pages) {
        const auto page = backend->deadPage(query);
        VERIFY_OK(page);
        QCOMPARE(page->jobs.size(), size_t(1000));
        QCOMPARE(page->total.provenance, Provenance::lower_bound);
        QCOMPARE(*page->total.value, 10'000);
        for (const auto& job : page->jobs) ids.insert(job.id);
        query.after = page->next;
    }
    QCOMPARE(ids.size(), 12'000);
    const auto groups = backend->deadGroups({});
    VERIFY_OK(groups);
    QCOMPARE(groups->scanned, 5000);
    QVERIFY(!groups->complete);
    QCOMPARE(groups->groups.front().count.provenance, Provenance::lower_bound);
    const auto reading = backend->read();
    VERIFY_OK(reading);
    const auto* flood = queueNamed(*reading, u"flood"_s);
    const auto& ages = flood->dead_ages;
    QCOMPARE(ages.buckets[5].provenance, Provenance::estimated);
    QVERIFY2(*ages.buckets[5].value > 30'000, qPrintable(QString::number(*ages.buckets[5].value)));
    QCOMPARE(ages.buckets[0].value, std::optional<qint64>(0));
    const double p50 = secondsBetween(*ages.p50_died_at.value, reading->observed_at);
    QVERIFY2(std::abs(p50 / 86400 - 92) < 0.1, qPrintable(QString::number(p50)));
    QVERIFY(!ages.purge_next_at.known());  // kept for ever
    QVERIFY(ages.retention.contains(u"7 d"_s));
}

void TestPgBossSignals::silentFaultsAreNamed() {
    auto boss = this->boss(u"pgboss12"_s);
    boss.call(u"createQueue"_s, {u"orders"_s});
    boss.call(u"schedule"_s, {u"orders"_s, u"0 3 * * *"_s});
    VERIFY_BOSS(boss);
    const auto conditions = [&] {
        const auto backend = m_fixture.ready();
        const auto reading = backend->read();
        return reading ? reading->systems.front().conditions : std::vector<Condition>{};
    };
    for (const auto& condition : conditions())
        QFAIL(qPrintable(conditionName(condition.kind) + u": "_s + condition.evidence));
    m_fixture.sql(
        "UPDATE pgboss.queue SET created_on = now() - interval '1 day', monitor_on = now() - interval '2 "
        "hours', "
        "monitor_claim_on = NULL; UPDATE pgboss.version SET cron_on = now() - interval '3 hours'; UPDATE "
        "pgboss.schedule SET created_on = now() - interval '1 day'; UPDATE pgboss.instance SET "
        "heartbeat_seconds = "
        "10, heartbeat_on = now() - interval '5 minutes', workers = '[{\"queue\": \"orders\", \"active\": 3, "
        "\"localConcurrency\": 3, \"batchSize\": 1}]'");
    m_fixture.sql(
        "INSERT INTO pgboss.job (name, state, retry_count, started_on, completed_on, output) VALUES "
        "('orders', "
        "'failed', 2, now(), now(), '{\"value\": {\"message\": \"job timed out\"}}'), ('orders', 'failed', "
        "2, now(), "
        "now(), '{\"message\": \"job timed out by the card company\"}')");
    const auto found = conditions();
    const auto one = [&](ConditionKind kind) {
        const auto it =
            std::find_if(found.begin(), found.end(), [&](const auto& c) { return c.kind == kind; });
        return it == found.end() ? Condition{} : *it;
    };
    QCOMPARE(found.size(), size_t(4));
    QCOMPARE(one(ConditionKind::schedule_overdue).queue, u"orders"_s);
    QCOMPARE(one(ConditionKind::schedule_overdue).subject, u"0 3 * * *"_s);
    QVERIFY(one(ConditionKind::no_leader).evidence.contains(u"monitor_on"_s));
    QVERIFY(one(ConditionKind::no_leader).since.has_value());
    QCOMPARE(one(ConditionKind::orphaned).count.value, std::optional<qint64>(3));
    QCOMPARE(one(ConditionKind::poison_pill).count, Count::exact(1));
    const auto reading = m_fixture.ready()->read();
    VERIFY_OK(reading);
    const auto& workers = reading->systems.front().workers;
    QCOMPARE(workers.live, Count::exact(0));
    QCOMPARE(workers.list.size(), size_t(1));
    QVERIFY(!workers.list.front().alive);
    QCOMPARE(workers.list.front().queues, QStringList{u"orders"_s});
    QVERIFY(*workers.list.front().heartbeat_age_s.value > 299);
}

// The layout of schemas 26 to 45, which has no index by state or by time of completion, with 60 000 dead jobs
// in q1 and retries in the last queue.
void TestPgBossSignals::oldLargeLayout(int queues, int retries) {
    { auto boss = this->boss(u"pgboss11"_s); }
    m_fixture.sql(
        "SELECT pgboss.create_queue('q' || g, '{\"policy\":\"standard\",\"retryLimit\":2,\"retryDelay\":0,"
        "\"retryBackoff\":false,\"expireInSeconds\":900,\"retentionSeconds\":1000,\"deleteAfterSeconds\":"
        "1000}') FROM generate_series(1, " +
        std::to_string(queues) + ") g");
    m_fixture.sql(
        "INSERT INTO pgboss.job (name, state, data, completed_on) SELECT 'q1', 'failed', "
        "jsonb_build_object('x', repeat('y', 300)), now() - interval '2 hours' FROM generate_series(1, "
        "60000)");
    m_fixture.sql("INSERT INTO pgboss.job (name, state, start_after, retry_count) SELECT 'q" +
                  std::to_string(queues) +
                  "', 'retry', now() + interval '40 minutes', 1 FROM generate_series(1, " +
                  std::to_string(retries) + ")");
    m_fixture.sql("VACUUM ANALYZE pgboss.job_common");
}

void TestPgBossSignals::oldLargeLayoutSaysWhy() {
    oldLargeLayout(1, 30);
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto reading = backend->read();
    VERIFY_OK(reading);
    const auto* flood = queueNamed(*reading, u"q1"_s);
    QVERIFY(!flood->flow.executed.known());
    QVERIFY(flood->flow.executed.method.contains(u"12.38"_s));
    QVERIFY(reading->systems.front().leases.gap.contains(u"CREATE INDEX CONCURRENTLY ON pgboss.job"_s));
    const auto& dues = flood->retry_due;
    QVERIFY(dues.known());
    QCOMPARE(jobsOf(dues), 30);
    // A sample of pages knows the ages where no index leads to them.
    QVERIFY(flood->dead_ages.p50_died_at.known());
    QCOMPARE(flood->dead_ages.p50_died_at.provenance, Provenance::estimated);
    const auto page = backend->deadPage({});
    VERIFY_OK(page);
    QVERIFY(!page->total.known() || page->total.provenance == Provenance::lower_bound);
    QVERIFY(!page->total.method.isEmpty());
}

// At first every queue has the same share of what a poll may read; what eleven do not need, the wave gets.
void TestPgBossSignals::aWaveAmongManyQueuesIsSeenWhole() {
    oldLargeLayout(12, 1900);
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    RetryDues dues;
    Count retrying;
    const auto look = [&] {
        const auto reading = backend->read();
        if (reading) {
            dues = queueNamed(*reading, u"q12"_s)->retry_due;
            retrying = queueNamed(*reading, u"q12"_s)->retrying;
        }
        return dues.known() ? jobsOf(dues) : -1;
    };
    const qint64 first = look();
    QVERIFY2(first > 100 && first < 1900, qPrintable(QString::number(first)));
    QCOMPARE(dues.provenance, Provenance::lower_bound);
    QTRY_COMPARE_WITH_TIMEOUT(look(), 1900, 20'000);  // it is looked at every 5 s
    QVERIFY(dues.isExact());
    QVERIFY(!retrying.isExact());  // counted less far
    QCOMPARE(retrying.value, std::optional<qint64>(1900));
}

void TestPgBossSignals::waitingJobsThatWillBeDeleted_data() {
    layouts();
}

// The jobs' own keep_until; pg-boss's maintenance deletes them then, whether anybody took them or not.
void TestPgBossSignals::waitingJobsThatWillBeDeleted() {
    QFETCH(QString, library);
    auto boss = this->boss(library);
    boss.call(u"createQueue"_s, {u"orders"_s});
    boss.call(u"createQueue"_s, {u"later"_s});
    for (int i = 0; i < 40; ++i) boss.call(u"send"_s, {u"orders"_s, QJsonObject{}});
    boss.call(u"send"_s, {u"later"_s, QJsonObject{}});
    VERIFY_BOSS(boss);
    m_fixture.sql(
        "UPDATE pgboss.job SET keep_until = now() + interval '10 minutes' WHERE name = 'orders'; UPDATE "
        "pgboss.job SET start_after = now() + interval '1 hour' WHERE id = (SELECT min(id::text)::uuid FROM "
        "pgboss.job WHERE name = 'orders')");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto reading = backend->read();
    VERIFY_OK(reading);
    const auto* orders = queueNamed(*reading, u"orders"_s);
    QCOMPARE(orders->expiring, Count::exact(40));
    const double left = secondsBetween(reading->observed_at, *orders->expires_next_at.value);
    QVERIFY2(left > 480 && left <= 600, qPrintable(QString::number(left)));
    QCOMPARE(queueNamed(*reading, u"later"_s)->expiring, Count::exact(0));  // 14 days
    QVERIFY(!queueNamed(*reading, u"later"_s)->expires_next_at.known());
}

void TestPgBossSignals::whatIsDeletedUnworkedIsSaid_data() {
    layouts();
}

// Forty are deleted by pg-boss's own maintenance, ten stay.
void TestPgBossSignals::whatIsDeletedUnworkedIsSaid() {
    QFETCH(QString, library);
    auto boss = this->boss(library);
    boss.call(u"createQueue"_s, {u"orders"_s});
    for (int i = 0; i < 50; ++i) boss.call(u"send"_s, {u"orders"_s, QJsonObject{}});
    VERIFY_BOSS(boss);
    m_fixture.sql(
        "UPDATE pgboss.job SET created_on = now() - interval '1 hour', start_after = now() - interval '1 "
        "hour', "
        "keep_until = now() + interval '2 seconds' WHERE id IN (SELECT id FROM pgboss.job ORDER BY id LIMIT "
        "40)");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto before = backend->read();
    VERIFY_OK(before);
    QCOMPARE(queueNamed(*before, u"orders"_s)->expiring, Count::exact(40));
    QVERIFY(before->systems.front().conditions.empty());
    QTRY_COMPARE_WITH_TIMEOUT(m_fixture.sql("SELECT count(*) FROM pgboss.job WHERE keep_until < now()"),
                              std::string("40"), 10'000);
    if (library == "pgboss10"_L1)
        boss.call(u"maintain"_s);
    else
        boss.call(u"supervise"_s, {u"orders"_s});
    VERIFY_BOSS(boss);
    QTRY_COMPARE_WITH_TIMEOUT(m_fixture.sql("SELECT count(*) FROM pgboss.job WHERE name = 'orders'"),
                              std::string("10"), 10'000);
    std::map<ConditionKind, Condition> conditions;
    QTRY_VERIFY_WITH_TIMEOUT((conditions = conditionsOf(*backend)).contains(ConditionKind::removed_unworked),
                             20'000);
    const auto& removed = conditions.at(ConditionKind::removed_unworked);
    QCOMPARE(removed.count, Count::exact(40));
    QCOMPARE(removed.queue, u"orders"_s);
    QVERIFY(removed.since.has_value());
}

// Taken although its time was over, or removed by a person before that: neither counts.
void TestPgBossSignals::onlyOnesThatNeverRanAreRemovedUnworked() {
    auto boss = this->boss(u"pgboss12"_s);
    boss.call(u"createQueue"_s, {u"orders"_s});
    for (int i = 0; i < 9; ++i) boss.call(u"send"_s, {u"orders"_s, QJsonObject{}});
    VERIFY_BOSS(boss);
    m_fixture.sql("UPDATE pgboss.job SET keep_until = now() - interval '1 second'");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    VERIFY_OK(backend->read());
    boss.request({{u"step"_s, u"orders"_s}, {u"batch"_s, 3}, {u"fails"_s, 0}});
    VERIFY_BOSS(boss);
    VERIFY_OK(backend->read());
    m_fixture.sql("DELETE FROM pgboss.job WHERE state = 'completed'");
    QVERIFY(conditionsOf(*backend).empty());
    // The rest is given more time, and then removed by a person.
    m_fixture.sql("UPDATE pgboss.job SET keep_until = now() + interval '1 minute'");
    const auto again = m_fixture.ready();
    VERIFY_OK(again->read());
    boss.call(u"deleteQueuedJobs"_s, {u"orders"_s});
    VERIFY_BOSS(boss);
    QCOMPARE(m_fixture.sql("SELECT count(*) FROM pgboss.job WHERE name = 'orders'"), std::string("0"));
    QVERIFY(conditionsOf(*again).empty());
}

void TestPgBossSignals::whatComesAndGoesBetweenPollsIsAtLeastThat_data() {
    layouts();
}

// Finished jobs are kept for a second; before schema 26 by the settings of whoever maintains, for all queues.
void TestPgBossSignals::whatComesAndGoesBetweenPollsIsAtLeastThat() {
    QFETCH(QString, library);
    const bool archives = library == "pgboss10"_L1;
    QJsonObject options{{u"supervise"_s, false}, {u"schedule"_s, false}};
    if (archives) options[u"archiveCompletedAfterSeconds"_s] = 1;
    RealPgBoss boss(m_fixture.server(), library, u"pgboss"_s, u"app"_s, options);
    const QJsonObject brief = archives ? QJsonObject{} : QJsonObject{{u"deleteAfterSeconds"_s, 1}};
    boss.call(u"createQueue"_s, {u"brief"_s, brief});
    boss.call(u"createQueue"_s, {u"kept"_s});
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    VERIFY_OK(backend->read());
    for (int i = 0; i < 6; ++i) boss.call(u"send"_s, {u"brief"_s, QJsonObject{}});
    boss.request({{u"step"_s, u"brief"_s}, {u"batch"_s, 6}, {u"fails"_s, 0}});
    VERIFY_BOSS(boss);
    const auto maintain = [&] {
        if (archives)
            boss.call(u"maintain"_s);
        else
            boss.call(u"supervise"_s, {u"brief"_s});
        return m_fixture.sql("SELECT count(*) FROM pgboss.job WHERE name = 'brief'");
    };
    if (archives)
        QTRY_COMPARE_WITH_TIMEOUT(maintain(), std::string("0"), 10'000);
    else
        maintain();
    VERIFY_BOSS(boss);
    for (int i = 0; i < 3; ++i) boss.call(u"send"_s, {u"kept"_s, QJsonObject{}});
    FlowTotals kept, gone;
    const auto poll = [&] {
        const auto reading = backend->read();
        if (!reading) return qint64{-1};
        gone = queueNamed(*reading, u"brief"_s)->flow;
        kept = queueNamed(*reading, u"kept"_s)->flow;
        return kept.enqueued.valueOr(-1);
    };
    QTRY_COMPARE_WITH_TIMEOUT(poll(), qint64{3}, 10'000);
    QVERIFY(kept.enqueued.isExact() && kept.completed.isExact());
    QCOMPARE(gone.enqueued.provenance, Provenance::lower_bound);
    QCOMPARE(gone.completed.provenance, Provenance::lower_bound);
    QVERIFY2(gone.completed.method.contains(u"come and go"_s), qPrintable(gone.completed.method));
    QVERIFY(*gone.completed.value <= 6);
}

void TestPgBossSignals::behindADeadJobOfItsKeyNothingIsReady() {
    auto boss = this->boss(u"pgboss12"_s);
    boss.call(u"createQueue"_s,
              {u"ledger"_s, QJsonObject{{u"policy"_s, u"key_strict_fifo"_s}, {u"retryLimit"_s, 0}}});
    const auto send = [&](const QString& key) {
        return boss.call(u"send"_s, {u"ledger"_s, QJsonObject{}, QJsonObject{{u"singletonKey"_s, key}}})
            .toString();
    };
    const QString dead = send(u"customer-7"_s);
    boss.request({{u"step"_s, u"ledger"_s}, {u"batch"_s, 1}, {u"fails"_s, 1}});
    for (int i = 0; i < 29; ++i) send(u"customer-7"_s);
    send(u"customer-8"_s);
    VERIFY_BOSS(boss);
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto ledger = queueOf(*backend, u"ledger"_s);
    QCOMPARE(ledger.dead, Count::exact(1));
    QCOMPARE(ledger.blocked, Count::exact(29));
    QCOMPARE(ledger.ready, Count::exact(1));
    QVERIFY(ledger.blocked_on_dead.has_value());
    QCOMPARE(ledger.blocked_on_dead->jobs, Count::exact(29));
    QCOMPARE(ledger.blocked_on_dead->dead_example, dead);
    // The library agrees: the other key's job is all that it hands out.
    QCOMPARE(boss.call(u"fetch"_s, {u"ledger"_s, QJsonObject{{u"batchSize"_s, 30}}}).toArray().size(), 1);
    VERIFY_BOSS(boss);
}

void TestPgBossSignals::aFlowWhoseParentIsDeadIsBlocked() {
    auto boss = this->boss(u"pgboss12"_s);
    boss.call(u"createQueue"_s, {u"steps"_s, QJsonObject{{u"retryLimit"_s, 0}}});
    boss.call(u"createQueue"_s, {u"ends"_s});
    const auto job = [](const QString& ref, const QString& queue, const QJsonArray& after) {
        return QJsonObject{
            {u"ref"_s, ref}, {u"name"_s, queue}, {u"data"_s, QJsonObject{}}, {u"dependsOn"_s, after}};
    };
    const auto flow = [&](const QString& parent, const QString& child) {
        QJsonArray jobs{job(parent, u"steps"_s, {}),
                        job(child, u"ends"_s, QJsonArray::fromStringList({parent}))};
        boss.call(u"flow"_s, QJsonArray::fromVariantList(QVariantList{QVariant(jobs.toVariantList())}));
    };
    flow(u"a"_s, u"b"_s);
    flow(u"c"_s, u"d"_s);
    boss.request({{u"step"_s, u"steps"_s}, {u"batch"_s, 1}, {u"fails"_s, 1}});
    VERIFY_BOSS(boss);
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto ends = queueOf(*backend, u"ends"_s);
    QCOMPARE(ends.blocked, Count::exact(2));
    QCOMPARE(ends.scheduled, Count::exact(0));
    QCOMPARE(ends.ready, Count::exact(0));
    QVERIFY(ends.blocked_on_dead.has_value());
    QCOMPARE(ends.blocked_on_dead->jobs, Count::exact(1));
    QCOMPARE(ends.blocked_on_dead->dead_example.toStdString(),
             m_fixture.sql("SELECT id FROM pgboss.job WHERE state = 'failed'"));
}

void TestPgBossSignals::failedForGoodIsCounted_data() {
    layouts();
}

void TestPgBossSignals::failedForGoodIsCounted() {
    QFETCH(QString, library);
    auto boss = this->boss(library);
    boss.call(u"createQueue"_s, {u"orders"_s, QJsonObject{{u"retryLimit"_s, 0}}});
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    VERIFY_OK(backend->read());
    for (int i = 0; i < 8; ++i) boss.call(u"send"_s, {u"orders"_s, QJsonObject{}});
    boss.request({{u"step"_s, u"orders"_s}, {u"batch"_s, 5}, {u"fails"_s, 1}});
    boss.request({{u"step"_s, u"orders"_s}, {u"batch"_s, 3}, {u"fails"_s, 0}});
    VERIFY_BOSS(boss);
    QTRY_COMPARE_WITH_TIMEOUT(queueOf(*backend, u"orders"_s).flow.failed_for_good, Count::exact(5), 5000);
    // A poll that a busy machine cuts short says "not observable"; the next one says it.
    QTRY_COMPARE_WITH_TIMEOUT(queueOf(*backend, u"orders"_s).flow.completed, Count::exact(3), 5000);
    QTRY_COMPARE_WITH_TIMEOUT(queueOf(*backend, u"orders"_s).flow.died, Count::exact(5), 5000);
}

void TestPgBossSignals::oneAtATimeByPolicyIsHeld() {
    auto boss = this->boss(u"pgboss12"_s);
    boss.call(u"createQueue"_s, {u"serial"_s, QJsonObject{{u"policy"_s, u"singleton"_s}}});
    for (int i = 0; i < 8; ++i) boss.call(u"send"_s, {u"serial"_s, QJsonObject{}});
    VERIFY_BOSS(boss);
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    // Nobody works here: no rule holds these, they are simply not taken.
    QVERIFY(!queueOf(*backend, u"serial"_s).held.has_value());
    QCOMPARE(boss.call(u"fetch"_s, {u"serial"_s, QJsonObject{{u"batchSize"_s, 5}}}).toArray().size(), 1);
    VERIFY_BOSS(boss);
    const auto serial = queueOf(*backend, u"serial"_s);
    QCOMPARE(serial.running, Count::exact(1));
    QVERIFY(serial.held.has_value() && serial.held->trickles);
    QVERIFY2(serial.held->why.contains(u"singleton"_s), qPrintable(serial.held->why));
}

void TestPgBossSignals::aDeadWorkersRegistryEntryIsNoLiveOne() {
    { auto boss = this->boss(u"pgboss12"_s); }
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto live = [&](const std::string& started, const std::string& workers, const std::string& beat) {
        m_fixture.sql(
            "UPDATE pgboss.instance SET stopped_on = NULL, heartbeat_seconds = 10, started_on = now() - "
            "interval '" +
            started + "', heartbeat_on = now() - interval '" + beat + "', workers = '" + workers + "'");
        const auto reading = backend->read();
        return reading ? reading->systems.front().workers.live : Count{};
    };
    const std::string one = R"([{"queue": "orders", "localConcurrency": 2, "batchSize": 1, "active": 0}])";
    QVERIFY(m_fixture.sql("SELECT count(*) FROM pgboss.instance") != "0");
    QVERIFY(!live("5 s", "[]", "5 s").known());
    QVERIFY(!live("1 hour", "[]", "5 s").known());  // it only calls fetch(), or only sends
    QCOMPARE(live("1 hour", one, "10 minutes"), Count::exact(0));
    QVERIFY(*live("1 hour", one, "5 s").value >= 1);
}

// Jobs that come while the poll is under way are due, not planned for later.
void TestPgBossSignals::nothingIsScheduledForTheFuture() {
    { auto boss = this->boss(u"pgboss12"_s); }
    m_fixture.sql("SELECT pgboss.create_queue('orders', '{\"policy\":\"standard\"}')");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    m_fixture.sql(
        "INSERT INTO pgboss.job (name, start_after, created_on) SELECT 'orders', clock_timestamp() + "
        "interval '600 ms', clock_timestamp() FROM generate_series(1, 3)");
    const auto orders = queueOf(*backend, u"orders"_s);
    QCOMPARE(orders.scheduled, Count::exact(0));
    QCOMPARE(orders.ready, Count::exact(3));
}

void TestPgBossSignals::aDeadLetterIsCountedOnce_data() {
    layouts();
}

// pg-boss puts a copy into the dead-letter queue and keeps the original as failed.
void TestPgBossSignals::aDeadLetterIsCountedOnce() {
    QFETCH(QString, library);
    auto boss = this->boss(library);
    boss.call(u"createQueue"_s, {u"orders-dlq"_s});
    boss.call(u"createQueue"_s,
              {u"orders"_s, QJsonObject{{u"retryLimit"_s, 0}, {u"deadLetter"_s, u"orders-dlq"_s}}});
    for (int i = 0; i < 20; ++i) boss.call(u"send"_s, {u"orders"_s, QJsonObject{}});
    boss.request({{u"step"_s, u"orders"_s}, {u"batch"_s, 20}, {u"fails"_s, 1}});
    VERIFY_BOSS(boss);
    QCOMPARE(QByteArray::fromStdString(m_fixture.sql(
                 "SELECT count(*) FROM pgboss.job WHERE name = 'orders-dlq' AND state = 'created'")),
             QByteArray("20"));
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto orders = queueOf(*backend, u"orders"_s);
    QCOMPARE(orders.dead, Count::exact(20));
    QVERIFY(!orders.dead_letter_queue);
    const auto copies = queueOf(*backend, u"orders-dlq"_s);
    QVERIFY(copies.dead_letter_queue);
    QCOMPARE(copies.dead_letter_of, QStringList{u"orders"_s});
    QCOMPARE(copies.ready.value, std::optional<qint64>(0));
    QVERIFY2(copies.ready.method.startsWith(u"20 more are copies"_s), qPrintable(copies.ready.method));
    // What pg-boss has deleted of the originals counts where its copy lies.
    m_fixture.sql(
        "DELETE FROM pgboss.job WHERE id IN (SELECT id FROM pgboss.job WHERE name = 'orders' ORDER BY id "
        "LIMIT "
        "5)");
    QCOMPARE(queueOf(*backend, u"orders"_s).dead, Count::exact(15));
    QCOMPARE(queueOf(*backend, u"orders-dlq"_s).ready.value, std::optional<qint64>(5));
}

QTEST_GUILESS_MAIN(TestPgBossSignals)
#include "tst_pgboss_signals.moc"

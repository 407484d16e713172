// Who runs which Sidekiq job: leases, processes, jobs in two places at once; the real 6.4 of Debian where
// something has to run, its documented keys where time or a crash has to be played.
#include <QtTest>

#include "tests/redis/sidekiq/stage.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestSidekiqClaims : public QObject {
    Q_OBJECT
private slots:
    void init();
    void cleanup() { m_stage.reset(); }

    void leasesAndWorkersOfTheLibrary();
    void killedProcessLeavesOrphans();
    void lostJobsAreKeptWhenTheSetIsCleaned();
    void queueThatNobodyListensTo();
    void lateHeartbeatIsStuck();
    void sameJobInTwoHands();
    void staleHeartbeatsAreNoDuplicate();
    void runningJobThatAlsoWaits();
    void twoThreadsRunOneJob();
    void zombies();
    void quietProcessIsNoCapacity();
    void quietProcessOfTheLibrary();

private:
    void push(int jobs, const QJsonObject& more = {});
    SystemReading sidekiq(RedisProbe& probe) { return probe.system(u"sidekiq"_s); }
    ClaimsReading claims(RedisProbe& probe, const QString& queue) {
        return RedisProbe::queue(sidekiq(probe), queue).claims;
    }

    std::unique_ptr<SidekiqStage> m_stage;
};

namespace {

double nowSeconds() {
    return static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1e3;
}
const QString kJid = u"abcdefabcdefabcdefabcdef"_s;

}  // namespace

void TestSidekiqClaims::init() {
    m_stage = std::make_unique<SidekiqStage>();
    QVERIFY2(m_stage->start(), qPrintable(m_stage->problem()));
}

void TestSidekiqClaims::push(int jobs, const QJsonObject& more) {
    QJsonObject request{
        {u"do"_s, u"push"_s}, {u"class"_s, u"SlowJob"_s}, {u"queue"_s, u"slow"_s}, {u"count"_s, jobs}};
    for (auto it = more.begin(); it != more.end(); ++it) request.insert(it.key(), it.value());
    m_stage->ask(request);
}

void TestSidekiqClaims::leasesAndWorkersOfTheLibrary() {
    SIDEKIQ_OR_SKIP(*m_stage);
    push(2);
    QVERIFY(m_stage->startWorker(u"slow"_s, 3));
    RedisProbe probe(m_stage->redis().url());
    QTRY_COMPARE_WITH_TIMEOUT(sidekiq(probe).leases.leases.size(), std::size_t(2), 20'000);
    const SystemReading system = sidekiq(probe);
    const Lease& lease = system.leases.leases.front();
    QCOMPARE(lease.queue, u"slow"_s);
    QCOMPARE(lease.kind, u"SlowJob"_s);
    QCOMPARE(lease.attempt, std::optional(1));
    QVERIFY(lease.claimed_at && !lease.stuck && lease.id.size() == 24);
    QCOMPARE(system.workers.list.size(), std::size_t(1));
    const Worker& worker = system.workers.list.front();
    QCOMPARE(worker.pid, std::optional(m_stage->workerPid()));
    QCOMPARE(worker.queues, QStringList{u"slow"_s});
    QCOMPARE(worker.concurrency, Count::exact(3));
    QVERIFY(worker.alive && *worker.heartbeat_age_s.value < 15);
    QVERIFY(lease.owner.startsWith(worker.id));
    QVERIFY(system.conditions.empty());
}

// Its keys are deleted here, as they would expire 60 s later.
void TestSidekiqClaims::killedProcessLeavesOrphans() {
    SIDEKIQ_OR_SKIP(*m_stage);
    push(2);
    QVERIFY(m_stage->startWorker(u"slow"_s, 2));
    RedisProbe probe(m_stage->redis().url());
    QTRY_COMPARE_WITH_TIMEOUT(sidekiq(probe).leases.leases.size(), std::size_t(2), 20'000);
    const QByteArray identity = sidekiq(probe).workers.list.front().id.toUtf8();
    m_stage->killWorker();
    m_stage->command({"DEL", identity, identity + ":workers"});
    const SystemReading system = sidekiq(probe);
    QCOMPARE(system.workers.live, Count::exact(0));
    QVERIFY(!system.workers.list.front().alive);
    QCOMPARE(system.leases.leases.size(), std::size_t(2));
    QVERIFY(system.leases.leases.front().stuck);
    QCOMPARE(system.conditions.size(), std::size_t(1));
    QCOMPARE(system.conditions.front().kind, ConditionKind::lost_with_worker);
    QCOMPARE(system.conditions.front().count, Count::exact(2));
    for (const Lease& lease : system.leases.leases)
        QVERIFY2(system.conditions.front().evidence.contains(u"SlowJob "_s + lease.id),
                 qPrintable(system.conditions.front().evidence));
}

// The library itself takes a dead process out of the set, as soon as anybody asks it for the processes.
void TestSidekiqClaims::lostJobsAreKeptWhenTheSetIsCleaned() {
    m_stage->writeProcess("h:1:aa", nowSeconds() - 50, 1, 5);
    m_stage->writeWork("h:1:aa", "t1", "j1");
    m_stage->writeProcess("h:2:bb", nowSeconds(), 2, 5);
    m_stage->writeWork("h:2:bb", "t1", "j2");
    m_stage->writeWork("h:2:bb", "t2", "j3");
    RedisProbe probe(m_stage->redis().url());
    QCOMPARE(sidekiq(probe).leases.leases.size(), std::size_t(3));
    for (const QByteArray identity : {"h:1:aa", "h:2:bb"}) {  // the second one signs off
        m_stage->command({"DEL", identity, identity + ":work"});
        m_stage->command({"SREM", "processes", identity});
    }
    SystemReading system = sidekiq(probe);
    QCOMPARE(system.conditions.size(), std::size_t(1));
    QCOMPARE(system.conditions.front().kind, ConditionKind::lost_with_worker);
    QCOMPARE(system.conditions.front().subject, u"h:1:aa"_s);
    QCOMPARE(system.conditions.front().count, Count::exact(1));
    // Somebody runs it again: it is not lost.
    m_stage->writeProcess("h:3:cc", nowSeconds(), 1, 5);
    m_stage->writeWork("h:3:cc", "t1", "j1");
    system = sidekiq(probe);
    QVERIFY(system.conditions.empty());
    QCOMPARE(system.leases.leases.size(), std::size_t(1));
}

void TestSidekiqClaims::queueThatNobodyListensTo() {
    m_stage->writeProcess("h:1:aa", nowSeconds(), 0, 5);
    m_stage->command({"SADD", "queues", "mailer"});
    for (const QByteArray queue : {"mailer", "default"})
        m_stage->command(
            {"LPUSH", "queue:" + queue, R"({"jid":"1","class":"A","queue":")" + queue + R"("})"});
    RedisProbe probe(m_stage->redis().url());
    SystemReading system = sidekiq(probe);
    QCOMPARE(system.conditions.size(), std::size_t(1));
    QCOMPARE(system.conditions.front().kind, ConditionKind::unserved);
    QCOMPARE(system.conditions.front().queue, u"mailer"_s);
    QCOMPARE(system.conditions.front().count, Count::exact(1));
    QVERIFY2(system.conditions.front().evidence.endsWith(u"they listen to default"_s),
             qPrintable(system.conditions.front().evidence));
    // What a process listens to is not known: nothing can be said.
    m_stage->command({"SADD", "processes", "h:2:bb"});
    m_stage->command({"HSET", "h:2:bb", "info", R"({"hostname":"h","pid":8,"concurrency":5})", "busy", "0",
                      "concurrency", "5", "beat", QByteArray::number(nowSeconds(), 'f', 3), "quiet",
                      "false"});
    system = sidekiq(probe);
    QVERIFY(system.conditions.empty());
}

void TestSidekiqClaims::lateHeartbeatIsStuck() {
    m_stage->writeProcess("h:1:aa", nowSeconds() - 45, 1, 5);
    m_stage->writeWork("h:1:aa", "t1", "j1");
    m_stage->writeProcess("h:2:bb", nowSeconds() - 4, 1, 5);
    m_stage->writeWork("h:2:bb", "t1", "j2");
    RedisProbe probe(m_stage->redis().url());
    const auto leases = sidekiq(probe).leases.leases;
    QCOMPARE(leases.size(), std::size_t(2));
    QVERIFY(leases[0].stuck && !leases[1].stuck);
    QCOMPARE(leases[0].id, u"j1"_s);
    QVERIFY2(leases[0].evidence.front().contains(u"no heartbeat for 4"_s),
             qPrintable(leases[0].evidence.front()));
}

void TestSidekiqClaims::sameJobInTwoHands() {
    m_stage->writeProcess("h:1:aa", nowSeconds(), 1, 5);
    m_stage->writeProcess("h:2:bb", nowSeconds(), 1, 5);
    m_stage->writeWork("h:1:aa", "t1", "j1");
    m_stage->writeWork("h:2:bb", "t1", "j2");
    RedisProbe probe(m_stage->redis().url());
    QCOMPARE(claims(probe, u"default"_s).duplicates.value, std::optional<qint64>(0));
    m_stage->writeWork("h:2:bb", "t2", "j1");
    QCOMPARE(claims(probe, u"default"_s).duplicates.value, std::optional<qint64>(0));
    m_stage->writeProcess("h:1:aa", nowSeconds() + 1, 1, 5);  // and it still runs it
    QCOMPARE(claims(probe, u"default"_s).duplicates.value, std::optional<qint64>(1));
    m_stage->writeProcess("h:1:aa", nowSeconds() + 2, 1, 5);
    const ClaimsReading after = claims(probe, u"default"_s);
    QCOMPARE(after.duplicates.value, std::optional<qint64>(1));  // still the same one
    QCOMPARE(after.duplicates.provenance, Provenance::lower_bound);
    QCOMPARE(after.evidence, ClaimEvidence::sampled);
    QCOMPARE(after.incidents.size(), std::size_t(1));
    QCOMPARE(after.incidents.front().id, u"j1"_s);
    QVERIFY(after.incidents.front().first_owner != after.incidents.front().second_owner);
}

// The first process failed the job after its heartbeat, and the second one runs the retry.
void TestSidekiqClaims::staleHeartbeatsAreNoDuplicate() {
    m_stage->writeProcess("h:1:aa", nowSeconds(), 1, 5);
    m_stage->writeProcess("h:2:bb", nowSeconds(), 1, 5);
    m_stage->writeWork("h:1:aa", "t1", "j1");
    m_stage->writeWork("h:2:bb", "t1", "j1");
    RedisProbe probe(m_stage->redis().url());
    QCOMPARE(claims(probe, u"default"_s).duplicates.value, std::optional<qint64>(0));
    m_stage->command({"DEL", "h:1:aa:work"});
    m_stage->writeProcess("h:1:aa", nowSeconds() + 5, 0, 5);
    m_stage->writeProcess("h:2:bb", nowSeconds() + 5, 1, 5);
    QCOMPARE(claims(probe, u"default"_s).duplicates.value, std::optional<qint64>(0));
    QVERIFY(claims(probe, u"default"_s).incidents.empty());
}

// Somebody pushed it again, and put it into the retry set, too; the only thread is busy with it.
void TestSidekiqClaims::runningJobThatAlsoWaits() {
    SIDEKIQ_OR_SKIP(*m_stage);
    push(1, {{u"jid"_s, kJid}});
    QVERIFY(m_stage->startWorker(u"slow"_s, 1));
    RedisProbe probe(m_stage->redis().url());
    QTRY_COMPARE_WITH_TIMEOUT(sidekiq(probe).leases.leases.size(), std::size_t(1), 20'000);
    push(1, {{u"jid"_s, kJid}});
    m_stage->ask(
        {{u"do"_s, u"retryLater"_s}, {u"class"_s, u"SlowJob"_s}, {u"queue"_s, u"slow"_s}, {u"jid"_s, kJid}});
    push(3);
    QTRY_COMPARE_WITH_TIMEOUT(claims(probe, u"slow"_s).duplicates.valueOr(0), 2, 20'000);
    const ClaimsReading after = claims(probe, u"slow"_s);
    QCOMPARE(after.evidence, ClaimEvidence::sampled);
    QCOMPARE(after.duplicates.provenance, Provenance::lower_bound);
    QStringList places;
    for (const DuplicateClaim& incident : after.incidents) {
        QCOMPARE(incident.id, kJid);
        QCOMPARE(incident.kind, u"SlowJob"_s);
        QVERIFY(incident.first_claimed_at.has_value());
        places << incident.note;
    }
    QCOMPARE(places.filter(u"waits in the retry set"_s).size(), 1);
    QCOMPARE(places.filter(u"waits in its queue"_s).size(), 1);
}

void TestSidekiqClaims::twoThreadsRunOneJob() {
    SIDEKIQ_OR_SKIP(*m_stage);
    push(2, {{u"jid"_s, kJid}});
    QVERIFY(m_stage->startWorker(u"slow"_s, 3));
    RedisProbe probe(m_stage->redis().url());
    QTRY_COMPARE_WITH_TIMEOUT(claims(probe, u"slow"_s).duplicates.valueOr(0), 1, 20'000);
    const DuplicateClaim incident = claims(probe, u"slow"_s).incidents.front();
    QCOMPARE(incident.id, kJid);
    QVERIFY(incident.first_owner != incident.second_owner);
}

void TestSidekiqClaims::zombies() {
    m_stage->writeProcess("h:1:aa", nowSeconds(), 9, 5);
    RedisProbe probe(m_stage->redis().url());
    const auto conditions = sidekiq(probe).conditions;
    QCOMPARE(conditions.size(), std::size_t(1));
    QCOMPARE(conditions.front().kind, ConditionKind::zombie);
    QCOMPARE(conditions.front().count, Count::exact(4));
}

void TestSidekiqClaims::quietProcessIsNoCapacity() {
    m_stage->writeProcess("h:1:aa", nowSeconds(), 2, 5, "true");
    m_stage->writeProcess("h:2:bb", nowSeconds(), 1, 10);
    RedisProbe probe(m_stage->redis().url());
    const WorkersReading workers = sidekiq(probe).workers;
    QCOMPARE(workers.live.value, std::optional<qint64>(1));
    QVERIFY2(workers.live.method.contains(u"1 more were told to be quiet"_s),
             qPrintable(workers.live.method));
    QCOMPARE(workers.concurrency, Count::exact(10));
    QCOMPARE(workers.busy.value, std::optional<qint64>(3));
    QCOMPARE(workers.list.size(), std::size_t(2));
    QCOMPARE(workers.list[0].concurrency.value, std::optional<qint64>(0));
    QVERIFY(workers.list[0].concurrency.method.contains(u"takes no new jobs"_s));
}

void TestSidekiqClaims::quietProcessOfTheLibrary() {
    SIDEKIQ_OR_SKIP(*m_stage);
    push(1);
    QVERIFY(m_stage->startWorker(u"slow"_s, 3));
    RedisProbe probe(m_stage->redis().url());
    QTRY_COMPARE_WITH_TIMEOUT(sidekiq(probe).workers.live.value, std::optional<qint64>(1), 20'000);
    QTRY_COMPARE_WITH_TIMEOUT(sidekiq(probe).leases.leases.size(), std::size_t(1), 20'000);
    m_stage->ask({{u"do"_s, u"quiet"_s}});
    QTRY_COMPARE_WITH_TIMEOUT(sidekiq(probe).workers.live.value, std::optional<qint64>(0), 20'000);
    const SystemReading system = sidekiq(probe);
    QVERIFY(system.workers.live.isExact());
    QCOMPARE(system.workers.busy.value, std::optional<qint64>(1));
    QVERIFY(system.workers.list.front().alive);
    QCOMPARE(system.leases.leases.size(), std::size_t(1));
    QVERIFY(!system.leases.leases.front().stuck);
}

QTEST_GUILESS_MAIN(TestSidekiqClaims)
#include "tst_sidekiq_claims.moc"

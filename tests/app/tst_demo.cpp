// The demo starts, shows its incidents, stops, and leaves nothing behind: told by process ids and paths.
#include <QDeadlineTimer>
#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocalSocket>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>
#include <csignal>
#include <functional>

#include "app/demo/demo_control.h"
#include "app/demo/left_overs.h"
#include "app/demo/process_identity.h"
#include "app/demo/server_process.h"
#include "tests/support/program_run.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {

// Every process below `parent`, by /proc.
QList<ProcessIdentity> descendants(qint64 parent) {
    QList<ProcessIdentity> found;
    for (const auto& name : QDir(u"/proc"_s).entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        QFile file(u"/proc/%1/stat"_s.arg(name));
        if (name.toLongLong() <= 0 || !file.open(QIODevice::ReadOnly)) continue;
        const QByteArray stat = file.readAll();
        if (stat.mid(stat.lastIndexOf(')') + 2).split(' ').value(1).toLongLong() != parent) continue;
        if (const auto identity = ProcessIdentity::of(name.toLongLong())) found << *identity;
        found += descendants(name.toLongLong());
    }
    return found;
}

// By name: "postgres, redis-server".
QString aliveOf(const QList<ProcessIdentity>& processes) {
    QStringList names;
    for (const auto& process : processes) {
        QFile name(u"/proc/%1/comm"_s.arg(process.pid));
        if (process.alive() && name.open(QIODevice::ReadOnly))
            names << QString::fromUtf8(name.readAll().trimmed());
    }
    return names.join(u", "_s);
}

}  // namespace

class DemoTest : public QObject {
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void upAnswersTwiceAndDownLeavesNothing();
    void itShowsItsIncidents();
    void withoutADemoItsNamesSaySo();
    void aKilledDemoTakesItsServersAlong();
    void controlCStopsTheForegroundDemo();
    void toldTwiceItStillCleansUp();
    void theWindowsDoorOpensIt();
    void leftOversOfTheLivingStay();
    void aDrillScriptThatLoopsIsStagingsTroubleAlone();

private:
    ProgramRun run(const QStringList& arguments) { return runSpillwayctl(arguments, environment()); }
    QProcessEnvironment environment() const {
        auto environment = environmentWith(u"XDG_RUNTIME_DIR"_s, m_state->path());
        for (const auto& name : {u"XDG_STATE_HOME"_s, u"XDG_CONFIG_HOME"_s, u"XDG_DATA_HOME"_s})
            environment.insert(name, m_state->path());
        environment.insert(u"SPILLWAY_DEMO_DEPLOY_AFTER"_s, u"5s"_s);
        return environment;
    }
    void started(const QByteArray& json);
    [[nodiscard]] bool directoriesExist() const;
    using Queues = QMap<QString, QJsonObject>;
    QJsonObject answer(const QStringList& arguments);  // with --json
    static QStringList statusOf(const QString& connection, const QString& window) {
        return {u"status"_s, connection, u"--window"_s, window, u"--interval"_s, u"500ms"_s};
    }
    static Queues queues(const QJsonObject& status);
    bool soonShows(const QString& connection, const std::function<bool(const Queues&)>& expected);
    static QStringList findings(const QJsonObject& status);                // their ids
    static double value(const QJsonObject& queue, const QString& signal);  // -1: not known
    void backlogsShow(const Queues& postgres, const Queues& redis);
    void deadLettersShow(const Queues& postgres, const Queues& redis);
    void retriesShow(const Queues& postgres, const Queues& redis);
    void lostJobsShow(const QJsonObject& onPostgres, const Queues& redis);
    void duplicatesAndTheirDriftShow();
    void theHistoryHasTheDeploy();
    void oldDeadLettersRunWhenTheyAreReplayed();
    void lostInvoicesCanBeReleased();
    void stagingRunsOneWhereTheOtherRunsMany();

    std::optional<QTemporaryDir> m_state;  // each test has a demo of its own
    DemoEndpoints m_demo;
    QList<ProcessIdentity> m_processes;  // the demo and all below it
    QStringList m_directories;
};

void DemoTest::init() {
    QVERIFY(m_state.emplace().isValid());
    m_processes.clear();
}

void DemoTest::cleanup() {
    QCOMPARE(run({u"demo"_s, u"down"_s}).code, 0);
    QCOMPARE(aliveOf(m_processes), QString());
}

void DemoTest::started(const QByteArray& json) {
    const auto endpoints = demoFromJson(QJsonDocument::fromJson(json).object());
    QVERIFY2(endpoints, json.constData());
    m_demo = *endpoints;
    const auto identity = ProcessIdentity::of(m_demo.pid);
    QVERIFY(identity);
    m_processes = descendants(m_demo.pid) << *identity;
    QVERIFY(m_processes.size() >= 3);
    m_directories = {m_demo.directory, QFileInfo(QUrl(m_demo.redisUrl).path()).path(),
                     m_demo.postgresUrl.section(u"host="_s, 1).section(u'&', 0, 0)};
    for (const auto& directory : m_directories) QVERIFY2(QDir(directory).exists(), qPrintable(directory));
}

bool DemoTest::directoriesExist() const {
    return std::any_of(m_directories.begin(), m_directories.end(),
                       [](const auto& d) { return QDir(d).exists(); });
}

void DemoTest::upAnswersTwiceAndDownLeavesNothing() {
    const auto first = run({u"demo"_s, u"up"_s, u"--json"_s});
    QVERIFY2(first.code == 0, qPrintable(first.err));
    started(first.out.toUtf8());
    const auto second = run({u"demo"_s, u"up"_s, u"--json"_s});
    QCOMPARE(second.code, 0);
    QCOMPARE(demoFromJson(QJsonDocument::fromJson(second.out.toUtf8()).object()), m_demo);
    QVERIFY(first.out.contains(u"\"started\":true"_s) && second.out.contains(u"\"started\":false"_s));
    QVERIFY2(second.err.contains(u"already running"_s), qPrintable(second.err));
    QCOMPARE(m_demo.mappingFiles.size(), 2);
    for (const auto& file : m_demo.mappingFiles) QVERIFY2(QFile::exists(file), qPrintable(file));
    QCOMPARE(demoConnections(m_demo).front().invariants.size(), std::size_t{1});
    QCOMPARE(run({u"demo"_s, u"down"_s}).code, 0);
    QCOMPARE(aliveOf(m_processes), QString());
    QVERIFY(!directoriesExist());
    QVERIFY(run({u"demo"_s, u"down"_s}).out.contains(u"No demo is running"_s));
}

QJsonObject DemoTest::answer(const QStringList& arguments) {
    const auto answered = run(arguments + QStringList{u"--json"_s});
    if (answered.code != 0) qWarning("%s", qPrintable(answered.err));
    return QJsonDocument::fromJson(answered.out.toUtf8()).object();
}

// Every queue of one server, by system and name.
QMap<QString, QJsonObject> DemoTest::queues(const QJsonObject& status) {
    QMap<QString, QJsonObject> found;
    for (const auto& system : status[u"systems"_s].toArray())
        for (const auto& q : system[u"queues"_s].toArray())
            found[system[u"system"_s].toString() + u'/' + q[u"queue"_s].toString()] = q.toObject();
    return found;
}

QStringList DemoTest::findings(const QJsonObject& status) {
    QStringList ids;
    for (const auto& finding : status[u"findings"_s].toArray()) ids << finding[u"id"_s].toString();
    return ids;
}

double DemoTest::value(const QJsonObject& queue, const QString& signal) {
    return queue[signal][u"value"_s].toDouble(-1);
}

// Looks again and again for a minute.
bool DemoTest::soonShows(const QString& connection, const std::function<bool(const Queues&)>& expected) {
    const QDeadlineTimer deadline(60'000);
    do {
        if (expected(queues(answer(statusOf(connection, u"5s"_s))))) return true;
    } while (!deadline.hasExpired());
    return false;
}

void DemoTest::itShowsItsIncidents() {
    const auto up = run({u"demo"_s, u"up"_s, u"--json"_s});
    QVERIFY2(up.code == 0, qPrintable(up.err));
    started(up.out.toUtf8());
    QProcess redisStatus;  // while the other server is looked at
    redisStatus.setProcessEnvironment(environment());
    redisStatus.start(spillwayctl(), statusOf(u"@demo-redis"_s, u"10s"_s) << u"--json"_s);
    const auto onPostgres = answer(statusOf(u"@demo-pg"_s, u"10s"_s));
    const auto redis = queues(QJsonDocument::fromJson(finish(redisStatus).out.toUtf8()).object());
    const auto postgres = queues(onPostgres);
    for (const auto& told : m_demo.queues)
        QVERIFY2((postgres.contains(told.system + u'/' + told.queue) ||
                  redis.contains(told.system + u'/' + told.queue)),
                 qPrintable(told.queue));
    backlogsShow(postgres, redis);
    deadLettersShow(postgres, redis);
    retriesShow(postgres, redis);
    lostJobsShow(onPostgres, redis);
    duplicatesAndTheirDriftShow();
    theHistoryHasTheDeploy();
    oldDeadLettersRunWhenTheyAreReplayed();
    lostInvoicesCanBeReleased();
    stagingRunsOneWhereTheOtherRunsMany();
}

void DemoTest::stagingRunsOneWhereTheOtherRunsMany() {
    const auto parity =
        run({u"parity"_s, u"@demo-staging"_s, u"@demo-redis"_s, u"--system"_s, u"sidekiq"_s, u"--json"_s});
    QVERIFY2(parity.code == 4, qPrintable(parity.err));
    const auto compared = QJsonDocument::fromJson(parity.out.toUtf8()).object();
    QCOMPARE(compared[u"verdict"_s].toString(), u"untested"_s);
    QCOMPARE(compared[u"queues"_s].toArray().size(), 2);
    const auto drill = run({u"drill"_s, u"claim"_s, u"@demo-staging"_s, u"--style"_s, u"atomic"_s,
                            u"--jobs"_s, u"2000"_s, u"--json"_s});
    QVERIFY2(drill.code == 0, qPrintable(drill.err));
    const auto found = QJsonDocument::fromJson(drill.out.toUtf8()).object();
    QCOMPARE(found[u"environment"_s].toString(), u"staging"_s);
    QCOMPARE(found[u"duplicate_claims"_s][u"value"_s].toInt(-1), 0);
}

// It has written, so that nothing but the end of its server ends it.
void DemoTest::aDrillScriptThatLoopsIsStagingsTroubleAlone() {
    const auto up = run({u"demo"_s, u"up"_s, u"--json"_s});
    QVERIFY2(up.code == 0, qPrintable(up.err));
    started(up.out.toUtf8());
    QFile script(m_state->filePath(u"loops.lua"_s));
    QVERIFY(script.open(QIODevice::WriteOnly));
    script.write("local id = redis.call('LPOP', KEYS[1])\nwhile true do end\n");
    script.close();
    const auto drill = run({u"drill"_s, u"claim"_s, u"@demo-staging"_s, u"--claim-lua"_s, script.fileName()});
    QVERIFY2(drill.code != 0 && drill.err.contains(u"SHUTDOWN NOSAVE"_s), qPrintable(drill.err));
    const auto redis = queues(answer(statusOf(u"@demo-redis"_s, u"3s"_s)));
    QVERIFY(redis.contains(u"sidekiq/default"_s));
    QVERIFY(ProcessIdentity::of(m_demo.pid).has_value());
    QCOMPARE(run({u"demo"_s, u"down"_s}).code, 0);
    QCOMPARE(aliveOf(m_processes), QString());
}

void DemoTest::backlogsShow(const Queues& postgres, const Queues& redis) {
    QCOMPARE(postgres[u"pgboss/orders"_s][u"drain_verdict"_s].toString(), u"never_drains"_s);
    QVERIFY(value(postgres[u"pgboss/orders"_s], u"ready"_s) >= 10'000);
    QCOMPARE(postgres[u"mapped:jobs/thumbnails"_s][u"drain_verdict"_s].toString(), u"drains"_s);
    QCOMPARE(redis[u"bullmq/notifications"_s][u"drain_verdict"_s].toString(), u"never_drains"_s);
    QCOMPARE(redis[u"bullmq/reports"_s][u"paused"_s].toBool(), true);
}

void DemoTest::deadLettersShow(const Queues& postgres, const Queues& redis) {
    const auto emails = postgres[u"pgboss/emails"_s];
    QVERIFY(value(emails, u"dead"_s) >= 2'000);
    QVERIFY(value(emails, u"dead_oldest_age_s"_s) > 91 * 86'400.0);
    const auto mailers = redis[u"sidekiq/mailers"_s];
    QVERIFY(value(mailers, u"dead"_s) >= 1'900);  // estimated from a sample
    QVERIFY(value(mailers, u"dead_oldest_age_s"_s) > 91 * 86'400.0);
}

void DemoTest::retriesShow(const Queues& postgres, const Queues& redis) {
    QCOMPARE(value(postgres[u"pgboss/partner-sync"_s], u"potential_amplification"_s), 6.0);
    QVERIFY(soonShows(u"@demo-pg"_s, [](const Queues& seen) {
        return value(seen[u"pgboss/partner-sync"_s], u"retry_share"_s) > 0.4;
    }));
    QVERIFY(value(postgres[u"pgboss/webhooks"_s], u"retrying"_s) > 0);
    // Its first retries come eight seconds after the start: one look may be too early.
    QVERIFY(soonShows(u"@demo-redis"_s, [](const Queues& seen) {
        return value(seen[u"bullmq/webhooks"_s], u"amplification"_s) > 1.5;
    }));
    QVERIFY(value(redis[u"sidekiq/mailers"_s], u"retrying"_s) >= 3'000);
    for (const auto& queue : answer({u"retries"_s, u"@demo-pg"_s})[u"queues"_s].toArray()) {
        if (queue[u"queue"_s].toString() != u"crm-sync"_s) continue;
        QVERIFY(queue[u"due_within_1h"_s][u"value"_s].toInt() >= 800);
        QCOMPARE(queue[u"wave"_s][u"synchronised"_s].toBool(), true);
        return;
    }
    QFAIL("no wave is to come");
}

void DemoTest::lostJobsShow(const QJsonObject& onPostgres, const Queues& redis) {
    QCOMPARE(value(queues(onPostgres)[u"pgboss/invoices"_s], u"stuck"_s), 3.0);
    QCOMPARE(findings(onPostgres).filter(u"orphaned:pgboss"_s).size(), 1);
    QCOMPARE(value(redis[u"bullmq/reports"_s], u"stuck"_s), 1.0);
}

// About one claim in a thousand, a hundred in a second; the leases of the four lost jobs end after 20 s.
void DemoTest::duplicatesAndTheirDriftShow() {
    Queues seen;
    QStringList found;
    const auto all = [&] {
        const auto now = answer(statusOf(u"@demo-pg"_s, u"3s"_s));
        seen = queues(now);
        found = findings(now);
        const auto payments = seen[u"mapped:payments/payments"_s];
        return value(payments, u"duplicate_claims"_s) >= 1 && value(payments, u"stuck"_s) == 4 &&
               !found.filter(u"drift:"_s).isEmpty() &&
               !found.filter(u"duplicate_claims:mapped:payments"_s).isEmpty();
    };
    const QDeadlineTimer deadline(60'000);
    while (!all()) QVERIFY2(!deadline.hasExpired(), qPrintable(found.join(u' ')));
    const auto payments = seen[u"mapped:payments/payments"_s];
    QVERIFY2(value(payments, u"duplicate_rate_ppm"_s) < 20'000, "one in a thousand, not one in fifty");
    QCOMPARE(payments[u"duplicate_claims"_s][u"provenance"_s].toString(), u"exact"_s);
    const auto refunds = seen[u"mapped:payments/refunds"_s];
    QCOMPARE(value(refunds, u"duplicate_claims"_s), 0.0);
    QVERIFY(value(refunds, u"claims"_s) > 300);
    QVERIFY(value(refunds, u"duplicate_upper95_ppm"_s) < 10'000);
}

void DemoTest::theHistoryHasTheDeploy() {
    const QStringList history{u"--history"_s, m_demo.historyFile, u"--connection"_s, u"demo-pg"_s};
    QStringList kinds;
    bool others = false;  // marks on charts that they do not concern
    const auto marks = [&] {
        kinds.clear();
        for (const auto& mark :
             answer(QStringList{u"history"_s, u"marks"_s} + history)[u"marks"_s].toArray()) {
            kinds << mark[u"kind"_s].toString() + u' ' + mark[u"text"_s].toString();
            others |= mark[u"queue"_s].toString() != u"payments"_s;
        }
        return kinds.size() >= 2;
    };
    QTRY_VERIFY_WITH_TIMEOUT(marks(), 20'000);
    QCOMPARE(kinds.count(u"deploy deploy 4f2c"_s), 1);
    QVERIFY(!others);
    QVERIFY2(!kinds.filter(u"drift "_s).isEmpty(), qPrintable(kinds.join(u", "_s)));
    const auto ready = run(QStringList{u"history"_s, u"export"_s, u"--queue"_s, u"payments"_s, u"--metric"_s,
                                       u"ready"_s, u"--last"_s, u"10m"_s} +
                           history);
    QVERIFY2(ready.out.count(u'\n') > 5, qPrintable(ready.out + ready.err));
}

void DemoTest::oldDeadLettersRunWhenTheyAreReplayed() {
    const auto plan = answer({u"replay"_s, u"@demo-pg"_s, u"--queue"_s, u"emails"_s, u"--limit"_s, u"14"_s});
    QVERIFY(!plan[u"plan"_s].toString().isEmpty());
    const auto report = answer({u"replay"_s, u"@demo-pg"_s, u"--apply"_s, plan[u"plan"_s].toString(),
                                u"--reason"_s, u"the relay is back"_s});
    QCOMPARE(report[u"outcome"_s].toString(), u"done"_s);
    QCOMPARE(report[u"moved"_s].toInt(), 14);
    QCOMPARE(report[u"canary"_s][u"succeeded"_s].toInt(), 11);
}

void DemoTest::lostInvoicesCanBeReleased() {
    const auto plan = answer({u"release"_s, u"@demo-pg"_s, u"--queue"_s, u"invoices"_s, u"--stuck"_s});
    QCOMPARE(plan[u"planned"_s].toInt(), 3);
    const auto report =
        answer({u"release"_s, u"@demo-pg"_s, u"--apply"_s, plan[u"plan"_s].toString(), u"--reason"_s,
                u"the worker is gone"_s, u"--override"_s, u"lease_evidence"_s});
    QCOMPARE(report[u"moved"_s].toInt(), 3);
}

void DemoTest::withoutADemoItsNamesSaySo() {
    const auto nobody = run({u"status"_s, u"@demo-pg"_s});
    QCOMPARE(nobody.code, 2);
    QVERIFY2(nobody.err.contains(u"No demo is running"_s), qPrintable(nobody.err));
}

void DemoTest::aKilledDemoTakesItsServersAlong() {
    const auto up = run({u"demo"_s, u"up"_s, u"--json"_s});
    QVERIFY2(up.code == 0, qPrintable(up.err));
    started(up.out.toUtf8());
    QLocalSocket client;  // a PostgreSQL that waits for its clients would never end
    client.connectToServer(m_directories.last() + u"/.s.PGSQL.5432"_s);
    QVERIFY(client.waitForConnected(2000));
    ::kill(static_cast<pid_t>(m_demo.pid), SIGKILL);
    QTRY_COMPARE_WITH_TIMEOUT(aliveOf(m_processes), QString(), 30'000);
    QVERIFY(directoriesExist());
    const QStringList dead = m_directories;
    const auto again = run({u"demo"_s, u"up"_s, u"--json"_s});
    QVERIFY2(again.code == 0, qPrintable(again.err));
    for (const auto& directory : dead) QVERIFY2(!QDir(directory).exists(), qPrintable(directory));
    started(again.out.toUtf8());
}

void DemoTest::controlCStopsTheForegroundDemo() {
    QProcess process;
    process.setProcessEnvironment(environment());
    process.start(spillwayctl(), {u"demo"_s, u"--json"_s});
    QByteArray line;
    while (!line.endsWith('\n') && process.waitForReadyRead(60'000)) line += process.readAllStandardOutput();
    started(line);
    QCOMPARE(m_demo.pid, process.processId());
    ::kill(static_cast<pid_t>(process.processId()), SIGINT);
    const auto ended = finish(process, 15'000);
    QVERIFY2(ended.code == 0, qPrintable(ended.err));
    QCOMPARE(aliveOf(m_processes), QString());
    QVERIFY(!directoriesExist());
}

// As when the window was killed: the kernel says so once for each of its threads.
void DemoTest::toldTwiceItStillCleansUp() {
    QProcess process;
    process.setProcessEnvironment(environment());
    process.start(spillwayctl(), {u"demo"_s, u"--json"_s});
    QByteArray line;
    while (!line.endsWith('\n') && process.waitForReadyRead(60'000)) line += process.readAllStandardOutput();
    started(line);
    for (int i = 0; i < 3; ++i) {
        ::kill(static_cast<pid_t>(process.processId()), SIGTERM);
        QTest::qWait(20);
    }
    const auto ended = finish(process, 15'000);
    QVERIFY2(ended.code == 0, qPrintable(ended.err));
    QCOMPARE(aliveOf(m_processes), QString());
    QVERIFY(!directoriesExist());
}

void DemoTest::theWindowsDoorOpensIt() {
    qputenv("XDG_RUNTIME_DIR", m_state->path().toUtf8());
    std::optional<DemoLauncher> launcher(spillwayctl());
    QSignalSpy ready(&*launcher, &DemoLauncher::ready);
    launcher->start();
    QVERIFY(ready.wait(60'000));
    const auto endpoints = ready.first().first().value<DemoEndpoints>();
    QVERIFY(endpoints.postgresUrl.startsWith(u"postgresql://"_s));
    QVERIFY(endpoints.redisUrl.startsWith(u"unix://"_s));
    const auto demo = ProcessIdentity::of(endpoints.pid);
    QVERIFY(demo);
    launcher.reset();  // the window closes
    QVERIFY(!demo->alive());
    DemoLauncher nowhere(u"/no/such/spillwayctl"_s);
    QSignalSpy failed(&nowhere, &DemoLauncher::failed);
    nowhere.start();
    QTRY_COMPARE(failed.count(), 1);
    const auto said = failed[0][0].value<Failure>();
    QVERIFY2(said.what.startsWith(u"/no/such/spillwayctl, which runs the demo, does not start"_s),
             qPrintable(said.what));
    QVERIFY2(said.serverSaid.isEmpty(), qPrintable(said.serverSaid));  // no server is involved
}

void DemoTest::leftOversOfTheLivingStay() {
    const auto mine = ServerDirectory::create(u"test"_s, {});
    const auto dead = ServerDirectory::create(u"test"_s, {});
    const auto unmarked = ServerDirectory::create(u"test"_s, {});
    QVERIFY(mine.ok() && dead.ok() && unmarked.ok());
    QFile mark(dead.value()->path() + u"/owner"_s);
    QVERIFY(mark.open(QIODevice::WriteOnly));
    mark.write("1 1");  // no process 1 was ever started at tick 1
    mark.close();
    QVERIFY(QFile::remove(unmarked.value()->path() + u"/owner"_s));
    const QStringList removed = removeLeftOvers();
    QVERIFY(removed.contains(dead.value()->path()));
    QVERIFY(!QDir(dead.value()->path()).exists());
    QVERIFY(QDir(mine.value()->path()).exists());
    QVERIFY(QDir(unmarked.value()->path()).exists());
}

QTEST_GUILESS_MAIN(DemoTest)
#include "tst_demo.moc"

// The demo starts, shows its incidents, stops, and leaves nothing behind: told by process ids and paths.
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

bool anyAlive(const QList<ProcessIdentity>& processes) {
    return std::any_of(processes.begin(), processes.end(), [](const auto& p) { return p.alive(); });
}

}  // namespace

class DemoTest : public QObject {
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void upAnswersTwiceAndDownLeavesNothing();
    void itShowsItsIncidents();
    void aKilledDemoTakesItsServersAlong();
    void controlCStopsTheForegroundDemo();
    void theWindowsDoorOpensIt();
    void leftOversOfTheLivingStay();

private:
    ProgramRun run(const QStringList& arguments) { return runSpillwayctl(arguments, environment()); }
    QProcessEnvironment environment() const { return environmentWith(u"XDG_RUNTIME_DIR"_s, m_state->path()); }
    void started(const QByteArray& json);
    [[nodiscard]] bool directoriesExist() const;
    QMap<QString, QJsonObject> queues(const QStringList& arguments);

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
    QVERIFY(!anyAlive(m_processes));
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
    QVERIFY(QFile::exists(m_demo.mappingFile));
    QCOMPARE(run({u"demo"_s, u"down"_s}).code, 0);
    QVERIFY(!anyAlive(m_processes));
    QVERIFY(!directoriesExist());
    QVERIFY(run({u"demo"_s, u"down"_s}).out.contains(u"No demo is running"_s));
}

// Every queue of one server, by system and name.
QMap<QString, QJsonObject> DemoTest::queues(const QStringList& arguments) {
    const auto status =
        run(QStringList{u"status"_s, u"--json"_s, u"--window"_s, u"10s"_s, u"--interval"_s, u"500ms"_s} +
            arguments);
    if (status.code != 0) qWarning("%s", qPrintable(status.err));
    QMap<QString, QJsonObject> found;
    for (const auto& system : QJsonDocument::fromJson(status.out.toUtf8())[u"systems"_s].toArray())
        for (const auto& q : system[u"queues"_s].toArray())
            found[system[u"system"_s].toString() + u'/' + q[u"queue"_s].toString()] = q.toObject();
    return found;
}

void DemoTest::itShowsItsIncidents() {
    const auto up = run({u"demo"_s, u"up"_s, u"--json"_s});
    QVERIFY2(up.code == 0, qPrintable(up.err));
    started(up.out.toUtf8());
    const auto postgres = queues({m_demo.postgresUrl, u"--mapping"_s, m_demo.mappingFile});
    const auto orders = postgres[u"pgboss/orders"_s];
    QCOMPARE(orders[u"drain_verdict"_s].toString(), u"never_drains"_s);
    QVERIFY(orders[u"ready"_s][u"value"_s].toInt() >= 10'000);
    const auto emails = postgres[u"pgboss/emails"_s];
    QVERIFY(emails[u"dead"_s][u"value"_s].toInt() >= 2'000);
    QVERIFY(emails[u"dead_oldest_age_s"_s][u"value"_s].toDouble() > 91 * 86'400.0);
    QVERIFY(postgres[u"pgboss/webhooks"_s][u"retrying"_s][u"value"_s].toInt() > 0);
    QCOMPARE(postgres[u"mapped:jobs/thumbnails"_s][u"drain_verdict"_s].toString(), u"drains"_s);

    const auto redis = queues({m_demo.redisUrl});
    QCOMPARE(redis[u"bullmq/notifications"_s][u"drain_verdict"_s].toString(), u"never_drains"_s);
    QVERIFY(redis[u"bullmq/webhooks"_s][u"retrying"_s][u"value"_s].toInt() > 0);
    QCOMPARE(redis[u"bullmq/reports"_s][u"paused"_s].toBool(), true);
    QVERIFY(redis[u"bullmq/webhooks"_s][u"amplification"_s][u"value"_s].toDouble() > 1.11);
    QCOMPARE(redis[u"bullmq/reports"_s][u"stuck"_s][u"value"_s].toInt(), 1);
    const auto mailers = redis[u"sidekiq/mailers"_s];
    QVERIFY(mailers[u"retrying"_s][u"value"_s].toInt() >= 3'000);
    QVERIFY(mailers[u"dead"_s][u"value"_s].toInt() >= 1'900);  // estimated from a sample
    QVERIFY(mailers[u"dead_oldest_age_s"_s][u"value"_s].toDouble() > 91 * 86'400.0);
    for (const auto& told : m_demo.queues)
        QVERIFY2((postgres.contains(told.system + u'/' + told.queue) ||
                  redis.contains(told.system + u'/' + told.queue)),
                 qPrintable(told.queue));
}

void DemoTest::aKilledDemoTakesItsServersAlong() {
    const auto up = run({u"demo"_s, u"up"_s, u"--json"_s});
    QVERIFY2(up.code == 0, qPrintable(up.err));
    started(up.out.toUtf8());
    QLocalSocket client;  // a PostgreSQL that waits for its clients would never end
    client.connectToServer(m_directories.last() + u"/.s.PGSQL.5432"_s);
    QVERIFY(client.waitForConnected(2000));
    ::kill(static_cast<pid_t>(m_demo.pid), SIGKILL);
    QTRY_VERIFY_WITH_TIMEOUT(!anyAlive(m_processes), 15'000);
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
    QVERIFY(!anyAlive(m_processes));
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

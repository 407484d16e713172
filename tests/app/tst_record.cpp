// The headless recorder as a program against real servers: what was read is in the history, whatever ends
// it; a restart shows as a gap; one instance records.
#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocalSocket>
#include <QTemporaryDir>
#include <QTest>
#include <csignal>

#include "app/demo/free_port.h"
#include "app/demo/private_redis.h"
#include "backends/history/history_store.h"
#include "tests/support/program_run.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {
const QByteArray kOneQueue =
    "HSET bull:mailers:meta version bullmq:5.7.0\r\nSET bull:mailers:id 1\r\n"
    "HSET bull:mailers:1 name mail timestamp 1700000000500 delay 0 priority 0\r\nLPUSH bull:mailers:wait "
    "1\r\n";
}

class RecordTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init() { m_folder.emplace(); }
    void aSignalLosesNothing_data();
    void aSignalLosesNothing();
    void aRestartIsAGap();
    void onlyOneRecords();
    void theOtherOneWaits();
    void aMarkShowsWhileItRecords();
    void aMarkNeedsNoRecorder();
    void aMarkFollowsTheServersClock();
    void severalConnectionsEachWithItsFate();
    void aFailureIsToldOnce();
    void allSavedConnections();
    void whatCannotBeRecorded();
    void findingsBeganWhenTheyWereFirstRecorded();
    void exportFormats();
    void withoutAHistory();

private:
    QProcessEnvironment environment() const {
        auto environment = environmentWith(u"XDG_STATE_HOME"_s, m_folder->path());
        environment.insert(u"XDG_CONFIG_HOME"_s, m_folder->path());
        return environment;
    }
    ProgramRun spill(const QStringList& words) const { return runSpillwayctl(words, environment()); }
    QJsonDocument json(QStringList words) const {
        const auto run = spill(words << u"--json"_s);
        if (run.code != 0) qWarning("%s", qPrintable(run.err));
        return QJsonDocument::fromJson(run.out.toUtf8());
    }
    std::unique_ptr<QProcess> recorder(const QStringList& more = {}) const;
    // Of the queue's `ready`: how many samples, how many of them after a gap.
    std::pair<qint64, int> samples() const;
    static bool send(PrivateRedis& redis, const QByteArray& commands);
    static bool says(QProcess& process, const QByteArray& words);
    static ProgramRun end(QProcess& process, int signal = SIGTERM);

    std::unique_ptr<PrivateRedis> m_redis;
    std::optional<QTemporaryDir> m_folder;
};

void RecordTest::initTestCase() {
    auto server = PrivateRedis::start({.tcp = true, .arguments = {}});
    QVERIFY(server.ok());
    m_redis = std::move(server).value();
    QVERIFY(send(*m_redis, kOneQueue));
}

bool RecordTest::send(PrivateRedis& redis, const QByteArray& commands) {
    QLocalSocket socket;
    socket.connectToServer(redis.socketPath());
    if (!socket.waitForConnected(2000)) return false;
    socket.write(commands);
    return socket.waitForBytesWritten(2000) && socket.waitForReadyRead(2000);
}

bool RecordTest::says(QProcess& process, const QByteArray& words) {
    QElapsedTimer timer;
    QByteArray told;
    for (timer.start(); timer.elapsed() < 10'000 && !told.contains(words);) {
        process.waitForReadyRead(100);
        told += process.readAllStandardError();
    }
    return told.contains(words);
}

// Returns once it has said that it records.
std::unique_ptr<QProcess> RecordTest::recorder(const QStringList& more) const {
    auto process = std::make_unique<QProcess>();
    process->setProcessEnvironment(environment());
    process->start(spillwayctl(),
                   QStringList{u"record"_s, m_redis->url(), u"--interval"_s, u"50ms"_s, u"--json"_s} + more,
                   QIODevice::ReadOnly);
    (void)says(*process, "Recording");
    return process;
}

ProgramRun RecordTest::end(QProcess& process, int signal) {
    ::kill(static_cast<pid_t>(process.processId()), signal);
    return finish(process, 10'000);
}

std::pair<qint64, int> RecordTest::samples() const {
    const auto document = json({u"history"_s, u"export"_s, u"--queue"_s, u"mailers"_s, u"--metric"_s,
                                u"ready"_s, u"--last"_s, u"1h"_s, u"--points"_s, u"100000"_s});
    qint64 count = 0;
    int gaps = 0;
    const auto points = document[u"series"_s][0][u"points"_s].toArray();
    for (const auto& point : points) {
        count += point[u"count"_s].toInteger();
        gaps += point[u"gap_before"_s].toBool() ? 1 : 0;
    }
    return {count, gaps};
}

void RecordTest::aSignalLosesNothing_data() {
    QTest::addColumn<int>("signal");
    QTest::newRow("SIGTERM") << SIGTERM;
    QTest::newRow("SIGINT") << SIGINT;
    QTest::newRow("SIGHUP") << SIGHUP;
}

// The store writes every 15 s: what came since then is written at the end.
void RecordTest::aSignalLosesNothing() {
    QFETCH(int, signal);
    const auto process = recorder();
    QTest::qWait(700);
    const auto run = end(*process, signal);
    QVERIFY2(run.code == 0, qPrintable(run.err));
    const auto told = QJsonDocument::fromJson(run.out.toUtf8())[u"connections"_s][0];
    const qint64 readings = told[u"readings"_s].toInteger();
    QVERIFY2(readings > 3, qPrintable(run.out));
    QCOMPARE(told[u"name"_s].toString(), m_redis->url());
    QCOMPARE(samples().first, readings);
}

void RecordTest::aRestartIsAGap() {
    // Five polls, which no governor stretches; a busy machine may be late by 300 ms.
    const QStringList record{u"record"_s, m_redis->url(), u"--interval"_s, u"200ms"_s, u"--for"_s, u"1s"_s};
    const auto first = spill(record);
    QVERIFY2(first.code == 0, qPrintable(first.err));
    QVERIFY2(first.out.contains(u"readings recorded"_s), qPrintable(first.out));
    const auto [before, gapsBefore] = samples();
    QCOMPARE(gapsBefore, 1);  // before the first sample ever
    QTest::qWait(1500);       // what nobody recorded
    QCOMPARE(spill(record).code, 0);
    const auto [after, gapsAfter] = samples();
    QVERIFY2(after > before + 3, qPrintable(QString::number(after)));
    QCOMPARE(gapsAfter, 2);
}

void RecordTest::onlyOneRecords() {
    const auto process = recorder();
    const auto second = spill({u"record"_s, m_redis->url(), u"--once"_s});
    QCOMPARE(second.code, 1);
    QCOMPARE(second.out, QString());
    QVERIFY2(
        second.err.contains(u"process %1"_s.arg(process->processId())) && second.err.contains(u"--wait"_s),
        qPrintable(second.err));
    QCOMPARE(end(*process).code, 0);
    QCOMPARE(spill({u"record"_s, m_redis->url(), u"--once"_s}).code, 0);  // now it is free
}

void RecordTest::theOtherOneWaits() {
    const auto process = recorder();
    QProcess waiting;
    waiting.setProcessEnvironment(environment());
    waiting.start(spillwayctl(), {u"record"_s, m_redis->url(), u"--wait"_s});
    QVERIFY(says(waiting, "Waiting: Another instance"));
    const auto waited = end(waiting);
    QVERIFY2(waited.code == 0, qPrintable(waited.err));
    QVERIFY2(waited.out.contains(u": 0 readings"_s), qPrintable(waited.out));
    QCOMPARE(end(*process).code, 0);
}

void RecordTest::aMarkShowsWhileItRecords() {
    const auto process = recorder();
    const auto marked =
        json({u"mark"_s, u"deploy 4f2c"_s, u"--queue"_s, u"mailers"_s, u"--connection"_s, u"@prod"_s});
    QCOMPARE(marked[u"mark"_s][u"connection"_s].toString(), u"prod"_s);
    const auto mark = json({u"history"_s, u"marks"_s})[u"marks"_s][0];
    QCOMPARE(mark, marked[u"mark"_s]);
    QCOMPARE(mark[u"text"_s].toString(), u"deploy 4f2c"_s);
    QCOMPARE(mark[u"kind"_s].toString(), u"deploy"_s);
    QCOMPARE(json({u"history"_s, u"marks"_s, u"--connection"_s, u"other"_s})[u"marks"_s].toArray().size(), 0);
    QCOMPARE(end(*process).code, 0);
    QCOMPARE(json({u"history"_s, u"marks"_s})[u"marks"_s].toArray().size(), 1);
}

void RecordTest::aMarkFollowsTheServersClock() {
    const QString path = m_folder->filePath(u"spillway/history.sqlite"_s);
    QVERIFY(QDir().mkpath(QFileInfo(path).path()));
    {
        const SystemClock clock;
        const auto store = HistoryStore::open({.path = path}, clock);
        QVERIFY2(store.ok(), "the history opens");
        for (const auto& [name, skew_s] : {std::pair{u"ahead"_s, 3'600.0}, {u"together"_s, 0.4}}) {
            const auto at = clock.wallNow() + std::chrono::milliseconds(std::llround(skew_s * 1000));
            store.value()->record({name, at, skew_s, {{{}, {}, {{u"clock_skew_s"_s, skew_s}}}}});
        }
    }
    const auto secondsAhead = [&](const QString& connection) {
        const auto mark = json({u"mark"_s, u"deploy"_s, u"--connection"_s, connection})[u"mark"_s];
        const auto at = QDateTime::fromString(mark[u"at"_s].toString(), Qt::ISODateWithMs);
        return static_cast<double>(QDateTime::currentDateTimeUtc().msecsTo(at)) / 1000;
    };
    QVERIFY(std::abs(secondsAhead(u"@ahead"_s) - 3'600) < 60);
    QVERIFY(std::abs(secondsAhead(u"@together"_s)) < 60);
    QVERIFY(std::abs(secondsAhead(u"@unheard-of"_s)) < 60);
}

void RecordTest::aMarkNeedsNoRecorder() {
    QCOMPARE(spill({u"mark"_s, u"old deploy"_s, u"--at"_s, u"2h"_s}).code, 0);
    QCOMPARE(spill({u"mark"_s, u"new\ndeploy"_s, u"--kind"_s, u"action"_s}).code, 0);
    QCOMPARE(spill({u"mark"_s, u"  "_s}).code, 2);
    QCOMPARE(spill({u"mark"_s, u"x"_s, u"--at"_s, u"tomorrow"_s}).code, 2);
    const auto all = spill({u"history"_s, u"marks"_s});
    QVERIFY2(all.out.contains(u"old deploy"_s) && all.out.contains(u"new\\ndeploy"_s), qPrintable(all.out));
    const auto late = json({u"history"_s, u"marks"_s, u"--last"_s, u"1h"_s})[u"marks"_s].toArray();
    QCOMPARE(late.size(), 1);
    QCOMPARE(late[0][u"text"_s].toString(), u"new\ndeploy"_s);
}

void RecordTest::severalConnectionsEachWithItsFate() {
    const QString dead = u"redis://127.0.0.1:%1/0"_s.arg(freeLoopbackPort());
    const QString second = u"redis://127.0.0.1:%1/0"_s.arg(m_redis->port());
    const auto run = spill({u"record"_s, m_redis->url(), dead, second, u"--once"_s, u"--json"_s});
    QVERIFY2(run.code == 5, qPrintable(run.err));
    const auto told = QJsonDocument::fromJson(run.out.toUtf8())[u"connections"_s];
    QCOMPARE(told[0][u"readings"_s].toInt(), 1);
    QCOMPARE(told[1][u"readings"_s].toInt(), 0);
    QVERIFY(told[1][u"failure"_s].toString().contains(u"127.0.0.1"_s));
    QCOMPARE(told[2][u"readings"_s].toInt(), 1);
    QCOMPARE(spill({u"record"_s, dead, u"--once"_s}).code, 3);
    const auto series = json({u"history"_s, u"series"_s, u"--queue"_s, u"mailers"_s})[u"series"_s].toArray();
    QCOMPARE(series.size(), 2);  // of two connections
}

void RecordTest::aFailureIsToldOnce() {
    auto server = PrivateRedis::start();
    QVERIFY(server.ok());
    QProcess process;
    process.setProcessEnvironment(environment());
    process.start(spillwayctl(), {u"record"_s, m_redis->url(), server.value()->url(), u"--interval"_s,
                                  u"50ms"_s, u"--for"_s, u"3s"_s, u"--json"_s});
    QTest::qWait(600);  // the second one has no queue yet: that is a failure, and not tried again by itself
    const auto run = finish(process, 15'000);
    QVERIFY2(run.code == 5, qPrintable(run.err));
    const auto told = QJsonDocument::fromJson(run.out.toUtf8())[u"connections"_s];
    QVERIFY(told[0][u"readings"_s].toInt() > 10);
    QCOMPARE(told[1][u"readings"_s].toInt(), 0);
    QCOMPARE(run.err.count(u"has no queue system"_s), 1);  // told once, not at every try
}

void RecordTest::allSavedConnections() {
    QVERIFY(QDir(m_folder->path()).mkpath(u"spillway"_s));
    QFile file(m_folder->filePath(u"spillway/connections.toml"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(
        u"[queues]\nurl = \"%1\"\n[secret]\nurl = \"redis://x\"\npassword_env = \"NOT_SET_ANYWHERE\"\n"_s
            .arg(m_redis->url())
            .toUtf8());
    file.close();
    const auto run = spill({u"record"_s, u"--all"_s, u"--once"_s, u"--json"_s});
    QVERIFY2(run.code == 5, qPrintable(run.err));  // the other one lacks its password
    QVERIFY2(run.err.contains(u"NOT_SET_ANYWHERE"_s), qPrintable(run.err));
    const auto told = QJsonDocument::fromJson(run.out.toUtf8())[u"connections"_s].toArray();
    QCOMPARE(told.size(), 1);
    QCOMPARE(told[0][u"name"_s].toString(), u"queues"_s);
    const auto exported =
        spill({u"history"_s, u"export"_s, u"--connection"_s, u"@queues"_s, u"--metric"_s, u"ready"_s});
    QVERIFY2(exported.out.contains(u",queues,bullmq,mailers,ready,1,1,1,1,1,exact,"_s),
             qPrintable(exported.out));
}

void RecordTest::whatCannotBeRecorded() {
    QCOMPARE(spill({u"record"_s}).code, 2);
    QCOMPARE(spill({u"record"_s, u"--all"_s}).code, 2);  // none is saved
    QCOMPARE(spill({u"record"_s, u"--all"_s, m_redis->url()}).code, 2);
    QCOMPARE(spill({u"record"_s, u"@nope"_s}).code, 2);
    const auto run =
        spill({u"record"_s, m_redis->url(), u"--once"_s, u"--history"_s, u"/proc/nowhere/h.sqlite"_s});
    QCOMPARE(run.code, 1);
    QVERIFY2(run.err.contains(u"/proc/nowhere/h.sqlite cannot be written"_s), qPrintable(run.err));
}

void RecordTest::findingsBeganWhenTheyWereFirstRecorded() {
    auto server = PrivateRedis::start();
    QVERIFY(server.ok());
    QVERIFY(send(*server.value(), kOneQueue + "ZADD bull:mailers:failed 1700000000900 1\r\n"));
    const QString url = server.value()->url();
    const QStringList record{u"record"_s, url, u"--interval"_s, u"50ms"_s, u"--for"_s, u"700ms"_s};
    const auto began = [&] {  // two polls open it, whatever else there is to say
        const auto findings =
            json({u"status"_s, url, u"--window"_s, u"1s"_s, u"--interval"_s, u"100ms"_s})[u"findings"_s]
                .toArray();
        for (const auto& one : findings)
            if (one[u"id"_s] == u"dead_letters:bullmq:mailers"_s) return one[u"since"_s].toString();
        return QString();
    };
    const auto unrecorded = began();
    QVERIFY(!unrecorded.isEmpty());
    QCOMPARE(spill(record).code, 0);
    const auto recorded = began();
    QVERIFY2(recorded > unrecorded, qPrintable(recorded));
    QCOMPARE(spill(record).code, 0);  // goes on from what the first recorder knew
    QCOMPARE(began(), recorded);
}

void RecordTest::exportFormats() {
    QCOMPARE(spill({u"record"_s, m_redis->url(), u"--interval"_s, u"50ms"_s, u"--for"_s, u"500ms"_s}).code,
             0);
    const QStringList one{u"history"_s,  u"export"_s, u"--queue"_s,  u"mailers"_s,
                          u"--metric"_s, u"ready"_s,  u"--metric"_s, u"dead"_s};
    const auto csv = spill(one);
    QVERIFY2(csv.code == 0, qPrintable(csv.err));
    const QStringList lines = csv.out.trimmed().split(u'\n');
    QVERIFY(lines[0].startsWith(u"at,connection,system,queue,metric,min,max,last,mean,count"_s));
    for (const auto& line : lines) QCOMPARE(line.count(u','), 12);
    const auto series = json(one)[u"series"_s].toArray();
    QCOMPARE(series.size(), 2);
    const auto point = series.last()[u"points"_s][0];
    QCOMPARE(point[u"max"_s].toDouble(), series.last()[u"metric"_s] == u"ready"_s ? 1.0 : 0.0);
    QCOMPARE(spill(one + QStringList{u"--from"_s, u"1h"_s, u"--to"_s, u"2h"_s}).code, 2);
    QCOMPARE(spill(one + QStringList{u"--from"_s, u"3h"_s, u"--to"_s, u"2h"_s}).out.count(u'\n'), 1);
    const auto info = json({u"history"_s});
    QVERIFY(info[u"series"_s].toInt() > 5 && info[u"bytes"_s].toInt() > 0);
    const auto oldest = QDateTime::fromString(info[u"oldest"_s].toString(), Qt::ISODateWithMs);
    QVERIFY2(oldest.secsTo(QDateTime::currentDateTimeUtc()) < 120, qPrintable(info[u"oldest"_s].toString()));
}

void RecordTest::withoutAHistory() {
    for (const auto& what : {u"info"_s, u"series"_s, u"export"_s, u"marks"_s}) {
        const auto run = spill({u"history"_s, what});
        QCOMPARE(run.code, 1);
        QVERIFY2(run.err.contains(u"There is no history"_s), qPrintable(run.err));
    }
    QVERIFY(!QFile::exists(m_folder->filePath(u"spillway/history.sqlite"_s)));  // looking makes none
}

QTEST_GUILESS_MAIN(RecordTest)
#include "tst_record.moc"

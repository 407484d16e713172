// The program itself against real servers: exit codes, sentences, clean stdout, Ctrl+C.
#include <QElapsedTimer>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocalSocket>
#include <QTest>
#include <csignal>

#include "app/demo/free_port.h"
#include "app/demo/private_postgres.h"
#include "app/demo/private_redis.h"
#include "tests/support/program_run.h"
#include "tests/support/terminal_run.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {
const QByteArray kOneQueue =
    "HSET bull:mailers:meta version bullmq:6.7.0\r\nSET bull:mailers:id 1\r\n"
    "HSET bull:mailers:1 name mail timestamp 1700000000500 delay 0 priority 0\r\nLPUSH bull:mailers:wait "
    "1\r\n";
}

class SpillwayctlTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void failures_data();
    void failures();
    void aFrozenServerIsATimeout();
    void detectListsWhatIsThere();
    void statusIsOneDocument();
    void aServerThatDiesLeavesThePartKnown();
    void controlCEndsTheWindowEarly();
    void aTerminalGetsWhatFits();
    void checkIsUnknownWhenTheServerIsGone();

private:
    static QByteArray redis(const PrivateRedis& server, const QByteArray& commands);
    static bool waitForPoll(QProcess& process);

    std::unique_ptr<PrivatePostgres> m_postgres;
    std::unique_ptr<PrivateRedis> m_redis;   // empty, wants a password
    std::unique_ptr<PrivateRedis> m_queues;  // one BullMQ queue with one job
};

QByteArray SpillwayctlTest::redis(const PrivateRedis& server, const QByteArray& commands) {
    QLocalSocket socket;
    socket.connectToServer(server.socketPath());
    if (!socket.waitForConnected(2000)) return {};
    socket.write(commands);
    socket.waitForBytesWritten(2000);
    socket.waitForReadyRead(2000);
    return socket.readAll();
}

void SpillwayctlTest::initTestCase() {
    const QString passwordOnTcp = u"local all all trust\nhost all all all scram-sha-256\n"_s;
    auto postgres = PrivatePostgres::start({.tcp = true, .settings = {}, .hba = passwordOnTcp});
    QVERIFY2(postgres.ok(), postgres.ok() ? "" : qPrintable(postgres.failure().sentence()));
    m_postgres = std::move(postgres).value();
    auto redisServer = PrivateRedis::start({.tcp = true, .arguments = {u"--requirepass"_s, u"s3cret"_s}});
    QVERIFY(redisServer.ok());
    m_redis = std::move(redisServer).value();
    auto queues = PrivateRedis::start();
    QVERIFY(queues.ok());
    m_queues = std::move(queues).value();
    const QByteArray reply = redis(*m_queues, kOneQueue);
    QVERIFY2(!reply.isEmpty() && !reply.contains("-"), reply.constData());
}

void SpillwayctlTest::failures_data() {
    QTest::addColumn<QString>("url");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("told");
    const QString port = QString::number(freeLoopbackPort());
    const auto row = [](const char* name, const QString& url, int code, const QString& told) {
        QTest::newRow(name) << url << code << told;
    };
    row("postgres refused", u"postgresql://me@127.0.0.1:%1/x"_s.arg(port), 3, port);
    row("redis refused", u"redis://127.0.0.1:%1/0"_s.arg(port), 3, port);
    row("postgres unknown host", u"postgresql://me@no-such-host.invalid/x"_s, 3, u"no-such-host.invalid"_s);
    row("redis unknown host", u"redis://no-such-host.invalid/0"_s, 3, u"no-such-host.invalid"_s);
    row("postgres wrong password", m_postgres->tcpUrl().replace(u"postgres@"_s, u"postgres:wrong-pw@"_s), 3,
        u"password"_s);
    row("postgres unknown database", m_postgres->url(u"nowhere"_s), 3, u"nowhere"_s);
    row("redis no password", m_redis->url(), 3, u"password"_s);
    row("redis wrong password", u"redis://:wrong-pw@127.0.0.1:%1/0"_s.arg(m_redis->port()), 3, u"password"_s);
    row("redis missing socket", u"unix:///no/such/redis.sock"_s, 3, u"/no/such/redis.sock"_s);
    row("redis speaks to postgres", u"redis://127.0.0.1:%1/0"_s.arg(m_postgres->port()), 3, {});
    row("postgres speaks to redis", u"postgresql://me@127.0.0.1:%1/x"_s.arg(m_redis->port()), 3, {});
    row("postgres without queues", m_postgres->url(), 6, u"--mapping"_s);
    row("redis without queues", u"redis://:s3cret@127.0.0.1:%1/0"_s.arg(m_redis->port()), 6, {});
    row("usage", u"mysql://x"_s, 2, u"postgresql://"_s);
}

void SpillwayctlTest::failures() {
    QFETCH(QString, url);
    QFETCH(int, code);
    QFETCH(QString, told);
    for (const auto& command : {u"detect"_s, u"status"_s}) {
        const auto run = runSpillwayctl({command, url, u"--json"_s});
        QVERIFY2(run.code == code, qPrintable(u"%1: %2 %3"_s.arg(command).arg(run.code).arg(run.err)));
        QCOMPARE(run.out, QString());
        QVERIFY2(run.err.startsWith(u"spillwayctl: "_s) && run.err.contains(told, Qt::CaseInsensitive),
                 qPrintable(run.err));
        QVERIFY2(!run.err.contains(u"wrong-pw"_s) && !run.err.contains(u"s3cret"_s), qPrintable(run.err));
    }
}

void SpillwayctlTest::aFrozenServerIsATimeout() {
    m_queues->process().signal(SIGSTOP);
    QElapsedTimer timer;
    timer.start();
    const auto run = runSpillwayctl({u"detect"_s, m_queues->url()});
    m_queues->process().signal(SIGCONT);
    QCOMPARE(run.code, 3);
    QVERIFY2(timer.elapsed() < 15'000, qPrintable(QString::number(timer.elapsed())));
}

void SpillwayctlTest::detectListsWhatIsThere() {
    const auto run = runSpillwayctl({u"detect"_s, m_queues->url(), u"--json"_s});
    QVERIFY2(run.code == 0, qPrintable(run.err));
    const auto document = QJsonDocument::fromJson(run.out.toUtf8());
    QCOMPARE(document[u"systems"_s][0][u"system"_s].toString(), u"bullmq"_s);
    QVERIFY(document[u"systems"_s][0][u"capabilities"_s][u"ready"_s][u"observable"_s].toBool());
    QCOMPARE(document[u"connection"_s][u"server"_s].toString(), u"Redis"_s);
}

void SpillwayctlTest::statusIsOneDocument() {
    const auto run = runSpillwayctl({u"status"_s, m_queues->url(), u"--window"_s, u"1s"_s, u"--interval"_s,
                                     u"100ms"_s, u"--json"_s, u"-vv"_s});
    QVERIFY2(run.code == 0, qPrintable(run.err));
    QCOMPARE(run.out.count(u'\n'), 1);
    const auto queue = QJsonDocument::fromJson(run.out.toUtf8())[u"systems"_s][0][u"queues"_s][0];
    QCOMPARE(queue[u"queue"_s].toString(), u"mailers"_s);
    QCOMPARE(queue[u"ready"_s][u"value"_s].toInt(), 1);
    QCOMPARE(queue[u"ready"_s][u"provenance"_s].toString(), u"exact"_s);
    QVERIFY(queue[u"oldest_age_s"_s][u"value"_s].toDouble() > 1e6);
}

// True once the program has told (with -v) that a poll is done.
bool SpillwayctlTest::waitForPoll(QProcess& process) {
    QByteArray told;
    QElapsedTimer timer;
    for (timer.start(); timer.elapsed() < 20'000 && process.state() != QProcess::NotRunning;) {
        process.waitForReadyRead(100);
        told += process.readAllStandardError();
        if (told.contains("poll 1 ")) return true;
    }
    return false;
}

void SpillwayctlTest::aServerThatDiesLeavesThePartKnown() {
    auto server = PrivateRedis::start();
    QVERIFY(server.ok());
    QVERIFY(redis(**server, kOneQueue).startsWith(':'));
    QProcess process;
    process.start(spillwayctl(), {u"status"_s, server.value()->url(), u"--window"_s, u"3s"_s, u"--interval"_s,
                                  u"100ms"_s, u"--json"_s, u"-v"_s});
    QVERIFY(waitForPoll(process));
    server.value()->process().signal(SIGKILL);
    const auto run = finish(process);
    QVERIFY2(run.code == 5, qPrintable(run.err));
    QVERIFY2(run.err.contains(u" old. "_s), qPrintable(run.err));
    QVERIFY(QJsonDocument::fromJson(run.out.toUtf8())[u"poll"_s][u"count"_s].toInt() >= 1);
}

void SpillwayctlTest::controlCEndsTheWindowEarly() {
    QProcess process;
    process.start(spillwayctl(),
                  {u"status"_s, m_queues->url(), u"--window"_s, u"10m"_s, u"--json"_s, u"-v"_s});
    QVERIFY(waitForPoll(process));
    ::kill(static_cast<pid_t>(process.processId()), SIGINT);
    const auto run = finish(process, 10'000);
    QVERIFY2(run.code == 0, qPrintable(run.err));
    QCOMPARE(QJsonDocument::fromJson(run.out.toUtf8())[u"schema"_s].toInt(), 1);
}

void SpillwayctlTest::aTerminalGetsWhatFits() {
    const QStringList words{u"status"_s, m_queues->url(), u"--window"_s,
                            u"300ms"_s,  u"--interval"_s, u"50ms"_s};
    const auto longest = [](const QString& text) {
        qsizetype most = 0;
        for (const QString& line : text.split(u"\r\n"_s)) most = std::max(most, line.size());
        return most;
    };
    const auto narrow = runInTerminal(words, 60);
    QVERIFY2(narrow.code == 0, qPrintable(narrow.err));
    QVERIFY2(longest(narrow.out) <= 60 && longest(narrow.out) > 40, qPrintable(narrow.out));
    QVERIFY2(narrow.out.contains(u"mailers"_s) && narrow.out.contains(u"--wide shows all"_s),
             qPrintable(narrow.out));
    const auto wide = runInTerminal(words + QStringList{u"--wide"_s}, 60);
    QVERIFY2(longest(wide.out) > 60 && wide.out.contains(u"scheduled"_s), qPrintable(wide.out));
    const auto piped = runSpillwayctl(words);
    QVERIFY2(piped.out.contains(u"scheduled"_s) && !piped.out.contains(u"--wide"_s), qPrintable(piped.out));
    const auto json = runInTerminal(words + QStringList{u"--json"_s}, 60);
    QCOMPARE(QJsonDocument::fromJson(json.out.toUtf8())[u"schema"_s].toInt(), 1);
}

void SpillwayctlTest::checkIsUnknownWhenTheServerIsGone() {
    const auto run = runSpillwayctl({u"check"_s, u"redis://127.0.0.1:%1/0"_s.arg(freeLoopbackPort())});
    QCOMPARE(run.code, 3);
    QVERIFY2(run.out.startsWith(u"SPILLWAY UNKNOWN - "_s) && run.out.count(u'\n') == 1, qPrintable(run.out));
}

QTEST_GUILESS_MAIN(SpillwayctlTest)
#include "tst_spillwayctl.moc"

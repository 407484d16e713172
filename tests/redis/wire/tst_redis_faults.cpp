// What goes wrong between a console and a Redis server, and the sentence for it.
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <QFile>
#include <QLocalSocket>
#include <QProcess>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QtTest>
#include <thread>

#include "app/demo/private_redis.h"
#include "tests/redis/redis_probe.h"
#include "tests/redis/scripted_server.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestRedisFaults : public QObject {
    Q_OBJECT
private slots:
    void unreachable_data();
    void unreachable();
    void staleSocketFile();
    void wrongAnswers_data();
    void wrongAnswers();
    void dribblingServerHitsTheDeadline();
    void silentServerHitsTheDeadline();
    void aLargeValueThatIsStillArriving();
    void halfAnswerThenClosed();
    void passwordNeeded();
    void wrongPassword();
    void databaseOutOfRange();
    void selectDeniedNeverReadsAnotherDatabase();
    void narrowUsers_data();
    void narrowUsers();
    void deniedCommandNamesItsRule();
    void queuesOfDeniedKeysAreNamed();
    void loadingServer();
    void busyServer();
    void clusterNode();
    void sentinelNamesItsPrimary();
    void keysOfAnotherDatabaseAreSaid();
    void replicaIsNamed();
    void frozenServer();
    void interruptActsSoon();
    void killedServerAndRecovery();
    void noSecretInAnySentence();
};

namespace {

std::unique_ptr<PrivateRedis> startRedis(const QStringList& arguments = {}, bool tcp = false) {
    PrivateRedis::Options options;
    options.tcp = tcp;
    options.arguments = arguments;
    auto redis = PrivateRedis::start(options);
    if (!redis) qFatal("%s", qPrintable(redis.failure().sentence()));
    return std::move(redis).value();
}

// A small BullMQ queue by its keys.
void fillQueue(const PrivateRedis& redis, int database = 0) {
    redisCommand(redis, {"HSET", "bull:orders:meta", "version", "bullmq:5.81.5"}, database);
    redisCommand(redis, {"LPUSH", "bull:orders:wait", "1", "2"}, database);
    redisCommand(redis, {"SET", "bull:orders:id", "2"}, database);
    redisCommand(redis, {"HSET", "bull:orders:1", "timestamp", "1700000000000"}, database);
}

ConnectionSettings hasty(const QString& url) {
    ConnectionSettings settings = redisSettings(url);
    settings.connectDeadline = std::chrono::milliseconds(400);
    settings.pollDeadline = std::chrono::milliseconds(300);
    return settings;
}

QString withLogin(const PrivateRedis& redis, const QString& login, int database = 0) {
    return u"unix://%1@%2?db=%3"_s.arg(login, redis.socketPath()).arg(database);
}

}  // namespace

void TestRedisFaults::unreachable_data() {
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("says");
    QTcpServer taken;  // its port is free again when this function ends
    taken.listen(QHostAddress::LocalHost);
    QTest::newRow("refused port") << u"redis://127.0.0.1:%1"_s.arg(taken.serverPort())
                                  << u"Nothing accepts connections"_s;
    QTest::newRow("unknown host") << u"redis://no-such-host.invalid"_s << u"is unknown"_s;
    QTest::newRow("missing socket") << u"unix:///nowhere/redis.sock"_s
                                    << u"There is no socket /nowhere/redis.sock"_s;
}

void TestRedisFaults::unreachable() {
    QFETCH(QString, url);
    QFETCH(QString, says);
    RedisProbe probe(url);
    QVERIFY(!probe.ok());
    QVERIFY2(probe.failureKind() == FailureKind::unreachable || probe.failureKind() == FailureKind::timeout,
             qPrintable(probe.failure()));
    QVERIFY2(probe.failure().contains(says), qPrintable(probe.failure()));
}

// A server that died without removing its socket.
void TestRedisFaults::staleSocketFile() {
    QTemporaryDir directory;
    const QByteArray path = QFile::encodeName(directory.filePath(u"redis.sock"_s));
    const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    memcpy(address.sun_path, path.constData(), static_cast<size_t>(path.size()));
    QCOMPARE(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::close(socket);
    RedisProbe probe(u"unix://"_s + QFile::decodeName(path));
    QCOMPARE(probe.failureKind(), FailureKind::unreachable);
    QVERIFY2(probe.failure().contains(u"left over"_s), qPrintable(probe.failure()));
}

void TestRedisFaults::wrongAnswers_data() {
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<FailureKind>("kind");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* name, const QByteArray& answer, FailureKind kind, const QString& says) {
        QTest::newRow(name) << answer << kind << says;
    };
    row("web server", "HTTP/1.1 400 Bad Request\r\n\r\n", FailureKind::protocol, u"web server"_s);
    row("SSH", "SSH-2.0-OpenSSH_9.2\r\n", FailureKind::protocol, u"SSH server"_s);
    row("TLS alert", QByteArray("\x15\x03\x01\x00\x02\x02\x46", 7), FailureKind::tls, u"rediss://"_s);
    row("noise", "\x01\xff\xfe noise", FailureKind::protocol, u"not the Redis protocol"_s);
    row("two billion elements", "*2147483647\r\n", FailureKind::overloaded,
        u"larger than Spillway accepts"_s);
    row("negative length", "$-5\r\n", FailureKind::protocol, u"not the Redis protocol"_s);
    row("nested without end", QByteArray("*1\r\n").repeated(50), FailureKind::protocol,
        u"not the Redis protocol"_s);
    row("endless line", '+' + QByteArray(9 << 20, 'x'), FailureKind::overloaded,
        u"larger than Spillway accepts"_s);
    row("huge value", "$104857600\r\nabc", FailureKind::overloaded, u"has a value of 104.9 MB"_s);
    row("loading", "-LOADING Redis is loading the dataset in memory\r\n", FailureKind::starting,
        u"still loading"_s);
    row("cluster", "-MOVED 3999 10.0.0.1:6379\r\n", FailureKind::protocol, u"redis+cluster://"_s);
    row("cluster down", "-CLUSTERDOWN The cluster is down\r\n", FailureKind::starting, u"redis+cluster://"_s);
    row("replica without primary", "-MASTERDOWN Link with MASTER is down\r\n", FailureKind::starting,
        u"lost its primary"_s);
    row("protected mode", "-DENIED Redis is running in protected mode\r\n", FailureKind::permission,
        u"protected mode"_s);
    row("full", "-ERR max number of clients reached\r\n", FailureKind::overloaded, u"no free connection"_s);
}

void TestRedisFaults::wrongAnswers() {
    QFETCH(QByteArray, answer);
    QFETCH(FailureKind, kind);
    QFETCH(QString, says);
    ScriptedServer server({.answer = answer});
    RedisProbe probe(server.url());
    QVERIFY(!probe.ok());
    QVERIFY2(probe.failureKind() == kind, qPrintable(probe.failure()));
    QVERIFY2(probe.failure().contains(says), qPrintable(probe.failure()));
}

// Each byte comes in time, the whole does not: the deadline is for all of it.
void TestRedisFaults::dribblingServerHitsTheDeadline() {
    ScriptedServer server({.answer = '+' + QByteArray(5000, 'x') + "\r\n", .pause_ms = 5});
    QElapsedTimer time;
    time.start();
    RedisProbe probe(hasty(server.url()));
    QCOMPARE(probe.failureKind(), FailureKind::timeout);
    QVERIFY2(time.elapsed() < 10'000, qPrintable(QString::number(time.elapsed())));
}

void TestRedisFaults::silentServerHitsTheDeadline() {
    ScriptedServer server({});
    QElapsedTimer time;
    time.start();
    RedisProbe probe(hasty(server.url()));
    QCOMPARE(probe.failureKind(), FailureKind::timeout);
    QVERIFY2(probe.failure().contains(u"it was asked PING"_s), qPrintable(probe.failure()));
    QVERIFY(time.elapsed() < 10'000);
}

// Not silent: its value is large, and the line is slow.
void TestRedisFaults::aLargeValueThatIsStillArriving() {
    ScriptedServer server({.answer = "$5000000\r\nabc"});
    RedisProbe probe(hasty(server.url()));
    QCOMPARE(probe.failureKind(), FailureKind::timeout);
    QVERIFY2(probe.failure().contains(u"still sending a value of 5.0 MB"_s), qPrintable(probe.failure()));
}

void TestRedisFaults::halfAnswerThenClosed() {
    ScriptedServer server({.answer = "*2\r\n$5\r\nhel", .closeAfterAnswer = true});
    RedisProbe probe(server.url());
    QVERIFY2(probe.failureKind() == FailureKind::unreachable, qPrintable(probe.failure()));
    QVERIFY(probe.failure().contains(u"closed the connection"_s));
}

void TestRedisFaults::passwordNeeded() {
    const auto redis = startRedis({u"--requirepass"_s, u"tr0ub4dor"_s});
    RedisProbe probe(redis->url());
    QCOMPARE(probe.failureKind(), FailureKind::authentication);
    QVERIFY(probe.failure().contains(u"wants a password"_s));
}

void TestRedisFaults::wrongPassword() {
    const auto redis = startRedis({u"--requirepass"_s, u"tr0ub4dor"_s});
    RedisProbe wrong(withLogin(*redis, u":guess"_s));
    QCOMPARE(wrong.failureKind(), FailureKind::authentication);
    QVERIFY(!wrong.failure().contains(u"guess"_s));
    RedisProbe right(withLogin(*redis, u":tr0ub4dor"_s));
    QVERIFY2(right.ok(), qPrintable(right.failure()));
    ConnectionSettings settings = redisSettings(redis->url());
    settings.password = u"tr0ub4dor"_s;
    QVERIFY(RedisProbe(settings).ok());
}

void TestRedisFaults::databaseOutOfRange() {
    const auto redis = startRedis();
    RedisProbe probe(redis->url(99));
    QCOMPARE(probe.failureKind(), FailureKind::usage);
    QVERIFY2(probe.failure().contains(u"no database 99"_s), qPrintable(probe.failure()));
}

void TestRedisFaults::selectDeniedNeverReadsAnotherDatabase() {
    const auto redis = startRedis();
    fillQueue(*redis);
    redisCommand(*redis, {"ACL", "SETUSER", "watcher", "on", ">pw", "~*", "+@all", "-select"});
    RedisProbe probe(withLogin(*redis, u"watcher:pw"_s, 1));
    QCOMPARE(probe.failureKind(), FailureKind::permission);
    QVERIFY2(probe.failure().contains(u"+select"_s), qPrintable(probe.failure()));
}

// A user who lacks one right still gets all the rest, and is told which right is missing.
void TestRedisFaults::narrowUsers_data() {
    QTest::addColumn<QByteArray>("without");
    QTest::addColumn<QString>("signal");
    QTest::addColumn<QString>("says");
    QTest::newRow("no CLIENT LIST") << QByteArray("-client|list") << u"workers"_s << u"+client|list"_s;
    QTest::newRow("no ZCARD") << QByteArray("-zcard") << u"dead"_s << u"+zcard"_s;
    QTest::newRow("no LINDEX") << QByteArray("-lindex") << u"oldest_age_s"_s << u"+lindex"_s;
    QTest::newRow("no GET, no MGET") << QByteArray("-get -mget") << QString()
                                     << QString();  // the events tell of arrivals
    QTest::newRow("no XREAD") << QByteArray("-xread") << u"amplification"_s << u"+xread"_s;
    QTest::newRow("no INFO") << QByteArray("-info") << QString() << QString();
    QTest::newRow("no PING, no SETNAME") << QByteArray("-ping -client|setname") << QString() << QString();
}

void TestRedisFaults::narrowUsers() {
    QFETCH(QByteArray, without);
    QFETCH(QString, signal);
    QFETCH(QString, says);
    const auto redis = startRedis();
    fillQueue(*redis);
    QList<QByteArray> rule{"ACL", "SETUSER", "watcher", "on", ">pw", "~*", "+@all"};
    rule += without.split(' ');
    QCOMPARE(redisCommand(*redis, rule), "OK");
    RedisProbe probe(withLogin(*redis, u"watcher:pw"_s));
    QVERIFY2(probe.ok(), qPrintable(probe.failure()));
    QCOMPARE(probe.systems(), QStringList{u"bullmq"_s});
    const Capabilities capabilities = probe.capabilities(u"bullmq"_s);
    QCOMPARE(RedisProbe::queue(probe.system(u"bullmq"_s), u"orders"_s).ready.known(), without != "-zcard");
    if (signal.isEmpty()) return;
    QVERIFY(!capabilities.observable(signal));
    QVERIFY2(capabilities.why(signal).contains(says), qPrintable(capabilities.why(signal)));
}

// The scan shows every key, whatever the user may read.
void TestRedisFaults::queuesOfDeniedKeysAreNamed() {
    const auto redis = startRedis();
    fillQueue(*redis);
    redisCommand(*redis, {"HSET", "bull:mail:meta", "version", "bullmq:5.81.5"});
    redisCommand(*redis, {"HSET", "app:mail:meta", "version", "7"});  // somebody else's
    redisCommand(*redis, {"ACL", "SETUSER", "narrow", "on", ">pw", "~bull:orders:*", "+@all"});
    RedisProbe probe(withLogin(*redis, u"narrow:pw"_s));
    const SystemReading system = probe.system(u"bullmq"_s);
    QCOMPARE(system.queues.size(), 2U);
    QVERIFY(RedisProbe::queue(system, u"orders"_s).ready.isExact());
    QVERIFY(RedisProbe::queue(system, u"orders"_s).flow.completed.known());
    const Count hidden = RedisProbe::queue(system, u"mail"_s).ready;
    QVERIFY(!hidden.known());
    QVERIFY2(hidden.method.contains(u"may not"_s) && hidden.method.contains(u"bull:mail:"_s),
             qPrintable(hidden.method));
}

void TestRedisFaults::deniedCommandNamesItsRule() {
    const auto redis = startRedis();
    fillQueue(*redis);
    redisCommand(*redis, {"ACL", "SETUSER", "blind", "on", ">pw", "~*", "+@all", "-scan"});
    RedisProbe blind(withLogin(*redis, u"blind:pw"_s));
    QCOMPARE(blind.failureKind(), FailureKind::permission);
    QVERIFY2(blind.failure().contains(u"+scan"_s), qPrintable(blind.failure()));

    // With a Sidekiq that needs no search, the gap is told beside it.
    redisCommand(*redis, {"SADD", "queues", "default"});
    redisCommand(*redis,
                 {"LPUSH", "queue:default", R"({"jid":"1","class":"A","queue":"default","enqueued_at":1})"});
    RedisProbe half(withLogin(*redis, u"blind:pw"_s));
    QCOMPARE(half.systems(), QStringList{u"sidekiq"_s});
    QVERIFY(half.capabilities(u"sidekiq"_s).why(u"discovery"_s).contains(u"+scan"_s));

    redisCommand(*redis, {"ACL", "SETUSER", "timeless", "on", ">pw", "~*", "+@all", "-time"});
    RedisProbe byInfo(withLogin(*redis, u"timeless:pw"_s));
    QVERIFY2(byInfo.ok(), qPrintable(byInfo.failure()));
    redisCommand(*redis, {"ACL", "SETUSER", "timeless", "-info"});
    RedisProbe timeless(withLogin(*redis, u"timeless:pw"_s));
    QCOMPARE(timeless.failureKind(), FailureKind::permission);
    QVERIFY(timeless.failure().contains(u"+time"_s));
}

void TestRedisFaults::loadingServer() {
    const auto full =
        startRedis({u"--enable-debug-command"_s, u"yes"_s, u"--enable-protected-configs"_s, u"yes"_s});
    QCOMPARE(redisCommand(*full, {"DEBUG", "POPULATE", "20000"}), "OK");
    QCOMPARE(redisCommand(*full, {"CONFIG", "SET", "dir", full->directory().toUtf8()}), "OK");
    QCOMPARE(redisCommand(*full, {"SAVE"}), "OK");
    // 20 000 keys * 1 ms: it loads for far longer than this test looks at it.
    const auto loading = startRedis({u"--dir"_s, full->directory(), u"--key-load-delay"_s, u"1000"_s,
                                     u"--loading-process-events-interval-bytes"_s, u"1024"_s});
    RedisProbe probe(loading->url());
    QVERIFY2(probe.failureKind() == FailureKind::starting, qPrintable(probe.failure()));
    QVERIFY(probe.failure().contains(u"still loading"_s));
    loading->process().signal(SIGKILL);
}

void TestRedisFaults::busyServer() {
    const auto redis = startRedis({u"--lua-time-limit"_s, u"50"_s});
    QLocalSocket script;
    script.connectToServer(redis->socketPath());
    QVERIFY(script.waitForConnected(2000));
    script.write("EVAL \"while true do end\" 0\r\n");
    QVERIFY(script.waitForBytesWritten(2000));
    FailureKind kind = FailureKind::internal;
    QString said;
    QTRY_VERIFY_WITH_TIMEOUT(([&] {
                                 RedisProbe probe(redis->url());
                                 kind = probe.failureKind();
                                 said = probe.failure();
                                 return kind == FailureKind::overloaded;
                             })(),
                             10'000);
    QVERIFY2(said.contains(u"busy with a script"_s), qPrintable(said));
    redis->process().signal(SIGKILL);
}

void TestRedisFaults::clusterNode() {
    const auto redis = startRedis({u"--cluster-enabled"_s, u"yes"_s}, true);
    RedisProbe probe(redis->tcpUrl());
    QCOMPARE(probe.failureKind(), FailureKind::protocol);
    QVERIFY2(probe.failure().contains(u"Use redis+cluster://"_s), qPrintable(probe.failure()));
}

void TestRedisFaults::sentinelNamesItsPrimary() {
    const auto primary = startRedis({}, true);
    QTemporaryDir directory;
    QFile config(directory.filePath(u"sentinel.conf"_s));
    QVERIFY(config.open(QIODevice::WriteOnly));
    config.write("sentinel monitor orders-primary 127.0.0.1 " + QByteArray::number(primary->port()) + " 1\n");
    config.close();
    const QString socket = directory.filePath(u"sentinel.sock"_s);
    QProcess sentinel;
    sentinel.start(u"redis-server"_s, {config.fileName(), u"--sentinel"_s, u"--port"_s, u"0"_s,
                                       u"--unixsocket"_s, socket, u"--dir"_s, directory.path()});
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(socket), 15'000);
    QString said;
    QTRY_VERIFY_WITH_TIMEOUT((said = RedisProbe(u"unix://"_s + socket).failure()).contains(u"Sentinel"_s),
                             15'000);
    QVERIFY2(said.contains(u"orders-primary at 127.0.0.1:%1"_s.arg(primary->port())), qPrintable(said));
    sentinel.kill();
    QVERIFY(sentinel.waitForFinished(15'000));
}

void TestRedisFaults::keysOfAnotherDatabaseAreSaid() {
    const auto redis = startRedis();
    fillQueue(*redis, 3);
    RedisProbe probe(redis->url());
    QCOMPARE(probe.failureKind(), FailureKind::no_system);
    QVERIFY2(
        probe.failure().contains(u"Database 0 of "_s) && probe.failure().contains(u"db 3 holds 4 keys"_s),
        qPrintable(probe.failure()));
    QCOMPARE(RedisProbe(redis->url(3)).systems(), QStringList{u"bullmq"_s});
}

void TestRedisFaults::replicaIsNamed() {
    auto primary = startRedis({}, true);
    fillQueue(*primary);
    const auto replica = startRedis({u"--replicaof"_s, u"127.0.0.1 %1"_s.arg(primary->port())}, true);
    QTRY_COMPARE_WITH_TIMEOUT(redisCommand(*replica, {"EXISTS", "bull:orders:meta"}), "1", 20'000);
    RedisProbe probe(replica->url());
    QVERIFY2(probe.ok(), qPrintable(probe.failure()));
    QCOMPARE(probe.server().role, ServerRole::replica);
    QCOMPARE(RedisProbe(primary->url()).server().role, ServerRole::primary);
    const ServerReading reading = probe.read();
    QCOMPARE(RedisProbe::queue(reading.systems.front(), u"orders"_s).ready, Count::exact(2));
    QCOMPARE(reading.server.replica_lag_s.provenance, Provenance::estimated);
    // It still answers when its primary is gone, with what it had.
    primary.reset();
    Seconds lag;
    QTRY_COMPARE_WITH_TIMEOUT((lag = probe.read().server.replica_lag_s).provenance, Provenance::lower_bound,
                              20'000);
    QVERIFY2(lag.method.contains(u"link to the primary is down"_s), qPrintable(lag.method));
    QTRY_VERIFY_WITH_TIMEOUT(probe.read().server.replica_lag_s.valueOr(0) >= 1, 20'000);
}

void TestRedisFaults::frozenServer() {
    const auto redis = startRedis();
    fillQueue(*redis);
    RedisProbe probe(hasty(redis->url()));
    QVERIFY2(probe.ok(), qPrintable(probe.failure()));
    redis->process().signal(SIGSTOP);
    QElapsedTimer time;
    time.start();
    const auto reading = probe.backend().read();
    const qint64 elapsed = time.elapsed();
    time.restart();
    RedisProbe other(hasty(redis->url()));
    const qint64 elapsedOpen = time.elapsed();
    redis->process().signal(SIGCONT);
    QVERIFY(!reading.ok());
    QCOMPARE(reading.failure().kind, FailureKind::timeout);
    QVERIFY2(elapsed < 1000, qPrintable(QString::number(elapsed)));
    QCOMPARE(other.failureKind(), FailureKind::timeout);
    QVERIFY2(elapsedOpen < 1200, qPrintable(QString::number(elapsedOpen)));
    QVERIFY(RedisProbe(redis->url()).ok());
}

void TestRedisFaults::interruptActsSoon() {
    const auto redis = startRedis();
    fillQueue(*redis);
    RedisProbe probe(redis->url());
    redis->process().signal(SIGSTOP);
    std::atomic<qint64> interruptedAt = 0;
    QElapsedTimer time;
    time.start();
    std::thread other([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        interruptedAt = time.elapsed();
        probe.backend().interrupt();
    });
    const auto reading = probe.backend().read();
    const qint64 elapsed = time.elapsed();
    other.join();
    redis->process().signal(SIGCONT);
    QVERIFY(!reading.ok());
    QCOMPARE(reading.failure().kind, FailureKind::cancelled);
    QVERIFY2(elapsed - interruptedAt < 100, qPrintable(QString::number(elapsed - interruptedAt)));
    QCOMPARE(probe.backend().open().failure().kind, FailureKind::cancelled);
}

void TestRedisFaults::killedServerAndRecovery() {
    const auto redis = startRedis();
    fillQueue(*redis);
    RedisProbe probe(redis->url());
    QVERIFY(probe.backend().read().ok());
    QVERIFY(redis->restart(true).ok());
    fillQueue(*redis);
    const auto lost = probe.backend().read();
    QVERIFY(!lost.ok());
    QCOMPARE(lost.failure().kind, FailureKind::unreachable);
    QVERIFY(lost.failure().retryable());
    QVERIFY(probe.backend().open().ok());
    QVERIFY(probe.backend().detect().ok());
    QVERIFY(probe.backend().read().ok());
}

void TestRedisFaults::noSecretInAnySentence() {
    const auto redis = startRedis({u"--requirepass"_s, u"tr0ub4dor"_s});
    for (const auto& url :
         {withLogin(*redis, u"ops:hunter2"_s), u"redis://ops:hunter2@127.0.0.1:1/0"_s,
          u"redis://ops:hunter2@no-such-host.invalid:6379"_s, u"redis://ops:hunter2@host:port"_s}) {
        ConnectionSettings settings = redisSettings(url);
        RedisProbe probe(settings);
        QVERIFY(!probe.ok());
        QVERIFY2(!probe.failure().contains(u"hunter2"_s), qPrintable(probe.failure()));
        QVERIFY(!probe.server().address.contains(u"hunter2"_s));
    }
}

QTEST_GUILESS_MAIN(TestRedisFaults)
#include "tst_redis_faults.moc"

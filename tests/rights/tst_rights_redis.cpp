// A user with exactly the rules that are printed sees everything, and acts; the libraries are the real ones.
#include <QtTest>

#include "backends/redis/redis_kinds.h"
#include "tests/redis/acting/acting_probe.h"
#include "tests/redis/bullmq/stage.h"
#include "tests/redis/sidekiq/stage.h"
#include "tests/redis/streams/stage.h"
#include "tests/rights/rights_words.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {

// What users were denied since the log was reset.
QByteArray denied(const PrivateRedis& redis) {
    QProcess client;
    client.start(u"redis-cli"_s, {u"-s"_s, redis.socketPath(), u"ACL"_s, u"LOG"_s});
    client.waitForFinished(20'000);
    const auto lines = client.readAllStandardOutput().split('\n');
    QByteArrayList objects;
    for (qsizetype i = 0; i + 1 < lines.size(); ++i)
        if (lines[i] == "object" && !objects.contains(lines[i + 1])) objects << lines[i + 1];
    return objects.join(' ');
}

// Given as an administrator would: to redis-cli, line by line. True: each was answered with OK.
bool give(const PrivateRedis& redis, const QStringList& statements) {
    QProcess client;
    client.start(u"redis-cli"_s, {u"-s"_s, redis.socketPath()});
    client.write(statements.join(u'\n').toUtf8() + '\n');
    client.closeWriteChannel();
    if (!client.waitForFinished(20'000)) return false;
    const QByteArray answer = client.readAllStandardOutput();
    if (answer.count("OK") != statements.size()) qWarning("%s", answer.constData());
    return answer.count("OK") == statements.size();
}

QString urlOf(const PrivateRedis& redis, const QString& user) {
    return u"unix://%1:pw@%2?db=0"_s.arg(user, redis.socketPath());
}

}  // namespace

class TestRightsRedis : public QObject {
    Q_OBJECT
private slots:
    void ofBullmq_data() { bullmqLibraries(); }
    void ofBullmq();
    void ofSidekiq();
    void ofStreams();
    void everyCommandIsDeclared();
    void anOldServerHasNone();

private:
    // `release` needs jobs; whether it can be planned is enough.
    void enough(const PrivateRedis& redis, const QString& system, const QString& queue, bool releases);
};

void TestRightsRedis::enough(const PrivateRedis& redis, const QString& system, const QString& queue,
                             bool releases) {
    RedisProbe admin(redis.url());
    QVERIFY(admin.detect());
    const auto all = admin.backend().detect();
    QVERIFY(all.ok());
    QCOMPARE(trouble(admin.backend()), QString());
    const auto rights = rightsOf(admin.backend(), u"watcher"_s);
    QVERIFY(rights.ok());
    QCOMPARE(rights->systems.size(), size_t(1));
    const auto& own = rights->systems.front();
    QVERIFY(give(redis, rights->login + own.observe + QStringList{u"ACL SETUSER watcher >pw"_s}));

    RedisProbe watcher(urlOf(redis, u"watcher"_s));
    QVERIFY2(watcher.detect(), qPrintable(watcher.failure()));
    const auto seen = watcher.backend().detect();
    QVERIFY(seen.ok());
    QCOMPARE(observable(*seen), observable(*all));
    QCOMPARE(trouble(watcher.backend()), QString());
    // Each capability has the same words: no gap hides in one that is observable.
    for (const auto& capability : all->front().capabilities.list())
        if (capability.signal != u"replay"_s && capability.signal != u"release"_s)
            QCOMPARE(seen->front().capabilities.why(capability.signal), capability.why);
    redisCommand(redis, {"ACL", "LOG", "RESET"});
    QCOMPARE(trouble(watcher.backend()), QString());
    QCOMPARE(denied(redis), QByteArray());
    using Words = QList<QByteArray>;
    for (const auto& forbidden :
         {Words{"DEL", "x"}, Words{"LPUSH", "x", "1"}, Words{"FLUSHALL"}, Words{"CONFIG", "GET", "*"},
          Words{"EVAL", "return 1", "0"}, Words{"CLIENT", "KILL", "ID", "1"}, Words{"KEYS", "*"}})
        QVERIFY2(
            redisCommand(redis, Words{"ACL", "DRYRUN", "watcher"} + forbidden).contains("no permissions"),
            forbidden.front().constData());
    ActingProbe blind(urlOf(redis, u"watcher"_s), system, queue);
    const ActionPlan dry = blind.plan();
    QVERIFY2(!dry.jobs.empty(), qPrintable(blind.failure()));
    const auto locked = blind.backend().lock(dry, u"test"_s);
    QVERIFY(!locked.ok());
    QCOMPARE(locked.failure().kind, FailureKind::permission);

    QVERIFY(give(redis, own.act));
    ActingProbe acting(urlOf(redis, u"watcher"_s), system, queue);
    QVERIFY2(acting.capabilities().observable(u"replay"_s),
             qPrintable(acting.capabilities().why(u"replay"_s)));
    QCOMPARE(acting.capabilities().observable(u"release"_s), releases);
    redisCommand(redis, {"ACL", "LOG", "RESET"});
    const ActionPlan plan = acting.plan();
    QVERIFY2(!plan.jobs.empty(), qPrintable(acting.failure()));
    const auto applied = acting.run(plan);
    QCOMPARE(ActingProbe::outcomes(applied), u"moved"_s);
    QVERIFY(acting.backend().endings(plan, applied.rows).ok());
    QVERIFY(acting.backend().readBack(plan, 0, 1).ok());
    acting.backend().unlock();
    if (releases) {
        static_cast<void>(acting.plan(ActionKind::release));
        QCOMPARE(acting.failure(), QString());
    }
    QVERIFY2(denied(redis).isEmpty() || denied(redis) == "client|list", denied(redis).constData());
}

void TestRightsRedis::ofBullmq() {
    BULLMQ_OR_SKIP();
    QFETCH(QString, library);
    BullmqStage stage;
    QVERIFY2(stage.start(library), qPrintable(stage.problem()));
    stage.ask(
        {{"do"_L1, "add"_L1}, {"queue"_L1, "mail"_L1}, {"opts"_L1, QJsonObject{{"jobId"_L1, "j0"_L1}}}});
    stage.ask({{"do"_L1, "work"_L1}, {"queue"_L1, "mail"_L1}, {"mode"_L1, "fail"_L1}});
    QTRY_COMPARE_WITH_TIMEOUT(stage.count(u"mail"_s, u"failed"_s), 1, 30'000);
    stage.ask({{"do"_L1, "stopWorkers"_L1}});
    stage.ask({{"do"_L1, "add"_L1},
               {"queue"_L1, "mail"_L1},
               {"count"_L1, 3},
               {"opts"_L1, QJsonObject{{"delay"_L1, 600'000}}}});
    stage.ask({{"do"_L1, "flow"_L1}, {"queue"_L1, "mail"_L1}});
    enough(stage.redis(), u"bullmq"_s, u"mail"_s, true);
}

void TestRightsRedis::ofSidekiq() {
    SidekiqStage stage;
    QVERIFY2(stage.start(), qPrintable(stage.problem()));
    SIDEKIQ_OR_SKIP(stage);
    QVERIFY2(stage.startWorker(u"mailers"_s, 2), qPrintable(stage.problem()));
    stage.command({"SADD", "queues", "mailers"});
    stage.command({"ZADD", "dead", "1795318552.125",
                   R"({"retry":0,"queue":"mailers","class":"CountedJob","args":[],"jid":"aaa",)"
                   R"("created_at":1795318550.25,"enqueued_at":1795318550.5,"error_message":"no route",)"
                   R"("error_class":"RuntimeError","failed_at":1795318551.0,"retry_count":2})"});
    QTRY_COMPARE_WITH_TIMEOUT(stage.command({"SCARD", "processes"}), QByteArray("1"), 20'000);
    enough(stage.redis(), u"sidekiq"_s, u"mailers"_s, false);
}

void TestRightsRedis::ofStreams() {
    class Stage : public StreamStage {
    public:
        const PrivateRedis& redis() const { return *m_redis; }
    } stage;
    QVERIFY2(stage.start(), qPrintable(stage.problem()));
    const QByteArray odd = "or ders\"*\n";  // as hostile as a key may be
    stage.group(odd);
    stage.add(5, odd);
    stage.read("c1", 2, odd);
    stage.command({"XADD", odd + ":dlq", "*", "original_id", "1-1", "error", "no card", "value", "1"});
    RedisProbe probe(stage.redis().url());
    QVERIFY(probe.detect());
    const auto queues = probe.read().systems.front().queues;
    QCOMPARE(queues.size(), size_t(1));
    enough(stage.redis(), kStreams, queues.front().queue, true);
}

// What a folder asks and does not declare would be missing in the rules that are printed.
void TestRightsRedis::everyCommandIsDeclared() {
    static const QRegularExpression word(u"\"([A-Z]{3,})\"(?:_ba)?(?:, \"([A-Z]{3,})\")?"_s);
    static const QSet<QByteArray> arguments{"count", "match", "withscores", "limit", "streams", "samples",
                                            "maxlen", "groups", "consumers", "stream", "usage", "list",
                                            "idle", "justid",
                                            // Codes of errors.
                                            "wrongtype", "toolarge"};
    for (const RedisKind& kind : redisKinds()) {
        const QString room =
            QLatin1StringView(kind.name) == "redis_stream"_L1 ? u"streams"_s : QString::fromLatin1(kind.name);
        const QDir folder(QStringLiteral(SPILLWAY_SOURCE_DIR "/backends/redis/") + room);
        const auto files = folder.entryList({u"*.cpp"_s, u"*.h"_s});
        QVERIFY(files.size() > 3);
        QSet<QByteArray> found;
        for (const auto& name : files) {
            if (name == u"actor.cpp"_s) continue;  // it may write: enough() above
            QFile file(folder.filePath(name));
            QVERIFY(file.open(QIODevice::ReadOnly));
            for (auto it = word.globalMatch(QString::fromUtf8(file.readAll())); it.hasNext();) {
                const auto match = it.next();
                QByteArray command = match.captured(1).toLatin1().toLower();
                if (arguments.contains(command)) continue;
                if (command == "xinfo" || command == "memory")
                    command += '|' + match.captured(2).toLatin1().toLower();
                found.insert(command);
                QVERIFY2(kind.reads.contains(command) || redisSharedReads().contains(command),
                         qPrintable(name + u": "_s + QString::fromLatin1(command)));
            }
        }
        for (const QByteArray& declared : kind.reads)
            QVERIFY2(found.contains(declared) || declared == "client|list" || declared == "lpos",
                     qPrintable(room + u" does not ask "_s + QString::fromLatin1(declared)));
    }
}

void TestRightsRedis::anOldServerHasNone() {
    auto redis = PrivateRedis::start();
    QVERIFY(redis.ok());
    RedisProbe probe(redis.value()->url());
    for (const auto& wrong : {QString(), u"a b"_s}) {
        const auto refused = rightsOf(probe.backend(), wrong);
        QVERIFY(!refused.ok());
        QCOMPARE(refused.failure().kind, FailureKind::usage);
    }
}

QTEST_GUILESS_MAIN(TestRightsRedis)
#include "tst_rights_redis.moc"

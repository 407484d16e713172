// Passwords given in every form that is understood, right and wrong ones: none is in what the program prints,
// writes, or shows to other users of the machine.
#include <QDirIterator>
#include <QTemporaryDir>
#include <QtTest>

#include "app/demo/private_redis.h"
#include "tests/postgres/postgres_fixture.h"
#include "tests/postgres/systems/table_fixtures.h"
#include "tests/redis/redis_probe.h"
#include "tests/support/program_run.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {

const QString kRight = u"Qz7rightPw"_s;
const QString kWrong = u"Qz7wrongPw"_s;

}  // namespace

class TestSecrets : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void noneIsTold_data();
    void noneIsTold();
    void noneIsInTheProcessList_data() { noneIsTold_data(); }
    void noneIsInTheProcessList();
    void anActionLeavesNoneBehind();
    void cleanupTestCase();

private:
    ProgramRun run(const QStringList& words, const QProcessEnvironment& environment);
    void verifyFiles();

    PostgresFixture m_fixture;
    std::unique_ptr<PrivateRedis> m_redis;
    QTemporaryDir m_home;
    QProcessEnvironment m_environment;
};

void TestSecrets::initTestCase() {
    PrivatePostgres::Options options;
    options.tcp = true;
    options.hba = u"local all all trust\nhost all all all scram-sha-256\n"_s;
    const auto trouble = m_fixture.start(options);
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
    m_fixture.sql("CREATE ROLE app LOGIN SUPERUSER PASSWORD '" + kRight.toStdString() + "'");
    m_fixture.sql(riverTables(6));
    auto redis = PrivateRedis::start({.tcp = true, .arguments = {}});
    QVERIFY(redis.ok());
    m_redis = std::move(redis).value();
    for (const QList<QByteArray>& command : std::initializer_list<QList<QByteArray>>{
             {"HSET", "bull:mail:meta", "version", "bullmq:5.1.0"},
             {"HSET", "bull:mail:1", "name", "mail", "timestamp", "1795318550000", "data", "{}",
              "failedReason", "no route", "finishedOn", "1795318551000", "attemptsMade", "1", "opts", "{}"},
             {"SET", "bull:mail:id", "1"},
             {"ZADD", "bull:mail:failed", "1795318551000", "1"},
             {"CONFIG", "SET", "requirepass", kRight.toUtf8()}})
        redisCommand(*m_redis, command);
    m_environment = QProcessEnvironment::systemEnvironment();
    for (const auto* variable :
         {"XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "HOME"})
        m_environment.insert(QString::fromLatin1(variable), m_home.path());
}

void TestSecrets::noneIsTold_data() {
    QTest::addColumn<QString>("target");
    QTest::addColumn<QString>("variable");  // NAME=value; empty: none
    QTest::addColumn<bool>("works");
    const QString at = u"127.0.0.1:%1/postgres"_s.arg(m_fixture.server().port());
    const QString port = QString::number(m_fixture.server().port());
    for (const auto& [password, works] : {std::pair{kRight, true}, std::pair{kWrong, false}}) {
        const QString how = works ? u"right "_s : u"wrong "_s;
        const auto row = [&](const char* name, const QString& target, const QString& variable = {}) {
            QTest::newRow(qPrintable(how + QString::fromLatin1(name))) << target << variable << works;
        };
        row("userinfo", u"postgresql://app:%1@%2"_s.arg(password, at));
        row("parameter", u"postgresql://app@%2?password=%1"_s.arg(password, at));
        row("key=value",
            u"host=127.0.0.1 port=%2 user=app dbname=postgres password=%1"_s.arg(password, port));
        row("quoted", u"host=127.0.0.1 port=%2 user=app dbname=postgres password='%1'"_s.arg(password, port));
        row("PGPASSWORD", u"postgresql://app@%1"_s.arg(at), u"PGPASSWORD="_s + password);
        row("Redis", u"redis://:%1@127.0.0.1:%2/0"_s.arg(password).arg(m_redis->port()));
        row("Redis with user", u"redis://default:%1@127.0.0.1:%2/0"_s.arg(password).arg(m_redis->port()));
        row("Redis socket", u"unix://:%1@%2?db=0"_s.arg(password, m_redis->socketPath()));
    }
    // What nobody can read, and a library might quote.
    QTest::newRow("unescaped") << u"postgresql://app:%1/@#%@nowhere.invalid/x"_s.arg(kWrong) << QString()
                               << false;
    QTest::newRow("no such scheme") << u"mysql://app:%1@nowhere.invalid/x"_s.arg(kWrong) << QString()
                                    << false;
    QTest::newRow("not a port") << u"redis://app:%1@nowhere.invalid:x/0"_s.arg(kWrong) << QString() << false;
}

ProgramRun TestSecrets::run(const QStringList& words, const QProcessEnvironment& environment) {
    const auto done = runSpillwayctl(words, environment);
    for (const QString& secret : {kRight, kWrong})
        if ((done.out + done.err).contains(secret))
            QTest::qFail(qPrintable(words.join(u' ') + u" told it: "_s + done.out + done.err), __FILE__,
                         __LINE__);
    return done;
}

void TestSecrets::noneIsTold() {
    QFETCH(QString, target);
    QFETCH(QString, variable);
    QFETCH(bool, works);
    auto environment = m_environment;
    if (!variable.isEmpty()) environment.insert(variable.section(u'=', 0, 0), variable.section(u'=', 1));
    const auto detected = run({u"-vv"_s, u"detect"_s, target, u"--json"_s}, environment);
    QVERIFY2((detected.code == 0) == works, qPrintable(detected.err));
    run({u"detect"_s, target, u"--stages"_s}, environment);
    run({u"status"_s, target, u"--window"_s, u"0s"_s, u"--json"_s}, environment);
    run({u"check"_s, target, u"--window"_s, u"0s"_s}, environment);
    run({u"rights"_s, target}, environment);
    run({u"diagnostics"_s, target}, environment);
    run({u"nonsense"_s, target}, environment);
    run({u"detect"_s, target, u"--no-such-option"_s, target}, environment);
}

void TestSecrets::noneIsInTheProcessList() {
    QFETCH(QString, target);
    QFETCH(QString, variable);
    QFETCH(bool, works);
    if (!works || !variable.isEmpty()) return;  // it has ended, or nothing was on the command line
    QProcess watching;
    watching.setProcessEnvironment(m_environment);
    watching.start(spillwayctl(), {u"status"_s, target, u"--watch"_s, u"--interval"_s, u"500ms"_s},
                   QIODevice::ReadOnly);
    QVERIFY(watching.waitForReadyRead(20'000));  // it has polled
    for (const auto* file : {"cmdline", "comm", "stat"}) {
        QFile shown(u"/proc/%1/%2"_s.arg(watching.processId()).arg(QString::fromLatin1(file)));
        QVERIFY(shown.open(QIODevice::ReadOnly));
        const QByteArray content = shown.readAll();
        QVERIFY2(!content.isEmpty() && !content.contains(kRight.toUtf8()), content.constData());
    }
    watching.terminate();
    QVERIFY(watching.waitForFinished(20'000));
}

// History, journal, audit and its export.
void TestSecrets::anActionLeavesNoneBehind() {
    const QString url = u"redis://:%1@127.0.0.1:%2/0"_s.arg(kRight).arg(m_redis->port());
    const QStringList where{url, u"--environment"_s, u"development"_s, u"--json"_s, u"--queue"_s, u"mail"_s};
    const auto dry =
        run(QStringList{u"replay"_s} + where + QStringList{u"--window"_s, u"0s"_s, u"--canary"_s, u"0"_s},
            m_environment);
    const QString plan = QJsonDocument::fromJson(dry.out.toUtf8())[u"plan"_s].toString();
    QVERIFY2(!plan.isEmpty(), qPrintable(dry.out + dry.err));
    const auto applied =
        run(QStringList{u"replay"_s} + where + QStringList{u"--apply"_s, plan, u"--reason"_s, u"a test"_s},
            m_environment);
    QVERIFY2(applied.code == 0, qPrintable(applied.out + applied.err));
    const auto audit = run({u"audit"_s, u"list"_s, u"--json"_s}, m_environment);
    QVERIFY2(audit.out.contains(u"a test"_s), qPrintable(audit.out));
    QProcess recording;
    recording.setProcessEnvironment(m_environment);
    recording.start(spillwayctl(), {u"record"_s, url}, QIODevice::ReadOnly);
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(m_home.filePath(u"spillway/history.sqlite"_s)), 20'000);
    recording.terminate();
    QVERIFY(recording.waitForFinished(20'000));
    verifyFiles();
}

void TestSecrets::verifyFiles() {
    int files = 0;
    bool log = false;
    QDirIterator all(m_home.path(), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (all.hasNext()) {
        QFile file(all.next());
        if (!file.open(QIODevice::ReadOnly)) continue;
        const QByteArray content = file.readAll();
        ++files;
        log = log || (file.fileName().endsWith(u"spillwayctl.log"_s) && content.contains("ended with"));
        for (const QString& secret : {kRight, kWrong})
            QVERIFY2(!content.contains(secret.toUtf8()), qPrintable(file.fileName()));
    }
    QVERIFY2(files >= 3 && log, "a history, a journal and a log");
}

void TestSecrets::cleanupTestCase() {
    verifyFiles();
}

QTEST_GUILESS_MAIN(TestSecrets)
#include "tst_secrets.moc"

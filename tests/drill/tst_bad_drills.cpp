// `spillwayctl drill` with what a person gets wrong: scripts that fail or never end, rules that are none,
// commands that are not there, hang or talk for ever. Each is a sentence, and nothing runs on or stays
// behind.
#include <QFile>
#include <QLocalSocket>
#include <QTemporaryDir>
#include <QtTest>
#include <csignal>

#include "app/demo/private_redis.h"
#include "tests/postgres/postgres_fixture.h"
#include "tests/support/program_run.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class BadDrillsTest : public QObject {
    Q_OBJECT
private:
    PostgresFixture m_fixture;
    std::unique_ptr<PrivateRedis> m_redis;

    // "" where the server does not answer within a second.
    QByteArray answer(const QByteArray& command) const {
        QLocalSocket socket;
        socket.connectToServer(m_redis->socketPath());
        socket.write(command + "\r\n");
        return socket.waitForConnected(1000) && socket.waitForReadyRead(1000) ? socket.readAll()
                                                                              : QByteArray();
    }

private slots:
    void initTestCase() {
        const auto trouble = m_fixture.start();
        QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
        m_fixture.freshDatabase(u"app"_s);
        auto redis = PrivateRedis::start();
        QVERIFY(redis.ok());
        m_redis = std::move(redis).value();
    }

    void badLua_data() {
        QTest::addColumn<QByteArray>("lua");
        QTest::addColumn<QString>("says");
        QTest::newRow("no Lua") << QByteArray("return return") << u"no script that the server takes"_s;
        QTest::newRow("fails") << QByteArray("return redis.call('GET', KEYS[1])") << u"WRONGTYPE"_s;
        QTest::newRow("calls what is not there") << QByteArray("return lookup(KEYS[1])") << u"lookup"_s;
        QTest::newRow("a job that is none") << QByteArray("return 'one'") << u"A job is a number."_s;
        QTest::newRow("never ends") << QByteArray("while true do end") << u"endless loop"_s;
    }
    void badLua() {
        QFETCH(QByteArray, lua);
        QFETCH(QString, says);
        QTemporaryDir folder;
        QFile file(folder.filePath(u"claim.lua"_s));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(lua) == lua.size());
        file.close();
        const auto run = test::runSpillwayctl({u"drill"_s, u"claim"_s, m_redis->url(), u"--environment"_s,
                                               u"staging"_s, u"--claim-lua"_s, file.fileName(), u"--json"_s});
        QCOMPARE(run.code, 2);
        QVERIFY2(run.err.startsWith(u"spillwayctl: The claim in "_s) && run.err.contains(says),
                 qPrintable(run.err));
        QVERIFY(run.out.isEmpty());
        QCOMPARE(answer("DBSIZE"), QByteArray(":0\r\n"));  // it answers again, and holds nothing of ours
    }

    void badRules_data() {
        QTest::addColumn<QString>("sql");
        QTest::addColumn<QString>("says");
        QTest::newRow("no row") << u"SELECT 1 WHERE false"_s << u"it returned no row"_s;
        QTest::newRow("two rows") << u"SELECT generate_series(1, 2)"_s << u"more than one row"_s;
        QTest::newRow("two columns that differ") << u"SELECT 1, 2"_s << u"1 and 2 (must agree)"_s;
        QTest::newRow("three columns") << u"SELECT 1, 2, 3"_s << u"3 columns"_s;
        QTest::newRow("text") << u"SELECT 'none'"_s << u"\"none\", where a number is expected"_s;
        QTest::newRow("NULL") << u"SELECT NULL::int"_s << u"NULL, where a number is expected"_s;
        QTest::newRow("it writes") << u"DELETE FROM pg_class RETURNING 0"_s << u"one SELECT"_s;
    }
    void badRules() {
        QFETCH(QString, sql);
        QFETCH(QString, says);
        QTemporaryDir folder;
        const QString ran = folder.filePath(u"ran"_s);
        const auto run = test::runSpillwayctl({u"drill"_s, u"invariant"_s, m_fixture.settings().url,
                                               u"--environment"_s, u"staging"_s, u"--command"_s,
                                               u"touch "_s + ran, u"--invariant"_s, sql, u"--json"_s});
        QVERIFY2(run.code == 1 || run.code == 2, qPrintable(run.err));
        QVERIFY2(run.err.startsWith(u"spillwayctl: "_s) && run.err.contains(says), qPrintable(run.err));
        QVERIFY(run.out.isEmpty());
        QVERIFY(!QFile::exists(ran));  // the rule is looked at first
    }

    // A server that does not answer is no fault of the rule.
    void noServerThere() {
        for (const QStringList& drill :
             {QStringList{u"invariant"_s, u"--command"_s, u"true"_s, u"--invariant"_s, u"SELECT 0"_s},
              QStringList{u"claim"_s, u"--style"_s, u"atomic"_s}}) {
            const auto run =
                test::runSpillwayctl(QStringList{u"drill"_s, drill.front(), u"postgresql://127.0.0.1:1/app"_s,
                                                 u"--environment"_s, u"staging"_s, u"--json"_s} +
                                     drill.mid(1));
            QCOMPARE(run.code, 3);
            QVERIFY2(run.err.contains(u"127.0.0.1:1"_s), qPrintable(run.err));
            QVERIFY2(!run.err.contains(u"SELECT"_s) && !run.err.contains(u".."_s), qPrintable(run.err));
            QVERIFY(run.out.isEmpty());
        }
    }

    void badCommands_data() {
        QTest::addColumn<QString>("command");
        QTest::addColumn<QString>("says");
        QTest::newRow("not found") << u"no-such-program-here"_s << u"not found"_s;
        QTest::newRow("fails") << u"echo out of tea >&2; exit 3"_s << u"exit code 3: out of tea"_s;
        QTest::newRow("hangs") << u"echo $$ > %1; sleep 4711 & wait"_s << u"did not end within 1"_s;
        QTest::newRow("prints a gigabyte")
            << u"echo $$ > %1; head -c 1G /dev/zero; sleep 4711"_s << u"printed more than"_s;
    }
    void badCommands() {
        QFETCH(QString, command);
        QFETCH(QString, says);
        QTemporaryDir folder;
        const QString pid = folder.filePath(u"pid"_s);
        const bool talks = command.contains(u"head"_s);
        const auto run = test::runSpillwayctl(
            {u"drill"_s, u"invariant"_s, m_fixture.settings().url, u"--environment"_s, u"staging"_s,
             u"--processes"_s, u"1"_s, u"--rounds"_s, u"2"_s, u"--timeout"_s, talks ? u"60s"_s : u"1s"_s,
             u"--command"_s, command.contains(u"%1"_s) ? command.arg(pid) : command, u"--invariant"_s,
             u"SELECT 0"_s, u"--json"_s});
        QCOMPARE(run.code, 1);
        QVERIFY2(run.err.startsWith(u"spillwayctl: No process of round 1 did its work"_s) &&
                     run.err.contains(says),
                 qPrintable(run.err));
        QVERIFY2(run.err.size() < 2000, qPrintable(run.err));
        QFile written(pid);
        if (written.open(QIODevice::ReadOnly)) {
            const auto process = static_cast<pid_t>(written.readAll().trimmed().toInt());
            QVERIFY(process > 1);
            QTRY_COMPARE(::kill(-process, 0), -1);  // nor anything that it started
        }
    }
};

QTEST_GUILESS_MAIN(BadDrillsTest)
#include "tst_bad_drills.moc"

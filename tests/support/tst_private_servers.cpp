// The private servers start, answer, die with us and leave nothing behind.
#include <QDir>
#include <QFile>
#include <QTest>
#include <csignal>

#include "app/demo/private_postgres.h"
#include "app/demo/private_redis.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class PrivateServersTest : public QObject {
    Q_OBJECT
private slots:
    void postgresStartsAndLeavesNothing() {
        auto started = PrivatePostgres::start();
        QVERIFY2(started.ok(), started.ok() ? "" : qPrintable(started.failure().sentence()));
        auto server = std::move(started).value();
        const QString directory = server->socketDirectory();
        const auto pid = static_cast<pid_t>(server->process().pid());
        QVERIFY(QFile::exists(directory + u"/.s.PGSQL.5432"_s));
        QVERIFY(server->restart().ok());
        QVERIFY(server->process().pid() != pid);
        server.reset();
        QVERIFY(!QDir(directory).exists());
        QCOMPARE(::kill(pid, 0), -1);
    }
    void redisStartsAndLeavesNothing() {
        auto started = PrivateRedis::start({.tcp = true, .arguments = {}});
        QVERIFY2(started.ok(), started.ok() ? "" : qPrintable(started.failure().sentence()));
        auto server = std::move(started).value();
        const QString directory = server->directory();
        QVERIFY(server->port() > 0);
        QVERIFY(server->restart(true).ok());
        QVERIFY(server->process().running());
        server.reset();
        QVERIFY(!QDir(directory).exists());
    }
    void aProgramThatEndsAtOnceSaysWhy() {
        auto started = PrivateRedis::start({.tcp = false, .arguments = {u"--no-such-option"_s, u"1"_s}});
        QVERIFY(!started.ok());
        QVERIFY2(started.failure().serverSaid.contains(u"no-such-option"_s),
                 qPrintable(started.failure().sentence()));
    }
};

QTEST_GUILESS_MAIN(PrivateServersTest)
#include "tst_private_servers.moc"

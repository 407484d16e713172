// How the file is opened: where, with which rights, which layouts, what is moved aside.
#include <QFile>
#include <QFileInfo>
#include <QTest>

#include "backends/history/history_file.h"
#include "backends/history/history_schema.h"
#include "tests/history/history_story.h"

using namespace spillway;
using namespace spillway::history;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {
std::unique_ptr<SqlDatabase> sqlite(const QString& path) {
    auto opened = SqlDatabase::open(path, SqlDatabase::Access::write);
    if (!opened) qFatal("%s", qPrintable(opened.failure().sentence()));
    return std::move(opened).value();
}

void write(const QString& path, const QByteArray& bytes) {
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size());
}

QStringList movedAsideIn(const QTemporaryDir& folder) {
    return QDir(folder.path()).entryList({u"*.damaged-*"_s}, QDir::Files);
}
}  // namespace

class HistoryFileTest : public QObject {
    Q_OBJECT
private slots:
    void theDefaultPlaceFollowsXdg() {
        qputenv("XDG_STATE_HOME", "/somewhere/state");
        QCOMPARE(defaultHistoryPath(), u"/somewhere/state/spillway/history.sqlite"_s);
        qputenv("XDG_STATE_HOME", "not/absolute");
        QCOMPARE(defaultHistoryPath(), QDir::homePath() + u"/.local/state/spillway/history.sqlite"_s);
        qunsetenv("XDG_STATE_HOME");
        QCOMPARE(defaultHistoryPath(), QDir::homePath() + u"/.local/state/spillway/history.sqlite"_s);
    }

    void onlyTheOwnerCanRead() {
        TemporaryHistory history;
        history.open().record(ready(kStart, 1));
        QVERIFY(history.store->flush().ok());
        const auto forOthers = QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther;
        for (const auto& side : {u""_s, u"-wal"_s, u"-shm"_s}) {
            QVERIFY(QFile::exists(history.settings.path + side));
            QCOMPARE(QFile::permissions(history.settings.path + side) & forOthers, QFile::Permissions());
        }
    }

    void theLayoutIsTheNewestAndTheModeIsWal() {
        TemporaryHistory history;
        history.open();
        history.store.reset();
        const auto database = sqlite(history.settings.path);
        QCOMPARE(database->value(u"PRAGMA user_version"_s).toInt(), migrations().size());
        QCOMPARE(database->value(u"PRAGMA journal_mode"_s).toString(), u"wal"_s);
        QCOMPARE(database->value(u"PRAGMA auto_vacuum"_s).toInt(), 2);
        QCOMPARE(database->value(u"PRAGMA page_size"_s).toInt(), 8192);
    }

    // From every layout that ever was to the newest one, with data in it.
    void everyOlderLayoutIsBroughtUp() {
        const QStringList steps = migrations();
        QVERIFY(!steps.isEmpty());
        for (qsizetype from = 1; from <= steps.size(); ++from) {
            QTemporaryDir folder;
            const QString path = folder.filePath(u"history.sqlite"_s);
            {
                const auto old = sqlite(path);
                QVERIFY(old->execute(u"PRAGMA application_id = %1"_s.arg(0x53504c57)));
                QVERIFY(migrate(*old, steps.first(from)).ok());
                QVERIFY(
                    old->execute(u"INSERT INTO mark (at_ms, kind, connection, queue, text) "
                                 "VALUES (5, 'deploy', '', '', 'old')"_s));
            }
            StillClock clock;
            const auto store = HistoryStore::open({.path = path}, clock);
            QVERIFY(store.ok());
            QVERIFY(store.value()->takeNotices().empty());
            QCOMPARE(store.value()->marks({serverTimeFromMillis(0), serverTimeFromMillis(9), {}})->at(0).text,
                     u"old"_s);
        }
    }

    void aStepIsDoneWhollyOrNotAtAll() {
        QTemporaryDir folder;
        const auto database = sqlite(folder.filePath(u"x.sqlite"_s));
        const QStringList steps{u"CREATE TABLE a (x);\n"_s,
                                u"CREATE TABLE b (x);\n-- and; a fault\nNONSENSE;\n"_s,
                                u"CREATE TABLE c (x);\n"_s};
        QVERIFY(!migrate(*database, steps).ok());
        QCOMPARE(database->value(u"PRAGMA user_version"_s).toInt(), 1);
        QCOMPARE(database->value(u"SELECT count(*) FROM sqlite_master"_s).toInt(), 1);
        QVERIFY(migrate(*database, {steps[0], u"CREATE TABLE b (x);\nCREATE TABLE d (x);"_s, steps[2]}).ok());
        QCOMPARE(database->value(u"SELECT count(*) FROM sqlite_master"_s).toInt(), 4);
        QCOMPARE(database->value(u"PRAGMA user_version"_s).toInt(), 3);
    }

    void aNewerLayoutIsOnlyRead() {
        TemporaryHistory history;
        for (int i = 0; i < 300; ++i)
            (i ? *history.store : history.open()).record(ready(kStart + i * 5000, i));
        history.store.reset();
        QVERIFY(sqlite(history.settings.path)->execute(u"PRAGMA user_version = 99"_s));
        auto& store = history.open();
        QCOMPARE(store.role(), HistoryRole::newer_layout);
        QCOMPARE(store.takeNotices().at(0).kind, FailureKind::changed);
        QCOMPARE(buckets(store, query(kStart, kStart + 3'600'000, 1000)).size(), 300U);
        store.record(ready(kStart + 4'000'000, 1));
        QVERIFY(store.flush().ok() && store.maintain().ok());
        QVERIFY(!store.addMark({.at = serverTimeFromMillis(kStart), .text = u"x"_s}).ok());
        history.store.reset();
        QCOMPARE(sqlite(history.settings.path)->value(u"PRAGMA user_version"_s).toInt(), 99);
        QCOMPARE(sqlite(history.settings.path)->value(u"SELECT count(*) FROM mark"_s).toInt(), 0);
    }

    void whatIsNoDatabaseIsMovedAside_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("text") << QByteArray("not a database, but somebody's notes\n").repeated(100);
        QTest::newRow("short") << QByteArray("x");
        QTest::newRow("right head, nothing else")
            << QByteArray("SQLite format 3\0", 16).append(QByteArray(84, '\xff'));
        QTest::newRow("zeros") << QByteArray(100'000, '\0');
    }
    void whatIsNoDatabaseIsMovedAside() {
        QFETCH(QByteArray, bytes);
        QTemporaryDir folder;
        const QString path = folder.filePath(u"history.sqlite"_s);
        StillClock clock;
        for (int times = 1; times <= 2; ++times) {
            write(path, bytes);
            auto store = HistoryStore::open({.path = path}, clock);
            QVERIFY2(store.ok(), store.ok() ? "" : qPrintable(store.failure().sentence()));
            const auto notices = store.value()->takeNotices();
            QCOMPARE(notices.size(), 1U);
            QVERIFY(notices[0].what.contains(u".damaged-"_s));
            QCOMPARE(movedAsideIn(folder).size(), times);
            QFile kept(folder.filePath(movedAsideIn(folder).first()));
            QVERIFY(kept.open(QIODevice::ReadOnly));
            QCOMPARE(kept.readAll(), bytes);
            store.value()->record(ready(kStart, 1));
            QVERIFY(store.value()->flush().ok());
        }
    }

    void anotherProgramsDatabaseIsLeftAlone() {
        QTemporaryDir folder;
        const QString path = folder.filePath(u"history.sqlite"_s);
        {
            const auto other = sqlite(path);
            QVERIFY(other->execute(u"CREATE TABLE bookmarks (url)"_s));
        }
        StillClock clock;
        const auto store = HistoryStore::open({.path = path}, clock);
        QCOMPARE(store.failure().kind, FailureKind::usage);
        QVERIFY(movedAsideIn(folder).isEmpty());
        QCOMPARE(sqlite(path)->value(u"SELECT name FROM sqlite_master"_s).toString(), u"bookmarks"_s);
    }

    void aFolderThatCannotBeIsAFailure() {
        StillClock clock;
        const auto store = HistoryStore::open({.path = u"/proc/spillway/history.sqlite"_s}, clock);
        QCOMPARE(store.failure().kind, FailureKind::permission);
        QVERIFY(!store.failure().nextStep.isEmpty());
    }

    void theCheckKeepsItsBudget() {
        TemporaryHistory history;
        auto& store = history.open();
        std::mt19937 random(1);
        for (int i = 0; i < 40'000; ++i)
            store.record(batchOf(kStart + i * 5000LL, {{u"ready"_s, static_cast<double>(random())},
                                                       {u"b"_s, static_cast<double>(random())}}));
        history.store.reset();
        const auto database = sqlite(history.settings.path);
        QElapsedTimer timer;
        timer.start();
        const auto check = checkHistory(*database, std::chrono::milliseconds{1});
        QVERIFY2(timer.elapsed() < 500, qPrintable(QString::number(timer.elapsed())));
        QCOMPARE(check.damage, QString());
        QCOMPARE(check.damaged_pieces, 0);
    }
};

QTEST_GUILESS_MAIN(HistoryFileTest)
#include "tst_history_file.moc"

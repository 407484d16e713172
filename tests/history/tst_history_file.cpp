// How the file is opened: where, with which rights, which layouts, what is moved aside; a disk that refuses.
#include <QFile>
#include <QFileInfo>
#include <QTest>

#include "backends/history/history_file.h"
#include "backends/storage/migrations.h"
#include "tests/history/history_story.h"
#include "tests/support/disk_faults.h"

using namespace spillway;
using namespace spillway::history;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {
constexpr qint64 kHour = 3'600'000;

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
void damage(const QString& path, qint64 at, const QByteArray& bytes) {
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadWrite) && file.seek(at) && file.write(bytes) == bytes.size());
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

    void aFolderIsLeftAlone() {
        QTemporaryDir folder;
        write(folder.filePath(u"notes"_s), "mine");
        HistorySettings settings;
        settings.path = folder.path();
        const auto opened = openHistoryFile(settings);
        QVERIFY(!opened.ok());
        QVERIFY2(opened.failure().what.contains(u"is a folder"_s), qPrintable(opened.failure().what));
        QVERIFY(QFile::exists(folder.filePath(u"notes"_s)));
        QVERIFY(movedAsideIn(folder).isEmpty());
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
        QCOMPARE(database->value(u"PRAGMA user_version"_s).toInt(), storage::stepsIn(u":/history"_s).size());
        QCOMPARE(database->value(u"PRAGMA journal_mode"_s).toString(), u"wal"_s);
        QCOMPARE(database->value(u"PRAGMA auto_vacuum"_s).toInt(), 2);
        QCOMPARE(database->value(u"PRAGMA page_size"_s).toInt(), 8192);
    }

    // From every layout that ever was to the newest one, with data in it.
    void everyOlderLayoutIsBroughtUp() {
        const QStringList steps = storage::stepsIn(u":/history"_s);
        QVERIFY(!steps.isEmpty());
        for (qsizetype from = 1; from <= steps.size(); ++from) {
            QTemporaryDir folder;
            const QString path = folder.filePath(u"history.sqlite"_s);
            {
                const auto old = sqlite(path);
                QVERIFY(old->execute(u"PRAGMA application_id = %1"_s.arg(0x53504c57)));
                QVERIFY(storage::migrate(*old, steps.first(from)).ok());
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
        QVERIFY(!storage::migrate(*database, steps).ok());
        QCOMPARE(database->value(u"PRAGMA user_version"_s).toInt(), 1);
        QCOMPARE(database->value(u"SELECT count(*) FROM sqlite_master"_s).toInt(), 1);
        QVERIFY(
            storage::migrate(*database, {steps[0], u"CREATE TABLE b (x);\nCREATE TABLE d (x);"_s, steps[2]})
                .ok());
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

    void aDamagedPieceIsAGapAndSaid() {
        TemporaryHistory history;
        auto& store = history.open();
        for (int i = 0; i < 2000; ++i) store.record(ready(kStart + i * 5000, i * 1237 % 9973));
        history.store.reset();
        {
            const auto database = SqlDatabase::open(history.settings.path, SqlDatabase::Access::write);
            QVERIFY(database.value()->execute(
                u"UPDATE chunk SET data = zeroblob(50) WHERE id = (SELECT min(id) FROM chunk WHERE tier = 0)"_s));
        }
        auto& again = history.open();
        const auto notices = again.takeNotices();
        QCOMPARE(notices.size(), 1U);
        QCOMPARE(notices[0].kind, FailureKind::protocol);
        const auto answer = again.answer(query(kStart, kStart + 3 * kHour, 10'000));
        QCOMPARE(answer->damaged_chunks, 1);
        QCOMPARE(answer->lines[0].buckets.size(), 2000U - 128);
    }

    // Whatever is wrong with the file: it opens, records, and either the old data is sound or the file
    // is kept under another name.
    void damageAnywhereNeverStopsTheProgram() {
        TemporaryHistory good;
        auto& store = good.open();
        std::mt19937 random(3);
        for (int i = 0; i < 3000; ++i)
            store.record(ready(kStart + i * 5000, static_cast<double>(random() % 100'000)));
        good.store.reset();
        int aside = 0, sound = 0;
        for (unsigned seed = 0; seed < 150; ++seed) {
            std::mt19937 chance(seed);
            QTemporaryDir folder;
            HistorySettings settings{.path = folder.filePath(u"history.sqlite"_s)};
            QVERIFY(QFile::copy(good.settings.path, settings.path));
            const qint64 size = QFile(settings.path).size();
            if (seed % 3 == 0) QVERIFY(QFile::resize(settings.path, static_cast<qint64>(chance()) % size));
            if (seed % 3 != 0)
                damage(settings.path, static_cast<qint64>(chance()) % size,
                       QByteArray(1 + static_cast<int>(chance() % 3000), static_cast<char>(chance())));
            auto opened = HistoryStore::open(settings, good.clock);
            if (!opened) {
                // The one thing that is not ours to move: a file that now names another program.
                QCOMPARE(opened.failure().kind, FailureKind::usage);
                continue;
            }
            auto& again = *opened.value();
            const bool moved = !QDir(folder.path()).entryList({u"*.damaged-*"_s}, QDir::Files).isEmpty();
            (moved ? aside : sound) += 1;
            if (moved) QVERIFY(!again.takeNotices().empty());
            std::ignore = again.answer(query(kStart, kStart + 30 * kHour, 1000));
            again.record(ready(kStart + 100 * kHour, 1));
            const auto flushed = again.flush();
            QVERIFY(flushed.ok() || flushed.failure().kind == FailureKind::protocol);
            if (moved) QCOMPARE(countOf(buckets(again, query(kStart, kStart + 200 * kHour, 1000))), 1);
        }
        QVERIFY(aside > 30);
        QVERIFY(sound > 5);
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

    // A file of another user: it cannot be recorded to, and looking at it works, in a folder where SQLite can
    // make no side files either.
    void whatMayOnlyBeReadIsRead() {
        QTemporaryDir folder;
        HistorySettings settings{.path = folder.filePath(u"history.sqlite"_s)};
        StillClock clock;
        {
            auto store = HistoryStore::open(settings, clock);
            store.value()->record(ready(kStart, 7));
        }
        QVERIFY(NobodysRights::readable(settings.path) && NobodysRights::readable(folder.path()));
        const NobodysRights nobody;
        const auto recording = HistoryStore::open(settings, clock);
        QCOMPARE(recording.failure().kind, FailureKind::permission);
        settings.only_read = true;
        auto looking = HistoryStore::open(settings, clock);
        QVERIFY2(looking.ok(), looking.ok() ? "" : qPrintable(looking.failure().sentence()));
        QCOMPARE(countOf(buckets(*looking.value(), query(kStart, kStart + kHour, 10))), 1);
    }

    // The file itself cannot grow, whatever SQLite thinks of its size.
    void whatADiskRefusedIsWrittenWhenItCanBe() {
        TemporaryHistory history;
        auto& store = history.open();
        store.record(ready(kStart, 1));
        QVERIFY(store.flush().ok());
        {
            const FullDisk disk(QFileInfo(history.settings.path + u"-wal"_s).size());
            for (int i = 1; i < 500; ++i) store.record(ready(kStart + i * 5000LL, i));
            const auto flushed = store.flush();
            QVERIFY(!flushed.ok() && flushed.failure().retryable());
            QCOMPARE(countOf(buckets(store, query(kStart, kStart + kHour, 10'000))), 500);
        }
        QVERIFY(store.flush().ok());
        history.store.reset();
        QCOMPARE(countOf(buckets(history.open(), query(kStart, kStart + kHour, 10'000))), 500);
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
        QVERIFY2(timer.elapsed() < 5000, qPrintable(QString::number(timer.elapsed())));
        QCOMPARE(check.damage, QString());
        QCOMPARE(check.damaged_pieces, 0);
    }
};

QTEST_GUILESS_MAIN(HistoryFileTest)
#include "tst_history_file.moc"

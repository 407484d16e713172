#include "backends/history/history_file.h"

#include <QDateTime>
#include <QDir>
#include <QElapsedTimer>
#include <QFileInfo>

#include "backends/history/chunk_codec.h"
#include "backends/storage/migrations.h"

namespace spillway::history {
using namespace Qt::StringLiterals;

namespace {

QStringList layout() {
    return storage::stepsIn(u":/history"_s);
}
constexpr int kApplicationId = 0x53504c57;  // "SPLW"
constexpr int kPageBytes = 8192;
constexpr qint64 kWhollyCheckedBytes = 32LL * 1024 * 1024;  // quick_check reads some 300 MB a second
constexpr std::chrono::milliseconds kCheckBudget{200};

bool prepareFile(const HistorySettings& settings) {
    const QString& path = settings.path;
    const QFileInfo file(path);
    const auto onlyOwner = QFile::ReadOwner | QFile::WriteOwner;
    if (!QDir(file.absolutePath()).exists()) {
        if (!settings.make_folder || !QDir().mkpath(file.absolutePath())) return false;
        QFile::setPermissions(file.absolutePath(), onlyOwner | QFile::ExeOwner);
    }
    QFile empty(path);
    if (!file.exists() && !empty.open(QIODevice::ReadWrite)) return false;
    return QFile::setPermissions(path, onlyOwner);  // before SQLite derives its side files' from it
}

Failure notWritable(const HistorySettings& settings) {
    const QString& path = settings.path;
    if (!settings.make_folder && !QFileInfo(path).dir().exists())
        return {FailureKind::unreachable,
                u"The folder of the history %1 is gone; nothing is recorded."_s.arg(path),
                {},
                u"Its owner removed it; to record again, make it or name another file (--history)."_s};
    return {FailureKind::permission,
            u"The history %1 cannot be written."_s.arg(path),
            {},
            u"Check the folder's owner and permissions, or set XDG_STATE_HOME."_s};
}

Failure isFolder(const QString& path) {
    return {FailureKind::usage,
            u"%1 is a folder, and the history is a file; it was left alone."_s.arg(path),
            {},
            u"Name a file in it, such as %1."_s.arg(QDir(path).filePath(u"history.sqlite"_s))};
}

Failure foreign(const QString& path) {
    return {FailureKind::usage,
            u"%1 is a database of another program; it was left alone."_s.arg(path),
            {},
            u"Name another file for the history."_s};
}

Failure movedAside(const QString& path, const QString& damage, const QString& aside) {
    return {FailureKind::protocol,
            u"The history %1 was damaged; it is kept as %2 and a new one was begun."_s.arg(path, aside),
            damage, u"Nothing is lost that sqlite3's .recover could still read from the file kept."_s};
}

Failure piecesDamaged(const QString& path, int pieces) {
    return {FailureKind::protocol,
            u"%1 piece(s) of the history %2 are damaged and show as gaps."_s.arg(pieces).arg(path),
            {},
            u"Check the disk; the rest of the history is read as usual."_s};
}

// 0 tables and no id: a new file.
bool isOurs(SqlDatabase& database) {
    return database.value(u"PRAGMA application_id"_s).toInt() == kApplicationId ||
           database.value(u"SELECT count(*) FROM sqlite_master"_s).toInt() == 0;
}

void setUp(SqlDatabase& database, qint64 capBytes) {
    if (database.value(u"SELECT count(*) FROM sqlite_master"_s).toInt() == 0) {
        database.execute(u"PRAGMA page_size = %1"_s.arg(kPageBytes));
        database.execute(u"PRAGMA auto_vacuum = INCREMENTAL"_s);
        database.execute(u"PRAGMA application_id = %1"_s.arg(kApplicationId));
    }
    database.execute(u"PRAGMA journal_mode = WAL"_s);
    database.execute(u"PRAGMA synchronous = NORMAL"_s);
    database.execute(u"PRAGMA wal_autocheckpoint = 256"_s);  // pages: 2 MB
    database.execute(u"PRAGMA journal_size_limit = %1"_s.arg(16 * 1024 * 1024));
    database.execute(u"PRAGMA cache_size = -8000"_s);
    // Trimming keeps below the cap; this stops what trimming cannot, a tenth above it.
    const qint64 page = std::max(1LL, database.value(u"PRAGMA page_size"_s).toLongLong());
    const qint64 pages = std::max(64LL, capBytes / page + capBytes / page / 10);
    database.execute(u"PRAGMA max_page_count = %1"_s.arg(pages));
}

// The newest pieces first: those are what the screen shows.
void checkPieces(SqlDatabase& database, const QElapsedTimer& timer, std::chrono::milliseconds budget,
                 HistoryCheck& check) {
    QSqlQuery query = database.prepared(u"SELECT data FROM chunk ORDER BY id DESC"_s);
    if (!database.run(query)) {
        check.damage = database.failure({}).serverSaid;
        return;
    }
    while (timer.elapsed() < budget.count() && query.next())
        check.damaged_pieces += decodeChunk(query.value(0).toByteArray()) ? 0 : 1;
}

QString quickCheck(SqlDatabase& database, const QString& argument) {
    const QVariant said = database.value(u"PRAGMA quick_check(%1)"_s.arg(argument));
    if (said.isNull()) return database.failure({}).serverSaid + u" (quick_check gave no answer)"_s;
    return said.toString() == u"ok"_s ? QString() : said.toString();
}

bool canBeRead(SqlDatabase& database) {
    return !database.value(u"SELECT count(*) FROM chunk WHERE id < 0"_s).isNull();
}

Outcome<std::unique_ptr<SqlDatabase>> openForReading(const QString& path) {
    auto opened = SqlDatabase::open(path, SqlDatabase::Access::read);
    if (!opened || canBeRead(*opened.value())) return opened;
    // Where SQLite can make no side files, it opens nothing in WAL mode. Without them nobody is writing.
    if (!QFileInfo::exists(path + u"-wal"_s)) {
        auto frozen = SqlDatabase::open(path, SqlDatabase::Access::frozen);
        if (frozen && canBeRead(*frozen.value())) return frozen;
    }
    return opened.value()->failure(u"The history %1 cannot be read."_s.arg(path));
}

struct Attempt {
    std::unique_ptr<SqlDatabase> database;
    QString damage;  // not empty: move it aside
    int damaged_pieces = 0;
    std::optional<Failure> failure;  // for another reason
    bool newer = false;
};

// SQLite itself would take a file shorter than a page for an empty one and write over it.
bool startsAsDatabase(const QString& path) {
    static constexpr QByteArrayView magic("SQLite format 3\0", 16);
    QFile file(path);
    return file.size() == 0 || (file.open(QIODevice::ReadOnly) && file.read(magic.size()) == magic);
}

Attempt openForWriting(const HistorySettings& settings) {
    Attempt attempt;
    if (!startsAsDatabase(settings.path)) {
        attempt.damage = u"file is not a database"_s;
        return attempt;
    }
    auto opened = SqlDatabase::open(settings.path, SqlDatabase::Access::write);
    if (!opened) return {.database = {}, .failure = opened.failure()};
    attempt.database = std::move(opened).value();
    SqlDatabase& database = *attempt.database;
    const bool readable = !database.value(u"SELECT count(*) FROM sqlite_master"_s).isNull();
    if (!readable) {
        const Failure failure = database.failure(u"The history %1 cannot be read."_s.arg(settings.path));
        if (database.fault() == StorageFault::damaged)
            attempt.damage = failure.serverSaid;
        else
            attempt.failure = failure;
        return attempt;
    }
    if (!isOurs(database)) return {.database = {}, .failure = foreign(settings.path)};
    if (layout().isEmpty()) qFatal("the history's layout is missing from this program");
    attempt.newer = database.value(u"PRAGMA user_version"_s).toInt() > layout().size();
    if (attempt.newer) return attempt;
    const HistoryCheck check = checkHistory(database, kCheckBudget);
    attempt.damage = check.damage;
    attempt.damaged_pieces = check.damaged_pieces;
    if (!attempt.damage.isEmpty()) return attempt;
    setUp(database, settings.size_cap_bytes);
    const auto migrated = storage::migrate(database, layout());
    if (!migrated && database.fault() == StorageFault::damaged)
        attempt.damage = migrated.failure().serverSaid;
    else if (!migrated)
        attempt.failure = migrated.failure();
    return attempt;
}

Outcome<HistoryFile> openToLook(const HistorySettings& settings) {
    auto opened = openForReading(settings.path);
    if (!opened) return opened.failure();
    HistoryFile file;
    file.database = std::move(opened).value();
    const bool newer = file.database->value(u"PRAGMA user_version"_s).toInt() > layout().size();
    file.role = newer ? HistoryRole::newer_layout : HistoryRole::second;
    return file;
}

Outcome<HistoryFile> openSecond(const HistorySettings& settings, HistoryFile file) {
    qint64 pid = 0;
    QString host, program;
    file.lock->getLockInfo(&pid, &host, &program);
    file.lock.reset();
    auto opened = openForReading(settings.path);
    if (!opened) return opened.failure();
    file.database = std::move(opened).value();
    file.role = HistoryRole::second;
    file.notices.push_back(
        {FailureKind::permission,
         u"Another instance (%1, process %2) records the history; this one only reads it."_s
             .arg(program.isEmpty() ? u"unknown"_s : program)
             .arg(pid),
         {},
         u"It takes over when the other one ends."_s});
    return file;
}

Outcome<HistoryFile> openNewer(const HistorySettings& settings, HistoryFile file) {
    file.lock.reset();  // the newer program may record meanwhile
    auto opened = openForReading(settings.path);
    if (!opened) return opened.failure();
    file.database = std::move(opened).value();
    file.role = HistoryRole::newer_layout;
    file.notices.push_back(
        {FailureKind::changed,
         u"The history %1 was written by a newer Spillway; it is only read."_s.arg(settings.path),
         {},
         u"Update this Spillway to record again."_s});
    return file;
}
}  // namespace

QString moveAside(const QString& path) {
    const QString stamp = QDateTime::currentDateTimeUtc().toString(u"yyyyMMdd'T'HHmmss'Z'"_s);
    QString aside = u"%1.damaged-%2"_s.arg(path, stamp);
    for (int again = 2; QFileInfo::exists(aside); ++again)
        aside = u"%1.damaged-%2-%3"_s.arg(path, stamp).arg(again);
    if (!QFile::rename(path, aside)) return {};
    for (const auto& side : {u"-wal"_s, u"-shm"_s})
        if (QFileInfo::exists(path + side)) QFile::rename(path + side, aside + side);
    return aside;
}

HistoryCheck checkHistory(SqlDatabase& database, std::chrono::milliseconds budget) {
    QElapsedTimer timer;
    timer.start();
    HistoryCheck check;
    if (database.value(u"PRAGMA user_version"_s).toInt() == 0) return check;
    const qint64 bytes = database.value(u"PRAGMA page_count"_s).toLongLong() *
                         database.value(u"PRAGMA page_size"_s).toLongLong();
    const QStringList small{u"connection"_s, u"queue"_s, u"metric"_s, u"open_chunk"_s, u"mark"_s};
    for (const QString& part : bytes <= kWhollyCheckedBytes ? QStringList{u"1"_s} : small)
        if (check.damage.isEmpty()) check.damage = quickCheck(database, part);
    if (check.damage.isEmpty()) checkPieces(database, timer, budget, check);
    return check;
}

Outcome<HistoryFile> openHistoryFile(const HistorySettings& settings) {
    if (QFileInfo(settings.path).isDir()) return isFolder(settings.path);
    if (settings.only_read) return openToLook(settings);
    if (!prepareFile(settings)) return notWritable(settings);
    HistoryFile file;
    file.lock = std::make_unique<QLockFile>(settings.path + u".lock"_s);
    file.lock->setStaleLockTime(0);  // only a dead process' lock is stale, not an old one
    if (!file.lock->tryLock(0)) {
        if (file.lock->error() != QLockFile::LockFailedError) return notWritable(settings);
        return openSecond(settings, std::move(file));
    }
    for (int attempts = 0; attempts < 2; ++attempts) {
        Attempt attempt = openForWriting(settings);
        if (attempt.failure) return *attempt.failure;
        if (attempt.newer) return openNewer(settings, std::move(file));
        file.database = std::move(attempt.database);
        if (attempt.damaged_pieces > 0)
            file.notices.push_back(piecesDamaged(settings.path, attempt.damaged_pieces));
        if (attempt.damage.isEmpty()) return file;
        file.database.reset();
        const QString aside = moveAside(settings.path);
        if (aside.isEmpty() || !prepareFile(settings)) return notWritable(settings);
        file.notices.push_back(movedAside(settings.path, attempt.damage, aside));
    }
    return notWritable(settings);
}

}  // namespace spillway::history

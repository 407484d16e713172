#include "backends/storage/sql_database.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QUrl>
#include <atomic>

namespace spillway::storage {
using namespace Qt::StringLiterals;

namespace {
QString freshName() {
    static std::atomic<quint64> number{0};
    return u"spillway-%1"_s.arg(++number);
}

// SQLite's primary result codes; the extended ones carry more in the higher bits.
StorageFault faultOf(const QSqlError& error) {
    if (error.type() == QSqlError::NoError) return StorageFault::none;
    switch (error.nativeErrorCode().toInt() & 0xff) {
        case 5:  // SQLITE_BUSY
        case 6:  // SQLITE_LOCKED
            return StorageFault::busy;
        case 8:  // SQLITE_READONLY
            return StorageFault::read_only;
        case 10:  // SQLITE_IOERR
        case 14:  // SQLITE_CANTOPEN
            return StorageFault::input_output;
        case 11:  // SQLITE_CORRUPT
        case 26:  // SQLITE_NOTADB
            return StorageFault::damaged;
        case 13:  // SQLITE_FULL
            return StorageFault::full;
        default:
            return StorageFault::other;
    }
}

FailureKind kindOf(StorageFault fault) {
    switch (fault) {
        case StorageFault::busy:
        case StorageFault::full:
        case StorageFault::input_output:
            return FailureKind::overloaded;
        case StorageFault::read_only:
            return FailureKind::permission;
        case StorageFault::damaged:
            return FailureKind::protocol;
        default:
            return FailureKind::internal;
    }
}
}  // namespace

Outcome<std::unique_ptr<SqlDatabase>> SqlDatabase::open(const QString& path, Access access) {
    std::unique_ptr<SqlDatabase> opened(new SqlDatabase(freshName(), path));
    QSqlDatabase database = QSqlDatabase::addDatabase(u"QSQLITE"_s, opened->m_name);
    if (!database.isValid())
        return Failure{FailureKind::internal,
                       u"Files of this kind need Qt's SQLite driver."_s,
                       {},
                       u"Install the package with Qt's SQLite plugin (libqt6sql6-sqlite)."_s};
    QString options = u"QSQLITE_BUSY_TIMEOUT=2000"_s;
    if (access != Access::write) options += u";QSQLITE_OPEN_READONLY"_s;
    if (access == Access::frozen) options += u";QSQLITE_OPEN_URI"_s;
    database.setConnectOptions(options);
    const QString encoded = QString::fromLatin1(QUrl::toPercentEncoding(path, "/"));
    database.setDatabaseName(access == Access::frozen ? u"file:%1?immutable=1"_s.arg(encoded) : path);
    if (database.open()) return opened;
    opened->note(database.lastError());
    return Failure{FailureKind::permission, u"%1 could not be opened."_s.arg(path), opened->m_said,
                   u"Check that the folder exists and that you may write there."_s};
}

SqlDatabase::~SqlDatabase() {
    { QSqlDatabase::database(m_name, false).close(); }
    QSqlDatabase::removeDatabase(m_name);
}

QSqlQuery SqlDatabase::prepared(const QString& sql) const {
    QSqlQuery query(QSqlDatabase::database(m_name, false));
    query.setForwardOnly(true);
    query.prepare(sql);
    return query;
}

bool SqlDatabase::run(QSqlQuery& query, const QVariantList& values) {
    if (query.lastError().isValid()) {  // it did not compile; exec() would only say "No query"
        note(query.lastError());
        return false;
    }
    for (qsizetype i = 0; i < values.size(); ++i) query.bindValue(static_cast<int>(i), values[i]);
    const bool worked = query.exec();
    note(worked ? QSqlError() : query.lastError());
    return worked;
}

bool SqlDatabase::next(QSqlQuery& query) {
    const bool found = query.next();
    note(found ? QSqlError() : query.lastError());
    return found;
}

bool SqlDatabase::execute(const QString& sql) {
    QSqlQuery query(QSqlDatabase::database(m_name, false));
    const bool worked = query.exec(sql);
    note(worked ? QSqlError() : query.lastError());
    return worked;
}

void SqlDatabase::rollBack() {
    QSqlQuery query(QSqlDatabase::database(m_name, false));
    query.exec(u"ROLLBACK"_s);
}

QVariant SqlDatabase::value(const QString& sql, const QVariantList& values) {
    QSqlQuery query = prepared(sql);
    if (!run(query, values)) return {};
    return next(query) ? query.value(0) : QVariant();
}

void SqlDatabase::note(const QSqlError& error) {
    m_fault = faultOf(error);
    m_said = error.databaseText();
}

Failure SqlDatabase::failure(const QString& what) const {
    const QString next = m_fault == StorageFault::full ? u"Free some space on that disk."_s
                         : m_fault == StorageFault::read_only
                             ? u"Check the file's owner, and whether its disk is mounted read-only."_s
                             : QString();
    return {kindOf(m_fault), what, m_said, next};
}

SqlTransaction::SqlTransaction(SqlDatabase& database)
    : m_database(database), m_open(database.execute(u"BEGIN IMMEDIATE"_s)) {}

SqlTransaction::~SqlTransaction() {
    if (m_open) m_database.rollBack();
}

bool SqlTransaction::commit() {
    if (!m_database.execute(u"COMMIT"_s)) return false;
    m_open = false;
    return true;
}

}  // namespace spillway::storage

// One named SQLite connection, for the files that this program keeps. Belongs to the thread that opened it
// and goes away with the object.
#pragma once

#include <QSqlQuery>
#include <QVariant>
#include <memory>

#include "backends/domain/outcome.h"

namespace spillway::storage {

enum class StorageFault { none, busy, full, read_only, input_output, damaged, other };

class SqlDatabase {
public:
    // frozen: to read a file that nobody writes to meanwhile, also where no side file can be made beside it.
    enum class Access { read, write, frozen };
    // Opens the file without looking into it; waits up to two seconds for other writers later on.
    [[nodiscard]] static Outcome<std::unique_ptr<SqlDatabase>> open(const QString& path, Access access);
    ~SqlDatabase();
    SqlDatabase(const SqlDatabase&) = delete;
    SqlDatabase& operator=(const SqlDatabase&) = delete;

    // A query ready for values. A text that does not compile fails in run().
    [[nodiscard]] QSqlQuery prepared(const QString& sql) const;
    // Runs what prepared() gave with these values. False: see fault().
    bool run(QSqlQuery& query, const QVariantList& values = {});
    // The next row. False at the end, and after a fault in the middle: see fault().
    bool next(QSqlQuery& query);
    bool execute(const QString& sql);
    void rollBack();  // leaves fault() as it was
    // First column of the first row; null after a fault or without rows.
    [[nodiscard]] QVariant value(const QString& sql, const QVariantList& values = {});

    [[nodiscard]] StorageFault fault() const { return m_fault; }  // of the last call
    // The last fault in words, with what was tried and what to do next.
    [[nodiscard]] Failure failure(const QString& what) const;
    [[nodiscard]] const QString& path() const { return m_path; }

private:
    SqlDatabase(QString name, QString path) : m_name(std::move(name)), m_path(std::move(path)) {}
    void note(const QSqlError& error);

    QString m_name;
    QString m_path;
    StorageFault m_fault = StorageFault::none;
    QString m_said;
};

// Takes the write lock at once; rolls back unless committed.
class SqlTransaction {
public:
    explicit SqlTransaction(SqlDatabase& database);
    ~SqlTransaction();
    SqlTransaction(const SqlTransaction&) = delete;
    SqlTransaction& operator=(const SqlTransaction&) = delete;
    [[nodiscard]] bool begun() const { return m_open; }
    [[nodiscard]] bool commit();

private:
    SqlDatabase& m_database;
    bool m_open;
};

}  // namespace spillway::storage

#include "backends/storage/migrations.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>

namespace spillway::storage {
using namespace Qt::StringLiterals;

QStringList stepsIn(const QString& path) {
    const QDir folder(path);
    QStringList steps;
    for (const QString& name : folder.entryList({u"*.sql"_s}, QDir::Files, QDir::Name)) {
        QFile file(folder.filePath(name));
        if (file.open(QIODevice::ReadOnly)) steps << QString::fromUtf8(file.readAll());
    }
    return steps;
}

QStringList statements(const QString& script) {
    static const QRegularExpression comment(u"--[^\n]*"_s);
    static const QRegularExpression end(u";[ \t]*(\n|$)"_s);
    QStringList found;
    for (const QString& part : QString(script).remove(comment).split(end))
        if (!part.trimmed().isEmpty()) found << part.trimmed();
    return found;
}

Outcome<Done> migrate(SqlDatabase& database, const QStringList& steps) {
    for (int version = database.value(u"PRAGMA user_version"_s).toInt(); version < steps.size(); ++version) {
        SqlTransaction transaction(database);
        bool worked = transaction.begun();
        for (const QString& statement : statements(steps[version]))
            worked = worked && database.execute(statement);
        worked = worked && database.execute(u"PRAGMA user_version = %1"_s.arg(version + 1));
        if (!worked || !transaction.commit())
            return database.failure(
                u"%1 could not be brought to layout %2."_s.arg(database.path()).arg(version + 1));
    }
    return Done{};
}

}  // namespace spillway::storage

#include "backends/history/history_schema.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>

namespace spillway::history {
using namespace Qt::StringLiterals;

QStringList migrations() {
    const QDir folder(u":/history"_s);
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
            return database.failure(u"The history could not be brought to layout %1."_s.arg(version + 1));
    }
    return Done{};
}

}  // namespace spillway::history

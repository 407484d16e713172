// A user's own jobs table, described in a small TOML file (format: resources/systems/README.md).
#pragma once

#include <QString>
#include <QStringList>
#include <map>

#include "backends/domain/outcome.h"

namespace spillway {

enum class TimeKind { byType, timestamptz, timestampUtc, epochSeconds, epochMillis };

struct TableMapping {
    QString file;    // for messages
    QString name;    // the system is called mapped:NAME
    QString schema;  // empty: the one schema that has the table, public first
    QString table;
    QString queueConstant;  // where there is no queue column; empty = the name
    // Key of [columns] (id, queue, claimed, claimed_at, owner, lease_until, attempts, max_attempts, run_at,
    // enqueued_at, finished_at, failed_at, last_error, payload, status) -> column of the table.
    std::map<QString, QString> columns;
    // With a status column: ready, scheduled, retrying, running, dead, done -> its values.
    std::map<QString, QStringList> statusValues;
    bool deadWhenExhausted = false;     // dead by attempts >= max_attempts instead of failed_at
    std::map<QString, TimeKind> times;  // by key; "default" for the rest

    [[nodiscard]] bool has(const QString& key) const { return columns.contains(key); }
};

// Failure kind usage: names the file, the key and what would be right. Unknown keys are errors.
[[nodiscard]] Outcome<TableMapping> readTableMapping(const QString& file);

// Every *.toml in $XDG_CONFIG_HOME/spillway/systems/, by name.
[[nodiscard]] QStringList mappingFilesOfUser();

}  // namespace spillway

// Opens the history file: who may write, is it sound, is it ours, is it of a layout that we know.
#pragma once

#include <QLockFile>
#include <vector>

#include "backends/history/history_values.h"
#include "backends/storage/sql_database.h"

namespace spillway::history {
using storage::SqlDatabase;
using storage::SqlTransaction;
using storage::StorageFault;

struct HistoryFile {
    HistoryRole role = HistoryRole::writer;
    std::unique_ptr<QLockFile> lock;  // held by the writer: outlives `database`
    std::unique_ptr<SqlDatabase> database;
    std::vector<Failure> notices;  // what a person should know about how it was opened
};

// Creates what is missing (file 0600, folder 0700). A file that is damaged or no database at all is
// renamed to "….damaged-TIME" with its side files, never deleted, and a new one begun; only the writer
// does that. Another program's database is left alone: a failure.
[[nodiscard]] Outcome<HistoryFile> openHistoryFile(const HistorySettings& settings);

// Renames the file and its side files; answers the new name, empty if that did not work.
[[nodiscard]] QString moveAside(const QString& path);

struct HistoryCheck {
    QString damage;          // of the file's structure; empty: none found
    int damaged_pieces = 0;  // chunks that do not match their checksum: left out when read
};
// Looks for about `budget`: at everything where the file is small, else at the small tables and the
// newest pieces.
[[nodiscard]] HistoryCheck checkHistory(SqlDatabase& database, std::chrono::milliseconds budget);

}  // namespace spillway::history

// Brings a file to the newest layout. The layout's number is SQLite's user_version.
#pragma once

#include <QStringList>

#include "backends/storage/sql_database.h"

namespace spillway::storage {

// The numbered steps that lie in `folder`, as ":/history/0001_history.sql" and on: the first makes layout 1.
[[nodiscard]] QStringList stepsIn(const QString& folder);

// Statements of one step; each ends with ";" at the end of a line. Comments are left out.
[[nodiscard]] QStringList statements(const QString& script);

// Runs the steps that are still missing, each whole or not at all.
[[nodiscard]] Outcome<Done> migrate(SqlDatabase& database, const QStringList& steps);

}  // namespace spillway::storage

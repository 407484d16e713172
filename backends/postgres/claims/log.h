// The claim log of a mapped table: a trigger and a small table beside it, with which every claim and every
// release leaves a record of its own, timed by the server in microseconds. Opt-in: Spillway proposes the
// SQL; a person runs it, or asks for it to be run outside production.
#pragma once

#include "backends/domain/connection_settings.h"
#include "backends/postgres/engine/catalog.h"
#include "backends/postgres/mapped/table_mapping.h"

namespace spillway {

struct ClaimLogSql {
    QString table;    // "public.jobs_claim_log", quoted where needed
    QString install;  // one transaction; fails where the log exists already
    QString remove;   // undoes it, with all that was recorded
    QString trim;     // deletes what is older than a week; for a job of the user's own
};

// The name of the log of a table, unquoted.
[[nodiscard]] QString claimLogTable(const QString& table);
// Columns that tell it from a table that only has the same name.
[[nodiscard]] QStringList claimLogColumns();

// Pure. The mapping must fit the table and name columns.id.
[[nodiscard]] ClaimLogSql claimLogSql(const TableMapping& mapping, const SchemaCatalog& catalog);

// For `system`, the name of a mapped table ("mapped:jobs") among settings.mappingFiles and the user's own
// mapping files. Connects and reads the catalog only. Failure kind usage where there is no such mapping.
[[nodiscard]] Outcome<ClaimLogSql> proposeClaimLog(const ConnectionSettings& settings, const QString& system);

// Runs exactly proposeClaimLog()'s `install`, or `remove`. Refused (FailureKind::usage) on a connection that
// counts as production: copy the SQL there. These are the only writes of this folder.
[[nodiscard]] Outcome<Done> installClaimLog(const ConnectionSettings& settings, const QString& system);
[[nodiscard]] Outcome<Done> removeClaimLog(const ConnectionSettings& settings, const QString& system);

}  // namespace spillway

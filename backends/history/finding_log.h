// The runs of findings and what people said of them, in the history's file. One thread.
#pragma once

#include "backends/domain/finding.h"
#include "backends/domain/outcome.h"
#include "backends/history/history_values.h"
#include "backends/history/series_names.h"

namespace spillway::history {

// Both tables are there from this layout on; an older file has neither.
[[nodiscard]] bool keepsFindingLog(SqlDatabase& database);

// Extends the newest run of that finding, or begins one. Inside the caller's transaction; false: see the
// database's fault.
[[nodiscard]] bool writeFindingRuns(SqlDatabase& database, const QString& connection,
                                    const std::vector<FindingRun>& runs);
[[nodiscard]] Outcome<std::vector<FindingRun>> listFindingRuns(SqlDatabase& database,
                                                               const FindingRunQuery& query);
[[nodiscard]] Outcome<Done> insertAcknowledgement(SqlDatabase& database, const Acknowledgement& said);
[[nodiscard]] Outcome<Acknowledgements> listAcknowledgements(SqlDatabase& database, const QString& connection,
                                                             bool alsoPast);
// What ended before `oldestMs`, and what is more than the file shall keep.
[[nodiscard]] bool trimFindingLog(SqlDatabase& database, qint64 oldestMs);

}  // namespace spillway::history

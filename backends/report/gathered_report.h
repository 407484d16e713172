// Puts a report together from the history and the journal. Blocks on the disk; any thread that owns the
// store.
#pragma once

#include "backends/history/history_store.h"
#include "backends/report/incident_report.h"

namespace spillway {

// Signed with this account, this program's version and the present. `journal`: the path of the actions'
// journal; one that is missing or cannot be read is a note, not a failure.
[[nodiscard]] Outcome<IncidentReport> gatherReport(HistoryStore& history, const QString& journal,
                                                   const ReportRequest& request);

}  // namespace spillway

// Keeps the history within its ages and its size: the oldest goes first. Short transactions, so that
// neither recording nor other instances wait.
#pragma once

#include "backends/history/history_recorder.h"

namespace spillway::history {

// Deletes pieces older than their tier is kept, of the connections recorded by this run: their servers'
// clocks say how old a piece is. `nowMs` is the local clock.
[[nodiscard]] bool trimByAge(SqlDatabase& database, const HistoryRecorder& recorder,
                             const HistorySettings& settings, qint64 nowMs);

// Deletes the oldest pieces until the used part of the file is below the cap, then gives space back to
// the disk. At most a bounded number of pieces a call.
[[nodiscard]] bool trimBySize(SqlDatabase& database, qint64 capBytes);

// Names of queues of which nothing is left; answers their ids.
[[nodiscard]] std::vector<qint64> trimNames(SqlDatabase& database);

}  // namespace spillway::history

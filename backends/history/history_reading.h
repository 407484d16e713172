// Answers questions from the file and, in the instance that records, from what is not in it yet.
#pragma once

#include "backends/history/history_recorder.h"
#include "backends/history/tier_reading.h"

namespace spillway::history {

// `recorder` is null where another instance records. Names are looked up in `names`.
struct HistorySource {
    SqlDatabase& database;
    const SeriesNames& names;
    const HistoryRecorder* recorder = nullptr;
};

[[nodiscard]] Outcome<HistoryAnswer> answerQuery(const HistorySource& source, const HistoryQuery& query);

// Every metric that a queue's newest piece of hours holds, for every queue.
[[nodiscard]] Outcome<std::vector<HistorySeries>> listSeries(const HistorySource& source);

[[nodiscard]] Outcome<std::vector<HistoryMark>> listMarks(SqlDatabase& database,
                                                          const HistoryMarkQuery& query);
[[nodiscard]] Outcome<HistoryMark> insertMark(SqlDatabase& database, HistoryMark mark);

}  // namespace spillway::history

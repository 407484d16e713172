// A marker in the history, as `mark` and the demo write it.
#pragma once

#include "backends/domain/outcome.h"
#include "backends/history/history_values.h"

namespace spillway {

// Into the history at `path`, which is made where it is missing, also while another instance records. Answers
// the mark with its id.
[[nodiscard]] Outcome<HistoryMark> writeMark(const QString& path, const HistoryMark& mark);

}  // namespace spillway

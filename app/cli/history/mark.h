// A marker in the history, as `mark` and the demo write it.
#pragma once

#include "backends/domain/outcome.h"
#include "backends/history/history_values.h"

namespace spillway {

// Into the history at `path`, which is made where it is missing, also while another instance records. `at` is
// this machine's time; where the connection's last recorded clock differs by a second or more, that is what
// the mark follows, as charts do. Answers the mark with its id and its time.
[[nodiscard]] Outcome<HistoryMark> writeMark(const QString& path, const HistoryMark& mark);

}  // namespace spillway

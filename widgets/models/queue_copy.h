// The queue table for a spreadsheet: every column, exact values with their unit in the title. Pure.
#pragma once

#include "widgets/models/queue_cells.h"

namespace spillway {

[[nodiscard]] QString copiedTitles();                  // tab separated
[[nodiscard]] QString copiedRow(const QueueRow& row);  // likewise; "–": not observable

}  // namespace spillway

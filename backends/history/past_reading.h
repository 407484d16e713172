// How it looked: readings put together from what was recorded, for a moment of the past.
#pragma once

#include "backends/health/health_report.h"
#include "backends/history/history_store.h"

namespace spillway {

// One reading for each connection that was watched at `at`. What is not recorded is not observable in it:
// leases, the list of workers, what conditions there were. A queue that was not seen around `at` is left out,
// and a finding is as it was at its worst in the run that covers `at`. Estimates of what comes next are made
// anew from the rates recorded. SystemIdentity::system is the whole key; nobody recorded the title.
[[nodiscard]] Outcome<std::vector<ReadingPtr>> readingsAt(HistoryStore& store, ServerTime at);

}  // namespace spillway

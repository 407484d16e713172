// The dead letters of one queue, system or connection in figures and two sentences, from the last poll. Pure.
#pragma once

#include "backends/health/dead_letter_age.h"
#include "widgets/models/scope_choice.h"

namespace spillway {

struct DeadSummary {
    Count dead;
    Seconds oldest_s, p50_s, p90_s;              // percentiles only of a single queue
    std::array<Count, kDeadAgeBuckets> buckets;  // summed; not observable where no queue tells
    Count lost_next_24h;
    Seconds purge_next_s;
    QString verdict;               // "31 dead, oldest 2 h, untouched for 2 h"
    QString ages;                  // "half older than 40 min · a tenth older than 1 h 50 min"
    QString retention;             // "River: deleted 7 d after … · 12 go within 24 h, the first in 3 h"
    std::optional<Severity> loud;  // what the age of the oldest deserves
    bool kept = true;              // false: no system of the scope keeps dead letters; `verdict` says why
};

[[nodiscard]] DeadSummary deadSummary(const std::vector<ScopedQueue>& queues);

}  // namespace spillway

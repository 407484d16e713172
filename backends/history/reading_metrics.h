// Which numbers of a poll go into the history, under which names. Pure.
#pragma once

#include "backends/health/health_report.h"
#include "backends/history/history_values.h"

namespace spillway {

// Per queue: ready, scheduled, retrying, running, dead, overdue, lost_next_24h (jobs); oldest_age_s,
// dead_oldest_age_s, dead_p50_age_s, dead_p90_age_s; arrival_rate, drain_rate, growth (jobs/s);
// executions, first_attempts (of the health window), amplification, retry_share; claims, duplicate_claims
// (since the system counts), duplicate_rate_ppm, duplicate_lower95_ppm, duplicate_upper95_ppm (of the health
// window); stuck (leases). Per system, with an empty queue name: workers_live, workers_busy,
// workers_concurrency. Per connection, with empty system and queue: poll_wall_ms, clock_skew_s. What is not
// observable is left out.
[[nodiscard]] HistoryBatch historyBatch(const Reading& reading);

}  // namespace spillway

// What one poll means. `Reading` is the value that travels: immutable, shared between threads.
#pragma once

#include <memory>
#include <vector>

#include "backends/domain/finding.h"
#include "backends/domain/queue_objective.h"
#include "backends/domain/queue_reading.h"
#include "backends/health/backlog_flow.h"
#include "backends/health/dead_letter_age.h"
#include "backends/health/drain_forecast.h"
#include "backends/health/duplicate_claims.h"
#include "backends/health/failed_share.h"
#include "backends/health/retry_amplification.h"
#include "backends/health/retry_wave.h"

namespace spillway {

// What whoever goes on from this poll must know besides its numbers, see RecordedPast.
struct QueueMemory {
    qint64 put_back = 0, own_executions = 0, own_waiting = 0;  // see OwnExecutions
    qint64 sampled_duplicates = 0;                             // seen by two polls
    double usual_lull_s = 0, lull_s = 0;                       // see WorkRhythm
    bool operator==(const QueueMemory&) const = default;
};

struct QueueHealth {
    QueueReading reading;
    BacklogFlow flow;  // over HealthSettings::window_s; `steps` is left empty here
    DrainForecast forecast;
    RetryAmplification retry;   // over the same window
    FailedShare failed;         // over the same window
    Seconds oldest_age_s;       // of the oldest ready job
    Seconds dead_oldest_age_s;  // of the oldest dead job
    Seconds oldest_blocked_s;   // of the oldest job that waits for another
    Seconds expires_next_s;     // until the system deletes the first of its waiting jobs
    DeadLetterAge dead;
    RetryWave wave;              // the hour ahead; empty where retry_due is not observable
    Ratio overlap;               // executions at once, over what healthy first attempts would need
    DuplicateClaims duplicates;  // since QueueHealth::reading.claims.since, or since we watch
    // The same within the window, for the chart; learning until two polls.
    DuplicateClaims recent_duplicates;
    Count stuck;  // leases whose holder is gone or late, see SystemHealth::leases
    // Newest first, at most 20: the system's own and those seen between two polls.
    std::vector<DuplicateClaim> incidents;
    // Worst severity among the open findings on this queue; nullopt: quiet.
    std::optional<Severity> severity;
    QueueMemory memory;
    QueueLimits limits;  // what counts as too old and too many for it
};

struct SystemHealth {
    SystemIdentity identity;
    Capabilities capabilities;
    std::vector<QueueHealth> queues;
    qint64 queues_not_shown = 0;
    WorkersReading workers;
    LeasesReading leases;
    std::vector<Condition> conditions;
};

struct Reading {
    QString connection;  // ConnectionSettings::name
    Environment environment = Environment::production;
    ServerTime observed_at;
    quint32 run = 0;  // the same for all readings of one HealthMonitor, by chance alone that of another
    double clock_skew_s = 0;
    ServerInfo server;
    PollCost cost;
    std::vector<SystemHealth> systems;
    std::vector<InvariantReading> invariants;
    std::vector<Finding> findings;  // open ones, worst first, at most HealthSettings::max_findings
    int findings_not_shown = 0;
};

using ReadingPtr = std::shared_ptr<const Reading>;

}  // namespace spillway

// From one queue's health to the sentences about it. Pure; what opens and closes over time is the
// FindingTracker's business.
#pragma once

#include <vector>

#include "backends/health/health_report.h"

namespace spillway {

// Thresholds with their units, but for the limits that a queue may have of its own (QueueHealth::limits); the
// defaults are the field's (GitLab, SRE practice).
struct FindingThresholds {
    double skew_warning_s = 2;
    double skew_critical_s = 30;
    qint64 min_samples = 20;            // below this many jobs no growth is called critical
    double wave_over_drain = 1.5;       // retries that land in one minute, over what the workers clear in one
    double failed_share_warning = 0.5;  // of the jobs that ended in the window
    double failed_share_critical = 0.9;  // … where none of them is kept as a dead letter
    double inflow_over_mean = 5;         // deaths of the last hour over the hourly mean of the 23 before
    double hot_share = 0.5;              // of the backlog of all queues, held by one of at least four
    double replica_lag_warning_s = 30;
    double replica_lag_critical_s = 300;
};

struct FindingContext {
    QString connection;
    const SystemHealth* system = nullptr;
    FindingThresholds thresholds;
    std::optional<ServerTime> now = {};  // of the reading; nullopt: not known
};

// "RULE:SYSTEM:QUEUE", with what every finding about a queue (empty: the system) carries.
[[nodiscard]] Finding newFinding(const FindingContext& context, const QString& rule, const QString& queue,
                                 Severity severity);

[[nodiscard]] std::vector<Finding> findingsForQueue(const QueueHealth& queue, const FindingContext& context);
// How the jobs of a queue end: fail for good, are deleted unworked, wait for what is dead.
[[nodiscard]] std::vector<Finding> findingsForEndings(const QueueHealth& queue,
                                                      const FindingContext& context);
// What concerns a whole system: no live workers, stuck leases, silent conditions, one queue that holds most
// of the backlog.
[[nodiscard]] std::vector<Finding> findingsForSystem(const FindingContext& context);
// What concerns the connection: clocks, replica lag, drift of the user's invariants.
[[nodiscard]] std::vector<Finding> findingsForServer(const ServerReading& reading, const QString& connection,
                                                     const FindingThresholds& thresholds);

}  // namespace spillway

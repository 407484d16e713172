// From one queue's health to the sentences about it. Pure; what opens and closes over time is the
// FindingTracker's business.
#pragma once

#include <vector>

#include "backends/health/health_report.h"

namespace spillway {

// Thresholds with their units; the defaults are the field's (GitLab, SRE practice).
struct FindingThresholds {
    double skew_warning_s = 2;
    double skew_critical_s = 30;
    double dead_age_warning_s = 24 * 3600;
    double dead_age_critical_s = 7 * 24 * 3600;
    qint64 min_samples = 20;  // below this many jobs no growth is called critical
    RetryBudget retry_budget;
    double oldest_warning_s = 300;  // a ready job older than this on a queue that otherwise looks well
};

struct FindingContext {
    QString connection;
    const SystemHealth* system = nullptr;
    FindingThresholds thresholds;
};

[[nodiscard]] std::vector<Finding> findingsForQueue(const QueueHealth& queue, const FindingContext& context);
[[nodiscard]] std::vector<Finding> findingsForServer(const ServerReading& reading, const QString& connection,
                                                     const FindingThresholds& thresholds);

}  // namespace spillway

// Turns the stream of one connection's readings into health reports. Holds the timelines; one thread.
#pragma once

#include <map>

#include "backends/health/finding_tracker.h"
#include "backends/health/findings.h"
#include "backends/health/health_report.h"
#include "backends/health/queue_timeline.h"

namespace spillway {

struct HealthSettings {
    double window_s = 300;
    int max_findings = 20;
    FindingThresholds thresholds;
};

class HealthMonitor {
public:
    explicit HealthMonitor(QString connection, Environment environment, HealthSettings settings = {});

    // `reading` must be newer than the last one; what happened in between is found by itself.
    [[nodiscard]] ReadingPtr add(const ServerReading& reading);

private:
    QueueHealth queueHealth(const QueueReading& queue, const QString& key, ServerTime at);

    QString m_connection;
    Environment m_environment;
    HealthSettings m_settings;
    std::map<QString, QueueTimeline> m_timelines;  // by system key + '\x1f' + queue
    FindingTracker m_tracker;
};

}  // namespace spillway

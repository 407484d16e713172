// Turns the stream of one connection's readings into health reports. Holds the timelines; one thread.
#pragma once

#include <map>

#include "backends/domain/own_move.h"
#include "backends/health/claim_sampling.h"
#include "backends/health/finding_tracker.h"
#include "backends/health/findings.h"
#include "backends/health/health_report.h"
#include "backends/health/own_executions.h"
#include "backends/health/queue_timeline.h"
#include "backends/health/regime.h"

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
    // Since when findings hold that were recorded before this monitor began; see FindingTracker.
    void remember(const std::vector<FindingSpan>& spans) { m_tracker.remember(spans); }
    // What was put back since it was last told; before the add() of the poll that may have seen it.
    void tellOwnMoves(const std::vector<OwnMove>& moves);

private:
    // What two polls saw of duplicate claims, since the console watches.
    struct Sampled {
        qint64 count = 0;
        std::vector<DuplicateClaim> incidents;  // newest first
    };
    SystemHealth systemHealth(const SystemReading& system, ServerTime at);
    QueueHealth queueHealth(const QueueReading& queue, const QString& key, ServerTime at);
    void noticeMove(const ServerInfo& server, ServerTime at);
    [[nodiscard]] std::optional<Finding> moveFinding(ServerTime at) const;
    void sampleClaims(const SystemReading& system, ServerTime at);
    void addClaims(QueueHealth& health, const std::vector<const QueueSample*>& window,
                   const QString& key) const;

    QString m_connection;
    Environment m_environment;
    HealthSettings m_settings;
    std::map<QString, QueueTimeline> m_timelines;  // by system key + '\x1f' + queue
    std::map<QString, WorkRhythm> m_rhythms;       // likewise
    std::map<QString, OwnExecutions> m_own;        // likewise
    std::map<QString, qint64> m_putBack;           // likewise; told and not yet added
    QueueWindow m_window;                          // of the queue being looked at
    std::map<QString, ClaimSampling> m_sampling;   // by system key
    std::map<QString, Sampled> m_sampled;          // by system key + '\x1f' + queue
    std::optional<ServerInfo> m_server;            // as last read
    QString m_moved;  // "db2:5432 answers instead of db1:5432"; empty: it never has
    ServerTime m_movedAt;
    FindingTracker m_tracker;
};

}  // namespace spillway

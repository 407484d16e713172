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
#include "backends/health/recorded_past.h"
#include "backends/health/regime.h"

namespace spillway {

struct HealthSettings {
    double window_s = 300;
    int max_findings = 20;
    FindingThresholds thresholds;
    std::vector<QueueObjective> objectives = {};  // of single queues
};

class HealthMonitor {
public:
    explicit HealthMonitor(QString connection, Environment environment, HealthSettings settings = {});

    // `reading` must be newer than the last one; what happened in between is found by itself.
    [[nodiscard]] ReadingPtr add(const ServerReading& reading);
    // What was recorded before this monitor began. Findings: since when they hold, at any time; see
    // FindingTracker. Polls: where they are of the last moments before the first add(), the windows, the
    // totals of claims and what was learnt go on from them; and a window shorter than the usual one becomes
    // the usual one. After the first add() they are ignored.
    void remember(RecordedPast past);
    // What was put back since it was last told; before the add() of the poll that may have seen it.
    void tellOwnMoves(const std::vector<OwnMove>& moves);

private:
    // What two polls saw of duplicate claims, since the console watches.
    struct Sampled {
        qint64 count = 0;
        ServerTime seen;                        // its queue; one that was not for ten minutes is forgotten
        std::vector<DuplicateClaim> incidents;  // newest first
    };
    // The totals of claims when another run ended.
    struct ClaimsBefore {
        SampledReading::Claims totals;
        ServerTime at;
        std::optional<ServerTime> since;
    };
    void takeUp(const ServerReading& reading);
    void takeUp(const RecordedPoll& poll, bool ofNewRun);
    void takeUp(const RecordedQueue& queue, const QString& key, ServerTime at);
    void continueClaims(ClaimsReading& claims, const QString& key) const;
    const QueueLimits& limits(const QString& queue);
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
    std::map<QString, QueueTimeline> m_timelines;    // by system key + '\x1f' + queue
    std::map<QString, WorkRhythm> m_rhythms;         // likewise
    std::map<QString, OwnExecutions> m_own;          // likewise
    std::vector<OwnMove> m_moves;                    // told and not yet added
    std::map<QString, qint64> m_putBack;             // by system key + '\x1f' + queue, in add()
    std::map<QString, QueueLimits> m_limits;         // by queue; objectives do not change
    QueueWindow m_window;                            // of the queue being looked at
    std::map<QString, ClaimSampling> m_sampling;     // by system key
    std::map<QString, Sampled> m_sampled;            // by system key + '\x1f' + queue
    std::map<QString, ClaimsBefore> m_claimsBefore;  // likewise
    std::vector<RecordedCondition> m_happened;       // before the first add()
    std::optional<ServerInfo> m_server;              // as last read
    QString m_moved;  // "db2:5432 answers instead of db1:5432"; empty: it never has
    ServerTime m_movedAt;
    FindingTracker m_tracker;
    RecordedPolls m_recorded;  // until the first add()
    quint32 m_run;
    bool m_begun = false;
    bool m_resumed = false;  // this add() is the first, and goes on from another run
};

}  // namespace spillway

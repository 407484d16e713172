// What happened in a time, from what is kept on this machine: findings, what people said and did, marks,
// and each queue's figures. Values; any thread. Times are the polled servers' clocks but for what people said
// and did, which is this machine's.
#pragma once

#include <QJsonObject>
#include <vector>

#include "backends/domain/dead_job.h"
#include "backends/domain/finding.h"
#include "backends/history/history_values.h"

namespace spillway {

struct ReportRequest {
    ServerTime from;
    ServerTime to;
    QString connection;  // empty = all
    QString queue;       // empty = the queues that had findings, worst first
};

// The metrics that a report shows of a queue. An empty line: nothing was recorded.
struct ReportQueue {
    HistoryQueueKey key;
    std::vector<HistoryLine> lines;
    [[nodiscard]] const HistoryLine* line(const QString& metric) const;  // null: none, or an empty one
};

struct ReportDead {
    QString connection;
    QString queue;
    DeadGroups groups;
    QString failure;  // why there are none; otherwise empty
};

struct IncidentReport {
    ReportRequest request;
    ServerTime made_at;  // this machine's clock
    QString made_by;
    QString version;
    std::vector<FindingRun> findings;   // oldest first
    Acknowledgements acknowledgements;  // all that was said in that time, in order
    std::vector<HistoryMark> marks;
    std::vector<QJsonObject> actions;  // audit records, see action_report.h
    std::vector<ReportQueue> queues;   // worst first
    int queues_left_out = 0;
    std::vector<ReportDead> dead;  // as they are now
    QStringList notes;             // what could not be read
};

[[nodiscard]] ServerTime timeOfAction(const QJsonObject& record);      // of an audit record
[[nodiscard]] bool isWorse(const FindingRun& a, const FindingRun& b);  // severity, then length

}  // namespace spillway

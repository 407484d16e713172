// What a person asks to have done, and the plan that comes of it. Values that cross threads.
#pragma once

#include "backends/domain/dead_job.h"
#include "backends/remediation/action_plan.h"

namespace spillway {

// What is asked for, before anything is known. `filter.system` is SystemIdentity::key() and `filter.queues`
// names exactly one queue.
struct ActionRequest {
    ActionKind action = ActionKind::replay;
    JobFilter filter;  // replay: of the dead; release: only system, queue and kind count
    qint64 most = kMostPlannedJobs;
    double rate = 10;          // jobs per second
    int canary = 10;           // 0: none
    double halt_above = 0.05;  // 0..1
    // Not the dead, but the jobs that went with the process that ran them, as far as they are remembered.
    bool lost = false;
    bool retrying = false;  // not the dead, but those that wait for their next attempt: it comes now
    QString undoes;         // undo: an action of the journal; of `filter` nothing counts
    // Triggers, rules, row policies or a look-alike table that are not the queue system's own are refused
    // unless this is set: they would run with the operator's rights.
    bool accept_foreign_code = false;
};

// A plan and what a person should know before it is confirmed.
struct PlannedAction {
    ActionPlan plan;
    QStringList warnings;  // sentences
    QStringList refusals;  // sentences; not empty: the plan must not be applied
    bool operator==(const PlannedAction&) const = default;
};

// The warning of an undo about the jobs that it leaves.
[[nodiscard]] inline QString takenMeanwhile(qint64 jobs) {
    return QStringLiteral(
               "%1 of the jobs put back no longer wait as they were left: a worker has taken them, "
               "or somebody moved them. They stay as they are.")
        .arg(jobs);
}

}  // namespace spillway

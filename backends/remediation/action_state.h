// What an action has come to: while it runs, at its end, and as the journal keeps it. Values that cross
// threads.
#pragma once

#include "backends/remediation/batch_outcome.h"
#include "backends/remediation/guards.h"

namespace spillway {

enum class ActionState { running, done, halted, cancelled, interrupted, abandoned };
[[nodiscard]] QString actionStateName(ActionState state);
[[nodiscard]] ActionState actionStateFromName(const QString& name);  // an unknown one: running
// Something may be left to do, and a person may let it go on.
[[nodiscard]] bool canBeResumed(ActionState state);

struct ActionRecord {
    QString id;
    QString plan;
    ServerTime started;  // this machine's clock, like `ended`
    std::optional<ServerTime> ended;
    ActionState state = ActionState::running;  // interrupted: it runs by the file, but nobody runs it
    QString reason;
    QString halt_reason;
    OutcomeCounts counts;  // `unknown`: intended, without an answer
};

struct CanaryReport {
    int sent = 0, succeeded = 0, failed = 0;
    bool operator==(const CanaryReport&) const = default;
};

struct ActionSnapshot {
    QString action;
    OutcomeCounts counts;
    CanaryReport canary;
    bool waitingForCanary = false;
    bool paused = false;
    QString sentence;  // what it is doing, or why it stopped
};

// How the jobs that were put back stand when the action ends.
struct AfterReport {
    qint64 completed = 0, diedSame = 0, diedOther = 0, waiting = 0, running = 0, vanished = 0;
    qint64 retrying = 0;  // failed again and wait for a retry of their own
    qint64 notLookedAt = 0;
    bool operator==(const AfterReport&) const = default;
};

struct ActionReport {
    QString action;  // id; also that of its audit record. Empty: it was refused before it began
    QString plan;
    ActionKind kind = ActionKind::replay;
    ActionState state = ActionState::running;  // interrupted: what is unknown waits for --resume
    OutcomeCounts counts;
    CanaryReport canary;
    QString haltReason;
    std::vector<GuardAnswer> guards;  // of the last time they were asked
    std::optional<qint64> readyBefore, readyAfter;
    AfterReport after;

    [[nodiscard]] bool refused() const { return action.isEmpty(); }
};

}  // namespace spillway

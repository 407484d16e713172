// What an action has come to: while it runs, and at its end. Values that cross threads.
#pragma once

#include <QJsonObject>

#include "backends/journal/action_journal.h"
#include "backends/remediation/guards.h"

namespace spillway {

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
    qint64 notLookedAt = 0;
    bool operator==(const AfterReport&) const = default;
};

struct ActionReport {
    QString action;  // id; also that of its audit record. Empty: it was refused before it began
    QString plan;
    ActionState state = ActionState::running;  // interrupted: what is unknown waits for --resume
    OutcomeCounts counts;
    CanaryReport canary;
    QString haltReason;
    std::vector<GuardAnswer> guards;  // of the last time they were asked
    std::optional<qint64> readyBefore, readyAfter;
    AfterReport after;

    [[nodiscard]] bool refused() const { return action.isEmpty(); }
};

// Who acts, for the audit.
struct Actor {
    QString name, host, version;
};
[[nodiscard]] Actor thisActor(const QString& version);

[[nodiscard]] QJsonObject auditRecordOf(const ActionReport& report, const ActionPlan& plan,
                                        const Actor& actor, const QString& reason,
                                        const std::vector<Guard>& overridden, ServerTime at);

}  // namespace spillway

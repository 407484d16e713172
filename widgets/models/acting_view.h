// What the window knows about acting: which connections are armed, what was planned, what runs, and what the
// journal holds. The session keeps them and hands them to the acting desk and the activity page. Values.
#pragma once

#include <QDateTime>
#include <QJsonObject>

#include "backends/domain/failure.h"
#include "backends/remediation/action_request.h"
#include "backends/remediation/action_state.h"

namespace spillway {

// A connection with a second session that may write.
struct ArmingView {
    QString connection;
    bool open = false;  // the session stands; false: it is being opened
    QString reason;     // typed by the person
    QDateTime until;    // local
    // What may be done on each queue system: capabilities "replay" and "release", with the reason.
    std::vector<DetectedSystem> systems;
};
using ArmingViews = std::vector<ArmingView>;

[[nodiscard]] inline const ArmingView* findArming(const ArmingViews& views, const QString& connection) {
    for (const auto& view : views)
        if (view.connection == connection) return &view;
    return nullptr;
}

// A plan and what the acting session read with it.
struct PlanView {
    PlannedAction planned;
    GuardFacts facts;
};

// One action of this window, from the moment it was confirmed.
struct ActionView {
    QString connection;
    Environment environment = Environment::production;
    ActionKind kind = ActionKind::replay;
    QString system, queue;
    QString reason;
    double rate = 10;  // jobs per second that are aimed at
    bool paused = false;
    bool stopping = false;  // cancelled; the batch under way is the last
    QDateTime begun;        // local
    ActionSnapshot snapshot;
    std::optional<ActionReport> report;  // it has ended
    std::optional<Failure> failure;      // likewise, without a report

    [[nodiscard]] bool ended() const { return report || failure; }
};

struct AuditView {
    qint64 number = 0;
    QJsonObject record;
    QString previous, hash;
    bool operator==(const AuditView&) const = default;
};

// One action of the journal, of this or any other process.
struct ActivityRow {
    QString key;  // id of the action
    ActionState state = ActionState::running;
    ServerTime started;
    std::optional<ServerTime> ended;
    QString connection, kind, system, queue;
    QString reason, halt_reason;
    OutcomeCounts counts;
    std::optional<AuditView> audit;  // once it has ended
    bool operator==(const ActivityRow&) const = default;
};

struct ActivityView {
    std::vector<ActivityRow> rows;   // newest first
    qint64 audited = 0;              // records of the chain
    QString fault;                   // where the chain does not fit; empty: it is whole
    std::optional<Failure> failure;  // the journal could not be read
};

}  // namespace spillway

// The state machine of one action: what may be done next, and when it stops by itself. Pure: it is told what
// happened and asked for the next step; somebody else talks to the server and the journal.
#pragma once

#include "backends/remediation/action_plan.h"
#include "backends/remediation/canary.h"
#include "backends/remediation/guards.h"
#include "backends/remediation/pacing.h"

namespace spillway {

struct NextStep {
    enum class What {
        send,            // jobs [first, first + count) of the plan, after asking the guards on fresh facts
        await_outcomes,  // read how the canary's jobs ended
        wait,            // for `wait`, then ask again
        finish           // nothing more: done, cancelled or halted
    };
    What what = What::wait;
    size_t first = 0;
    int count = 0;
    std::chrono::milliseconds wait{0};
};

struct ProgressSettings {
    CanarySettings canary;
    PacingSettings pacing;
    double halt_above = 0.05;    // share of known endings that may be deaths
    int least_endings = 20;      // before that share speaks
    int most_server_errors = 3;  // in a row
};
[[nodiscard]] ProgressSettings progressSettingsFor(const ActionPlan& plan);

class ActionProgress {
public:
    using Time = std::chrono::steady_clock::time_point;
    ActionProgress(const ActionPlan& plan, ProgressSettings settings, Time now);

    [[nodiscard]] NextStep next(Time now);

    // The guards' answers on fresh facts, before a batch: false means that it must not be sent; then the
    // action has halted.
    [[nodiscard]] bool mayGoOn(const std::vector<GuardAnswer>& answers);
    void batchDone(const std::vector<RowResult>& rows, Time now);
    void batchLost(const QString& serverSaid);      // no answer: its rows are unknown, the action halts
    void serverRefused(const QString& serverSaid);  // nothing happened; may be tried again
    void seeEndings(const std::vector<JobEnding>& endings);

    void pause(Time now) { m_pacing.pause(now); }
    void resume(Time now) { m_pacing.resume(now); }
    void setRate(double rate, Time now) { m_pacing.setRate(rate, now); }
    void cancel() { m_cancelled = true; }
    void halt(const QString& reason);

    [[nodiscard]] bool finished() const;
    [[nodiscard]] bool halted() const { return !m_halt.isEmpty(); }
    [[nodiscard]] QString haltReason() const { return m_halt; }
    [[nodiscard]] bool cancelled() const { return m_cancelled; }
    [[nodiscard]] const OutcomeCounts& counts() const { return m_counts; }
    [[nodiscard]] const Canary& canary() const { return m_canary; }
    // Jobs that were put back and have not been seen to end.
    [[nodiscard]] const QSet<QString>& watched() const { return m_watched; }

private:
    NextStep sendStep(Time now, int most);

    const ActionPlan& m_plan;
    ProgressSettings m_settings;
    Canary m_canary;
    Pacing m_pacing;
    OutcomeCounts m_counts;
    size_t m_position = 0;
    int m_inFlight = 0;
    int m_errorsInRow = 0;
    qint64 m_completed = 0, m_died = 0;
    QSet<QString> m_watched;
    QHash<QString, QString> m_signatures;  // of the watched
    bool m_cancelled = false;
    QString m_halt;
};

}  // namespace spillway

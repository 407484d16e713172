// The first few jobs of a replay, and whether they may be followed by the rest. They must *end* well, not
// merely be put back. Pure; the caller brings the clock.
#pragma once

#include <QHash>
#include <QSet>
#include <chrono>

#include "backends/remediation/batch_outcome.h"

namespace spillway {

struct CanarySettings {
    int jobs = 10;  // of the last step; the first is one job. 0: no canary
    double least_success = 0.95;
    std::chrono::seconds patience{120};  // for the outcomes of one step
    // Where a system deletes what it completed, a job that is no longer there and not dead has succeeded.
    bool vanished_is_success = false;
};

class Canary {
public:
    using Time = std::chrono::steady_clock::time_point;
    enum class State { sending, waiting, passed, failed };

    explicit Canary(CanarySettings settings);

    [[nodiscard]] State state() const { return m_state; }
    // Jobs that the step under way may still send; 0 unless `sending`.
    [[nodiscard]] int toSend() const;
    // These were put back, each with the error signature it had died with.
    void sent(const QHash<QString, QString>& signatureById, Time now);
    // Nothing more can be sent, because the plan is used up.
    void noMoreJobs();
    // What the server says about them; ids that are not the canary's are ignored.
    void see(const std::vector<JobEnding>& endings);
    void tick(Time now);  // patience

    [[nodiscard]] QSet<QString> awaited() const;
    [[nodiscard]] int sentSoFar() const { return m_sent; }
    [[nodiscard]] int succeeded() const { return m_succeeded; }
    [[nodiscard]] int failures() const { return m_failed; }
    [[nodiscard]] QString reason() const { return m_reason; }  // why it failed, a sentence

private:
    void judge();

    CanarySettings m_settings;
    State m_state;
    int m_goal = 1;  // jobs of this step and those before
    int m_sent = 0, m_succeeded = 0, m_failed = 0;
    bool m_last = false;
    QHash<QString, QString> m_awaited;
    Time m_since{};
    QString m_reason;
};

}  // namespace spillway

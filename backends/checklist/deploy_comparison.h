// The four signals of a queue before and after a deploy mark, and what became of them in plain words. Pure.
#pragma once

#include <QJsonObject>
#include <optional>
#include <vector>

#include "backends/checklist/checklist.h"

namespace spillway {

inline constexpr std::chrono::minutes kComparedSpan{30};  // on each side of the mark, at most

// What was recorded of a queue in one stretch of time; nullopt: nothing of that.
struct QueueSpan {
    double seconds = 0;                     // between the first and the last sample
    std::optional<double> waiting;          // jobs, on average
    std::optional<double> died_per_minute;  // jobs
    std::optional<double> amplification;    // executions per job, on average
    std::optional<qint64> claims;           // made in it
    std::optional<qint64> duplicates;       // of these, made twice
    bool operator==(const QueueSpan&) const = default;
};

enum class SignalTurn { rose, fell, same, unclear };
[[nodiscard]] QString signalTurnName(SignalTurn turn);  // "rose"

struct SignalChange {
    QString signal;  // "waiting", "dead", "amplification", "duplicates"
    std::optional<double> before, after;
    SignalTurn turn = SignalTurn::unclear;
    QString sentence;  // "duplicates rose from 0 to 1 100 per million"
    bool operator==(const SignalChange&) const = default;
};

struct DeployComparison {
    QString mark;  // "4f2c"
    std::vector<SignalChange> changes;
    QString sentence;  // "Since 4f2c duplicates rose from 0 to 1 100 per million."
    [[nodiscard]] bool worse() const;
    bool operator==(const DeployComparison&) const = default;
};
[[nodiscard]] DeployComparison deployComparison(const QueueSpan& before, const QueueSpan& after,
                                                const QString& mark);
[[nodiscard]] QJsonObject deployComparisonJson(const DeployComparison& comparison);

// How the checklist's deploy is called: its commit, otherwise its title.
[[nodiscard]] QString deployName(const Checklist& checklist);
// Whether a deploy mark with this text speaks of the checklist's change.
[[nodiscard]] bool marksDeployOf(const Checklist& checklist, const QString& text);

}  // namespace spillway

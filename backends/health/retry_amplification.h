// How much extra work retries make. Pure.
#pragma once

#include <vector>

#include "backends/health/queue_timeline.h"

namespace spillway {

// Where this share of the executions is retries: 10 % is 1.11×, 20 % is 1.25×.
[[nodiscard]] constexpr double amplificationAt(double share) {
    return 1 / (1 - share);
}

inline constexpr double kMinimumEvidence = 20;  // executions below which no ratio speaks

struct RetryAmplification {
    double window_s = 0;        // what the two counts span: from the first poll that knew them
    Count executions;           // attempts started in that time
    Count first_attempts;       // those with attempt number 1
    qint64 asked_for = 0;       // executions of jobs that a person put back; they count as first attempts
    Ratio amplification;        // executions / first attempts; not observable while learning or retries only
    Ratio retry_share;          // 0..1
    bool retries_only = false;  // there were executions, but no first attempt
    Ratio potential;            // Σ max_attempts / jobs alive: if the downstream stays down

    bool operator==(const RetryAmplification&) const = default;
};

[[nodiscard]] RetryAmplification retryAmplification(const std::vector<const QueueSample*>& window);

// Little's law: how many executions run at once compared with what the healthy run time would need.
// `firstAttemptRate` per second, `healthyRun_s` the run time of a job that succeeds at once.
[[nodiscard]] Ratio overlap(const Count& running, const Rate& firstAttemptRate, const Seconds& healthyRun_s);

// "3.1×, 68 % of executions are retries", "learning (7 of 20 executions)", "retries only".
[[nodiscard]] QString amplificationText(const RetryAmplification& amplification);

}  // namespace spillway

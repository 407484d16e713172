// What share of the jobs that ended in a window ended in failure: drain is not success. Pure.
#pragma once

#include "backends/health/queue_timeline.h"

namespace spillway {

struct FailedShare {
    double window_s = 0;
    Count failures;  // failed for good in the window
    Count endings;   // failures and successes
    Rate endings_rate;
    Ratio share;  // 0..1
    // Jobs failed and the dead letters did not grow: what failed is gone without a trace.
    bool nothing_kept = false;
};

// Not observable where the system counts no failures, or counts no successes to compare them with.
[[nodiscard]] FailedShare failedShare(const std::vector<const QueueSample*>& window);

}  // namespace spillway

// The six fixed buckets of age since death (queue_reading.h, kDeadAgeBuckets).
#pragma once

#include <algorithm>
#include <array>

#include "backends/domain/queue_reading.h"

namespace spillway {

// 0 (< 1 h) … 5 (> 90 d) for an age in seconds; an end belongs to the older bucket.
[[nodiscard]] constexpr int deadAgeBucket(double age_s) {
    constexpr double day_s = 86'400;
    constexpr std::array<double, kDeadAgeBuckets - 1> ends{3600, day_s, 7 * day_s, 30 * day_s, 90 * day_s};
    return static_cast<int>(std::upper_bound(ends.begin(), ends.end(), age_s) - ends.begin());
}

}  // namespace spillway

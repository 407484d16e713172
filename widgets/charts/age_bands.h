// A scale for ages on which the six fixed buckets of dead letters are equally high: the y axis of the
// dead-letter chart. Within a bucket it is logarithmic. Pure.
#pragma once

#include <array>

#include "backends/domain/queue_reading.h"

namespace spillway {

// 0 for a minute or less, 1 for 1 h, 2 for 24 h, 3 for 7 d, 4 for 30 d, 5 for 90 d, 6 for 3 years or more.
[[nodiscard]] double ageBand(double seconds);
// "1 h", "1 d", … at the bounds 1 to 5.
[[nodiscard]] std::array<const char16_t*, kDeadAgeBuckets - 1> ageBandNames();

// How far a bar for `count` reaches, 0..1, on a logarithmic scale up to `most`; a single job still shows.
[[nodiscard]] double barLength(double count, double most);

}  // namespace spillway

// A score of a sorted set that should be a time. Anybody may write -inf there, which no clock has ever said.
#pragma once

#include <cmath>

namespace spillway {

[[nodiscard]] inline bool isMoment(double secondsSinceEpoch) {
    return std::isfinite(secondsSinceEpoch) && secondsSinceEpoch >= 0 && secondsSinceEpoch < 1e11;
}

}  // namespace spillway

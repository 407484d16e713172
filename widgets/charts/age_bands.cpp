#include "widgets/charts/age_bands.h"

#include <algorithm>
#include <cmath>

namespace spillway {

double ageBand(double seconds) {
    constexpr double kDay = 86400;
    static constexpr std::array bounds{60.0, 3600.0, kDay, 7 * kDay, 30 * kDay, 90 * kDay, 3 * 365 * kDay};
    if (!(seconds > bounds.front())) return 0;
    for (size_t i = 1; i < bounds.size(); ++i)
        if (seconds <= bounds[i])
            return static_cast<double>(i - 1) +
                   std::log(seconds / bounds[i - 1]) / std::log(bounds[i] / bounds[i - 1]);
    return kDeadAgeBuckets;
}

std::array<const char16_t*, kDeadAgeBuckets - 1> ageBandNames() {
    return {u"1 h", u"1 d", u"7 d", u"30 d", u"90 d"};
}

double barLength(double count, double most) {
    if (count <= 0) return 0;
    return std::clamp(std::log10(1 + count) / std::log10(1 + std::max(most, 9.0)), 0.04, 1.0);
}

}  // namespace spillway

#include "widgets/charts/age_bands.h"

#include <algorithm>
#include <cmath>

namespace spillway {

double ageBand(double seconds) {
    constexpr double kDay = 86400;
    static constexpr std::array bounds{60.0, 3600.0, kDay, 7 * kDay, 30 * kDay, 90 * kDay, 3 * 365 * kDay};
    static const auto widths = [] {
        std::array<double, kDeadAgeBuckets> logs{};
        for (size_t i = 0; i < logs.size(); ++i) logs[i] = std::log(bounds[i + 1] / bounds[i]);
        return logs;
    }();
    if (!(seconds > bounds.front())) return 0;
    for (size_t i = 0; i < widths.size(); ++i)
        if (seconds <= bounds[i + 1])
            return static_cast<double>(i) + std::log(seconds / bounds[i]) / widths[i];
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

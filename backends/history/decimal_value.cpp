#include "backends/history/decimal_value.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace spillway::history {
namespace {
constexpr double kExactIntegers = 4503599627370496.0;  // 2^52: a half can still be added exactly
constexpr std::array<double, kMaxDecimals + 1> kPowers{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

double power(int decimals) {
    return kPowers[static_cast<size_t>(decimals)];
}
}  // namespace

double rounded(double value) {
    if (value == std::trunc(value)) return value;
    const int magnitude = static_cast<int>(std::floor(std::log10(std::fabs(value))));
    const double scale = power(std::clamp(5 - magnitude, 1, kMaxDecimals));
    const double scaled = std::round(value * scale);
    return std::fabs(scaled) < kExactIntegers ? scaled / scale : value;
}

std::optional<qint64> toScaled(double value, int decimals) {
    const double scaled = value * power(decimals);
    if (!(std::fabs(scaled) < kExactIntegers)) return std::nullopt;
    // Rounds without a library call: this runs for every value at every flush. The way back decides.
    const auto whole = static_cast<qint64>(scaled + (scaled < 0 ? -0.5 : 0.5));
    return fromScaled(whole, decimals) == value ? std::optional(whole) : std::nullopt;
}

double fromScaled(qint64 scaled, int decimals) {
    return static_cast<double>(scaled) / power(decimals);
}

std::optional<int> decimalsOf(double value) {
    for (int decimals = 0; decimals <= kMaxDecimals; ++decimals)
        if (toScaled(value, decimals)) return decimals;
    return std::nullopt;
}

double decimalSum(double a, double b) {
    const auto decimalsA = decimalsOf(a);
    const auto decimalsB = decimalsOf(b);
    if (!decimalsA || !decimalsB) return a + b;
    const int decimals = std::max(*decimalsA, *decimalsB);
    const double scaled = std::round((a + b) * power(decimals));
    return std::fabs(scaled) < kExactIntegers ? scaled / power(decimals) : a + b;
}

}  // namespace spillway::history

#include "backends/polling/poll_pacing.h"

#include <algorithm>
#include <cmath>

namespace spillway {
using std::chrono::milliseconds;

PollPacing PollPacing::on(Environment environment) const {
    PollPacing pacing = *this;
    if (environment == Environment::development) pacing.cost_factor = std::min(cost_factor, 20);
    return pacing;
}

milliseconds PollPacing::afterSuccess(double serverCost_ms, double jitter, int polls) const {
    const bool starting = polls < start_polls && serverCost_ms <= start_cost_ms;
    const milliseconds governed{starting ? 0 : static_cast<qint64>(std::ceil(serverCost_ms * cost_factor))};
    const auto wanted = std::min(std::max(interval, governed), std::max(longest, interval));
    return milliseconds{std::llround(static_cast<double>(wanted.count()) * (0.9 + 0.2 * jitter))};
}

milliseconds PollPacing::afterFailure(int failures, bool hadWorked, double jitter) const {
    if (failures <= 1 && hadWorked) return milliseconds{0};
    const double full = std::min(30'000.0, 1000.0 * std::pow(2.0, std::clamp(failures - 1, 0, 10)));
    return milliseconds{std::llround(full * (0.5 + 0.5 * jitter))};
}

}  // namespace spillway

#include "widgets/charts/past_requests.h"

#include <algorithm>

namespace spillway {
namespace {

constexpr double kSlack = 60;  // seconds that are not worth a question

int grainOf(double seconds) {
    return seconds <= 3600 + kSlack ? 0 : seconds <= 86400 + kSlack ? 1 : 2;
}

}  // namespace

std::optional<std::pair<double, double>> PastRequests::wanted(const QueueRef& queue, double from, double to,
                                                              double live, double now) {
    const int grain = grainOf(to - from);
    const double kept = grain == 0 ? 3600 : grain == 1 ? 86400 : 7 * 86400;
    const double until = live > 0 ? std::min(to, std::max(live, now - kept)) : to;
    if (until - from <= kSlack) return std::nullopt;
    auto& asked = m_asked[queue];
    const bool known = std::any_of(asked.begin(), asked.end(), [&](const Asked& a) {
        return a.grain <= grain && a.from <= from + kSlack && until <= a.to + kSlack;
    });
    if (known) return std::nullopt;
    asked.push_back({from, to, grain});
    return std::pair{from, to};
}

}  // namespace spillway

#include "widgets/charts/gap_fill.h"

#include <algorithm>
#include <cmath>

namespace spillway {
namespace {

void put(GapFill& fill, double at, double arrivals, double drain) {
    const double high = std::max(arrivals, drain);
    for (GapArea* area : {&fill.growing, &fill.shrinking}) area->at.push_back(at);
    fill.growing.lower.push_back(drain), fill.growing.upper.push_back(high);
    fill.shrinking.lower.push_back(arrivals), fill.shrinking.upper.push_back(high);
}

}  // namespace

GapFill gapFill(const std::vector<ChartPoint>& arrivals, const std::vector<ChartPoint>& drain) {
    GapFill fill;
    const size_t n = std::min(arrivals.size(), drain.size());
    for (size_t i = 0; i < n; ++i) {
        const double a = arrivals[i].value, d = drain[i].value;
        if (i > 0) {
            const double before = arrivals[i - 1].value - drain[i - 1].value, now = a - d;
            if (before * now < 0) {  // they cross in between; false for NaN
                const double part = before / (before - now);
                const double cross = arrivals[i - 1].value + part * (a - arrivals[i - 1].value);
                put(fill, arrivals[i - 1].at + part * (arrivals[i].at - arrivals[i - 1].at), cross, cross);
            }
        }
        const double gap = std::isnan(a) || std::isnan(d) ? std::nan("") : 0;
        put(fill, arrivals[i].at, a + gap, d + gap);
    }
    return fill;
}

}  // namespace spillway

// The area between arrivals and drain, split into where the backlog grows and where it shrinks. Pure.
#pragma once

#include <vector>

#include "widgets/charts/chart_buffer.h"

namespace spillway {

// Two outlines over the same times: the area lies between `upper` and `lower`. Where the other side wins
// both are equal, so nothing is filled; crossings are cut exactly. NaN where either series has a gap.
struct GapArea {
    std::vector<double> at, lower, upper;
};

struct GapFill {
    GapArea growing;    // arrivals above drain
    GapArea shrinking;  // drain above arrivals
};

// Both series must hold the same times.
[[nodiscard]] GapFill gapFill(const std::vector<ChartPoint>& arrivals, const std::vector<ChartPoint>& drain);

}  // namespace spillway

// What a chart holds, as text for a spreadsheet. Pure.
#pragma once

#include <QString>
#include <vector>

#include "widgets/charts/chart_buffer.h"

namespace spillway {

// Header and one line per time: UTC, arrivals and drain in jobs/s, waiting. Unknown is an empty field.
[[nodiscard]] QString chartCsv(const std::vector<ChartPoint>& arrivals, const std::vector<ChartPoint>& drain,
                               const std::vector<ChartPoint>& waiting, QChar separator);

}  // namespace spillway

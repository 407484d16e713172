// A chart of a report as SVG: one line over time, broken where nobody looked, with the findings' times shaded
// and the marks. Pure, and without fonts of its own.
#pragma once

#include <QByteArray>

#include "backends/history/history_values.h"

namespace spillway {

struct ReportChart {
    QString name;  // "orders: waiting"
    ServerTime from;
    ServerTime to;
    std::vector<HistoryBucket> buckets;
    std::vector<std::pair<ServerTime, ServerTime>> shaded;
    std::vector<HistoryMark> marks;
};

[[nodiscard]] QByteArray reportChartSvg(const ReportChart& chart);

}  // namespace spillway

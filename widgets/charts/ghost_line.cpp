#include "widgets/charts/ghost_line.h"

#include <algorithm>
#include <cmath>

#include "widgets/charts/plot_style.h"

namespace spillway {
namespace {
constexpr double kGhostAlpha = 0.65;
}

GhostLine::GhostLine(QCustomPlot& plot, QCPAxis* valueAxis) : m_line(addLine(plot, valueAxis)) {}

void GhostLine::setColumns(std::vector<ChartColumn> columns) {
    m_columns = std::move(columns);
    QVector<double> at, value;
    for (const ChartColumn& column : m_columns) {
        if (column.broken && !at.isEmpty()) at << column.from, value << std::nan("");
        at << column.to, value << column.last;  // no spikes: it is there to be compared with
    }
    m_line->setData(at, value, true);
}

void GhostLine::paint(const QColor& color) {
    QPen pen(withAlpha(color, kGhostAlpha), 1.2);
    pen.setDashPattern({2, 3});
    m_line->setPen(pen);
}

double GhostLine::greatest(double least) const {
    for (const ChartColumn& column : m_columns) least = std::max(least, column.last);
    return least;
}

}  // namespace spillway

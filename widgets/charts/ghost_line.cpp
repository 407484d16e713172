#include "widgets/charts/ghost_line.h"

#include <algorithm>

#include "widgets/charts/plot_style.h"

namespace spillway {
namespace {
constexpr double kGhostAlpha = 0.65;
}

GhostLine::GhostLine(QCustomPlot& plot, QCPAxis* valueAxis) : m_line(addLine(plot, valueAxis)) {}

void GhostLine::setColumns(std::vector<ChartColumn> columns) {
    m_columns = std::move(columns);
    QVector<double> at, value;
    for (const ChartPoint& point : pointsOf(m_columns)) at << point.at, value << point.value;
    m_line->setData(at, value, true);
}

void GhostLine::paint(const QColor& color) {
    QPen pen(withAlpha(color, kGhostAlpha), 1.2);
    pen.setDashPattern({2, 3});
    m_line->setPen(pen);
}

double GhostLine::greatest(double least) const {
    for (const ChartColumn& column : m_columns) least = std::max(least, column.high);
    return least;
}

}  // namespace spillway

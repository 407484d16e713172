#include "widgets/charts/band_line.h"

#include <algorithm>
#include <cmath>

#include "widgets/charts/plot_style.h"

namespace spillway {
namespace {

constexpr double kBreak = std::numeric_limits<double>::quiet_NaN();

struct Points {
    QVector<double> at, value;
    void add(double time, double v) { at.push_back(time), value.push_back(v); }
};

Points lineThrough(const std::vector<ChartColumn>& columns, BandLine::Spikes spikes) {
    Points points;
    if (spikes == BandLine::Spikes::asLine) {
        for (const auto& point : pointsOf(columns)) points.add(point.at, point.value);
        return points;
    }
    for (const auto& column : columns) {
        if (column.broken) {
            if (!points.at.isEmpty()) points.add(column.from, kBreak);
            if (column.from < column.to) points.add(column.from, column.last);
        }
        points.add(column.to, column.last);
    }
    return points;
}

// The newest bucket is still filling: what leads to it is drawn apart.
Points takeRunning(Points& points, const std::vector<ChartColumn>& columns) {
    Points running;
    const qsizetype n = points.at.size();
    if (n < 3 || columns.empty() || !columns.back().running) return running;
    if (std::isnan(points.value[n - 2])) return running;
    running.add(points.at[n - 2], points.value[n - 2]);
    running.add(points.at[n - 1], points.value[n - 1]);
    points.at.removeLast(), points.value.removeLast();
    return running;
}

// What stays the same needs no points in between.
Points withoutLevels(const Points& points) {
    Points out;
    for (qsizetype i = 0; i < points.at.size(); ++i) {
        const qsizetype n = out.value.size();
        const double v = points.value[i];
        if (n >= 2 && out.value[n - 1] == v && out.value[n - 2] == v)
            out.at[n - 1] = points.at[i];
        else
            out.add(points.at[i], v);
    }
    return out;
}

}  // namespace

QCPGraph* addLine(QCustomPlot& plot, QCPAxis* valueAxis) {
    QCPGraph* graph = plot.addGraph(plot.xAxis, valueAxis);
    graph->setAdaptiveSampling(false);  // the buffer has thinned it out already
    return graph;
}

FilledArea::FilledArea(QCustomPlot& plot, QCPAxis* valueAxis)
    : m_lower(addLine(plot, valueAxis)), m_upper(addLine(plot, valueAxis)) {
    m_upper->setChannelFillGraph(m_lower);
    paint(Qt::transparent, Qt::NoPen);
}

void FilledArea::setData(const QVector<double>& at, const QVector<double>& lower,
                         const QVector<double>& upper) {
    m_lower->setData(at, lower, true);
    m_upper->setData(at, upper, true);
}

void FilledArea::paint(const QColor& fill, const QPen& edge) {
    m_upper->setBrush(fill);
    m_lower->setPen(edge);
    m_upper->setPen(edge);
}

BandLine::BandLine(QCustomPlot& plot, QCPAxis* valueAxis, Spikes spikes)
    : m_spikes(spikes), m_band(plot, valueAxis), m_line(addLine(plot, valueAxis)),
      m_running(addLine(plot, valueAxis)) {}

void BandLine::setColumns(std::vector<ChartColumn> columns) {
    m_columns = std::move(columns);
    QVector<double> at, low, high;
    const bool banded =
        m_spikes == Spikes::asBand &&
        std::any_of(m_columns.begin(), m_columns.end(), [](const ChartColumn& c) { return c.low < c.high; });
    for (const auto& column : m_columns) {
        if (!banded) break;
        if (column.broken && !at.isEmpty()) at << column.from, low << kBreak, high << kBreak;
        at << (column.from + column.to) / 2, low << column.low, high << column.high;
    }
    m_band.setData(at, low, high);
    Points points = lineThrough(m_columns, m_spikes);
    const Points running = takeRunning(points, m_columns);
    points = withoutLevels(points);
    m_line->setData(points.at, points.value, true);
    m_running->setData(running.at, running.value, true);
}

void BandLine::paint(const QColor& color, double width) {
    m_line->setPen(QPen(color, width));
    m_running->setPen(QPen(color, width, Qt::DotLine));
    m_band.paint(withAlpha(color, 0.38), Qt::NoPen);
}

void BandLine::fillDownTo(QCPGraph* ground, const QColor& color) {
    m_line->setChannelFillGraph(ground);
    m_line->setBrush(color);
}

double BandLine::greatest(double least) const {
    for (const auto& column : m_columns) least = std::max(least, column.high);
    return least;
}

}  // namespace spillway

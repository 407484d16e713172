#include "widgets/charts/backlog_plot.h"

#include <algorithm>
#include <cmath>

#include "widgets/charts/axis_format.h"
#include "widgets/charts/plot_style.h"

namespace spillway {
namespace {

constexpr double kYoungest = 120;  // seconds: what is shown at least
constexpr double kAhead = 0.25;  // of the range: how far the forecast is drawn

void setPoints(QCPGraph* graph, const std::vector<ChartPoint>& points) {
    QVector<double> at, value;
    at.reserve(static_cast<qsizetype>(points.size())), value.reserve(static_cast<qsizetype>(points.size()));
    for (const auto& point : points) at.push_back(point.at), value.push_back(point.value);
    graph->setData(at, value, true);
}

QVector<double> toVector(const std::vector<double>& values) {
    return {values.begin(), values.end()};
}

// Both rates at the same times, for the area between them.
std::vector<ChartPoint> resampled(const ChartBuffer& buffer, double from, double to, int steps) {
    std::vector<ChartPoint> out;
    for (int i = 0; i <= steps; ++i) {
        const double at = from + (to - from) * i / steps;
        const auto value = buffer.valueAt(at);
        out.push_back({at, value ? *value : std::nan("")});
    }
    return out;
}

double greatest(const std::vector<ChartPoint>& points, double least) {
    for (const auto& point : points)
        if (!std::isnan(point.value)) least = std::max(least, point.value);
    return least;
}

}  // namespace

BacklogChart::Plot::Plot(QWidget* parent) : plot(new QCustomPlot(parent)) {
    preparePlot(*plot, QStringLiteral("jobs/s"), QStringLiteral("waiting"));
    m_growing = addFilled(plot->yAxis);
    m_shrinking = addFilled(plot->yAxis);
    m_cone = addFilled(plot->yAxis2);
    m_drain = addLine(plot->yAxis);
    m_arrivals = addLine(plot->yAxis);
    m_waiting = addLine(plot->yAxis2);
    m_now = new QCPItemStraightLine(plot);
    m_cross = new QCPItemStraightLine(plot);
    m_crossTime = new QCPItemText(plot);
    m_crossTime->setPositionAlignment(Qt::AlignHCenter | Qt::AlignTop);
    m_crossTime->position->setTypeX(QCPItemPosition::ptPlotCoords);
    m_crossTime->position->setTypeY(QCPItemPosition::ptAxisRectRatio);
    m_crossTime->setPadding({6, 2, 6, 2});
    recolor();
}

QCPGraph* BacklogChart::Plot::addLine(QCPAxis* valueAxis) {
    QCPGraph* graph = plot->addGraph(plot->xAxis, valueAxis);
    graph->setAdaptiveSampling(false);  // the buffer has thinned it out already
    return graph;
}

BacklogChart::Plot::Filled BacklogChart::Plot::addFilled(QCPAxis* valueAxis) {
    Filled area{addLine(valueAxis), addLine(valueAxis)};
    area.lower->setPen(Qt::NoPen);
    area.upper->setPen(Qt::NoPen);
    area.upper->setChannelFillGraph(area.lower);
    return area;
}

void BacklogChart::Plot::recolor() {
    const ThemeTokens& tokens = currentTokens();
    colorPlot(*plot, tokens);
    const double fill = tokens.dark ? 0.17 : 0.15;
    m_growing.upper->setBrush(withAlpha(tokens.arrivals, fill));
    m_shrinking.upper->setBrush(withAlpha(tokens.drain, fill));
    m_cone.upper->setBrush(withAlpha(tokens.backlog, 0.12));
    for (QCPGraph* edge : {m_cone.lower, m_cone.upper})
        edge->setPen(QPen(withAlpha(tokens.backlog, 0.7), 1, Qt::DashLine));
    m_arrivals->setPen(QPen(tokens.arrivals, 1.6));
    m_drain->setPen(QPen(tokens.drain, 1.6));
    m_waiting->setPen(QPen(tokens.backlog, 1.6));
    m_now->setPen(QPen(tokens.secondary, 1, Qt::DotLine));
    m_cross->setPen(QPen(tokens.selection, 1));
    m_crossTime->setColor(tokens.on_selection);
    m_crossTime->setBrush(tokens.selection);
    m_crossTime->setFont(plot->xAxis->tickLabelFont());
}

std::pair<double, double> BacklogChart::Plot::visibleTimes(double range) const {
    if (!zooms.empty()) return zooms.back();
    // A young history would be a speck at the right edge: the picture grows with it up to the range.
    const double known = history && !history->fine.waiting.empty() ? now - history->coarse.waiting.firstTime() : 0;
    const double shown = std::clamp(known * 1.05, std::min(kYoungest, range), range);
    return {now - shown, now + shown * kAhead};
}

void BacklogChart::Plot::rebuild(double range) {
    const auto [from, to] = visibleTimes(range);
    const int pixels = std::max(50, plot->axisRect()->width());
    plot->xAxis->setRange(from, to);
    arrivals.clear(), drain.clear(), waiting.clear();
    GapFill fill;
    if (history) {
        const QueueSeries& series = history->forSpan(now - from);
        arrivals = series.arrivals.points(from, to, pixels);
        drain = series.drain.points(from, to, pixels);
        waiting = series.waiting.points(from, to, pixels);
        const double first = std::max(from, series.arrivals.firstTime()), last = std::min(to, now);
        if (last > first)
            fill = gapFill(resampled(series.arrivals, first, last, pixels / 2),
                           resampled(series.drain, first, last, pixels / 2));
    }
    setPoints(m_arrivals, arrivals);
    setPoints(m_drain, drain);
    setPoints(m_waiting, waiting);
    setArea(m_growing, fill.growing);
    setArea(m_shrinking, fill.shrinking);
    drawCone(to);
    fitAxes();
    drawMarks();
    plot->replot(QCustomPlot::rpQueuedReplot);
}

void BacklogChart::Plot::setArea(Filled& area, const GapArea& outline) {
    area.lower->setData(toVector(outline.at), toVector(outline.lower), true);
    area.upper->setData(toVector(outline.at), toVector(outline.upper), true);
}

// Waiting cannot fall below nothing: the lower edge then runs along the ground.
void BacklogChart::Plot::drawCone(double until) {
    GapArea outline;
    if (cone && until > now) {
        constexpr int kSteps = 24;
        for (int i = 0; i <= kSteps; ++i) {
            const double ahead = (until - now) * i / kSteps;
            outline.at.push_back(now + ahead);
            outline.lower.push_back(std::max(0.0, cone->waiting - cone->net_high * ahead));
            outline.upper.push_back(std::max(0.0, cone->waiting - cone->net_low * ahead));
        }
    }
    setArea(m_cone, outline);
}

void BacklogChart::Plot::fitAxes() {
    const double rates = greatest(drain, greatest(arrivals, 0));
    double jobs = greatest(waiting, 0);
    for (const auto& point : *m_cone.upper->data()) jobs = std::max(jobs, point.value);
    plot->yAxis->setRange(0, rates > 0 ? rates * 1.2 : 1);
    plot->yAxis2->setRange(0, jobs > 0 ? jobs * 1.08 : 1);
}

void BacklogChart::Plot::drawMarks() {
    const auto upright = [](QCPItemStraightLine* line, double at) {
        line->point1->setCoords(at, 0);
        line->point2->setCoords(at, 1);
    };
    upright(m_now, now);
    m_cross->setVisible(crosshair.has_value());
    m_crossTime->setVisible(crosshair.has_value());
    if (!crosshair) return;
    upright(m_cross, *crosshair);
    m_crossTime->position->setCoords(*crosshair, 0);
    m_crossTime->setText(timeTickText(*crosshair, 1, QTimeZone::systemTimeZone()));
}

}  // namespace spillway

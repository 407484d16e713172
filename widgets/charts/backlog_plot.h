// The picture inside BacklogChart: graphs, axes, cone, crosshair. Knows the plotting library, and is
// included by nothing else.
#pragma once

#include <qcustomplot.h>

#include <optional>
#include <utility>
#include <vector>

#include "widgets/charts/backlog_chart.h"
#include "widgets/charts/gap_fill.h"

namespace spillway {

struct BacklogChart::Plot {
    explicit Plot(QWidget* parent);

    void recolor();
    void rebuild(double range);  // takes data from `history` for what is visible and replots
    [[nodiscard]] std::pair<double, double> visibleTimes(double range) const;
    [[nodiscard]] double timeAt(double x) const { return plot->xAxis->pixelToCoord(x); }
    [[nodiscard]] bool covers(const QPoint& at) const { return plot->axisRect()->rect().contains(at); }

    QCustomPlot* plot;  // owned by the widget it stands in
    const QueueHistory* history = nullptr;
    double now = 0;
    std::optional<ForecastCone> cone;
    std::optional<double> crosshair;
    std::vector<std::pair<double, double>> zooms;      // the last one is shown
    std::optional<QPoint> pressed;                     // a drag begins here
    std::vector<ChartPoint> arrivals, drain, waiting;  // what is drawn

private:
    struct Filled {
        QCPGraph* lower;
        QCPGraph* upper;
    };
    QCPGraph* addLine(QCPAxis* valueAxis);
    Filled addFilled(QCPAxis* valueAxis);
    static void setArea(Filled& area, const GapArea& outline);
    void drawCone(double until);
    void drawMarks();
    void fitAxes();

    Filled m_growing, m_shrinking, m_cone;
    QCPGraph* m_arrivals;
    QCPGraph* m_drain;
    QCPGraph* m_waiting;
    QCPItemStraightLine* m_now;
    QCPItemStraightLine* m_cross;
    QCPItemText* m_crossTime;
};

}  // namespace spillway

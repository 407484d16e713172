// The picture inside a TimeChart: axes, "now", marks, gaps, crosshair; what is between them is drawn by the
// plot of each chart. Knows the plotting library; included only by charts' .cpp files.
#pragma once

#include <qcustomplot.h>

#include <memory>
#include <vector>

#include "widgets/charts/band_line.h"
#include "widgets/charts/chart_text.h"
#include "widgets/charts/ghost.h"
#include "widgets/charts/ghost_line.h"
#include "widgets/charts/queue_history.h"
#include "widgets/charts/time_marks.h"
#include "widgets/charts/time_view.h"
#include "widgets/parts/theme.h"

namespace spillway {

struct ChartInput {
    const QueueHistory* history = nullptr;     // null: nothing known
    std::shared_ptr<const QueueHealth> queue;  // null: the queue is not there
};

// What a plot draws from: the series that suits the visible span.
struct VisibleData {
    const QueueSeries* series = nullptr;  // may be null
    const QueueHealth* queue = nullptr;   // may be null
    const Ghost* ghost = nullptr;         // may be null
    double from = 0, to = 0, now = 0;
    int pixels = 100;
    int most_columns = 50;

    [[nodiscard]] std::vector<ChartColumn> columns(ChartSeries which) const;
    [[nodiscard]] std::vector<ChartColumn> ghostColumns(ChartSeries which) const;
};

class TimePlot {
public:
    TimePlot(const QString& leftLabel, const QString& rightLabel);
    virtual ~TimePlot() = default;

    [[nodiscard]] QCustomPlot* widget() const { return m_plot; }  // owned by the widget it is put into
    void recolor();
    void setFocused(bool focused);                                // the keyboard is here
    void rebuild(const TimeView& view, const ChartInput& input);  // takes what is visible, and replots
    void showCrosshair(std::optional<double> at);                 // redraws only the crosshair
    // What is drawn, as columns of a spreadsheet; and what does not run over time, as further lines.
    [[nodiscard]] virtual std::vector<CsvSeries> series() const = 0;
    [[nodiscard]] virtual QString furtherCsv(QChar) const { return {}; }
    [[nodiscard]] virtual bool empty() const = 0;  // nothing is drawn

protected:
    virtual void draw(const VisibleData& data) = 0;
    virtual void paint(const ThemeTokens& tokens) = 0;
    [[nodiscard]] QCustomPlot& plot() const { return *m_plot; }
    // From nothing to a bit above `greatest`; 1 where that is nothing.
    static void fitFromZero(QCPAxis* axis, double greatest, double headroom);
    // With a little room under `ground`, so that a line that runs along it can be seen.
    static void fitAbove(QCPAxis* axis, double ground, double top);
    // Another column of the spreadsheet, where a ghost is drawn: "waiting_before_86400s".
    void addGhostSeries(std::vector<CsvSeries>& series, const QString& name, const GhostLine& line) const;

private:
    QCustomPlot* m_plot;
    bool m_focused = false;
    bool m_built = false;
    double m_ghostBefore = 0;  // seconds; 0: no ghost is drawn
    QCPItemStraightLine* m_now;
    QCPItemStraightLine* m_cross;
    QCPItemText* m_crossTime;
    TimeMarks m_marks;
};

}  // namespace spillway

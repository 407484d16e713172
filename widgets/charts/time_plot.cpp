#include "widgets/charts/time_plot.h"

#include <algorithm>
#include <cmath>

#include "backends/domain/display_zone.h"
#include "widgets/charts/axis_format.h"
#include "widgets/charts/plot_style.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// Lines are nearly two pixels wide: finer columns would cost time and look the same.
constexpr double kPixelsPerColumn = 3;

void standAt(QCPItemStraightLine* line, double at) {
    line->point1->setCoords(at, 0);
    line->point2->setCoords(at, 1);
}

std::vector<ChartMark> marksWithin(const TimeView& view, double from, double to) {
    std::vector<ChartMark> marks;
    for (const auto& mark : view.marks())
        if (mark.at >= from && mark.at <= to && mark.kind != ChartMarkKind::gap) marks.push_back(mark);
    std::stable_sort(marks.begin(), marks.end(),
                     [](const ChartMark& a, const ChartMark& b) { return a.at < b.at; });
    return marks;
}

}  // namespace

std::vector<ChartColumn> VisibleData::columns(ChartSeries which) const {
    return series ? series->of(which).columns(from, to, most_columns) : std::vector<ChartColumn>();
}

std::vector<ChartColumn> VisibleData::ghostColumns(ChartSeries which) const {
    return ghost ? ghost->columns(which, from, to, most_columns) : std::vector<ChartColumn>();
}

TimePlot::TimePlot(const QString& leftLabel, const QString& rightLabel)
    : m_plot(new QCustomPlot), m_marks(*m_plot) {
    preparePlot(*m_plot, leftLabel, rightLabel);
    m_now = new QCPItemStraightLine(m_plot);
    m_plot->layer(u"overlay"_s)->setMode(QCPLayer::lmLogical);
    m_cross = new QCPItemStraightLine(m_plot);
    m_crossTime = new QCPItemText(m_plot);
    m_cross->setLayer(u"overlay"_s);
    m_crossTime->setLayer(u"overlay"_s);
    m_crossTime->setPositionAlignment(Qt::AlignHCenter | Qt::AlignTop);
    m_crossTime->position->setTypeX(QCPItemPosition::ptPlotCoords);
    m_crossTime->position->setTypeY(QCPItemPosition::ptAxisRectRatio);
    m_crossTime->setClipToAxisRect(false);
    m_crossTime->setPadding({6, 2, 6, 2});
    m_cross->setVisible(false);
    m_crossTime->setVisible(false);
}

void TimePlot::recolor() {
    const ThemeTokens& tokens = currentTokens();
    colorPlot(*m_plot, tokens);
    if (m_focused) m_plot->xAxis->setBasePen(QPen(tokens.selection, 2));
    m_now->setPen(QPen(tokens.secondary, 1, Qt::DotLine));
    m_cross->setPen(QPen(tokens.selection, 1));
    m_crossTime->setColor(tokens.on_selection);
    m_crossTime->setBrush(tokens.selection);
    m_crossTime->setFont(m_plot->xAxis->tickLabelFont());
    m_marks.paint(tokens);
    paint(tokens);
}

void TimePlot::setFocused(bool focused) {
    m_focused = focused;
    recolor();
}

void TimePlot::rebuild(const TimeView& view, const ChartInput& input) {
    VisibleData data;
    std::tie(data.from, data.to) = view.visible();
    data.now = view.now();
    data.pixels = std::max(50, m_plot->axisRect()->width());
    data.most_columns = qRound(data.pixels * m_plot->devicePixelRatioF() / kPixelsPerColumn);
    data.queue = input.queue.get();
    data.ghost = view.ghost().get();
    m_ghostBefore = data.ghost ? data.ghost->before_s : 0;
    if (input.history) data.series = &input.history->forTimes(data.from, data.to, data.now);
    m_plot->xAxis->setRange(data.from, data.to);
    m_plot->xAxis->ticker()->setTickCount(std::clamp(data.pixels / 62, 2, 10));
    draw(data);
    m_plot->yAxis->setTickLabels(!empty());
    const auto gaps = data.series ? data.series->of(ChartSeries::waiting).gaps(data.from, data.to)
                                  : std::vector<std::pair<double, double>>();
    m_marks.setGaps(gaps);
    m_marks.setMarks(marksWithin(view, data.from, data.to));
    m_marks.paint(currentTokens());
    standAt(m_now, data.now);
    // The first time at once: nothing of an empty plot shall ever show.
    m_plot->replot(m_built ? QCustomPlot::rpQueuedReplot : QCustomPlot::rpQueuedRefresh);
    m_built = true;
}

void TimePlot::showCrosshair(std::optional<double> at) {
    const bool shown = at && m_plot->xAxis->range().contains(*at);
    if (!shown && !m_cross->visible()) return;
    m_cross->setVisible(shown);
    m_crossTime->setVisible(shown);
    if (shown) {
        standAt(m_cross, *at);
        m_crossTime->position->setCoords(*at, 1.0);
        m_crossTime->setText(timeTickText(*at, 1, displayZone()));
    }
    // While it is shown its layer has a buffer of its own: then it moves without the rest being drawn anew.
    QCPLayer* overlay = m_plot->layer(u"overlay"_s);
    const auto mode = shown ? QCPLayer::lmBuffered : QCPLayer::lmLogical;
    if (overlay->mode() == mode) return overlay->replot();
    overlay->setMode(mode);
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void TimePlot::addGhostSeries(std::vector<CsvSeries>& series, const QString& name,
                              const GhostLine& line) const {
    if (m_ghostBefore > 0)
        series.push_back({u"%1_before_%2s"_s.arg(name).arg(std::llround(m_ghostBefore)), line.columns()});
}

void TimePlot::fitFromZero(QCPAxis* axis, double greatest, double headroom) {
    fitAbove(axis, 0, greatest > 0 ? greatest * headroom : 1);
}

void TimePlot::fitAbove(QCPAxis* axis, double ground, double top) {
    constexpr double kUnder = 0.03;  // of the height
    axis->setRange(ground - (top - ground) * kUnder, top);
}

}  // namespace spillway

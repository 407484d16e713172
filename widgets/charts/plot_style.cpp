#include "widgets/charts/plot_style.h"

#include <algorithm>
#include <cmath>

#include "backends/domain/display_zone.h"
#include "widgets/charts/axis_format.h"

namespace spillway {
namespace {
constexpr QMargins kMargins{64, 8, 68, 30};
}

double SiTicker::getTickStep(const QCPRange& range) {
    m_step = QCPAxisTicker::getTickStep(range);
    if (m_whole) m_step = std::max(1.0, std::ceil(m_step));
    return m_step;
}

QString SiTicker::getTickLabel(double tick, const QLocale&, QChar, int) {
    return siTickText(tick, m_step);
}

double TimeTicker::getTickStep(const QCPRange& range) {
    m_step = timeTickStep(range.size() / tickCount());
    return m_step;
}

QVector<double> TimeTicker::createTickVector(double tickStep, const QCPRange& range) {
    QVector<double> ticks;
    for (double at = firstTimeTick(range.lower, tickStep, displayZone()); at <= range.upper; at += tickStep)
        ticks.push_back(at);
    return ticks;
}

QString TimeTicker::getTickLabel(double tick, const QLocale&, QChar, int) {
    return timeTickText(tick, m_step, displayZone());
}

void preparePlot(QCustomPlot& plot, const QString& leftLabel, const QString& rightLabel) {
    plot.setAutoAddPlottableToLegend(false);  // ours are words in the card
    plot.setNoAntialiasingOnDrag(true);
    // Joints of thin lines and soft edges of faint areas cannot be seen, but cost most of the time.
    plot.setPlottingHints(QCP::phFastPolylines | QCP::phCacheLabels);
    plot.setNotAntialiasedElements(QCP::aeFills);
    QCPAxisRect* area = plot.axisRect();
    area->setAutoMargins(QCP::msNone);
    area->setMargins(kMargins);
    plot.yAxis2->setVisible(true);
    plot.xAxis->setTicker(QSharedPointer<TimeTicker>::create());
    plot.yAxis->setTicker(QSharedPointer<SiTicker>::create());
    plot.yAxis2->setTicker(QSharedPointer<SiTicker>::create(true));
    plot.xAxis->ticker()->setTickCount(8);
    plot.yAxis->setLabel(leftLabel);
    plot.yAxis2->setLabel(rightLabel);
    for (QCPAxis* axis : {plot.xAxis, plot.yAxis, plot.yAxis2}) {
        axis->setTickLength(0);
        axis->setTickPen(Qt::NoPen);
        axis->setSubTicks(false);
        axis->setTickLabelPadding(6);
        axis->setLabelPadding(4);
    }
}

void colorPlot(QCustomPlot& plot, const ThemeTokens& tokens) {
    QFont font = QApplication::font();
    font.setPointSizeF(font.pointSizeF() * 0.88);
    plot.setBackground(tokens.panel);
    for (QCPAxis* axis : {plot.xAxis, plot.yAxis, plot.yAxis2}) {
        axis->setTickLabelFont(font);
        axis->setLabelFont(font);
        axis->setTickLabelColor(tokens.secondary);
        axis->setLabelColor(tokens.secondary);
        axis->setBasePen(QPen(axis == plot.yAxis2 ? QColor(Qt::transparent) : tokens.hairline, 1));
        axis->grid()->setPen(axis == plot.yAxis ? QPen(tokens.grid, 1) : QPen(Qt::NoPen));
        axis->grid()->setZeroLinePen(Qt::NoPen);
    }
}

QColor mixed(const QColor& color, const QColor& ground, double share) {
    const auto part = [share](int a, int b) { return static_cast<int>(std::lround(b + (a - b) * share)); };
    return QColor(part(color.red(), ground.red()), part(color.green(), ground.green()),
                  part(color.blue(), ground.blue()));
}

QColor withAlpha(QColor color, double alpha) {
    color.setAlphaF(static_cast<float>(alpha));
    return color;
}

}  // namespace spillway

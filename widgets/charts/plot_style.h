// How every plot of ours looks: colours of the theme, our tick texts, fixed margins so that plots above
// one another start and end at the same x. Included only by files that already know qcustomplot.h.
#pragma once

#include <qcustomplot.h>

#include "widgets/parts/theme.h"

namespace spillway {

// Ticks such as "5.0 k".
class SiTicker : public QCPAxisTicker {
public:
    explicit SiTicker(bool whole = false) : m_whole(whole) {}  // for things that are counted

protected:
    double getTickStep(const QCPRange& range) override;
    QString getTickLabel(double tick, const QLocale& locale, QChar formatChar, int precision) override;

private:
    bool m_whole;
    double m_step = 1;
};

// Ticks at full minutes, hours, days of the local zone; the axis counts seconds since 1970.
class TimeTicker : public QCPAxisTicker {
protected:
    double getTickStep(const QCPRange& range) override;
    int getSubTickCount(double) override { return 0; }
    QVector<double> createTickVector(double tickStep, const QCPRange& range) override;
    QString getTickLabel(double tick, const QLocale& locale, QChar formatChar, int precision) override;

private:
    double m_step = 60;
};

void preparePlot(QCustomPlot& plot, const QString& leftLabel, const QString& rightLabel);  // once
void colorPlot(QCustomPlot& plot, const ThemeTokens& tokens);  // at each change of theme
[[nodiscard]] QColor withAlpha(QColor color, double alpha);
// `share` of the colour on that ground: for lines, whose pieces would shine through where they meet.
[[nodiscard]] QColor mixed(const QColor& color, const QColor& ground, double share);

}  // namespace spillway

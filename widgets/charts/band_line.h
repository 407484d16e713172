// A line with the band between the least and the greatest value of each column of pixels, dashed where the
// newest bucket is still filling. Knows the plotting library.
#pragma once

#include <qcustomplot.h>

#include "widgets/charts/chart_buffer.h"

namespace spillway {

// An area between two lines over the same times.
class FilledArea {
public:
    FilledArea(QCustomPlot& plot, QCPAxis* valueAxis);
    void setData(const QVector<double>& at, const QVector<double>& lower, const QVector<double>& upper);
    void paint(const QColor& fill, const QPen& edge);
    [[nodiscard]] QCPGraph* upper() const { return m_upper; }

private:
    QCPGraph* m_lower;
    QCPGraph* m_upper;
};

class BandLine {
public:
    enum class Spikes {
        asBand,  // a line through the last values, on its band
        asLine   // one line through least and greatest: for counts, of which every value was really there
    };
    BandLine(QCustomPlot& plot, QCPAxis* valueAxis, Spikes spikes = Spikes::asBand);

    void setColumns(std::vector<ChartColumn> columns);
    [[nodiscard]] const std::vector<ChartColumn>& columns() const { return m_columns; }
    void paint(const QColor& color, double width);
    void fillDownTo(QCPGraph* ground, const QColor& color);
    // The greatest value drawn, or `least` where that is more.
    [[nodiscard]] double greatest(double least) const;

private:
    std::vector<ChartColumn> m_columns;
    Spikes m_spikes;
    FilledArea m_band;
    QCPGraph* m_line;
    QCPGraph* m_running;
};

[[nodiscard]] QCPGraph* addLine(QCustomPlot& plot, QCPAxis* valueAxis);

}  // namespace spillway

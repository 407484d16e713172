// An earlier course of a line, behind it. Knows the plotting library.
#pragma once

#include "widgets/charts/band_line.h"

namespace spillway {

class GhostLine {
public:
    GhostLine(QCustomPlot& plot, QCPAxis* valueAxis);

    void setColumns(std::vector<ChartColumn> columns);
    [[nodiscard]] const std::vector<ChartColumn>& columns() const { return m_columns; }
    void paint(const QColor& color);
    // The greatest value drawn, or `least` where that is more.
    [[nodiscard]] double greatest(double least) const;

private:
    std::vector<ChartColumn> m_columns;
    QCPGraph* m_line;
};

}  // namespace spillway

// Deploys, actions and drifts as dashed lines with their names, and times in which nothing was observed as
// hatched stretches. Knows the plotting library.
#pragma once

#include <qcustomplot.h>

#include <utility>
#include <vector>

#include "widgets/charts/queue_past.h"
#include "widgets/parts/theme.h"

namespace spillway {

class TimeMarks {
public:
    explicit TimeMarks(QCustomPlot& plot) : m_plot(plot) {}

    void setMarks(const std::vector<ChartMark>& marks);                // at most 40 are drawn: the newest
    void setGaps(const std::vector<std::pair<double, double>>& gaps);  // likewise
    void paint(const ThemeTokens& tokens);

private:
    struct Mark {
        QCPItemStraightLine* line;
        QCPItemText* name;
        ChartMarkKind kind;
    };
    struct Gap {
        QCPItemRect* area;
        QCPItemText* name;
    };
    void add(std::vector<Mark>& marks);
    void add(std::vector<Gap>& gaps);

    QCustomPlot& m_plot;
    std::vector<Mark> m_marks;  // as many as were ever needed; the rest are hidden
    std::vector<Gap> m_gaps;
};

}  // namespace spillway

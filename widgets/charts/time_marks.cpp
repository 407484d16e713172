#include "widgets/charts/time_marks.h"

#include <algorithm>
#include <array>

#include "backends/domain/human_text.h"
#include "widgets/charts/chart_colors.h"
#include "widgets/charts/plot_style.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr size_t kMost = 40;
constexpr int kNameRows = 3;
constexpr int kLongestName = 24;

QColor markColor(const ThemeTokens& tokens, ChartMarkKind kind) {
    switch (kind) {
        case ChartMarkKind::deploy:
            return chartColor(tokens, ChartColor::duplicates);
        case ChartMarkKind::action:
            return tokens.selection;
        case ChartMarkKind::drift:
            return tokens.warning;
        case ChartMarkKind::gap:
            break;
    }
    return tokens.secondary;
}

QCPItemText* addName(QCustomPlot& plot) {
    auto* name = new QCPItemText(&plot);
    name->position->setTypeX(QCPItemPosition::ptPlotCoords);
    name->position->setTypeY(QCPItemPosition::ptAxisRectRatio);
    name->setClipToAxisRect(true);
    name->setPadding({3, 0, 3, 0});
    name->setLayer(u"overlay"_s);  // the line of the next mark goes behind it
    return name;
}

}  // namespace

void TimeMarks::add(std::vector<Mark>& marks) {
    marks.push_back({new QCPItemStraightLine(&m_plot), addName(m_plot), ChartMarkKind::deploy});
    marks.back().name->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
}

void TimeMarks::add(std::vector<Gap>& gaps) {
    gaps.push_back({new QCPItemRect(&m_plot), addName(m_plot)});
    Gap& gap = gaps.back();
    gap.area->setLayer(u"grid"_s);
    gap.area->topLeft->setTypeY(QCPItemPosition::ptAxisRectRatio);
    gap.area->bottomRight->setTypeY(QCPItemPosition::ptAxisRectRatio);
    gap.area->setPen(Qt::NoPen);
    gap.name->setPositionAlignment(Qt::AlignHCenter | Qt::AlignVCenter);
    gap.name->setText(u"not observed"_s);
}

// Names that would cover one another go to the next row; where all rows are taken only the line stays.
void TimeMarks::setMarks(const std::vector<ChartMark>& marks) {
    const QFontMetricsF metrics(m_plot.xAxis->tickLabelFont());
    const double rowHeight = (metrics.height() + 2) / std::max(1, m_plot.axisRect()->height());
    std::array<double, kNameRows> takenUntil{};
    takenUntil.fill(-1e9);
    const size_t count = std::min(marks.size(), kMost);
    while (m_marks.size() < count) add(m_marks);
    for (size_t i = 0; i < m_marks.size(); ++i) {
        Mark& shown = m_marks[i];
        shown.line->setVisible(i < count);
        shown.name->setVisible(false);
        if (i >= count) continue;
        const ChartMark& mark = marks[marks.size() - count + i];
        shown.kind = mark.kind;
        shown.line->point1->setCoords(mark.at, 0);
        shown.line->point2->setCoords(mark.at, 1);
        const QString text = visibleText(mark.text, kLongestName);
        const double x = m_plot.xAxis->coordToPixel(mark.at);
        const auto row = std::find_if(takenUntil.begin(), takenUntil.end(), [x](double t) { return t < x; });
        if (row == takenUntil.end() || text.isEmpty()) continue;
        *row = x + metrics.horizontalAdvance(text) + 12;
        shown.name->setVisible(true);
        shown.name->setText(text);
        shown.name->position->setCoords(mark.at,
                                        0.01 + rowHeight * static_cast<double>(row - takenUntil.begin()));
    }
}

void TimeMarks::setGaps(const std::vector<std::pair<double, double>>& gaps) {
    const double room = QFontMetricsF(m_plot.xAxis->tickLabelFont()).horizontalAdvance(u"not observed"_s) + 8;
    const size_t count = std::min(gaps.size(), kMost);
    while (m_gaps.size() < count) add(m_gaps);
    for (size_t i = 0; i < m_gaps.size(); ++i) {
        m_gaps[i].area->setVisible(i < count);
        m_gaps[i].name->setVisible(false);
        if (i >= count) continue;
        const auto [from, to] = gaps[gaps.size() - count + i];
        m_gaps[i].area->topLeft->setCoords(from, 0);
        m_gaps[i].area->bottomRight->setCoords(to, 1);
        const QCPRange seen = m_plot.xAxis->range();
        const double left = std::max(from, seen.lower), right = std::min(to, seen.upper);
        const double width = m_plot.xAxis->coordToPixel(right) - m_plot.xAxis->coordToPixel(left);
        m_gaps[i].name->setVisible(width >= room);
        m_gaps[i].name->position->setCoords((left + right) / 2, 0.5);
    }
}

void TimeMarks::paint(const ThemeTokens& tokens) {
    const QFont font = m_plot.xAxis->tickLabelFont();
    for (const Mark& mark : m_marks) {
        const QColor color = markColor(tokens, mark.kind);
        mark.line->setPen(QPen(color, 1, Qt::DashLine));
        mark.name->setColor(color);
        mark.name->setFont(font);
        mark.name->setBrush(withAlpha(tokens.panel, 0.9));
    }
    for (const Gap& gap : m_gaps) {
        gap.area->setBrush(QBrush(withAlpha(tokens.secondary, 0.28), Qt::BDiagPattern));
        gap.name->setColor(tokens.secondary);
        gap.name->setFont(font);
        gap.name->setBrush(tokens.panel);
    }
}

}  // namespace spillway

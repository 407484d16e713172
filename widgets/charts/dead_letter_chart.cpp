#include "widgets/charts/dead_letter_chart.h"

#include <algorithm>
#include <array>

#include "backends/domain/human_text.h"
#include "widgets/charts/age_bands.h"
#include "widgets/charts/chart_colors.h"
#include "widgets/charts/plot_style.h"
#include "widgets/charts/time_plot.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr double kLeastBars = 40;  // pixels ahead of "now"

std::vector<ChartColumn> inBands(std::vector<ChartColumn> columns) {
    for (auto& column : columns)
        for (double* value : {&column.low, &column.high, &column.last}) *value = ageBand(*value);
    return columns;
}

// One bar for each bucket of age, from "now" to the right.
class AgeBars {
public:
    explicit AgeBars(QCustomPlot& plot) : m_plot(plot) {
        for (size_t i = 0; i < m_bars.size(); ++i) {
            auto* bar = m_bars[i] = new QCPItemRect(&plot);
            for (auto* corner : {bar->topLeft, bar->bottomRight}) corner->setAxes(plot.xAxis, plot.yAxis);
            bar->setPen(Qt::NoPen);
            auto* count = m_counts[i] = new QCPItemText(&plot);
            count->position->setAxes(plot.xAxis, plot.yAxis);
            count->setPositionAlignment(Qt::AlignLeft | Qt::AlignVCenter);
            count->setPadding({5, 0, 0, 0});
        }
    }

    void draw(const VisibleData& data) {
        const double room = m_plot.xAxis->coordToPixel(data.to) - m_plot.xAxis->coordToPixel(data.now);
        const bool shown = data.queue && data.now >= data.from && room >= kLeastBars;
        double most = 0;
        for (size_t i = 0; shown && i < m_bars.size(); ++i)
            most = std::max(most, static_cast<double>(data.queue->dead.buckets[i].valueOr(0)));
        for (size_t i = 0; i < m_bars.size(); ++i) {
            const Count count = shown ? data.queue->dead.buckets[i] : Count();
            m_bars[i]->setVisible(count.known() && *count.value > 0);
            m_counts[i]->setVisible(count.known() && most > 0);
            if (!count.known()) continue;
            const auto band = static_cast<double>(i);
            const double length = barLength(static_cast<double>(*count.value), most) * (data.to - data.now);
            m_bars[i]->topLeft->setCoords(data.now, band + 0.86);
            m_bars[i]->bottomRight->setCoords(data.now + length, band + 0.14);
            m_counts[i]->position->setCoords(data.now, band + 0.5);
            m_counts[i]->setText(countText(count));
        }
    }
    void paint(const ThemeTokens& tokens) {
        for (size_t i = 0; i < m_bars.size(); ++i) {
            // From a day on somebody should have looked, from a week on it rots.
            m_counts[i]->setColor(m_bars[i]->visible() ? tokens.text : tokens.secondary);
            const QColor color = i >= 3 ? tokens.critical : i == 2 ? tokens.warning : tokens.secondary;
            m_bars[i]->setBrush(withAlpha(color, tokens.dark ? 0.5 : 0.4));
            m_counts[i]->setFont(m_plot.xAxis->tickLabelFont());
        }
    }

private:
    QCustomPlot& m_plot;
    std::array<QCPItemRect*, kDeadAgeBuckets> m_bars{};
    std::array<QCPItemText*, kDeadAgeBuckets> m_counts{};
};

class DeadLetterPlot : public TimePlot {
public:
    DeadLetterPlot()
        : TimePlot(u"age"_s, u"dead jobs"_s), m_deadBefore(plot(), plot().yAxis2),
          m_dead(plot(), plot().yAxis2, BandLine::Spikes::asLine),
          m_half(plot(), plot().yAxis, BandLine::Spikes::asLine),
          m_most(plot(), plot().yAxis, BandLine::Spikes::asLine),
          m_oldest(plot(), plot().yAxis, BandLine::Spikes::asLine), m_bars(plot()) {
        auto ticker = QSharedPointer<QCPAxisTickerText>::create();
        const auto names = ageBandNames();
        for (size_t i = 0; i < names.size(); ++i)
            ticker->addTick(static_cast<double>(i + 1), QString::fromUtf16(names[i]));
        plot().yAxis->setTicker(ticker);
        fitAbove(plot().yAxis, 0, kDeadAgeBuckets);
    }

    [[nodiscard]] std::vector<CsvSeries> series() const override {
        std::vector<CsvSeries> all{{u"dead"_s, m_dead.columns()},
                                   {u"dead_oldest_age_s"_s, m_ages[0]},
                                   {u"dead_p90_age_s"_s, m_ages[1]},
                                   {u"dead_p50_age_s"_s, m_ages[2]}};
        addGhostSeries(all, u"dead"_s, m_deadBefore);
        return all;
    }
    [[nodiscard]] QString furtherCsv(QChar separator) const override {
        QString text = u"\nage_now%1dead\n"_s.arg(separator);
        for (int i = 0; i < kDeadAgeBuckets; ++i) {
            const Count& count = m_buckets[static_cast<size_t>(i)];
            text += csvField(deadAgeBucketName(i), separator) + separator +
                    (count.known() ? QString::number(*count.value) : QString()) + u'\n';
        }
        return text;
    }
    [[nodiscard]] bool empty() const override {
        return m_dead.columns().empty() && m_oldest.columns().empty();
    }

protected:
    void draw(const VisibleData& data) override {
        m_ages = {data.columns(ChartSeries::dead_oldest_age), data.columns(ChartSeries::dead_p90_age),
                  data.columns(ChartSeries::dead_p50_age)};
        m_oldest.setColumns(inBands(m_ages[0]));
        m_most.setColumns(inBands(m_ages[1]));
        m_half.setColumns(inBands(m_ages[2]));
        m_dead.setColumns(data.columns(ChartSeries::dead));
        m_deadBefore.setColumns(data.ghostColumns(ChartSeries::dead));
        if (data.queue) m_buckets = data.queue->dead.buckets;
        m_bars.draw(data);
        m_bars.paint(currentTokens());
        fitFromZero(plot().yAxis2, m_deadBefore.greatest(m_dead.greatest(0)), 1.7);
    }
    void paint(const ThemeTokens& tokens) override {
        const QColor ages = chartColor(tokens, ChartColor::ages);
        m_oldest.paint(ages, 2);
        m_most.paint(mixed(ages, tokens.panel, 0.7), 1);
        m_half.paint(mixed(ages, tokens.panel, 0.5), 1);
        m_deadBefore.paint(tokens.backlog);
        m_dead.paint(tokens.backlog, 1.4);
        m_bars.paint(tokens);
    }

private:
    GhostLine m_deadBefore;
    BandLine m_dead, m_half, m_most, m_oldest;
    AgeBars m_bars;
    std::array<std::vector<ChartColumn>, 3> m_ages;  // in seconds: oldest, 90 %, half
    std::array<Count, kDeadAgeBuckets> m_buckets;
};

}  // namespace

DeadLetterChart::DeadLetterChart(TimeView& view, QWidget* parent)
    : TimeChart(view, std::make_unique<DeadLetterPlot>(), u"dead-letters"_s, parent) {}

}  // namespace spillway

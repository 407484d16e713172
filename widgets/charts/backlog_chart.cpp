#include "widgets/charts/backlog_chart.h"

#include <algorithm>
#include <cmath>

#include "widgets/charts/chart_colors.h"
#include "widgets/charts/gap_fill.h"
#include "widgets/charts/plot_style.h"
#include "widgets/charts/time_plot.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QVector<double> toVector(const std::vector<double>& values) {
    return {values.begin(), values.end()};
}

// Both rates at the same times, for the area between them.
std::vector<ChartPoint> resampled(const ChartBuffer& buffer, double from, double to, int steps) {
    std::vector<ChartPoint> out;
    for (int i = 0; i <= steps; ++i) {
        const double at = from + (to - from) * i / steps;
        const auto value = buffer.valueAt(at);
        out.push_back({at, value ? *value : std::nan("")});
    }
    return out;
}

class BacklogPlot : public TimePlot {
public:
    BacklogPlot()
        : TimePlot(u"jobs/s"_s, u"waiting"_s), m_growing(plot(), plot().yAxis),
          m_shrinking(plot(), plot().yAxis), m_cone(plot(), plot().yAxis2),
          m_arrivalsBefore(plot(), plot().yAxis), m_waitingBefore(plot(), plot().yAxis2),
          m_drain(plot(), plot().yAxis), m_arrivals(plot(), plot().yAxis),
          m_waiting(plot(), plot().yAxis2, BandLine::Spikes::asLine) {}

    [[nodiscard]] std::vector<CsvSeries> series() const override {
        std::vector<CsvSeries> all{{u"arrivals_per_s"_s, m_arrivals.columns()},
                                   {u"drain_per_s"_s, m_drain.columns()},
                                   {u"waiting"_s, m_waiting.columns()}};
        addGhostSeries(all, u"arrivals_per_s"_s, m_arrivalsBefore);
        addGhostSeries(all, u"waiting"_s, m_waitingBefore);
        return all;
    }
    [[nodiscard]] bool empty() const override {
        return m_arrivals.columns().empty() && m_drain.columns().empty() && m_waiting.columns().empty();
    }

protected:
    void draw(const VisibleData& data) override {
        m_arrivals.setColumns(data.columns(ChartSeries::arrivals));
        m_drain.setColumns(data.columns(ChartSeries::drain));
        m_waiting.setColumns(data.columns(ChartSeries::waiting));
        m_arrivalsBefore.setColumns(data.ghostColumns(ChartSeries::arrivals));
        m_waitingBefore.setColumns(data.ghostColumns(ChartSeries::waiting));
        fillGap(data);
        const double highest = drawCone(data);
        fitFromZero(plot().yAxis, m_arrivalsBefore.greatest(m_drain.greatest(m_arrivals.greatest(0))), 1.2);
        fitFromZero(plot().yAxis2, m_waitingBefore.greatest(m_waiting.greatest(highest)), 1.08);
    }
    void paint(const ThemeTokens& tokens) override {
        const double fill = tokens.dark ? 0.17 : 0.15;
        m_growing.paint(withAlpha(tokens.arrivals, fill), Qt::NoPen);
        m_shrinking.paint(withAlpha(tokens.drain, fill), Qt::NoPen);
        m_cone.paint(withAlpha(tokens.backlog, 0.12), QPen(withAlpha(tokens.backlog, 0.7), 1, Qt::DashLine));
        m_arrivalsBefore.paint(tokens.arrivals);
        m_waitingBefore.paint(tokens.backlog);
        m_arrivals.paint(tokens.arrivals, 1.6);
        m_drain.paint(tokens.drain, 1.6);
        m_waiting.paint(tokens.backlog, 1.6);
    }

private:
    static void setArea(FilledArea& area, const GapArea& outline) {
        area.setData(toVector(outline.at), toVector(outline.lower), toVector(outline.upper));
    }

    void fillGap(const VisibleData& data) {
        GapFill fill;
        if (data.series) {
            const auto& arrivals = data.series->of(ChartSeries::arrivals);
            const auto& drain = data.series->of(ChartSeries::drain);
            const double first = std::max(data.from, arrivals.firstTime());
            const double last = std::min(data.to, data.now);
            if (last > first && !arrivals.empty() && !drain.empty())
                fill = gapFill(resampled(arrivals, first, last, data.most_columns),
                               resampled(drain, first, last, data.most_columns));
        }
        setArea(m_growing, fill.growing);
        setArea(m_shrinking, fill.shrinking);
    }

    // What idles at a few jobs has a band, too, but no direction worth half the picture.
    static bool isForecast(const QueueHealth* queue) {
        return queue && queue->forecast.net_drain && queue->reading.ready.known() &&
               queue->forecast.verdict != DrainVerdict::idle &&
               queue->forecast.verdict != DrainVerdict::learning;
    }

    // Waiting cannot fall below nothing: the lower edge then runs along the ground. Gives the highest point.
    double drawCone(const VisibleData& data) {
        GapArea outline;
        if (data.to > data.now && isForecast(data.queue)) {
            const auto [low, high] = *data.queue->forecast.net_drain;
            const auto waiting = static_cast<double>(*data.queue->reading.ready.value);
            constexpr int kSteps = 24;
            for (int i = 0; i <= kSteps; ++i) {
                const double ahead = (data.to - data.now) * i / kSteps;
                outline.at.push_back(data.now + ahead);
                outline.lower.push_back(std::max(0.0, waiting - high * ahead));
                outline.upper.push_back(std::max(0.0, waiting - low * ahead));
            }
        }
        setArea(m_cone, outline);
        return outline.upper.empty() ? 0 : *std::max_element(outline.upper.begin(), outline.upper.end());
    }

    FilledArea m_growing, m_shrinking, m_cone;
    GhostLine m_arrivalsBefore, m_waitingBefore;
    BandLine m_drain, m_arrivals, m_waiting;
};

}  // namespace

BacklogChart::BacklogChart(TimeView& view, QWidget* parent)
    : TimeChart(view, std::make_unique<BacklogPlot>(), u"backlog"_s, parent) {}

}  // namespace spillway

#include "widgets/charts/retry_chart.h"

#include <algorithm>
#include <array>

#include "backends/domain/display_zone.h"
#include "backends/domain/human_text.h"
#include "widgets/charts/axis_format.h"
#include "widgets/charts/chart_colors.h"
#include "widgets/charts/plot_style.h"
#include "widgets/charts/time_plot.h"
#include "widgets/charts/wave_bars.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr double kLeastBar = 3;   // pixels
constexpr double kBarGap = 0.16;  // between two bars, of their width

// A horizontal dashed line with a word on it.
struct Level {
    QCPGraph* line;
    QCPItemText* name;

    Level(QCustomPlot& plot, QCPAxis* axis, Qt::Alignment alignment)
        : line(addLine(plot, axis)), name(new QCPItemText(&plot)) {
        name->position->setAxes(plot.xAxis, axis);
        name->setPositionAlignment(alignment);
        name->setPadding({4, 1, 4, 1});
    }
    void show(double from, double to, double at, double nameAt, const QString& text) {
        line->setData({from, to}, {at, at}, true);
        name->position->setCoords(nameAt, at);
        name->setText(text);
        name->setVisible(!text.isEmpty());
    }
    void hide() {
        line->setData(QVector<double>(), QVector<double>());
        name->setVisible(false);
    }
    void paint(const QColor& color, const QFont& font) {
        line->setPen(QPen(color, 1, Qt::DashLine));
        name->setColor(color);
        name->setFont(font);
    }
};

class RetryPlot : public TimePlot {
public:
    RetryPlot()
        : TimePlot(u"executions per job"_s, u"retries due / min"_s), m_bars(plot(), plot().yAxis2),
          m_one(addLine(plot(), plot().yAxis)), m_before(plot(), plot().yAxis),
          m_amplification(plot(), plot().yAxis),
          m_warning(plot(), plot().yAxis, Qt::AlignLeft | Qt::AlignBottom),
          m_critical(plot(), plot().yAxis, Qt::AlignLeft | Qt::AlignBottom),
          m_cleared(plot(), plot().yAxis2, Qt::AlignRight | Qt::AlignBottom),
          m_beyond(new QCPItemText(&plot())) {
        m_one->setPen(Qt::NoPen);
        m_beyond->position->setType(QCPItemPosition::ptAxisRectRatio);
        m_beyond->position->setCoords(1, 0.16);
        m_beyond->setPositionAlignment(Qt::AlignRight | Qt::AlignTop);
        m_beyond->setPadding({0, 0, 4, 0});
    }

    [[nodiscard]] std::vector<CsvSeries> series() const override {
        CsvSeries wave{u"retries_due_per_min"_s, {}};
        for (const auto& bar : m_wave)
            wave.columns.push_back({bar.from, bar.from, bar.per_minute, bar.per_minute, bar.per_minute});
        std::vector<CsvSeries> all{
            {u"amplification"_s, m_amplification.columns()}, {u"retry_share"_s, m_shares}, wave};
        addGhostSeries(all, u"amplification"_s, m_before);
        return all;
    }
    [[nodiscard]] bool empty() const override { return m_amplification.columns().empty() && m_wave.empty(); }

protected:
    void draw(const VisibleData& data) override {
        m_amplification.setColumns(data.columns(ChartSeries::amplification));
        m_before.setColumns(data.ghostColumns(ChartSeries::amplification));
        m_shares = data.columns(ChartSeries::retry_share);
        fitAbove(plot().yAxis, 1,
                 std::max(1.5, 1 + (m_before.greatest(m_amplification.greatest(1)) - 1) * 1.15));
        m_one->setData({data.from, data.to}, {1, 1}, true);
        drawBudgets(data);
        drawWave(data);
    }
    void paint(const ThemeTokens& tokens) override {
        const QColor retries = chartColor(tokens, ChartColor::retries);
        const QColor wave = chartColor(tokens, ChartColor::wave);
        const QFont font = plot().xAxis->tickLabelFont();
        m_before.paint(retries);
        m_amplification.paint(retries, 1.6);
        m_amplification.fillDownTo(m_one, withAlpha(retries, tokens.dark ? 0.16 : 0.14));
        m_warning.paint(tokens.warning, font);
        m_critical.paint(tokens.critical, font);
        m_cleared.paint(tokens.drain, font);
        m_cleared.name->setBrush(withAlpha(tokens.panel, 0.75));
        m_bars.paint(withAlpha(wave, 0.75), Qt::NoPen);
        m_beyond->setColor(wave);
        m_beyond->setFont(font);
    }

private:
    void drawBudgets(const VisibleData& data) {
        m_warning.hide(), m_critical.hide();
        if (m_amplification.columns().empty()) return;
        const QueueLimits limits = data.queue ? data.queue->limits : QueueLimits();
        const double low = amplificationAt(limits.retry_warning_share);
        const double high = amplificationAt(limits.retry_critical_share);
        const double apart = plot().yAxis->coordToPixel(low) - plot().yAxis->coordToPixel(high);
        const bool both = apart > QFontMetricsF(plot().xAxis->tickLabelFont()).height();
        const auto name = [](double share) { return u"budget %1 %"_s.arg(std::lround(share * 100)); };
        m_warning.show(data.from, data.to, low, data.from,
                       both ? name(limits.retry_warning_share) : QString());
        m_critical.show(data.from, data.to, high, data.from, name(limits.retry_critical_share));
    }

    void drawWave(const VisibleData& data) {
        const double perPixel = (data.to - data.from) / data.pixels;
        m_wave =
            data.queue ? waveBars(data.queue->wave, data.now, kLeastBar * perPixel) : std::vector<WaveBar>();
        QVector<double> at, ground, jobs;
        for (const auto& bar : m_wave) {
            const double gap = (bar.to - bar.from) * kBarGap;
            at << bar.from << bar.from << bar.to - gap << bar.to - gap;
            jobs << 0 << bar.per_minute << bar.per_minute << 0;
            ground << 0 << 0 << 0 << 0;
        }
        m_bars.setData(at, ground, jobs);
        drawCapacity(data);
    }

    bool roomFor(const VisibleData& data, double until) const {
        return plot().xAxis->coordToPixel(until) - plot().xAxis->coordToPixel(data.now) > 70;
    }

    void drawCapacity(const VisibleData& data) {
        const bool wave = !m_wave.empty() && data.queue->wave.peak.has_value();
        const double peak = wave ? static_cast<double>(data.queue->wave.peak->jobs) : 0;
        const double cleared = wave ? data.queue->flow.drain.valueOr(0) * 60 : 0;
        const double top = waveAxisTop(peak, cleared);
        fitAbove(plot().yAxis2, 0, top);
        plot().yAxis2->setTickLabels(wave);
        plot().yAxis2->setLabel(wave ? u"retries due / min"_s : QString());
        m_cleared.hide();
        m_beyond->setVisible(false);
        if (!wave) return;
        const double until = std::min(data.to, m_wave.back().to);
        if (cleared > 0 && cleared < top && until > data.now)
            m_cleared.show(data.now, until, cleared, until,
                           roomFor(data, until) ? u"drain/min"_s : QString());
        const double peakAt = static_cast<double>(millisSinceEpoch(data.queue->wave.peak->minute)) / 1000;
        if (peakAt < data.to || data.to <= data.now) return;
        m_beyond->setText(u"%1 at %2 ▸"_s.arg(countText(data.queue->wave.peak->jobs),
                                              timeTickText(peakAt, 60, displayZone())));
        m_beyond->setVisible(true);
    }

    FilledArea m_bars;
    QCPGraph* m_one;  // the ground of the amplification
    GhostLine m_before;
    BandLine m_amplification;
    Level m_warning, m_critical, m_cleared;
    QCPItemText* m_beyond;  // the fullest minute, when it lies to the right of the picture
    std::vector<ChartColumn> m_shares;
    std::vector<WaveBar> m_wave;
};

}  // namespace

RetryChart::RetryChart(TimeView& view, QWidget* parent)
    : TimeChart(view, std::make_unique<RetryPlot>(), u"retries"_s, parent) {}

}  // namespace spillway

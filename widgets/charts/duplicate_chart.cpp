#include "widgets/charts/duplicate_chart.h"

#include <algorithm>

#include "widgets/charts/chart_colors.h"
#include "widgets/charts/plot_style.h"
#include "widgets/charts/time_plot.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr double kTick = 0.07;  // of the height

class DuplicatePlot : public TimePlot {
public:
    DuplicatePlot()
        : TimePlot(u"per million claims"_s, {}), m_band(plot(), plot().yAxis), m_rate(plot(), plot().yAxis),
          m_incidents(addLine(plot(), plot().yAxis2)) {
        plot().yAxis2->setRange(0, 1);
        plot().yAxis2->setTickLabels(false);
        m_incidents->setLineStyle(QCPGraph::lsImpulse);
    }

    [[nodiscard]] std::vector<CsvSeries> series() const override {
        return {{u"duplicate_rate_ppm"_s, m_rate.columns()},
                {u"duplicate_lower95_ppm"_s, m_lower},
                {u"duplicate_upper95_ppm"_s, m_upper}};
    }
    [[nodiscard]] QString furtherCsv(QChar separator) const override {
        QStringList lines{QString(), QStringList{u"incident_utc"_s, u"job"_s, u"first_owner"_s,
                                                 u"second_owner"_s, u"overlap_s"_s, u"note"_s}
                                         .join(separator)};
        for (const auto& incident : m_known) {
            const auto at = incident.second_claimed_at;
            QStringList fields{at ? toIsoUtc(*at) : QString()};
            for (const QString& text : {incident.id, incident.first_owner, incident.second_owner})
                fields << csvField(text, separator);
            fields << (incident.overlap_s ? QString::number(*incident.overlap_s, 'g', 9) : QString());
            lines << (fields << csvField(incident.note, separator)).join(separator);
        }
        return m_known.empty() ? QString() : lines.join(u'\n') + u'\n';
    }
    [[nodiscard]] bool empty() const override { return m_rate.columns().empty(); }

protected:
    void draw(const VisibleData& data) override {
        m_rate.setColumns(data.columns(ChartSeries::duplicate_rate));
        m_lower = data.columns(ChartSeries::duplicate_lower);
        m_upper = data.columns(ChartSeries::duplicate_upper);
        m_known = data.queue ? data.queue->incidents : std::vector<DuplicateClaim>();
        drawBand();
        drawIncidents();
        plot().yAxis->setRange(0, top());
    }
    void paint(const ThemeTokens& tokens) override {
        const QColor color = chartColor(tokens, ChartColor::duplicates);
        m_band.paint(withAlpha(color, tokens.dark ? 0.26 : 0.24), Qt::NoPen);
        m_rate.paint(color, 1.6);
        m_incidents->setPen(QPen(color, 2));
    }

private:
    // Only where the lower end was not kept (the past) does the band begin at the rate itself.
    void drawBand() {
        constexpr double kGap = std::numeric_limits<double>::quiet_NaN();
        QVector<double> at, low, high;
        size_t lower = 0, rate = 0;
        const auto& rates = m_rate.columns();
        for (const auto& column : m_upper) {
            if (column.broken && !at.isEmpty()) at << column.from, low << kGap, high << kGap;
            while (lower + 1 < m_lower.size() && m_lower[lower].to < column.to) ++lower;
            while (rate + 1 < rates.size() && rates[rate].to < column.to) ++rate;
            double ground = rates.empty() ? 0 : rates[rate].last;
            if (!m_lower.empty() && m_lower[lower].from <= column.to) ground = m_lower[lower].low;
            at << column.to, low << std::min(ground, column.high), high << column.high;
        }
        m_band.setData(at, low, high);
    }

    void drawIncidents() {
        QVector<double> at, height;
        for (auto it = m_known.rbegin(); it != m_known.rend(); ++it) {
            if (!it->second_claimed_at) continue;
            at << static_cast<double>(millisSinceEpoch(*it->second_claimed_at)) / 1000;
            height << kTick;
        }
        m_incidents->setData(at, height);
    }

    // Few claims have a bound so wide that it would flatten everything: the newest one and the rate decide.
    [[nodiscard]] double top() const {
        const double rate = m_rate.greatest(0);
        double bound = 0;
        for (const auto& column : m_upper) bound = std::max(bound, column.high);
        const double newest = m_upper.empty() ? 0 : m_upper.back().last;
        const double wanted = rate > 0 ? std::min(bound * 1.1, rate * 2.5) : newest * 2;
        return std::clamp(std::max(wanted, rate * 1.2), 1.0, 1.1e6);
    }

    FilledArea m_band;
    BandLine m_rate;
    QCPGraph* m_incidents;
    std::vector<ChartColumn> m_lower, m_upper;
    std::vector<DuplicateClaim> m_known;
};

}  // namespace

DuplicateChart::DuplicateChart(TimeView& view, QWidget* parent)
    : TimeChart(view, std::make_unique<DuplicatePlot>(), u"duplicate-claims"_s, parent) {}

}  // namespace spillway

#include "widgets/charts/duplicate_chart.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "widgets/charts/chart_colors.h"
#include "widgets/charts/plot_style.h"
#include "widgets/charts/time_plot.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr double kIncidentTick = 0.07;  // of the height
constexpr double kNoRate = std::numeric_limits<double>::quiet_NaN();

class DuplicatePlot : public TimePlot {
public:
    DuplicatePlot()
        : TimePlot(u"per million claims"_s, {}), m_band(plot(), plot().yAxis),
          m_bound(addLine(plot(), plot().yAxis)), m_before(plot(), plot().yAxis),
          m_rate(plot(), plot().yAxis), m_incidents(addLine(plot(), plot().yAxis2)) {
        fitAbove(plot().yAxis2, 0, 1);
        plot().yAxis2->setTickLabels(false);
        m_incidents->setLineStyle(QCPGraph::lsImpulse);
    }

    [[nodiscard]] std::vector<CsvSeries> series() const override {
        std::vector<CsvSeries> all{{u"duplicate_rate_ppm"_s, m_rate.columns()},
                                   {u"duplicate_lower95_ppm"_s, m_lower},
                                   {u"duplicate_upper95_ppm"_s, m_upper}};
        addGhostSeries(all, u"duplicate_rate_ppm"_s, m_before);
        return all;
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
        m_before.setColumns(data.ghostColumns(ChartSeries::duplicate_rate));
        m_lower = data.columns(ChartSeries::duplicate_lower);
        m_upper = data.columns(ChartSeries::duplicate_upper);
        m_known = data.queue ? data.queue->incidents : std::vector<DuplicateClaim>();
        drawBand();
        drawIncidents();
        fitAbove(plot().yAxis, 0, top());
    }
    void paint(const ThemeTokens& tokens) override {
        const QColor color = chartColor(tokens, ChartColor::duplicates);
        m_band.paint(withAlpha(color, tokens.dark ? 0.26 : 0.24), Qt::NoPen);
        m_bound->setPen(QPen(mixed(color, tokens.panel, 0.5), 1));
        m_before.paint(color);
        m_rate.paint(color, 1.6);
        m_incidents->setPen(QPen(color, 2));
    }

private:
    // The lowest value of the column at that time; nullopt: there is none.
    static std::optional<double> lowAt(const std::vector<ChartColumn>& columns, double at) {
        const auto it = std::lower_bound(columns.begin(), columns.end(), at,
                                         [](const ChartColumn& c, double t) { return c.to < t; });
        return it != columns.end() && it->from <= at ? std::optional(it->low) : std::nullopt;
    }

    // None of many has no lower end but nothing. Where it was not recorded otherwise, only the upper end is
    // drawn, as a line.
    std::optional<double> groundAt(double at) const {
        if (const auto lower = lowAt(m_lower, at)) return lower;
        return lowAt(m_rate.columns(), at) == 0.0 ? std::optional(0.0) : std::nullopt;
    }

    void drawBand() {
        QVector<double> at, low, high, bound;
        for (const auto& column : m_upper) {
            if (column.broken && !at.isEmpty())
                at << column.from, low << kNoRate, high << kNoRate, bound << kNoRate;
            const double ground = groundAt(column.to).value_or(kNoRate);
            at << column.to, low << std::min(ground, column.high), bound << column.high;
            high << (std::isnan(ground) ? kNoRate : column.high);
            if (std::isnan(ground)) low.back() = kNoRate;
        }
        m_band.setData(at, low, high);
        m_bound->setData(at, bound, true);
    }

    void drawIncidents() {
        QVector<double> at, height;
        for (auto it = m_known.rbegin(); it != m_known.rend(); ++it) {
            if (!it->second_claimed_at) continue;
            at << static_cast<double>(millisSinceEpoch(*it->second_claimed_at)) / 1000;
            height << kIncidentTick;
        }
        m_incidents->setData(at, height);
    }

    // Few claims have a bound so wide that it would flatten everything: the newest one and the rate decide.
    [[nodiscard]] double top() const {
        const double rate = m_before.greatest(m_rate.greatest(0));
        double bound = 0;
        for (const auto& column : m_upper) bound = std::max(bound, column.high);
        const double newest = m_upper.empty() ? 0 : m_upper.back().last;
        const double wanted = rate > 0 ? std::min(bound * 1.1, rate * 2.5) : newest * 2;
        return std::clamp(std::max(wanted, rate * 1.2), 1.0, 1.1e6);
    }

    FilledArea m_band;
    QCPGraph* m_bound;  // the upper end of the band
    GhostLine m_before;
    BandLine m_rate;
    QCPGraph* m_incidents;
    std::vector<ChartColumn> m_lower, m_upper;
    std::vector<DuplicateClaim> m_known;
};

}  // namespace

DuplicateChart::DuplicateChart(TimeView& view, QWidget* parent)
    : TimeChart(view, std::make_unique<DuplicatePlot>(), u"duplicate-claims"_s, parent) {}

}  // namespace spillway

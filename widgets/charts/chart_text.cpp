#include "widgets/charts/chart_text.h"

#include <QDateTime>
#include <QStringList>
#include <array>
#include <cmath>
#include <map>
#include <optional>

namespace spillway {
using namespace Qt::StringLiterals;

QString chartCsv(const std::vector<ChartPoint>& arrivals, const std::vector<ChartPoint>& drain,
                 const std::vector<ChartPoint>& waiting, QChar separator) {
    std::map<qint64, std::array<std::optional<double>, 3>> rows;  // by millisecond
    const std::array series{&arrivals, &drain, &waiting};
    for (size_t i = 0; i < series.size(); ++i)
        for (const auto& point : *series[i])
            if (!std::isnan(point.value)) rows[std::llround(point.at * 1000)][i] = point.value;
    QStringList lines{
        QStringList{u"time_utc"_s, u"arrivals_per_s"_s, u"drain_per_s"_s, u"waiting"_s}.join(separator)};
    for (const auto& [at, values] : rows) {
        QStringList fields{QDateTime::fromMSecsSinceEpoch(at).toUTC().toString(Qt::ISODateWithMs)};
        for (const auto& value : values) fields << (value ? QString::number(*value, 'g', 12) : QString());
        lines << fields.join(separator);
    }
    return lines.join(u'\n') + u'\n';
}

}  // namespace spillway

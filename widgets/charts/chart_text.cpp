#include "widgets/charts/chart_text.h"

#include <QDateTime>
#include <QStringList>
#include <algorithm>
#include <cmath>
#include <map>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

bool hasBand(const CsvSeries& series) {
    return std::any_of(series.columns.begin(), series.columns.end(),
                       [](const ChartColumn& c) { return c.low < c.high; });
}

// Counts whole; of rates and averages what was measured, not the last bit of a sum.
QString number(double value) {
    return value == std::floor(value) ? QString::number(value, 'f', 0) : QString::number(value, 'g', 7);
}

}  // namespace

QString csvField(const QString& text, QChar separator) {
    QString field = text;
    if (!field.isEmpty() && u"=+-@\t\r"_s.contains(field.front())) field.prepend(u'\'');
    if (!field.contains(separator) && !field.contains(u'"') && !field.contains(u'\n')) return field;
    return u'"' + field.replace(u"\""_s, u"\"\""_s) + u'"';
}

QString chartCsv(const std::vector<CsvSeries>& series, QChar separator, const CsvSubject& subject) {
    QStringList header{u"time_utc"_s};
    std::vector<std::pair<qsizetype, bool>> places;  // first field of each, and whether its band follows
    for (const auto& one : series) {
        places.emplace_back(header.size(), hasBand(one));
        header << one.name;
        if (places.back().second) header << one.name + "_min"_L1 << one.name + "_max"_L1;
    }
    std::map<qint64, QStringList> rows;  // by millisecond
    for (size_t i = 0; i < series.size(); ++i)
        for (const auto& column : series[i].columns) {
            if (std::isnan(column.last)) continue;
            QStringList& fields = rows[std::llround(column.to * 1000)];
            fields.resize(header.size());
            const auto [at, band] = places[i];
            fields[at] = number(column.last);
            if (band) fields[at + 1] = number(column.low), fields[at + 2] = number(column.high);
        }
    QStringList same;
    for (const auto& [name, value] : subject) header << name, same << csvField(value, separator);
    QString text = header.join(separator) + u'\n';
    for (auto& [at, fields] : rows) {
        fields[0] = QDateTime::fromMSecsSinceEpoch(at).toUTC().toString(Qt::ISODateWithMs);
        fields += same;
        text += fields.join(separator) + u'\n';
    }
    return text;
}

}  // namespace spillway

// What a chart holds, as text for a spreadsheet. Pure.
#pragma once

#include <QString>
#include <vector>

#include "widgets/charts/chart_buffer.h"

namespace spillway {

struct CsvSeries {
    QString name;  // with its unit: "arrivals_per_s"
    std::vector<ChartColumn> columns;
};

// What the lines are about, the same on each: {"queue", "orders"}.
using CsvSubject = std::vector<std::pair<QString, QString>>;

// Header and one line for each time, in UTC. Unknown is an empty field. A series that is drawn with its
// band has two more fields: NAME_min and NAME_max. The subject comes last.
[[nodiscard]] QString chartCsv(const std::vector<CsvSeries>& series, QChar separator,
                               const CsvSubject& subject = {});

// Quoted where a spreadsheet needs it; a field that would start a formula there is made inert.
[[nodiscard]] QString csvField(const QString& text, QChar separator);

}  // namespace spillway

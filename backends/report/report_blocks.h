// A report as what is on the page, one thing under the other; each way of writing it goes through these.
// Pure.
#pragma once

#include "backends/report/incident_report.h"
#include "backends/report/report_chart.h"

namespace spillway {

struct ReportBlock {
    enum class Kind { heading, paragraph, table, chart };
    Kind kind = Kind::paragraph;
    QString text;                   // not escaped; of a chart: its name
    int level = 1;                  // of a heading
    QStringList head;               // of a table
    std::vector<QStringList> rows;  // likewise
    ReportChart chart;
};

[[nodiscard]] QString reportTitle(const IncidentReport& report);
[[nodiscard]] std::vector<ReportBlock> reportBlocks(const IncidentReport& report);

}  // namespace spillway

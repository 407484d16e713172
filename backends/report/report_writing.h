// A report as text: Markdown with its charts as files beside it, or one HTML file with everything inside.
#pragma once

#include <QByteArray>
#include <functional>

#include "backends/domain/outcome.h"
#include "backends/report/report_blocks.h"

namespace spillway {

// How the chart blocks are referred to, in order: "report-1.svg". Pure.
[[nodiscard]] QString reportMarkdown(const std::vector<ReportBlock>& blocks, const QStringList& pictures);
// No script, no link to anywhere; charts are SVG in it. Pure.
[[nodiscard]] QString reportHtml(const std::vector<ReportBlock>& blocks);

// A chart as a file: its bytes, and what the name ends in ("svg", "png").
struct ReportPicture {
    QByteArray bytes;
    QString suffix;
};
using DrawPicture = std::function<ReportPicture(const ReportChart& chart)>;
// "x.html": one file; "x.md": with x-1.png or x-1.svg beside it. Replaces whole files only. Answers what was
// written. Failure `usage`: another ending. Blocks on the disk.
[[nodiscard]] Outcome<QStringList> writeReport(const IncidentReport& report, const QString& path,
                                               const DrawPicture& draw = {});

}  // namespace spillway

#include "backends/report/incident_report.h"

#include <algorithm>

namespace spillway {

const HistoryLine* ReportQueue::line(const QString& metric) const {
    const auto it = std::find_if(lines.begin(), lines.end(), [&](const HistoryLine& one) {
        return one.metric == metric && !one.buckets.empty();
    });
    return it == lines.end() ? nullptr : &*it;
}

bool isWorse(const FindingRun& a, const FindingRun& b) {
    if (a.severity != b.severity) return a.severity > b.severity;
    return a.span.seen - a.span.since > b.span.seen - b.span.since;
}

}  // namespace spillway

#include "backends/report/incident_report.h"

#include <QDateTime>
#include <algorithm>

namespace spillway {
using namespace Qt::StringLiterals;

const HistoryLine* ReportQueue::line(const QString& metric) const {
    const auto it = std::find_if(lines.begin(), lines.end(), [&](const HistoryLine& one) {
        return one.metric == metric && !one.buckets.empty();
    });
    return it == lines.end() ? nullptr : &*it;
}

ServerTime timeOfAction(const QJsonObject& record) {
    const auto at = QDateTime::fromString(record[u"at"_s].toString(), Qt::ISODateWithMs);
    return serverTimeFromMillis(at.isValid() ? at.toMSecsSinceEpoch() : 0);
}

bool isWorse(const FindingRun& a, const FindingRun& b) {
    if (a.severity != b.severity) return a.severity > b.severity;
    return a.span.seen - a.span.since > b.span.seen - b.span.since;
}

}  // namespace spillway

#include "backends/domain/finding.h"

#include <tuple>

namespace spillway {
using namespace Qt::StringLiterals;

QString severityName(Severity severity) {
    switch (severity) {
        case Severity::critical:
            return u"critical"_s;
        case Severity::warning:
            return u"warning"_s;
        case Severity::info:
            break;
    }
    return u"info"_s;
}

FindingRun runOf(const Finding& finding, ServerTime seen) {
    return {{finding.id, finding.since, seen},
            finding.connection,
            finding.system,
            finding.queue,
            finding.severity,
            finding.title,
            finding.sentence};
}

bool worseThan(const Finding& a, const Finding& b) {
    const bool aSeen = a.acknowledged.has_value(), bSeen = b.acknowledged.has_value();
    return std::tie(aSeen, b.severity, b.impact, a.since, a.id) <
           std::tie(bSeen, a.severity, a.impact, b.since, b.id);
}

}  // namespace spillway

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

bool worseThan(const Finding& a, const Finding& b) {
    return std::tie(b.severity, b.impact, a.since, a.id) < std::tie(a.severity, a.impact, b.since, b.id);
}

}  // namespace spillway

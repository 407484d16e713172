#include "backends/domain/claims.h"

namespace spillway {
using namespace Qt::StringLiterals;

QString claimEvidenceName(ClaimEvidence evidence) {
    switch (evidence) {
        case ClaimEvidence::recorded:
            return u"recorded"_s;
        case ClaimEvidence::counter:
            return u"counter"_s;
        case ClaimEvidence::sampled:
            break;
    }
    return u"sampled"_s;
}

void addIncident(std::vector<DuplicateClaim>& newestFirst, DuplicateClaim incident) {
    newestFirst.insert(newestFirst.begin(), std::move(incident));
    if (newestFirst.size() > kMostIncidents) newestFirst.resize(kMostIncidents);
}

}  // namespace spillway

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

}  // namespace spillway

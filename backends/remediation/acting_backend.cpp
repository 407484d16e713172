#include "backends/remediation/acting_backend.h"

#include "backends/remediation/lost_gap.h"

namespace spillway {
using namespace Qt::StringLiterals;

Outcome<PlannedAction> ActingBackend::lostPlan(const ActionRequest&, const std::vector<LostJob>&) {
    return nothingLost(rowsStay(u"this system"_s));
}

}  // namespace spillway

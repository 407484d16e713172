#include "backends/remediation/acting_backend.h"

namespace spillway {
using namespace Qt::StringLiterals;

Outcome<PlannedAction> ActingBackend::lostPlan(const ActionRequest&, const std::vector<LostJob>&) {
    return Failure{FailureKind::usage,
                   u"This system keeps its jobs while they run: none goes with its worker."_s,
                   {},
                   u"Jobs of a worker that has gone are released (\"spillwayctl release --stuck\")."_s};
}

}  // namespace spillway

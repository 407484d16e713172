// A recorded run of a finding, shown as a finding again. Pure.
#pragma once

#include "backends/domain/finding.h"

namespace spillway {

// As it was at its worst. What was not recorded (evidence, action, impact) is empty.
[[nodiscard]] Finding pastFinding(const FindingRun& run);

}  // namespace spillway

// Drills and parity as a terminal shows them. Pure.
#pragma once

#include "backends/drill/claim_drill.h"
#include "backends/drill/parity.h"

namespace spillway {

[[nodiscard]] QString claimDrillText(const ClaimDrillResult& result, bool colours);
[[nodiscard]] QString parityText(const Parity& parity, bool colours);

}  // namespace spillway

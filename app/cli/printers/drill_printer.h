// Drills and parity as a terminal shows them. Pure.
#pragma once

#include "app/cli/printers/text_style.h"
#include "backends/drill/claim_drill.h"
#include "backends/drill/parity.h"

namespace spillway {

[[nodiscard]] QString claimDrillText(const ClaimDrillResult& result, const TextStyle& style);
[[nodiscard]] QString parityText(const Parity& parity, const TextStyle& style);

}  // namespace spillway

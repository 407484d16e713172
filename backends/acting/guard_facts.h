// What an acting session has just read, as the guards take it. Pure.
#pragma once

#include "backends/remediation/acting_backend.h"
#include "backends/remediation/guards.h"

namespace spillway {

// Arming, overrides, the lock and the live signals are the caller's.
[[nodiscard]] GuardFacts guardFactsFrom(const ActingFacts& seen);

}  // namespace spillway

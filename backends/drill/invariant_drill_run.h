// Runs an invariant drill on PostgreSQL: set-up, the command by many processes at once, the rule; and after
// the last round the rollback.
#pragma once

#include <functional>

#include "backends/domain/connection_settings.h"
#include "backends/drill/invariant_drill.h"

namespace spillway {

// Blocks; needs a QCoreApplication. `stopped` is asked often, also from within. `progress` before each round.
// A Failure: nothing was tried (refused in production, a rule that cannot be checked or does not hold at the
// start, a set-up that fails, a command of which no process works). The invariant is read in a read-only
// transaction; what the command does to the data stays.
[[nodiscard]] Outcome<InvariantDrillResult> runInvariantDrill(
    const ConnectionSettings& settings, const InvariantDrillSettings& drill,
    const std::function<bool()>& stopped,
    const std::function<void(const InvariantDrillResult&)>& progress = {});

}  // namespace spillway

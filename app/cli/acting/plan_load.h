// What a replay adds to its queue, by a short look at it: for the dry run.
#pragma once

#include "app/cli/command_context.h"
#include "backends/remediation/action_plan.h"

namespace spillway {

struct PlanLoad {
    LoadForecast forecast;
    QStringList warnings;  // of the guards that judge by live signals; sentences
};

// Polls for `window`, on a connection of its own. nullopt: the queue could not be looked at.
[[nodiscard]] std::optional<PlanLoad> lookAtLoad(CommandContext& context, const ConnectionSettings& settings,
                                                 const ActionPlan& plan, std::chrono::milliseconds window);

}  // namespace spillway

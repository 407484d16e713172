#include "app/cli/acting/plan_load.h"

#include "app/cli/poll_window.h"
#include "backends/journal/action_journal.h"
#include "backends/remediation/live_facts.h"

namespace spillway {
namespace {

constexpr int kLooks = 4;

PlanLoad loadOf(const QueueHealth& queue, const ActionPlan& plan) {
    PlanLoad load{loadOn(queue, plan.rate), {}};
    GuardFacts facts;
    addSignals(queue, facts);
    for (const GuardAnswer& answer : judge(plan, facts))
        if (answer.guard == Guard::backlog_objective || answer.guard == Guard::retry_budget)
            load.warnings << answer.sentence;
    return load;
}

}  // namespace

std::optional<PlanLoad> lookAtLoad(CommandContext& context, const ConnectionSettings& settings,
                                   const ActionPlan& plan, std::chrono::milliseconds window) {
    Poller poller(settings, context.createBackend(settings));
    poller.watchOwnActions(ActionJournal::defaultPath());
    PollWindow look(poller, context.stop, {.window = window, .interval = window / kLooks});
    const PolledWindow polled = look.run();
    if (!polled.reading) return std::nullopt;
    for (const auto& system : polled.reading->systems)
        for (const auto& queue : system.queues)
            if (system.identity.key() == plan.system && queue.reading.queue == plan.queue)
                return loadOf(queue, plan);
    return std::nullopt;
}

}  // namespace spillway

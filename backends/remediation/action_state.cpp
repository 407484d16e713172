#include "backends/remediation/action_state.h"

namespace spillway {
namespace {

struct NamedState {
    ActionState state;
    QLatin1StringView name;
};
constexpr NamedState kStates[] = {{ActionState::running, QLatin1StringView("running")},
                                  {ActionState::done, QLatin1StringView("done")},
                                  {ActionState::halted, QLatin1StringView("halted")},
                                  {ActionState::cancelled, QLatin1StringView("cancelled")},
                                  {ActionState::interrupted, QLatin1StringView("interrupted")},
                                  {ActionState::abandoned, QLatin1StringView("abandoned")}};

}  // namespace

QString actionStateName(ActionState state) {
    return kStates[static_cast<size_t>(state)].name;
}

bool canBeResumed(ActionState state) {
    return state == ActionState::interrupted || state == ActionState::halted ||
           state == ActionState::cancelled;
}

ActionState actionStateFromName(const QString& name) {
    for (const auto& known : kStates)
        if (name == known.name) return known.state;
    return ActionState::running;
}

}  // namespace spillway

// An action in words: while it runs, and what came of it. Pure.
#pragma once

#include <vector>

#include "widgets/models/acting_view.h"

namespace spillway {

enum class ActionTone { running, good, halted, bad };

struct ActionWords {
    ActionTone tone = ActionTone::running;
    QString title;  // "Replaying 120 of 312", "Halted: 1 of 312 put back"
    QString why;    // the reason or the next step; may be empty
};
[[nodiscard]] ActionWords actionWords(const ActionView& action);

struct ActionFigure {
    QString label, value, hint;
    bool loud = false;
};
// Put back, skipped by reason, failed, unknown; the canary; then how those that were put back stand.
[[nodiscard]] std::vector<ActionFigure> actionFigures(const ActionView& action);

// "canary 1 of 11 ended well, waiting for 10"; empty where there is none.
[[nodiscard]] QString canaryText(const CanaryReport& canary, bool waiting);
[[nodiscard]] QString stateText(ActionState state);  // "halted" as a person reads it
[[nodiscard]] ActionTone toneOf(ActionState state);
[[nodiscard]] QString toneIcon(ActionTone tone);
[[nodiscard]] const OutcomeCounts& countsOf(const ActionView& action);

}  // namespace spillway

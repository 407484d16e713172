// A connection tried on a thread of its own and shown where it was asked for. GUI thread.
#pragma once

#include <functional>

#include "backends/domain/connection_settings.h"

namespace spillway {

class TrialPane;

// Ends with the pane, or when the pane is cleared. `passed`: called once where nothing ended it; a missing
// right is shown, and hinders nobody from looking at the rest.
void showTrial(const ConnectionSettings& settings, TrialPane* pane, const std::function<void()>& passed = {});

}  // namespace spillway

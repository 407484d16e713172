// What a person reads on the terminal: findings first, then the tables. Pure; every name and message
// that came from a server is made visible plain text.
#pragma once

#include "app/cli/poll_window.h"

namespace spillway {

[[nodiscard]] QString statusText(const Reading& reading, const PollCosts& costs, bool colours);
[[nodiscard]] QString detectText(const ConnectionSettings& settings, const ServerInfo& server,
                                 const std::vector<DetectedSystem>& systems, bool colours);

}  // namespace spillway

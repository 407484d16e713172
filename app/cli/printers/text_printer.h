// What a person reads on the terminal: findings first, then the tables. Pure; every name and message
// that came from a server is made visible plain text.
#pragma once

#include "app/cli/poll_window.h"
#include "app/cli/printers/text_table.h"

namespace spillway {

// "PRODUCTION · name · PostgreSQL 15.18"
[[nodiscard]] QString serverLine(const QString& name, Environment environment, const ServerInfo& server);
[[nodiscard]] QString systemHeading(const SystemIdentity& identity);
// Like countText, but a count that is exactly zero stays quiet.
[[nodiscard]] TableCell countCell(const Count& n, Paint paint = Paint::none);

[[nodiscard]] QString statusText(const Reading& reading, const PollCosts& costs, const TextStyle& style);
[[nodiscard]] QString detectText(const ConnectionSettings& settings, const ServerInfo& server,
                                 const std::vector<DetectedSystem>& systems, const TextStyle& style);

}  // namespace spillway

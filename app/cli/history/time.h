// Moments and spans as people type them. Pure.
#pragma once

#include <optional>

#include "backends/domain/clock.h"

namespace spillway {

// "2026-01-01", "2026-01-01 02:00", "2026-01-01T02:00:00Z" (without a zone: local time), "now", or a
// duration before `now`: "2h". nullopt: none of these.
[[nodiscard]] std::optional<ServerTime> timeFromText(const QString& text, ServerTime now);

}  // namespace spillway

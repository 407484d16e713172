// Durations as people type them: 500ms, 10s, 5m, 2h, 7d.
#pragma once

#include <QString>
#include <chrono>
#include <optional>

namespace spillway {
// nullopt: not of that form, or longer than ten years.
[[nodiscard]] std::optional<std::chrono::milliseconds> durationFromText(const QString& text);
}  // namespace spillway

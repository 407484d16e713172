// Spans of time as a person writes them in a settings file: "500ms", "10s", "5m", "2h", "7d". Pure.
#pragma once

#include <QString>
#include <chrono>
#include <optional>

namespace spillway {

// nullopt: none of these forms, or nothing at all of time.
[[nodiscard]] std::optional<std::chrono::milliseconds> spanFromText(const QString& text);
// The largest unit that says it exactly.
[[nodiscard]] QString spanText(std::chrono::milliseconds span);

}  // namespace spillway

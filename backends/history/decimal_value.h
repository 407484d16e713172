// Values as short decimals, so that they compress and come back bit for bit. Pure.
#pragma once

#include <QtGlobal>
#include <optional>

namespace spillway::history {

inline constexpr int kMaxDecimals = 9;

// What the history keeps of a number: whole numbers up to 2^53 unchanged, others to six significant
// digits and at least one decimal.
[[nodiscard]] double rounded(double value);

// The fewest decimals (0…9) that give `value` back exactly; nullopt: none does.
[[nodiscard]] std::optional<int> decimalsOf(double value);

// value × 10^decimals where that is a whole number below 2^52 and fromScaled() gives `value` back.
[[nodiscard]] std::optional<qint64> toScaled(double value, int decimals);
[[nodiscard]] double fromScaled(qint64 scaled, int decimals);

// a + b without the noise of binary fractions: 0.1 + 0.2 is 0.3.
[[nodiscard]] double decimalSum(double a, double b);

}  // namespace spillway::history

// Words for the axes. Pure.
#pragma once

#include <QString>
#include <QTimeZone>

namespace spillway {

// "0", "250", "5.0 k", "2.5 M": all ticks of one axis, `step` apart, with the same number of digits.
[[nodiscard]] QString siTickText(double value, double step);
// "02:40", "02:40:15" for steps below a minute, "Tue 02:00" from 12 hours on, "3 Mar" from a day on.
[[nodiscard]] QString timeTickText(double secondsSinceEpoch, double step, const QTimeZone& zone);
// A step that people count in (1, 2, 5, 10, 15, 30 s; 1, 2, 5 … min; 1, 2, 3, 6, 12 h; days), at least
// `roughly` seconds.
[[nodiscard]] double timeTickStep(double roughly);
// The first multiple of `step` in local time at or after `from`.
[[nodiscard]] double firstTimeTick(double from, double step, const QTimeZone& zone);

}  // namespace spillway

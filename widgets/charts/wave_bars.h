// The retries of the next hour as bars. Pure.
#pragma once

#include <vector>

#include "backends/health/retry_wave.h"

namespace spillway {

struct WaveBar {
    double from = 0, to = 0;  // seconds since 1970
    double per_minute = 0;    // of the fullest minute in it
    bool operator==(const WaveBar&) const = default;
};

// One bar for each minute, or for so many that a bar is at least `least_s` wide: then with the fullest
// minute of them, so that no peak is lost. What is left of the minute that runs begins at `now`. Nothing
// where no retry is due.
[[nodiscard]] std::vector<WaveBar> waveBars(const RetryWave& wave, double now, double least_s);

// The upper end of the axis: room for the fullest minute, and for what the workers clear (per minute) while
// that is not so much more that the bars would vanish.
[[nodiscard]] double waveAxisTop(double peak, double clearedPerMinute);

}  // namespace spillway

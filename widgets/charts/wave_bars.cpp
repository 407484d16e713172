#include "widgets/charts/wave_bars.h"

#include <algorithm>
#include <cmath>

namespace spillway {

std::vector<WaveBar> waveBars(const RetryWave& wave, double now, double least_s) {
    std::vector<WaveBar> bars;
    if (!wave.peak) return bars;
    const auto each = static_cast<size_t>(std::max(1.0, std::ceil(least_s / 60)));
    for (size_t i = 0; i < wave.minutes.size(); i += each) {
        const double from = static_cast<double>(millisSinceEpoch(wave.minutes[i].minute)) / 1000;
        const size_t end = std::min(wave.minutes.size(), i + each);
        WaveBar bar{std::max(from, now), from + 60 * static_cast<double>(end - i), 0};
        if (bar.to <= now) continue;
        for (size_t k = i; k < end; ++k)
            bar.per_minute = std::max(bar.per_minute, static_cast<double>(wave.minutes[k].jobs));
        bars.push_back(bar);
    }
    return bars;
}

double waveAxisTop(double peak, double clearedPerMinute) {
    if (peak <= 0) return 1;
    return std::max(peak * 1.15, std::min(clearedPerMinute * 1.15, peak * 4));
}

}  // namespace spillway

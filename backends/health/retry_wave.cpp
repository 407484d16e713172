#include "backends/health/retry_wave.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kMinutes = 60;
constexpr qint64 kMinimumWave = 20;
constexpr double kSynchronisedShare = 0.5;  // of what is due later, within the peak and its neighbours
constexpr double kStandsOut = 5;            // times the mean of the minutes before the peak
constexpr std::ptrdiff_t kNearMinutes = 3;

Ratio overDrain(qint64 peak, const Rate& drain) {
    if (!drain.known()) return Ratio::notObservable(drain.method);
    if (drain.provenance == Provenance::lower_bound)
        return Ratio::notObservable(u"how much the workers clear is only known from below"_s);
    if (*drain.value <= 0) return Ratio::notObservable(u"Nothing drains now."_s);
    return {static_cast<double>(peak) / (*drain.value * 60), weaker(Provenance::estimated, drain.provenance),
            u"retries of the fullest minute over what the workers clear in a minute now"_s};
}

// Failures at a steady rate spread their retries evenly up to the backoff, whatever its jitter: only what
// stands out of the minutes before it was set off at once. Nearer minutes have too few before them to tell.
bool isSynchronised(const std::vector<RetryDue>& minutes) {
    const auto near = minutes.begin() + kNearMinutes;
    const auto sum = [](auto from, auto to) {
        return std::accumulate(from, to, qint64{0}, [](qint64 n, const RetryDue& m) { return n + m.jobs; });
    };
    const auto peak = std::max_element(near, minutes.end(),
                                       [](const RetryDue& a, const RetryDue& b) { return a.jobs < b.jobs; });
    const auto before =
        static_cast<double>(sum(minutes.begin(), peak)) / static_cast<double>(peak - minutes.begin());
    const auto wave = sum(peak - 1, std::min(peak + 2, minutes.end()));
    return peak->jobs >= kMinimumWave && static_cast<double>(peak->jobs) >= kStandsOut * before &&
           static_cast<double>(wave) > kSynchronisedShare * static_cast<double>(sum(near, minutes.end()));
}

}  // namespace

RetryWave retryWave(const std::vector<RetryDue>& due, ServerTime now, const Rate& drain) {
    RetryWave wave;
    const auto first = std::chrono::floor<std::chrono::minutes>(now);
    for (int i = 0; i < kMinutes; ++i) wave.minutes.push_back({first + std::chrono::minutes(i), 0});
    for (const auto& part : due) {
        const auto at = (std::chrono::floor<std::chrono::minutes>(part.minute) - first).count();
        if (at < 0)
            wave.overdue += part.jobs;
        else if (at >= kMinutes)
            wave.later += part.jobs;
        else
            wave.minutes[static_cast<std::size_t>(at)].jobs += part.jobs;
    }
    const auto peak = std::max_element(wave.minutes.begin(), wave.minutes.end(),
                                       [](const RetryDue& a, const RetryDue& b) { return a.jobs < b.jobs; });
    if (peak->jobs > 0) wave.peak = *peak;
    wave.peak_over_drain =
        wave.peak ? overDrain(wave.peak->jobs, drain) : Ratio::notObservable(u"No retry is due."_s);
    wave.synchronised = isSynchronised(wave.minutes);
    return wave;
}

QString retryWaveText(const RetryWave& wave, const QString& timeText) {
    if (!wave.peak) return u"no retries within the hour"_s;
    QString text = u"%1 retries land at %2"_s.arg(exactCountText(wave.peak->jobs), timeText);
    if (wave.peak_over_drain.known())
        text += u", %1 what the workers clear"_s.arg(factorText(*wave.peak_over_drain.value));
    return wave.synchronised ? text + u"; no jitter spreads them"_s : text;
}

}  // namespace spillway

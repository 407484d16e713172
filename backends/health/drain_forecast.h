// When does the backlog clear, and what would it take. Pure.
#pragma once

#include <optional>

#include "backends/health/backlog_flow.h"
#include "backends/health/regime.h"

namespace spillway {

enum class DrainVerdict { drains, stalled, never_drains, idle, learning };
[[nodiscard]] QString drainVerdictName(DrainVerdict verdict);  // contract spelling

struct DurationInterval {  // seconds, 10 % to 90 %
    double low = 0;
    std::optional<double> high;  // nullopt: no upper end can be given yet
    bool operator==(const DurationInterval&) const = default;
};

struct DrainForecast {
    DrainVerdict verdict = DrainVerdict::learning;
    std::optional<DurationInterval> time_to_drain_s;  // only with verdict `drains`
    Ratio hold_factor;                                // λ/μ: how many times today's drain holds the line
    Ratio clear_1h_factor;                            // (λ + backlog/3600)/μ: … clears it within an hour
    // never_drains: the growth stands out of the noise of the polls so clearly that somebody may be woken.
    // The others: the verdict holds at both ends of the 10..90 % band.
    bool significant = false;
    int polls = 0;          // of the 5 that a forecast needs
    double quiet_s = 0;     // since a job was last seen to leave, or since jobs wait and none was
    bool too_soon = false;  // `learning`, because workers may only come by now and then
    // Why what waits is not taken although nothing is broken: "rate limited for another 59 min". The verdict
    // is `idle` then. Empty: no such rule is at work.
    QString held;
    // The band of net drain μ-λ, jobs/s, 10 % and 90 %: what the forecast cone is drawn from.
    std::optional<std::pair<double, double>> net_drain;

    bool operator==(const DrainForecast&) const = default;
};

inline constexpr int kForecastMinPolls = 5;

// `oldestWait`: of the oldest ready job; without it the wait is judged by backlog over drain alone.
// `rhythm`: how long nothing leaves although workers are there, and for how long nothing has; longer than the
// window, where that is the rhythm.
[[nodiscard]] DrainForecast drainForecast(const Count& backlog, const BacklogFlow& flow,
                                          const Seconds& oldestWait = {}, const WorkRhythm& rhythm = {});

// A forecast under a rule of the queue system itself: that nothing leaves is then no stall.
[[nodiscard]] DrainForecast heldForecast(DrainForecast forecast, const Hold& hold, ServerTime now);

[[nodiscard]] QString idleText(const BacklogFlow& flow);  // "keeps up" while jobs leave, else "idle"
// The verdict of the backlog in words, without the queue's name: "never drains, growing 4 000/s",
// "drains in 35 min – 50 min", "stalled", "idle", "learning (3 of 5 polls)".
[[nodiscard]] QString drainVerdictText(const DrainForecast& forecast, const BacklogFlow& flow);

}  // namespace spillway

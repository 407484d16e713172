// When do the retries land, and can the workers take them. Pure.
#pragma once

#include <vector>

#include "backends/domain/retry_due.h"

namespace spillway {

struct RetryWave {
    std::vector<RetryDue> minutes;  // the next hour without gaps: 60 entries, the first one is now's
    qint64 overdue = 0;             // due before now
    qint64 later = 0;               // due after the hour
    std::optional<RetryDue> peak;   // the fullest minute; nullopt: no retry within the hour
    Ratio peak_over_drain;          // peak / what the workers clear in a minute
    bool synchronised = false;      // most retries of the hour land within few minutes: no jitter
    bool operator==(const RetryWave&) const = default;
};

// `due`: any order, any granularity. `drain` per second.
[[nodiscard]] RetryWave retryWave(const std::vector<RetryDue>& due, ServerTime now, const Rate& drain);

// "4 100 retries land at 03:40, 4.1× what the workers clear"; `timeText` is the minute as to be shown.
[[nodiscard]] QString retryWaveText(const RetryWave& wave, const QString& timeText);

}  // namespace spillway

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
    // Retries that were set off together and land together: a minute, at least three ahead, stands out of
    // those before it and holds, with its neighbours, most of what is due later. No jitter spread them.
    bool synchronised = false;
    bool operator==(const RetryWave&) const = default;
};

// `due`: any order, any granularity. `drain` per second.
[[nodiscard]] RetryWave retryWave(const std::vector<RetryDue>& due, ServerTime now, const Rate& drain);

// "4 100 retries land at 03:40, 4.1× what the workers clear"; `timeText` is the minute as to be shown.
[[nodiscard]] QString retryWaveText(const RetryWave& wave, const QString& timeText);

}  // namespace spillway

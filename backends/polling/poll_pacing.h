// When to poll next. Pure: the caller supplies the randomness.
#pragma once

#include <chrono>

#include "backends/domain/connection_settings.h"

namespace spillway {

struct PollPacing {
    std::chrono::milliseconds interval{2000};  // what the person asked for
    // The governor: the interval is at least this many times the last poll's cost, so that polling
    // never takes more than 0.5 % of one core of the server (1/200).
    int cost_factor = 200;
    std::chrono::milliseconds longest{60'000};
    // A verdict needs five polls, and who opens the console at 3 a.m. cannot wait a minute for them: so many
    // polls are not governed, as long as each costs little. At most half a second of one core, once.
    int start_polls = 5;
    double start_cost_ms = 100;
    // For whoever nobody watches: a refused login is tried again so rarely that no account gets locked.
    // 0: never by itself.
    std::chrono::milliseconds refused{0};
    static constexpr std::chrono::milliseconds slow_retry{60'000};

    // On a development server nobody pays for it: up to 5 % of one core.
    [[nodiscard]] PollPacing on(Environment environment) const;

    // `jitter` in [0, 1): spreads many consoles by ±10 %. `polls`: done so far, this one included.
    [[nodiscard]] std::chrono::milliseconds afterSuccess(double serverCost_ms, double jitter,
                                                         int polls) const;
    // 1, 2, 4 … 30 s with full jitter on the upper half. The first lost connection is retried at once
    // (`failures` == 1 and it had worked before).
    [[nodiscard]] std::chrono::milliseconds afterFailure(int failures, bool hadWorked, double jitter) const;
};

}  // namespace spillway

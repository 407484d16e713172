// What rots: how old the dead letters of one queue are, how fast they come and go, and when the system
// itself will delete them. Pure.
#pragma once

#include <array>
#include <vector>

#include "backends/health/queue_timeline.h"

namespace spillway {

struct DeadLetterAge {
    Count dead;
    Seconds oldest_s, p50_s, p90_s;
    std::array<Count, kDeadAgeBuckets> buckets;  // < 1 h, 1–24 h, 1–7 d, 7–30 d, 30–90 d, > 90 d
    Rate inflow;                                 // deaths per second over the window
    Rate outflow;                                // replayed, discarded or purged, per second
    // Time since the set was last seen to shrink; a lower bound where it never was (as long as we watched).
    Seconds untouched_s;
    Count lost_next_24h;
    Seconds purge_next_s;  // until the system deletes the next one
    QString retention;     // its rule in words; empty: not known
    // Deaths of the last hour over the hourly mean of the 23 before, or of as many as the set is old;
    // infinite where those had none. Not observable below 20 deaths in the last hour.
    Ratio inflow_over_mean;

    bool operator==(const DeadLetterAge&) const = default;
};

// `window`: as in backlogFlow(); `watched`: the timeline it is of, for the newest reading and untouched_s.
[[nodiscard]] DeadLetterAge deadLetterAge(const std::vector<const QueueSample*>& window,
                                          const QueueTimeline& watched);

// "< 1 h", "1–24 h", … of one bucket.
[[nodiscard]] QString deadAgeBucketName(int bucket);
// The verdict of the chart: "2.00 M dead, oldest 92 d, untouched for 92 d".
[[nodiscard]] QString deadLetterText(const DeadLetterAge& age);

}  // namespace spillway

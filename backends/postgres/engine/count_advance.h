// A count that the system itself refreshes now and then, brought forward by what came and left since. A
// value, for the same reason as FlowAccumulator.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "backends/domain/queue_reading.h"

namespace spillway {

class CountAdvance {
public:
    // `ready`: as of `asOf`; `totals`: of the poll at `now`; `elsewhere`: what came and is neither ready nor
    // gone, such as the scheduled and the blocked. Answers `ready` itself where nothing is known of the time
    // in between: at the first poll, or where arrivals or departures are not counted whole.
    [[nodiscard]] Count advanced(const std::string& queue, const Count& ready, ServerTime asOf,
                                 const FlowTotals& totals, const std::vector<Count>& elsewhere,
                                 ServerTime now);

private:
    struct Sample {
        ServerTime at;
        qint64 net = 0;             // came less what left or is elsewhere, since an unknown start
        std::vector<bool> counted;  // which of `elsewhere` are in it
    };
    std::map<std::string, std::deque<Sample>> m_samples;
};

}  // namespace spillway

// Duplicate claims seen between two polls: the same attempt of a job in other hands, with no release
// recorded. What happens between two polls is unseen, so this is always a lower bound.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "backends/domain/queue_reading.h"

namespace spillway {

// One queue system's leases, poll after poll. Remembers only the last ones.
class ClaimSampling {
public:
    // What this poll adds, newest first; the caller keeps what it wants to remember.
    [[nodiscard]] std::vector<DuplicateClaim> add(ServerTime at, const LeasesReading& leases);

private:
    std::map<QString, Lease> m_held;  // by queue + '\x1f' + job id
    ServerTime m_at;
};

// Whether `later` took the job away from `sooner` while that one still held it: another owner claimed it
// later, without a new attempt; where attempts are not recorded, before the first lease had run out.
[[nodiscard]] bool tookOver(const Lease& sooner, const Lease& later);
// Whether `later` is the next attempt although the one before left no trace of an end, and who claimed that
// is among `living`: the job was rescued for its age, and the first attempt may still run.
[[nodiscard]] bool rescuedAlive(const Lease& sooner, const Lease& later, const std::set<QString>& living);

}  // namespace spillway

// What a drill's record of claims says: which jobs were claimed twice, by whom, and how far apart. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <vector>

#include "backends/domain/clock.h"
#include "backends/health/duplicate_claims.h"

namespace spillway {

// One claim, recorded by the server in a statement of its own right after the claim; the server's clock.
struct ClaimRecord {
    qint64 job = 0;
    int worker = 0;
    ServerTime at;
    std::optional<ServerTime> lease_until;  // only where workers are killed
    bool operator==(const ClaimRecord&) const = default;
};

// A job that was claimed although another worker had it.
struct DoubleClaim {
    qint64 job = 0;
    int first = 0;  // workers
    int second = 0;
    ServerTime at;      // of the second
    qint64 gap_us = 0;  // between the two
    bool operator==(const DoubleClaim&) const = default;
};

struct GapSpread {  // µs
    qint64 least = 0;
    qint64 median = 0;
    qint64 most = 0;
    bool operator==(const GapSpread&) const = default;
};

// What became of the jobs whose worker died holding them.
struct Takeovers {
    qint64 abandoned = 0;
    qint64 taken_over = 0;          // by another worker, after the lease had run out
    std::optional<GapSpread> late;  // from the end of the lease to the next claim
    bool operator==(const Takeovers&) const = default;
};

inline constexpr std::size_t kMostDoubleClaims = 20;

struct RecordedClaims {
    DuplicateClaims rate;            // exact counts, with their 95 % interval
    qint64 jobs = 0;                 // that were claimed at all
    std::vector<DoubleClaim> first;  // the first kMostDoubleClaims in time
    std::optional<GapSpread> gaps;   // of all duplicates
    Rate claims_per_s;               // by the server's clock
    Takeovers takeovers;
};

// `killed`: workers that died; each died holding the job of its last claim. The next claim of that job is a
// takeover where the lease had run out (or is not known), and a duplicate where it had not.
[[nodiscard]] RecordedClaims judgedClaims(std::vector<ClaimRecord> records, const std::set<int>& killed = {});

}  // namespace spillway

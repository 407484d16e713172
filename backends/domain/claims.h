// What a queue system says about how its jobs were claimed. Values.
#pragma once

#include <QString>
#include <cstddef>
#include <optional>
#include <vector>

#include "backends/domain/clock.h"
#include "backends/domain/measured.h"

namespace spillway {

enum class ClaimEvidence {
    recorded,  // execution rows or a claim log, with both claims and their times
    counter,   // a counter per job: delivered, stalled or started more often than accounted for
    sampled    // two polls saw different live owners with no release in between: always a lower bound
};
[[nodiscard]] QString claimEvidenceName(ClaimEvidence evidence);  // "recorded"

// One job that two workers held at once, or that ran again after it had completed.
struct DuplicateClaim {
    QString id;  // of the job
    QString queue;
    QString kind;
    QString first_owner;  // empty: not recorded
    QString second_owner;
    std::optional<ServerTime> first_claimed_at;
    std::optional<ServerTime> second_claimed_at;
    // How long both held it, seconds; nullopt: not recorded, or not over yet.
    std::optional<double> overlap_s;
    ClaimEvidence evidence = ClaimEvidence::sampled;
    QString note;  // in words, what was seen: "claimed again 3.2 s after it had completed"

    bool operator==(const DuplicateClaim&) const = default;
};

inline constexpr std::size_t kMostIncidents = 20;  // of one queue
// Keeps the newest kMostIncidents.
void addIncident(std::vector<DuplicateClaim>& newestFirst, DuplicateClaim incident);

// Totals since `since` (nullopt: some fixed but unknown start). Like FlowTotals they only grow.
struct ClaimsReading {
    Count claims;
    Count duplicates;
    std::optional<ServerTime> since;
    ClaimEvidence evidence = ClaimEvidence::counter;
    std::vector<DuplicateClaim> incidents;  // newest first, at most kMostIncidents

    bool operator==(const ClaimsReading&) const = default;
};

}  // namespace spillway

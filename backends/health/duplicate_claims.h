// How often a job was claimed while an earlier claim on it was still live, with what that many clean or
// dirty claims prove. Pure.
#pragma once

#include "backends/domain/measured.h"

namespace spillway {

struct RateInterval {  // fractions 0..1
    double low = 0;
    double high = 1;
    bool operator==(const RateInterval&) const = default;
};

// Exact binomial interval (Clopper-Pearson through the inverse of the incomplete beta function).
// Two-sided with `confidence`; for d = 0 the upper end is the one-sided bound (about 3/N at 95 %), and for
// d = n the lower end likewise. n = 0 knows nothing: [0, 1]. Requires 0 <= d <= n.
[[nodiscard]] RateInterval binomialInterval(qint64 duplicates, qint64 claims, double confidence = 0.95);

// How many more claims without a duplicate until the upper end of the interval is at most `target`
// (a fraction). 0: it already is.
[[nodiscard]] qint64 cleanClaimsNeeded(qint64 duplicates, qint64 claims, double target,
                                       double confidence = 0.95);

struct DuplicateClaims {
    Count claims;
    Count duplicates;
    Ratio rate_ppm;
    Ratio upper95_ppm;
    Ratio lower95_ppm;
    bool operator==(const DuplicateClaims&) const = default;
};

// Provenance of the rate is the weaker of both; sampled evidence arrives here as a lower bound.
[[nodiscard]] DuplicateClaims duplicateClaims(const Count& claims, const Count& duplicates);

// "0 of 300 000 claims: at most 10 per million (95 %)", "931 per million (95 %: 812–1 066)"; below
// 1 000 claims: how many more clean ones a bound of `target_ppm` needs.
[[nodiscard]] QString duplicateClaimsText(const DuplicateClaims& claims, double target_ppm = 10);

}  // namespace spillway

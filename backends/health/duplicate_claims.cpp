#include "backends/health/duplicate_claims.h"

#include <boost/math/special_functions/beta.hpp>
#include <cmath>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qint64 kMinimumClaims = 1000;

// The quantile p of the Beta(a, b) distribution. Nine digits are plenty; long double takes seven times as
// long.
double betaQuantile(double a, double b, double p) {
    using Plain = boost::math::policies::policy<boost::math::policies::promote_double<false>>;
    return boost::math::ibeta_inv(a, b, p, Plain());
}

double upperEnd(qint64 d, qint64 n, double confidence) {
    if (n == 0 || d == n) return 1;
    const double tail = d == 0 ? 1 - confidence : (1 - confidence) / 2;
    return betaQuantile(static_cast<double>(d + 1), static_cast<double>(n - d), 1 - tail);
}

double lowerEnd(qint64 d, qint64 n, double confidence) {
    if (n == 0 || d == 0) return 0;
    const double tail = d == n ? 1 - confidence : (1 - confidence) / 2;
    return betaQuantile(static_cast<double>(d), static_cast<double>(n - d + 1), tail);
}

QString ppmText(double ppm) {
    if (ppm >= 9.95) return exactCountText(std::llround(ppm));
    return QString::number(ppm, 'f', ppm < 1 ? 2 : 1);
}

}  // namespace

RateInterval binomialInterval(qint64 duplicates, qint64 claims, double confidence) {
    return {lowerEnd(duplicates, claims, confidence), upperEnd(duplicates, claims, confidence)};
}

qint64 cleanClaimsNeeded(qint64 duplicates, qint64 claims, double target, double confidence) {
    if (claims > 0 && upperEnd(duplicates, claims, confidence) <= target) return 0;
    qint64 enough = std::max<qint64>(claims, 1);
    while (upperEnd(duplicates, enough, confidence) > target) enough *= 2;
    for (qint64 low = enough / 2; low + 1 < enough;) {
        const qint64 middle = low + (enough - low) / 2;
        const bool fits = middle >= claims && upperEnd(duplicates, middle, confidence) <= target;
        (fits ? enough : low) = middle;
    }
    return enough - claims;
}

DuplicateClaims duplicateClaims(const Count& claims, const Count& duplicates) {
    DuplicateClaims result{claims, duplicates, {}, {}, {}};
    if (!claims.known() || !duplicates.known() || *claims.value <= 0) {
        const QString why = !claims.known()       ? claims.method
                            : !duplicates.known() ? duplicates.method
                                                  : u"No claim was seen yet."_s;
        result.rate_ppm = result.upper95_ppm = result.lower95_ppm = Ratio::notObservable(why);
        return result;
    }
    const qint64 n = *claims.value;
    const qint64 d = std::clamp<qint64>(*duplicates.value, 0, n);
    const auto interval = binomialInterval(d, n);
    const Provenance provenance = weaker(claims.provenance, duplicates.provenance);
    const QString method = u"exact binomial interval (Clopper-Pearson), 95 %"_s;
    result.rate_ppm = {1e6 * static_cast<double>(d) / static_cast<double>(n), provenance, duplicates.method};
    result.lower95_ppm = {1e6 * interval.low, weaker(Provenance::estimated, provenance), method};
    result.upper95_ppm = {1e6 * interval.high, weaker(Provenance::estimated, provenance), method};
    return result;
}

QString duplicateClaimsText(const DuplicateClaims& c, double target_ppm) {
    if (!c.rate_ppm.known()) return c.rate_ppm.method;
    const qint64 n = *c.claims.value;
    const qint64 d = *c.duplicates.value;
    if (n < kMinimumClaims && d == 0)
        return u"0 of %1 claims: %2 more clean ones bound it to %3 per million (95 %)"_s.arg(
            exactCountText(n), exactCountText(cleanClaimsNeeded(0, n, target_ppm / 1e6)),
            ppmText(target_ppm));
    if (d == 0)
        return u"0 of %1 claims: at most %2 per million (95 %)"_s.arg(exactCountText(n),
                                                                      ppmText(*c.upper95_ppm.value));
    return u"%1%2 per million (95 %: %3–%4)"_s.arg(provenanceSign(c.rate_ppm.provenance),
                                                   ppmText(*c.rate_ppm.value), ppmText(*c.lower95_ppm.value),
                                                   ppmText(*c.upper95_ppm.value));
}

}  // namespace spillway

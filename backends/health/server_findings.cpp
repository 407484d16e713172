#include <algorithm>
#include <cmath>

#include "backends/domain/human_text.h"
#include "backends/health/findings.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

std::optional<Finding> clockSkew(const ServerReading& reading, const QString& connection,
                                 const FindingThresholds& thresholds) {
    const double skew = std::abs(reading.clock_skew_s);
    if (skew < thresholds.skew_warning_s) return std::nullopt;
    Finding f;
    f.id = u"clock_skew"_s;
    f.severity = skew >= thresholds.skew_critical_s ? Severity::critical : Severity::warning;
    f.connection = connection;
    const QString way = reading.clock_skew_s > 0 ? u"ahead of"_s : u"behind"_s;
    f.title = u"Clocks differ by %1"_s.arg(durationText(skew));
    f.sentence = u"The server's clock is %1 %2 this machine's."_s.arg(durationText(skew), way);
    f.evidence =
        u"Ages are computed from the server's clock, so they stay right; workers on machines with a "
        "wrong clock may take jobs too early or call leases expired."_s;
    f.action = u"Check time synchronisation on both machines."_s;
    f.impact = skew;
    return f;
}

std::optional<Finding> replicaLag(const ServerReading& reading, const QString& connection,
                                  const FindingThresholds& thresholds) {
    const double lag = reading.server.replica_lag_s.valueOr(0);
    if (lag < thresholds.replica_lag_warning_s) return std::nullopt;
    Finding f;
    f.id = u"replica_lag"_s;
    f.severity = lag >= thresholds.replica_lag_critical_s ? Severity::critical : Severity::warning;
    f.connection = connection;
    f.title = u"This replica is %1 behind"_s.arg(durationText(lag));
    f.sentence =
        u"This replica is %1 behind its primary: every number here is that old."_s.arg(durationText(lag));
    f.evidence = reading.server.replica_lag_s.method;
    f.action = u"Look at the primary instead, and at why replication lags."_s;
    f.impact = lag;
    return f;
}

std::optional<Finding> driftOf(const InvariantReading& invariant, const QString& connection) {
    if (invariant.checked && invariant.holds) return std::nullopt;
    const QString name = visibleText(invariant.name, 80);
    Finding f;
    f.id = (invariant.checked ? u"drift:"_s : u"drift_unchecked:"_s) + invariant.name;
    f.severity = invariant.checked ? Severity::critical : Severity::warning;
    f.connection = connection;
    f.title = invariant.checked ? u"%1 does not hold"_s.arg(name) : u"%1 could not be checked"_s.arg(name);
    f.sentence = u"%1: %2."_s.arg(f.title, visibleText(invariant.found, 300));
    f.evidence =
        u"The invariant's own query, read-only, last run at %1."_s.arg(toIsoUtc(invariant.checked_at));
    f.action = invariant.checked
                   ? u"Stop the writers of this data, then find the jobs that ran at the same time."_s
                   : u"Mend the query, its grants or its time limit in the connection's settings."_s;
    return f;
}

}  // namespace

std::vector<Finding> findingsForServer(const ServerReading& reading, const QString& connection,
                                       const FindingThresholds& thresholds) {
    std::vector<Finding> found;
    if (auto skew = clockSkew(reading, connection, thresholds)) found.push_back(*std::move(skew));
    if (auto lag = replicaLag(reading, connection, thresholds)) found.push_back(*std::move(lag));
    for (const auto& invariant : reading.invariants)
        if (auto drift = driftOf(invariant, connection)) found.push_back(*std::move(drift));
    return found;
}

}  // namespace spillway

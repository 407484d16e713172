#include "app/cli/printers/signal_json.h"

#include "app/cli/printers/json_printer.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr std::size_t kIncidentsShown = 5;

QJsonArray bucketsJson(const DeadLetterAge& dead) {
    QJsonArray buckets;
    for (int i = 0; i < kDeadAgeBuckets; ++i)
        buckets << QJsonObject{{u"bucket"_s, deadAgeBucketName(i)},
                               {u"count"_s, measuredJson(dead.buckets.at(static_cast<std::size_t>(i)))}};
    return buckets;
}

QJsonObject incidentJson(const DuplicateClaim& claim) {
    return {
        {u"job"_s, claim.id},
        {u"queue"_s, claim.queue},
        {u"kind"_s, claim.kind},
        {u"owners"_s, QJsonArray{claim.first_owner, claim.second_owner}},
        {u"claimed_at"_s, QJsonArray{timeJson(claim.first_claimed_at), timeJson(claim.second_claimed_at)}},
        {u"overlap_s"_s, claim.overlap_s ? QJsonValue(*claim.overlap_s) : QJsonValue(QJsonValue::Null)},
        {u"evidence"_s, claimEvidenceName(claim.evidence)},
        {u"note"_s, claim.note}};
}

}  // namespace

QJsonValue timeJson(const std::optional<ServerTime>& time) {
    return time ? QJsonValue(toIsoUtc(*time)) : QJsonValue(QJsonValue::Null);
}

QJsonValue measuredTimeJson(const Measured<ServerTime>& time) {
    return timeJson(time.value);
}

void insertDeadAges(QJsonObject& queue, const QueueHealth& health) {
    const DeadLetterAge& dead = health.dead;
    queue[u"dead_p50_age_s"_s] = measuredJson(dead.p50_s);
    queue[u"dead_p90_age_s"_s] = measuredJson(dead.p90_s);
    queue[u"dead_age_buckets"_s] = bucketsJson(dead);
    queue[u"dead_inflow"_s] = measuredJson(dead.inflow);
    queue[u"dead_outflow"_s] = measuredJson(dead.outflow);
    queue[u"dead_untouched_s"_s] = measuredJson(dead.untouched_s);
    queue[u"purge_next_s"_s] = measuredJson(dead.purge_next_s);
    queue[u"retention"_s] = dead.retention;
}

void insertRetries(QJsonObject& queue, const QueueHealth& health) {
    queue[u"amplification"_s] = measuredJson(health.retry.amplification);
    queue[u"retry_share"_s] = measuredJson(health.retry.retry_share);
    queue[u"potential_amplification"_s] = measuredJson(health.retry.potential);
    queue[u"executions"_s] = measuredJson(health.retry.executions);
    queue[u"first_attempts"_s] = measuredJson(health.retry.first_attempts);
    queue[u"retries_only"_s] = health.retry.retries_only;
    queue[u"overlap"_s] = measuredJson(health.overlap);
    queue[u"retry_wave"_s] = waveJson(health);
}

void insertDuplicates(QJsonObject& queue, const QueueHealth& health) {
    queue[u"claims"_s] = measuredJson(health.duplicates.claims);
    queue[u"duplicate_claims"_s] = measuredJson(health.duplicates.duplicates);
    queue[u"duplicate_rate_ppm"_s] = measuredJson(health.duplicates.rate_ppm);
    queue[u"duplicate_upper95_ppm"_s] = measuredJson(health.duplicates.upper95_ppm);
    queue[u"duplicate_lower95_ppm"_s] = measuredJson(health.duplicates.lower95_ppm);
    queue[u"claims_since"_s] = timeJson(health.reading.claims.since);
    queue[u"claim_evidence"_s] = claimEvidenceName(health.reading.claims.evidence);
    queue[u"recent_claims"_s] = measuredJson(health.recent_duplicates.claims);
    queue[u"recent_duplicate_claims"_s] = measuredJson(health.recent_duplicates.duplicates);
    queue[u"stuck"_s] = measuredJson(health.stuck);
    QJsonArray incidents;
    for (std::size_t i = 0; i < std::min(kIncidentsShown, health.incidents.size()); ++i)
        incidents << incidentJson(health.incidents[i]);
    queue[u"incidents"_s] = incidents;
}

QJsonValue waveJson(const QueueHealth& health) {
    if (!health.reading.retry_due.known()) return QJsonValue::Null;
    const RetryWave& wave = health.wave;
    QJsonValue peak;
    if (wave.peak) peak = QJsonObject{{u"at"_s, toIsoUtc(wave.peak->minute)}, {u"jobs"_s, wave.peak->jobs}};
    return QJsonObject{{u"peak"_s, peak},
                       {u"peak_over_drain"_s, measuredJson(wave.peak_over_drain)},
                       {u"overdue"_s, wave.overdue},
                       {u"later"_s, wave.later},
                       {u"synchronised"_s, wave.synchronised}};
}

QJsonArray conditionsJson(const std::vector<Condition>& conditions) {
    QJsonArray list;
    for (const Condition& c : conditions)
        list << QJsonObject{{u"kind"_s, conditionName(c.kind)}, {u"queue"_s, c.queue},
                            {u"subject"_s, c.subject},          {u"count"_s, measuredJson(c.count)},
                            {u"since"_s, timeJson(c.since)},    {u"evidence"_s, c.evidence}};
    return list;
}

QJsonArray invariantsJson(const std::vector<InvariantReading>& invariants) {
    QJsonArray list;
    for (const InvariantReading& i : invariants)
        list << QJsonObject{{u"name"_s, i.name},
                            {u"checked_at"_s, toIsoUtc(i.checked_at)},
                            {u"checked"_s, i.checked},
                            {u"holds"_s, i.checked ? QJsonValue(i.holds) : QJsonValue(QJsonValue::Null)},
                            {u"found"_s, i.found}};
    return list;
}

}  // namespace spillway

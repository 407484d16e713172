#include "backends/drill/drill_document.h"

#include <QJsonArray>

#include "backends/domain/measured_json.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QJsonValue spreadJson(const std::optional<GapSpread>& gaps) {
    if (!gaps) return QJsonValue::Null;
    return QJsonObject{{u"least"_s, gaps->least}, {u"median"_s, gaps->median}, {u"most"_s, gaps->most}};
}

QJsonArray doublesJson(const std::vector<DoubleClaim>& doubles) {
    QJsonArray list;
    for (const auto& one : doubles)
        list << QJsonObject{{u"job"_s, QString::number(one.job)},
                            {u"owners"_s, QJsonArray{workerName(one.first), workerName(one.second)}},
                            {u"at"_s, toIsoUtc(one.at)},
                            {u"gap_us"_s, one.gap_us}};
    return list;
}

QJsonObject sideJson(const QueueWorkers& side) {
    return {{u"workers"_s, measuredJson(side.workers)}, {u"concurrency"_s, measuredJson(side.concurrency)}};
}

}  // namespace

QString workerName(int number) {
    return u"worker %1"_s.arg(number);
}

QJsonObject withHead(const QJsonObject& document, const EvidenceHead& head) {
    const auto orNull = [](const QString& text) {
        return text.isEmpty() ? QJsonValue(QJsonValue::Null) : QJsonValue(text);
    };
    QJsonObject whole = document;
    whole[u"schema"_s] = 1;
    whole[u"kind"_s] = head.kind;
    whole[u"measured_at"_s] = head.measured_at;
    whole[u"measured_by"_s] = head.measured_by;
    whole[u"host"_s] = head.host;
    whole[u"where"_s] = head.where;
    whole[u"commit"_s] = orNull(head.commit);
    whole[u"job"_s] = orNull(head.job);
    return whole;
}

QJsonObject claimDrillJson(const ClaimDrillResult& r, Environment environment) {
    const auto& rate = r.recorded.rate;
    const auto& taken = r.recorded.takeovers;
    return {{u"style"_s, claimStyleName(r.settings.style)},
            {u"script"_s, r.settings.scriptFile},
            {u"workers"_s, r.settings.workers},
            {u"jobs"_s, r.recorded.jobs},
            {u"claims"_s, measuredJson(rate.claims)},
            {u"duplicate_claims"_s, measuredJson(rate.duplicates)},
            {u"duplicate_rate_ppm"_s, measuredJson(rate.rate_ppm)},
            {u"duplicate_lower95_ppm"_s, measuredJson(rate.lower95_ppm)},
            {u"duplicate_upper95_ppm"_s, measuredJson(rate.upper95_ppm)},
            {u"claims_per_s"_s, measuredJson(r.recorded.claims_per_s)},
            {u"seconds"_s, measuredJson(Seconds::exact(r.seconds))},
            {u"duplicates"_s, doublesJson(r.recorded.first)},
            {u"gap_us"_s, spreadJson(r.recorded.gaps)},
            {u"lost_races"_s, r.lost_races},
            {u"aborted"_s, r.aborted},
            {u"isolation"_s, claimIsolationName(r.settings.isolation)},
            {u"pause_ms"_s, qint64(r.settings.pause.count())},
            {u"killed"_s, QJsonObject{{u"workers"_s, taken.abandoned},
                                      {u"taken_over"_s, taken.taken_over},
                                      {u"late_us"_s, spreadJson(taken.late)}}},
            {u"ended_by"_s, drillEndName(r.end)},
            {u"left_behind"_s, r.left_behind},
            {u"environment"_s, environmentName(environment)},
            {u"server"_s, u"%1 %2"_s.arg(r.server.product, r.server.version)},
            {u"sentence"_s, claimDrillSentence(r)}};
}

QJsonObject parityJson(const Parity& parity) {
    QJsonArray queues;
    for (const auto& one : parity.queues)
        queues << QJsonObject{{u"system"_s, one.system},
                              {u"queue"_s, one.queue},
                              {u"a"_s, sideJson(one.a)},
                              {u"b"_s, sideJson(one.b)},
                              {u"verdict"_s, parityVerdictName(one.verdict)},
                              {u"sentence"_s, one.sentence}};
    return {{u"queues"_s, queues},
            {u"verdict"_s, parityVerdictName(parity.verdict)},
            {u"sentence"_s, parity.sentence}};
}

QJsonObject invariantDrillJson(const InvariantDrillResult& r, int processes) {
    QJsonValue drift, rollback;
    if (r.first_drift)
        drift = QJsonObject{{u"round"_s, r.first_drift->round}, {u"value"_s, r.first_drift->value}};
    if (r.rollback)
        rollback =
            QJsonObject{{u"ran"_s, true}, {u"held"_s, r.rollback->held}, {u"value"_s, r.rollback->value}};
    return {{u"processes"_s, processes},
            {u"rounds"_s, r.rounds},
            {u"held"_s, r.held},
            {u"drifted"_s, r.drifted},
            {u"first_drift"_s, drift},
            {u"rollback"_s, rollback},
            {u"failed_processes"_s, r.failed_processes},
            {u"first_failure"_s, r.first_failure},
            {u"stopped"_s, r.stopped},
            {u"failure"_s, r.failure ? QJsonValue(r.failure->sentence()) : QJsonValue()},
            {u"seconds"_s, r.seconds},
            {u"sentence"_s, invariantDrillSentence(r, processes)}};
}

}  // namespace spillway

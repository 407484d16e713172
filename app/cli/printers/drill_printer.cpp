#include "app/cli/printers/drill_printer.h"

#include <QJsonArray>

#include "app/cli/printers/json_printer.h"
#include "app/cli/printers/text_table.h"
#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QString workerName(int number) {
    return u"worker %1"_s.arg(number);
}

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

QString millis(qint64 us) {
    return u"%1 ms"_s.arg(static_cast<double>(us) / 1000.0, 0, 'f', us < 10'000 ? 2 : 0);
}

QJsonObject sideJson(const QueueWorkers& side) {
    return {{u"workers"_s, measuredJson(side.workers)}, {u"concurrency"_s, measuredJson(side.concurrency)}};
}

Paint paintOf(ParityVerdict verdict) {
    switch (verdict) {
        case ParityVerdict::untested:
            return Paint::critical;
        case ParityVerdict::fewer:
            return Paint::warning;
        case ParityVerdict::same:
            return Paint::good;
        case ParityVerdict::unknown:
            break;
    }
    return Paint::faint;
}

}  // namespace

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

QJsonObject claimDrillJson(const ClaimDrillResult& r) {
    const auto& rate = r.recorded.rate;
    const auto& taken = r.recorded.takeovers;
    return {{u"style"_s, claimStyleName(r.settings.style)},
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
            {u"sentence"_s, claimDrillSentence(r)}};
}

QString claimDrillText(const ClaimDrillResult& r, bool colours) {
    const auto& taken = r.recorded.takeovers;
    const bool clean = r.recorded.rate.duplicates.valueOr(0) == 0;
    QString text = painted(claimDrillSentence(r), clean ? Paint::good : Paint::critical, colours) + u'\n';
    text += u"%1 jobs in %2 s, %3; ended by: %4\n"_s.arg(
        exactCountText(r.recorded.jobs), QString::number(r.seconds, 'f', 1),
        rateText(r.recorded.claims_per_s), drillEndName(r.end));
    if (r.lost_races + r.aborted > 0)
        text +=
            u"%1 claims found the job taken, %2 were refused by the server (serialization, deadlock)\n"_s.arg(
                exactCountText(r.lost_races), exactCountText(r.aborted));
    if (taken.abandoned > 0)
        text += u"%1 workers died holding a job; %2 of these jobs were taken over%3\n"_s.arg(taken.abandoned)
                    .arg(taken.taken_over)
                    .arg(taken.late ? u", %1 after the lease at most"_s.arg(millis(taken.late->most))
                                    : QString());
    if (r.recorded.first.empty()) return text;
    TextTable table({u"job>"_s, u"first"_s, u"second"_s, u"gap>"_s});
    for (std::size_t i = 0; i < std::min<std::size_t>(5, r.recorded.first.size()); ++i) {
        const auto& one = r.recorded.first[i];
        table.add({{QString::number(one.job)},
                   {workerName(one.first)},
                   {workerName(one.second)},
                   {millis(one.gap_us)}});
    }
    return text + table.text(colours);
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

QString parityText(const Parity& parity, bool colours) {
    QString text = painted(parity.sentence, paintOf(parity.verdict), colours) + u'\n';
    if (parity.queues.size() < 2) return text;
    for (const auto& one : parity.queues)
        text += painted(parityVerdictName(one.verdict), paintOf(one.verdict), colours) + u"  "_s +
                one.sentence + u'\n';
    return text;
}

QJsonObject invariantDrillJson(const InvariantDrillResult& r) {
    QJsonValue drift, rollback;
    if (r.first_drift)
        drift = QJsonObject{{u"round"_s, r.first_drift->round}, {u"value"_s, r.first_drift->value}};
    if (r.rollback)
        rollback =
            QJsonObject{{u"ran"_s, true}, {u"held"_s, r.rollback->held}, {u"value"_s, r.rollback->value}};
    return {{u"rounds"_s, r.rounds},
            {u"held"_s, r.held},
            {u"drifted"_s, r.drifted},
            {u"first_drift"_s, drift},
            {u"rollback"_s, rollback},
            {u"failed_processes"_s, r.failed_processes},
            {u"first_failure"_s, r.first_failure},
            {u"stopped"_s, r.stopped},
            {u"seconds"_s, r.seconds}};
}

}  // namespace spillway

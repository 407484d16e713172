#include "app/cli/acting/action_printer.h"

#include <QJsonArray>
#include <QJsonDocument>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr size_t kSample = 10;

QJsonObject countsOf(const std::map<QString, qint64>& counts) {
    QJsonObject object;
    for (const auto& [name, n] : counts) object[name] = n;
    return object;
}

QJsonValue textOrNull(const QString& text) {
    return text.isEmpty() ? QJsonValue() : QJsonValue(text);
}

QJsonArray sampleOf(const ActionPlan& plan) {
    QJsonArray sample;
    for (size_t i = 0; i < std::min(kSample, plan.jobs.size()); ++i) {
        const auto& job = plan.jobs[i];
        sample.append(QJsonObject{{u"id"_s, job.id},
                                  {u"kind"_s, textOrNull(job.kind)},
                                  {u"at"_s, job.at ? QJsonValue(toIsoUtc(*job.at)) : QJsonValue()},
                                  {u"signature"_s, textOrNull(job.signature)}});
    }
    return sample;
}

}  // namespace

QJsonObject planJson(const PlannedAction& planned, const std::optional<LoadForecast>& load) {
    const auto& plan = planned.plan;
    const auto worst = worstCaseExecutions(plan);
    return {{u"plan"_s, planned.refusals.isEmpty() ? QJsonValue(plan.id) : QJsonValue()},
            {u"action"_s, actionKindName(plan.action)},
            {u"undoes"_s, textOrNull(plan.undoes)},
            {u"matched"_s, plan.matched},
            {u"planned"_s, static_cast<qint64>(plan.jobs.size())},
            {u"queues"_s, QJsonObject{{plan.queue, static_cast<qint64>(plan.jobs.size())}}},
            {u"kinds"_s, countsOf(kindsOf(plan))},
            {u"signatures"_s, countsOf(signaturesOf(plan))},
            {u"sample"_s, sampleOf(plan)},
            {u"conflicts"_s, conflictsOf(plan)},
            {u"worst_case_executions"_s, plan.action == ActionKind::undo ? QJsonValue(0)
                                         : worst.value                   ? QJsonValue(*worst.value)
                                                                         : QJsonValue()},
            {u"forecast"_s, load ? QJsonValue(QJsonObject{{u"sentence"_s, load->sentence},
                                                          {u"overtakes"_s, load->overtakes}})
                                 : QJsonValue()},
            {u"warnings"_s, QJsonArray::fromStringList(planned.warnings)},
            {u"refusals"_s, QJsonArray::fromStringList(planned.refusals)},
            {u"rate"_s, plan.rate},
            {u"canary"_s, plan.canary},
            {u"expires_at"_s, toIsoUtc(plan.made_at + std::chrono::seconds(static_cast<int>(kPlanLife_s)))}};
}

QString planText(const PlannedAction& planned, const std::optional<LoadForecast>& load) {
    const auto& plan = planned.plan;
    QString text = u"%1 of %2: %3 jobs planned, %4 match\n"_s.arg(
        actionKindName(plan.action), visibleText(plan.queue, 80),
        exactCountText(static_cast<qint64>(plan.jobs.size())), exactCountText(plan.matched));
    for (const auto& [signature, n] : signaturesOf(plan))
        text += u"  %1 × %2\n"_s.arg(exactCountText(n),
                                     signature.isEmpty() ? u"(no error recorded)"_s : visibleText(signature));
    if (plan.action != ActionKind::undo)
        text += u"At worst %1 executions.\n"_s.arg(countText(worstCaseExecutions(plan)));
    if (load) text += u"It %1.\n"_s.arg(load->sentence);
    for (const auto& warning : planned.warnings) text += u"! "_s + visibleText(warning, 400) + u'\n';
    for (const auto& refusal : planned.refusals) text += u"Refused: "_s + visibleText(refusal, 400) + u'\n';
    if (planned.refusals.isEmpty() && !plan.jobs.empty())
        text += u"Nothing has been changed. Within 10 minutes: --apply %1 --reason \"…\"\n"_s.arg(plan.id);
    return text;
}

QJsonObject reportJson(const ActionReport& report) {
    const auto& counts = report.counts;
    return {{u"plan"_s, report.plan},
            {u"moved"_s, counts.moved},
            {u"skipped_changed"_s, counts.changed},
            {u"skipped_conflict"_s, counts.conflict},
            {u"skipped_gone"_s, counts.gone},
            {u"failed"_s, counts.failed},
            {u"unknown"_s, counts.unknown},
            {u"outcome"_s, actionStateName(report.state)},
            {u"halted"_s, report.state == ActionState::halted},
            {u"halt_reason"_s, textOrNull(report.haltReason)},
            {u"canary"_s, QJsonObject{{u"sent"_s, report.canary.sent},
                                      {u"succeeded"_s, report.canary.succeeded},
                                      {u"failed"_s, report.canary.failed}}},
            {u"audit_id"_s, report.action}};
}

QString reportText(const ActionReport& report) {
    const auto& counts = report.counts;
    QString text =
        u"%1: %2 of %3 %9; skipped: %4 changed, %5 with an equal job alive, %6 gone; %7 failed, %8 unknown\n"_s
            .arg(actionStateName(report.state), exactCountText(counts.moved), exactCountText(counts.planned),
                 exactCountText(counts.changed), exactCountText(counts.conflict), exactCountText(counts.gone),
                 exactCountText(counts.failed), exactCountText(counts.unknown),
                 report.kind == ActionKind::undo ? u"taken back"_s : u"put back"_s);
    const auto& after = report.after;
    if (report.kind == ActionKind::replay)
        text +=
            u"Since then: %1 completed, %2 died again (%3 with the same error), %4 failed and wait for their own retry, %5 wait, %6 run\n"_s
                .arg(exactCountText(after.completed), exactCountText(after.diedSame + after.diedOther),
                     exactCountText(after.diedSame), exactCountText(after.retrying),
                     exactCountText(after.waiting), exactCountText(after.running));
    if (!report.haltReason.isEmpty()) text += u"Why: %1\n"_s.arg(visibleText(report.haltReason, 400));
    if (report.state == ActionState::interrupted)
        text += u"Some answers are missing: --resume %1 reads them back and goes on.\n"_s.arg(report.action);
    else if (canBeResumed(report.state))
        text += u"The rest was not touched: --resume %1 goes on with it, under fresh guards.\n"_s.arg(
            report.action);
    return text + u"Audit: %1\n"_s.arg(report.action);
}

QString progressText(const ActionSnapshot& snapshot) {
    const auto& counts = snapshot.counts;
    QString text = u"%1 of %2, %3 put back, canary %4/%5"_s.arg(counts.touched())
                       .arg(counts.planned)
                       .arg(counts.moved)
                       .arg(snapshot.canary.succeeded)
                       .arg(snapshot.canary.sent);
    return snapshot.sentence.isEmpty() ? text : text + u": "_s + visibleText(snapshot.sentence, 120);
}

QJsonObject auditJson(const std::vector<AuditEntry>& audit, const std::vector<ActionRecord>& actions,
                      bool intact) {
    QJsonArray records;
    for (const auto& action : actions)
        if (action.state == ActionState::interrupted || action.state == ActionState::running)
            records.append(QJsonObject{{u"id"_s, action.id},
                                       {u"at"_s, toIsoUtc(action.started)},
                                       {u"plan"_s, action.plan},
                                       {u"reason"_s, action.reason},
                                       {u"outcome"_s, actionStateName(action.state)},
                                       {u"counts"_s, QJsonObject{{u"planned"_s, action.counts.planned},
                                                                 {u"moved"_s, action.counts.moved},
                                                                 {u"unknown"_s, action.counts.unknown}}}});
    for (auto entry = audit.rbegin(); entry != audit.rend(); ++entry) {
        auto record = QJsonDocument::fromJson(entry->record.toUtf8()).object();
        record[u"previous"_s] = entry->previous;
        record[u"hash"_s] = entry->hash;
        records.append(record);
    }
    return {{u"records"_s, records}, {u"intact"_s, intact}};
}

}  // namespace spillway

#include "widgets/acting/plan_text.h"

#include <algorithm>

#include "backends/domain/human_text.h"
#include "widgets/models/table_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

qint64 plannedOf(const ActionPlan& plan) {
    return static_cast<qint64>(plan.jobs.size());
}

QString kindsText(const ActionPlan& plan) {
    std::vector<std::pair<qint64, QString>> kinds;
    for (const auto& [kind, n] : kindsOf(plan)) kinds.emplace_back(n, kind);
    std::sort(kinds.rbegin(), kinds.rend());
    QStringList parts;
    for (size_t i = 0; i < std::min<size_t>(kinds.size(), 4); ++i)
        parts << (kinds[i].second.isEmpty()
                      ? u"not recorded"_s
                      : u"%1 × %2"_s.arg(exactCountText(kinds[i].first), visibleText(kinds[i].second, 60)));
    if (kinds.size() > 4) parts << u"%1 more"_s.arg(kinds.size() - 4);
    return parts.join(u" · "_s);
}

QString spanText(const ActionPlan& plan) {
    std::optional<ServerTime> oldest, newest;
    for (const auto& job : plan.jobs) {
        if (!job.at) continue;
        oldest = oldest ? std::min(*oldest, *job.at) : *job.at;
        newest = newest ? std::max(*newest, *job.at) : *job.at;
    }
    if (!oldest) return u"not recorded"_s;
    const auto ago = [&plan](ServerTime at) {
        return u"%1 ago"_s.arg(durationText(std::max(0.0, secondsBetween(at, plan.made_at))));
    };
    const QString from = ago(*oldest), to = ago(*newest);
    return from == to ? from : u"%1 to %2"_s.arg(from, to);
}

QString spanHint(const ActionPlan& plan) {
    if (plan.jobs.empty() || !plan.jobs.front().at) return {};
    return u"the oldest %1"_s.arg(exactMomentText(plan.jobs.front().at));
}

// The least it can take: the rate grows in steps, and the canary waits for its jobs to end.
QString paceText(const ActionPlan& plan) {
    const double seconds = static_cast<double>(plannedOf(plan)) / std::max(0.1, plan.rate);
    const QString rest =
        u"%1, so at least %2"_s.arg(rateText(plan.rate), durationText(std::max(1.0, seconds)));
    if (plan.action != ActionKind::replay || plan.canary <= 0) return rest;
    return u"1 job, then %1, each awaited; then %2"_s.arg(plan.canary).arg(rest);
}

bool contains(const std::vector<Guard>& guards, Guard guard) {
    return std::find(guards.begin(), guards.end(), guard) != guards.end();
}

}  // namespace

QString jobsText(qint64 n) {
    return n == 1 ? u"1 job"_s : u"%1 jobs"_s.arg(exactCountText(n));
}

QString actionVerb(ActionKind kind) {
    return kind == ActionKind::undo ? u"Undo"_s : kind == ActionKind::release ? u"Release"_s : u"Replay"_s;
}

QString actionDoing(ActionKind kind) {
    if (kind == ActionKind::undo) return u"Taking back"_s;
    return kind == ActionKind::release ? u"Releasing"_s : u"Replaying"_s;
}

QString actionDone(ActionKind kind) {
    if (kind == ActionKind::undo) return u"taken back"_s;
    return kind == ActionKind::release ? u"released"_s : u"put back"_s;
}

QString planTitle(const ActionPlan& plan) {
    if (plan.action == ActionKind::undo)
        return u"Take back %1 of %2"_s.arg(jobsText(plannedOf(plan)), visibleText(plan.queue, 60));
    const QString jobs = plannedOf(plan) == 1 ? u"1 %1 job"_s : u"%2 %1 jobs"_s;
    const QString what = plan.action == ActionKind::release ? u"stuck"_s : u"dead"_s;
    const QString text =
        plannedOf(plan) == 1 ? jobs.arg(what) : jobs.arg(what, exactCountText(plannedOf(plan)));
    return u"%1 %2 of %3"_s.arg(actionVerb(plan.action), text, visibleText(plan.queue, 60));
}

QString planLead(const ActionPlan& plan) {
    const QString nothing = u"Nothing has been changed yet."_s;
    if (plan.action == ActionKind::undo)
        return (plan.jobs.empty()
                    ? u"None of the jobs that were put back still waits: there is nothing to take back. "_s
                    : u"They still wait as they were put back, and become dead again with their old error "
                      u"and "
                      u"time. What a worker takes meanwhile is left to it. "_s) +
               nothing;
    if (plan.jobs.empty())
        return plan.action == ActionKind::release
                   ? u"No lease of this queue is stuck by its system's own rule. "_s + nothing
                   : u"No dead job matches. "_s + nothing;
    const QString cut = plan.matched > plannedOf(plan)
                            ? u"%1 match; these are the oldest. "_s.arg(exactCountText(plan.matched))
                            : QString();
    const QString what =
        plan.action == ActionKind::release
            ? u"They leave the hands of workers that are gone, and run again. "_s
            : u"They go back into the queue as their system's own retry would put them, and run again. "_s;
    return cut + what + nothing;
}

std::vector<PlanFact> planFacts(const ActionPlan& plan, const LoadForecast& load) {
    const Count worst = worstCaseExecutions(plan);
    std::vector<PlanFact> facts;
    facts.push_back({u"Kind"_s, kindsText(plan), {}});
    if (plan.action == ActionKind::undo) {
        facts.push_back({u"Died"_s, spanText(plan), spanHint(plan)});
        facts.push_back({u"Pace"_s, paceText(plan), {}});
        return facts;
    }
    facts.push_back(
        {plan.action == ActionKind::release ? u"Claimed"_s : u"Died"_s, spanText(plan), spanHint(plan)});
    facts.push_back(
        {u"At worst"_s,
         u"%1 executions"_s.arg(
             worst.known() ? provenanceSign(worst.provenance) + exactCountText(*worst.value) : u"–"_s),
         worst.method.isEmpty() ? u"Jobs × the attempts that each has left."_s : worst.method});
    if (const qint64 conflicts = conflictsOf(plan); conflicts > 0)
        facts.push_back(
            {u"Conflicts"_s,
             u"%1 with an equal unique job alive: they will be skipped"_s.arg(jobsText(conflicts)),
             {}});
    facts.push_back({u"Pace"_s, paceText(plan), {}});
    facts.push_back({u"Load"_s, load.sentence, {}});
    return facts;
}

std::vector<CauseLine> planCauses(const ActionPlan& plan, size_t most) {
    std::vector<CauseLine> causes;
    for (const auto& [signature, n] : signaturesOf(plan))
        causes.push_back({n, signature.isEmpty() ? u"no error recorded"_s : visibleText(signature, 300)});
    std::stable_sort(causes.begin(), causes.end(),
                     [](const CauseLine& a, const CauseLine& b) { return a.jobs > b.jobs; });
    if (causes.size() <= most) return causes;
    CauseLine rest;
    for (size_t i = most - 1; i < causes.size(); ++i) rest.jobs += causes[i].jobs;
    rest.text = u"%1 other errors"_s.arg(causes.size() - most + 1);
    causes.resize(most - 1);
    causes.push_back(rest);
    return causes;
}

std::vector<PlanNote> planNotes(const PlannedAction& planned, const GuardFacts& facts) {
    std::vector<PlanNote> notes;
    for (const QString& refusal : planned.refusals)
        notes.push_back({Permission::refused, refusal, std::nullopt, false});
    for (const GuardAnswer& answer : judge(planned.plan, facts)) {
        const bool overridden = contains(facts.overridden, answer.guard);
        const bool offered = overridden || (answer.permission == Permission::refused && answer.overridable);
        notes.push_back({answer.permission, answer.sentence,
                         offered ? std::optional(answer.guard) : std::nullopt, overridden});
    }
    for (const QString& warning : planned.warnings)
        notes.push_back({Permission::warning, warning, std::nullopt, false});
    std::stable_sort(notes.begin(), notes.end(), [](const PlanNote& a, const PlanNote& b) {
        const auto rank = [](const PlanNote& note) {
            return note.overridden ? 3 : static_cast<int>(note.tone);
        };
        return rank(a) > rank(b);
    });
    return notes;
}

QString confirmationGap(const PlannedAction& planned, const GuardFacts& facts,
                        const ConfirmationEntry& entry) {
    const ActionPlan& plan = planned.plan;
    for (const QString& refusal : planned.refusals) return refusal;
    for (const GuardAnswer& answer : judge(plan, facts))
        if (answer.permission == Permission::refused)
            return answer.overridable ? answer.sentence + u" Tick it to override, with a reason."_s
                                      : answer.sentence;
    const auto jobs = plannedOf(plan);
    switch (confirmationFor(jobs, plan.environment)) {
        case Confirmation::click:
            break;
        case Confirmation::queue_name:
            if (entry.queue.trimmed() != plan.queue)
                return u"Type the name of the queue to confirm: %1."_s.arg(visibleText(plan.queue, 80));
            break;
        case Confirmation::count_and_reason: {
            QString digits = entry.count;
            if (digits.remove(u' ').trimmed() != QString::number(jobs))
                return u"Type the number of jobs to confirm: %1."_s.arg(exactCountText(jobs));
        }
    }
    if (entry.reason.trimmed().isEmpty()) return u"Write why: the reason goes into the audit."_s;
    return {};
}

}  // namespace spillway

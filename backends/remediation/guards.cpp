#include "backends/remediation/guards.h"

#include <QSet>
#include <algorithm>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr double kRetryBudget = 1.25;  // 20 % of executions, see health: the critical line

using Objection = std::optional<GuardAnswer>;

GuardAnswer refused(Guard guard, const QString& sentence, bool overridable = false) {
    return {guard, Permission::refused, sentence, overridable};
}
GuardAnswer warned(Guard guard, const QString& sentence) {
    return {guard, Permission::warning, sentence, false};
}

// What takes jobs out of a queue adds no load to it.
bool addsLoad(const ActionPlan& plan) {
    return plan.action != ActionKind::undo;
}

// Refused on production unless overridden, a warning elsewhere.
GuardAnswer strictOnProduction(const ActionPlan& plan, Guard guard, const QString& sentence) {
    return plan.environment == Environment::production ? refused(guard, sentence, true)
                                                       : warned(guard, sentence);
}

Objection planWhole(const ActionPlan& plan, const GuardFacts& facts) {
    if (plan.jobs.empty())
        return refused(Guard::plan_whole, u"Nothing matches: there is no job to act on."_s);
    if (facts.plan_checked) return std::nullopt;
    QSet<QString> seen;
    for (const auto& job : plan.jobs) {
        if (job.version.isEmpty())
            return refused(
                Guard::plan_whole,
                u"Job %1 has no version to compare: it could change unseen."_s.arg(visibleText(job.id, 60)));
        if (seen.contains(job.id))
            return refused(Guard::plan_whole,
                           u"Job %1 stands twice in the plan."_s.arg(visibleText(job.id, 60)));
        seen.insert(job.id);
    }
    return std::nullopt;
}

Objection planFresh(const ActionPlan& plan, const GuardFacts& facts) {
    const double age = secondsBetween(plan.made_at, facts.begun.value_or(facts.now));
    if (age >= 0 && age <= kPlanLife_s) return std::nullopt;
    return refused(Guard::plan_fresh,
                   age < 0 ? u"The plan is from the future of this server's clock; make a new one."_s
                           : u"The plan is %1 old and expired; make a new one."_s.arg(durationText(age)));
}

Objection armed(const ActionPlan&, const GuardFacts& facts) {
    if (facts.armed_until && facts.now < *facts.armed_until) return std::nullopt;
    return refused(Guard::armed, facts.armed_until
                                     ? u"The connection is no longer armed; arm it again, with a reason."_s
                                     : u"The connection only observes; arm it first, with a reason."_s);
}

Objection canaryKept(const ActionPlan& plan, const GuardFacts&) {
    if (plan.action != ActionKind::replay || plan.canary > 0) return std::nullopt;
    if (plan.environment == Environment::production)
        return refused(Guard::canary_kept, u"On production a replay begins with a canary."_s);
    return warned(Guard::canary_kept, u"No canary: the first failure is only seen when all are sent."_s);
}

Objection sameServer(const ActionPlan& plan, const GuardFacts& facts) {
    if (!facts.server_id.isEmpty() && facts.server_id == plan.server_id) return std::nullopt;
    return refused(Guard::same_server,
                   u"This is not the server that the plan was made on; make a new one."_s);
}

Objection primary(const ActionPlan&, const GuardFacts& facts) {
    if (facts.writable == true) return std::nullopt;
    return refused(Guard::primary, facts.writable ? u"The server is read-only: a replica, or failing over."_s
                                                  : u"Whether the server accepts writes is not known."_s);
}

Objection queueRunning(const ActionPlan& plan, const GuardFacts& facts) {
    if (facts.paused != true || !addsLoad(plan)) return std::nullopt;
    return strictOnProduction(
        plan, Guard::queue_running,
        u"%1 is paused: what is put back only lies there."_s.arg(visibleText(plan.queue, 80)));
}

Objection liveWorker(const ActionPlan& plan, const GuardFacts& facts) {
    if (facts.live_worker == true || !addsLoad(plan)) return std::nullopt;
    const QString queue = visibleText(plan.queue, 80);
    if (!facts.live_worker)
        return warned(Guard::live_worker, u"Whether a worker takes %1 cannot be seen."_s.arg(queue));
    return strictOnProduction(plan, Guard::live_worker, u"No live worker takes %1."_s.arg(queue));
}

Objection backlogObjective(const ActionPlan& plan, const GuardFacts& facts) {
    if (!facts.backlog_past_objective || !addsLoad(plan)) return std::nullopt;
    return strictOnProduction(plan, Guard::backlog_objective,
                              facts.backlog_sentence.isEmpty()
                                  ? u"The backlog is already past its objective."_s
                                  : facts.backlog_sentence);
}

Objection retryBudget(const ActionPlan& plan, const GuardFacts& facts) {
    if (!facts.amplification || *facts.amplification < kRetryBudget || !addsLoad(plan)) return std::nullopt;
    return strictOnProduction(plan, Guard::retry_budget,
                              u"Retries already make %1 of the work: a replay adds to a storm."_s.arg(
                                  factorText(*facts.amplification)));
}

Objection retention(const ActionPlan&, const GuardFacts& facts) {
    if (facts.past_retention == 0) return std::nullopt;
    return refused(Guard::retention,
                   u"%1 of the jobs are past their retention or idempotency life."_s.arg(
                       countText(facts.past_retention)),
                   true);
}

Objection leaseEvidence(const ActionPlan& plan, const GuardFacts& facts) {
    if (plan.action != ActionKind::release || facts.weak_leases == 0) return std::nullopt;
    return refused(
        Guard::lease_evidence,
        u"For %1 of the leases age is the only evidence: a slow but healthy worker would run twice."_s.arg(
            countText(facts.weak_leases)),
        true);
}

Objection oneAction(const ActionPlan&, const GuardFacts& facts) {
    if (facts.other_action.isEmpty()) return std::nullopt;
    return refused(Guard::one_action,
                   u"Action %1 is under way on this queue."_s.arg(visibleText(facts.other_action, 60)));
}

constexpr Objection (*kGuards[])(const ActionPlan&, const GuardFacts&) = {
    planWhole,  planFresh,        armed,       canaryKept, sameServer,    primary,  queueRunning,
    liveWorker, backlogObjective, retryBudget, retention,  leaseEvidence, oneAction};

}  // namespace

QString guardName(Guard guard) {
    static const QString names[] = {
        u"plan_whole"_s, u"plan_fresh"_s,     u"armed"_s,       u"canary_kept"_s,       u"same_server"_s,
        u"primary"_s,    u"queue_running"_s,  u"live_worker"_s, u"backlog_objective"_s, u"retry_budget"_s,
        u"retention"_s,  u"lease_evidence"_s, u"one_action"_s};
    return names[static_cast<size_t>(guard)];
}

std::vector<GuardAnswer> judge(const ActionPlan& plan, const GuardFacts& facts) {
    std::vector<GuardAnswer> answers;
    for (const auto guard : kGuards) {
        auto answer = guard(plan, facts);
        if (!answer) continue;
        const bool overridden = std::find(facts.overridden.begin(), facts.overridden.end(), answer->guard) !=
                                facts.overridden.end();
        if (answer->overridable && overridden) answer->permission = Permission::warning;
        answers.push_back(*std::move(answer));
    }
    return answers;
}

Permission permissionOf(const std::vector<GuardAnswer>& answers) {
    Permission worst = Permission::allowed;
    for (const auto& answer : answers) worst = std::max(worst, answer.permission);
    return worst;
}

Confirmation confirmationFor(qint64 jobs, Environment environment) {
    const int steps = (jobs > 10 ? 1 : 0) + (jobs > 1'000 ? 1 : 0);
    const int lighter = environment == Environment::production ? 0 : 1;
    return static_cast<Confirmation>(std::max(0, steps - lighter));
}

}  // namespace spillway

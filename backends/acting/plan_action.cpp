#include "backends/acting/plan_action.h"

#include "backends/domain/human_text.h"
#include "backends/journal/lost_jobs.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

Failure cannotUndo(const QString& what, const QString& next) {
    return {FailureKind::usage, what, {}, next};
}

// Why the action cannot be undone; nullopt: it can.
std::optional<Failure> objectionTo(const ActionRecord& record, const ActionPlan& plan) {
    const QString id = visibleText(record.id, 60);
    if (plan.action == ActionKind::release)
        return cannotUndo(
            u"A release has no undo: the workers that held the claims are gone, and there is "
            "nobody to give the jobs back to."_s,
            u"Those that must not run: cancel them with the queue system's own tool."_s);
    if (plan.action == ActionKind::undo)
        return cannotUndo(u"Action %1 is an undo itself."_s.arg(id),
                          u"Its jobs are dead again: replay them."_s);
    if (record.state == ActionState::running)
        return cannotUndo(u"Action %1 is under way."_s.arg(id), u"Cancel it first."_s);
    if (record.state == ActionState::interrupted)
        return cannotUndo(
            u"Action %1 was interrupted: what became of its last batch is not known."_s.arg(id),
            u"Resume it, or close it with --abandon; what is known to have moved can then be undone."_s);
    return std::nullopt;
}

Outcome<ActionRecord> recordIn(ActionJournal& journal, const QString& action) {
    const auto actions = journal.actions();
    if (!actions) return actions.failure();
    for (const auto& record : *actions)
        if (record.id == action) return record;
    return cannotUndo(u"There is no action %1."_s.arg(visibleText(action, 60)),
                      u"\"spillwayctl audit list\" lists them."_s);
}

Outcome<PlannedAction> planLost(ActingBackend& backend, ActionJournal& journal,
                                const ActionRequest& request) {
    auto jobs = rememberedLost(journal.path(), backend.serverId(), request.filter.system,
                               request.filter.queues.value(0));
    if (!jobs) return jobs.failure();
    const JobFilter& filter = request.filter;
    auto& list = jobs.value();
    std::erase_if(list, [&filter](const LostJob& job) {
        return (!filter.kind.isEmpty() && filter.kind != job.kind) ||
               (!filter.ids.isEmpty() && !filter.ids.contains(job.id));
    });
    return backend.lostPlan(request, list);
}

}  // namespace

Outcome<PlannedAction> planAction(ActingBackend& backend, ActionJournal& journal,
                                  const ActionRequest& request) {
    if (request.lost) return planLost(backend, journal, request);
    if (request.action != ActionKind::undo) return backend.plan(request);
    const auto record = recordIn(journal, request.undoes);
    if (!record) return record.failure();
    const auto replay = journal.plan(record->plan);
    if (!replay) return replay.failure();
    if (const auto objection = objectionTo(*record, *replay)) return *objection;
    const auto results = journal.results(request.undoes);
    if (!results) return results.failure();
    auto planned = backend.undoPlan(*replay, *results);
    if (!planned) return planned.failure();
    ActionPlan& plan = planned.value().plan;
    plan.undoes = request.undoes;
    plan.rate = request.rate;
    plan.canary = 0;
    plan.halt_above = request.halt_above;
    return *std::move(planned);
}

}  // namespace spillway

#include "app/acting/acting_worker.h"

#include "backends/acting/guard_facts.h"
#include "backends/acting/plan_action.h"

namespace spillway {
using namespace Qt::StringLiterals;

ActingWorker::ActingWorker(std::unique_ptr<ActingBackend> backend, QString journalFile,
                           std::shared_ptr<const LiveReading> live)
    : m_backend(std::move(backend)), m_journalFile(std::move(journalFile)), m_live(std::move(live)) {}

ActingWorker::~ActingWorker() = default;

void ActingWorker::interrupt() noexcept {
    if (m_backend) m_backend->interrupt();
}

void ActingWorker::open() {
    if (!m_backend) {
        emit openFailed({FailureKind::usage,
                         u"Spillway cannot act on this kind of server yet."_s,
                         {},
                         u"Use the queue system's own tool."_s});
        return;
    }
    auto journal = ActionJournal::open(m_journalFile);
    if (!journal) {
        emit openFailed(journal.failure());
        return;
    }
    m_journal = std::move(journal).value();
    const auto systems = m_backend->open();
    if (systems)
        emit opened(*systems);
    else
        emit openFailed(systems.failure());
}

void ActingWorker::plan(quint64 ticket, const ActionRequest& request) {
    auto planned = planAction(*m_backend, *m_journal, request);
    if (!planned) {
        emit planFailed(ticket, planned.failure());
        return;
    }
    const auto seen = m_backend->facts(planned->plan);
    if (!seen) {
        emit planFailed(ticket, seen.failure());
        return;
    }
    PlanView view{std::move(planned).value(), guardFactsFrom(*seen)};
    const ActionPlan& plan = view.planned.plan;
    m_live->addTo(view.facts, plan.system, plan.queue);
    const bool usable = view.planned.refusals.isEmpty() && !plan.jobs.empty();
    const auto kept = usable ? m_journal->keepPlan(plan) : Outcome<Done>(Done{});
    if (kept)
        emit planMade(ticket, view);
    else
        emit planFailed(ticket, kept.failure());
}

void ActingWorker::apply(const QString& plan, const RunOptions& options,
                         const std::shared_ptr<ActionControl>& control) {
    run(&ActionRunner::apply, plan, options, *control, plan);
}

void ActingWorker::resume(const QString& action, const RunOptions& options,
                          const std::shared_ptr<ActionControl>& control) {
    QString plan;
    if (const auto actions = m_journal->actions())
        for (const auto& record : *actions)
            if (record.id == action) plan = record.plan;
    run(&ActionRunner::resume, action, options, *control, plan);
}

void ActingWorker::run(Verb verb, const QString& id, RunOptions options, ActionControl& control,
                       const QString& plan) {
    if (const auto kept = m_journal->plan(plan); kept) {
        // What this action puts back looks like retries from outside: the budget is judged as it was before.
        GuardFacts before;
        m_live->addTo(before, kept->system, kept->queue);
        options.liveSignals = [live = m_live, system = kept->system, queue = kept->queue,
                               budget = before.amplification](GuardFacts& facts) {
            live->addTo(facts, system, queue);
            facts.amplification = budget;
        };
    }
    options.progress = [this](const ActionSnapshot& snapshot) { emit progressed(snapshot); };
    ActionRunner runner(*m_backend, *m_journal, m_clock, control);
    const auto report = (runner.*verb)(id, options);
    if (report)
        emit ended(*report);
    else
        emit runFailed(report.failure());
}

}  // namespace spillway

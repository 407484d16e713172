#include "backends/acting/action_runner.h"

#include <QUuid>
#include <algorithm>

#include "backends/acting/guard_facts.h"
#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
namespace {

constexpr size_t kMostWatched = 500;     // endings read at once
constexpr auto kBetweenBatches = 100ms;  // so that a high rate makes batches, not a stream of single jobs
constexpr auto kBetweenLooks = 1s;
constexpr auto kLongestWait = 500ms;
constexpr auto kLongestLock = 35s;

// However a run ends, its action can be gone on with afterwards, also in the same session.
struct Running {
    ActionJournal& journal;
    ~Running() { journal.letGo(); }
};

}  // namespace

struct ActionRunner::Run {
    Run(ActionPlan whole, const RunOptions& o) : full(std::move(whole)), options(o) {
        report.kind = full.action;
    }

    // What is left of the plan to send, and where each job stands in the whole plan.
    void take(std::vector<size_t> rest, const Clock& clock) {
        positions = std::move(rest);
        todo = full;
        todo.jobs.clear();
        for (const size_t i : positions) todo.jobs.push_back(full.jobs[i]);
        auto settings = progressSettingsFor(todo);
        settings.canary.patience = options.canaryPatience;
        progress = std::make_unique<ActionProgress>(todo, settings, clock.steadyNow());
    }

    ActionPlan full;
    ActionPlan todo;
    std::vector<size_t> positions;
    RunOptions options;
    QString action;
    std::optional<ServerTime> begun;  // server's clock
    std::unique_ptr<ActionProgress> progress;
    std::vector<RowResult> moved;  // in the order in which they were put back
    size_t firstWatched = 0;
    int nextBatch = 0;
    bool paused = false;
    bool planChecked = false;  // hashing 100 000 ids before each batch would cost more than the batch
    bool unclear = false;      // the journal holds a batch without an answer
    ActionProgress::Time lastLook{};
    ActionReport report;
};

ActionRunner::ActionRunner(ActingBackend& backend, ActionJournal& journal, const Clock& clock,
                           ActionControl& control)
    : m_backend(backend), m_journal(journal), m_clock(clock), m_control(control) {}

void ActionRunner::tell(Run& run, const QString& sentence) {
    if (!run.options.progress) return;
    const auto& canary = run.progress->canary();
    run.options.progress({run.action,
                          run.progress->counts(),
                          {canary.sentSoFar(), canary.succeeded(), canary.failures()},
                          canary.state() == Canary::State::waiting,
                          m_control.take().paused,
                          sentence});
}

// Fills report.guards. A failure: the server could not be asked.
std::optional<Failure> ActionRunner::askGuards(Run& run) {
    const auto seen = m_backend.facts(run.full, !run.begun);
    if (!seen) return seen.failure();
    const auto held = m_backend.lock(run.full, run.action);
    if (!held) return held.failure();
    GuardFacts facts = guardFactsFrom(*seen);
    facts.begun = run.begun;
    facts.armed_until = run.options.armed_until.value_or(seen->now + 1min);
    facts.other_action = held->holder;
    facts.overridden = run.options.overridden;
    if (run.options.liveSignals) run.options.liveSignals(facts);
    facts.plan_checked = run.planChecked;
    run.report.guards = judge(run.full, facts);
    run.planChecked = permissionOf(run.report.guards) != Permission::refused;
    if (!run.begun) run.begun = seen->now, run.report.readyBefore = seen->ready;
    return std::nullopt;
}

Outcome<ActionReport> ActionRunner::apply(const QString& plan, const RunOptions& options) {
    auto kept = m_journal.plan(plan);
    if (!kept) return kept.failure();
    Run run(std::move(kept).value(), options);
    run.action = QUuid::createUuid().toString(QUuid::WithoutBraces);
    run.report.plan = plan;
    run.report.counts.planned = static_cast<qint64>(run.full.jobs.size());
    if (const auto failure = askGuards(run)) return *failure;
    if (permissionOf(run.report.guards) == Permission::refused) {
        m_backend.unlock();
        return run.report;
    }
    const auto begun = m_journal.begin(run.action, plan, options.reason, m_clock.wallNow());
    if (!begun) {
        m_backend.unlock();
        return begun.failure();
    }
    const Running running{m_journal};
    std::vector<size_t> all(run.full.jobs.size());
    for (size_t i = 0; i < all.size(); ++i) all[i] = i;
    run.take(std::move(all), m_clock);
    return carryOut(run);
}

Outcome<ActionRecord> ActionRunner::recordOf(const QString& action) {
    const auto actions = m_journal.actions();
    if (!actions) return actions.failure();
    for (const auto& record : *actions)
        if (record.id == action) return record;
    return Failure{FailureKind::usage,
                   u"There is no action %1."_s.arg(visibleText(action, 60)),
                   {},
                   u"\"spillwayctl audit list\" lists them."_s};
}

Outcome<ActionReport> ActionRunner::resume(const QString& action, const RunOptions& options) {
    const auto record = recordOf(action);
    if (!record) return record.failure();
    auto kept = m_journal.plan(record->plan);
    if (!kept) return kept.failure();
    if (const auto taken = m_journal.takeOver(action, true); !taken) return taken.failure();
    const Running running{m_journal};
    Run run(std::move(kept).value(), options);
    run.action = action;
    run.report.plan = record->plan;
    run.report.counts = record->counts;
    if (const auto failure = awaitOwnLock(run)) return *failure;
    run.begun = run.full.made_at;  // it began while its plan was fresh; a resumed plan does not expire
    if (const auto failure = askGuards(run)) return *failure;
    if (permissionOf(run.report.guards) == Permission::refused) {
        m_backend.unlock();
        return run.report;
    }
    if (const auto failure = takeRest(run)) {
        m_backend.unlock();
        return *failure;
    }
    return carryOut(run);
}

// On Redis the lock of a killed process outlives it by up to half a minute. The journal says that nobody runs
// the action any more.
std::optional<Failure> ActionRunner::awaitOwnLock(Run& run) {
    const auto until = m_clock.steadyNow() + kLongestLock;
    for (;;) {
        const auto held = m_backend.lock(run.full, run.action);
        if (!held) return held.failure();
        const bool ours = held->ours() || !held->holder.startsWith(run.action);
        if (ours || m_clock.steadyNow() >= until || m_control.take().cancelled) return std::nullopt;
        if (run.options.progress)
            run.options.progress({run.action,
                                  run.report.counts,
                                  {},
                                  false,
                                  false,
                                  u"waiting for the lock of the process that went away (30 s at most)"_s});
        m_control.wait(kLongestWait);
    }
}

// Reads back what is unknown; what is left are the jobs that were not touched, and those that the server
// refused.
std::optional<Failure> ActionRunner::takeRest(Run& run) {
    const QString& action = run.action;
    if (const auto reopened = m_journal.reopen(action); !reopened) return reopened.failure();
    const auto batches = m_journal.batches(action);
    if (!batches) return batches.failure();
    for (const auto& batch : *batches) {
        run.nextBatch = std::max(run.nextBatch, batch.number + 1);
        if (!batch.answered && !readBack(run, batch))
            return Failure{FailureKind::unreachable,
                           u"What became of batch %1 could not be read back."_s.arg(batch.number),
                           {},
                           u"Nothing was sent. Try --resume again when the server answers."_s};
    }
    const auto results = m_journal.results(action);
    if (!results) return results.failure();
    QSet<QString> touched;
    for (const auto& row : *results)
        if (row.outcome != RowOutcome::failed) touched.insert(row.id);
    std::vector<size_t> rest;
    for (size_t i = 0; i < run.full.jobs.size(); ++i)
        if (!touched.contains(run.full.jobs[i].id)) rest.push_back(i);
    run.take(std::move(rest), m_clock);
    return std::nullopt;
}

// False: the server did not say, and the batch stays unknown.
bool ActionRunner::readBack(Run& run, const IntendedBatch& batch) {
    const auto rows = m_backend.readBack(run.full, batch.first, batch.count);
    return rows && m_journal.answer(run.action, batch.number, *rows, m_clock.wallNow());
}

Outcome<ActionReport> ActionRunner::abandon(const QString& action, const RunOptions& options) {
    const auto record = recordOf(action);
    if (!record) return record.failure();
    auto kept = m_journal.plan(record->plan);
    if (!kept) return kept.failure();
    if (const auto taken = m_journal.takeOver(action); !taken) return taken.failure();
    const Running running{m_journal};
    Run run(std::move(kept).value(), options);
    run.action = action;
    run.report.plan = record->plan;
    run.report.haltReason = u"Abandoned: what was under way was not looked at again."_s;
    return close(run, ActionState::abandoned);
}

void ActionRunner::obeyControl(Run& run) {
    const auto wishes = m_control.take();
    const auto now = m_clock.steadyNow();
    if (wishes.cancelled) run.progress->cancel();
    if (wishes.rate) run.progress->setRate(*wishes.rate, now);
    run.paused = wishes.paused;
    wishes.paused ? run.progress->pause(now) : run.progress->resume(now);
}

Outcome<ActionReport> ActionRunner::carryOut(Run& run) {
    tell(run, u"begun"_s);
    for (;;) {
        obeyControl(run);
        const auto step = run.progress->next(m_clock.steadyNow());
        if (step.what == NextStep::What::finish) break;
        if (step.what == NextStep::What::send) {
            if (const auto failure = send(run, step)) {
                m_backend.unlock();
                return *failure;
            }
            tell(run, {});
        }
        const bool watch = step.what == NextStep::What::await_outcomes ||
                           m_clock.steadyNow() - run.lastLook >= kBetweenLooks;
        if (watch) lookAtEndings(run);
        if (step.what == NextStep::What::await_outcomes) tell(run, u"waiting for the canary"_s);
        if (run.progress->finished()) continue;
        m_control.wait(step.what == NextStep::What::send
                           ? kBetweenBatches
                           : std::clamp<std::chrono::milliseconds>(step.wait, 1ms, kLongestWait));
    }
    return finish(run);
}

// A failure ends the program's part: the journal cannot be written, so nothing more is sent.
std::optional<Failure> ActionRunner::send(Run& run, const NextStep& step) {
    if (const auto failure = askGuards(run)) {
        run.progress->serverRefused(failure->sentence());
        m_control.wait(kBetweenLooks);
        return std::nullopt;
    }
    if (!run.progress->mayGoOn(run.report.guards)) return std::nullopt;
    std::vector<RowResult> rows;
    const size_t end = step.first + static_cast<size_t>(step.count);
    for (size_t from = step.first; from < end;) {
        // What was left by an interrupted action has holes; a batch in the journal has none.
        size_t to = from + 1;
        while (to < end && run.positions[to] == run.positions[to - 1] + 1) ++to;
        const auto before = rows.size();
        if (auto failure = sendPart(run, from, static_cast<int>(to - from), rows)) return failure;
        if (run.progress->halted()) break;
        if (rows.size() == before) {
            if (!rows.empty()) run.progress->halt(u"The server refused a part of a batch."_s);
            break;
        }
        from = to;
    }
    if (run.progress->halted() || rows.empty()) return std::nullopt;
    run.progress->batchDone(rows, m_clock.steadyNow());
    for (const auto& row : rows)
        if (row.outcome == RowOutcome::moved) run.moved.push_back(row);
    return std::nullopt;
}

std::optional<Failure> ActionRunner::sendPart(Run& run, size_t from, int count,
                                              std::vector<RowResult>& rows) {
    const IntendedBatch batch{run.nextBatch++, run.positions[from], count, false};
    const auto intended = m_journal.intend(run.action, batch, m_clock.wallNow());
    if (!intended) {
        run.progress->halt(intended.failure().sentence());
        return std::nullopt;
    }
    auto applied = m_backend.apply(run.full, batch.first, count);
    if (!applied && applied.failure().kind == FailureKind::changed) {
        run.progress->halt(applied.failure().sentence());
        applied = ActingBackend::Applied{};
    }
    if (!applied) {
        run.progress->batchLost(applied.failure().sentence());
        if (!readBack(run, batch)) run.unclear = true;
        return std::nullopt;
    }
    if (applied->refused) run.progress->serverRefused(applied->why);
    // What was refused changed nothing: none of these jobs was touched.
    const auto answers = applied->refused ? std::vector<RowResult>() : applied->rows;
    const auto answered = m_journal.answer(run.action, batch.number, answers, m_clock.wallNow());
    if (!answered) return answered.failure();
    rows.insert(rows.end(), answers.begin(), answers.end());
    return std::nullopt;
}

void ActionRunner::lookAtEndings(Run& run) {
    run.lastLook = m_clock.steadyNow();
    const auto& watched = run.progress->watched();
    while (run.firstWatched < run.moved.size() && !watched.contains(run.moved[run.firstWatched].id))
        ++run.firstWatched;
    std::vector<RowResult> asked;
    for (size_t i = run.firstWatched; i < run.moved.size() && asked.size() < kMostWatched; ++i)
        if (watched.contains(run.moved[i].id)) asked.push_back(run.moved[i]);
    if (asked.empty() || run.full.action != ActionKind::replay) return;
    if (const auto endings = m_backend.endings(run.full, asked)) run.progress->seeEndings(*endings);
}

// Gives the last jobs a moment, then reads how all of them stand, as far as that is affordable.
void ActionRunner::settle(Run& run) {
    const auto until = m_clock.steadyNow() + run.options.settle;
    while (run.full.action == ActionKind::replay && !run.progress->watched().isEmpty() &&
           m_clock.steadyNow() < until && !m_control.take().cancelled && !run.progress->halted()) {
        lookAtEndings(run);
        m_control.wait(kLongestWait);
    }
    QHash<QString, QString> signatures;
    for (const auto& job : run.todo.jobs) signatures.insert(job.id, job.signature);
    auto& after = run.report.after;
    const size_t most = std::min<size_t>(run.moved.size(), 20 * kMostWatched);
    for (size_t from = 0; from < most && run.full.action == ActionKind::replay; from += kMostWatched) {
        const auto first = run.moved.begin() + static_cast<std::ptrdiff_t>(from);
        const auto n = static_cast<std::ptrdiff_t>(std::min(kMostWatched, most - from));
        const auto endings = m_backend.endings(run.full, {first, first + n});
        if (!endings) break;
        for (const auto& ending : *endings) {
            const bool same = ending.signature == signatures.value(ending.id);
            ++(ending.end == JobEnd::completed  ? after.completed
               : ending.end == JobEnd::died     ? (same ? after.diedSame : after.diedOther)
               : ending.end == JobEnd::waiting  ? after.waiting
               : ending.end == JobEnd::running  ? after.running
               : ending.end == JobEnd::retrying ? after.retrying
                                                : after.vanished);
        }
    }
    const auto seen = after.completed + after.diedSame + after.diedOther + after.waiting + after.running +
                      after.retrying + after.vanished;
    if (run.full.action == ActionKind::replay)
        after.notLookedAt = static_cast<qint64>(run.moved.size()) - seen;
    if (const auto facts = m_backend.facts(run.full)) run.report.readyAfter = facts->ready;
}

Outcome<ActionReport> ActionRunner::finish(Run& run) {
    const auto& canary = run.progress->canary();
    run.report.canary = {canary.sentSoFar(), canary.succeeded(), canary.failures()};
    if (!run.unclear) settle(run);
    run.report.haltReason = run.progress->haltReason();
    const auto state = run.progress->halted()      ? ActionState::halted
                       : run.progress->cancelled() ? ActionState::cancelled
                                                   : ActionState::done;
    m_backend.unlock();
    return close(run, state);
}

Outcome<ActionReport> ActionRunner::close(Run& run, ActionState state) {
    run.report.action = run.action;
    run.report.state = run.unclear ? ActionState::interrupted : state;
    if (const auto record = recordOf(run.action)) run.report.counts = record->counts;
    if (run.unclear) return run.report;
    const auto at = m_clock.wallNow();
    const auto ended = m_journal.end(run.action, state, run.report.haltReason,
                                     auditRecordOf(run.report, run.full, run.options.actor,
                                                   run.options.reason, run.options.overridden, at),
                                     at);
    if (!ended) return ended.failure();
    return run.report;
}

}  // namespace spillway

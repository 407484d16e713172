// Carries out one plan: guards on fresh facts, journal, server, journal, canary, paced batches, report,
// audit. Blocks until the action has ended and belongs to one thread, with its backend and its journal;
// `control` and what `progress` is given may be used from any. Nothing is sent that is not in the journal
// before.
#pragma once

#include <functional>

#include "backends/acting/action_control.h"
#include "backends/acting/action_report.h"
#include "backends/journal/action_journal.h"
#include "backends/remediation/acting_backend.h"
#include "backends/remediation/action_progress.h"

namespace spillway {

struct RunOptions {
    QString reason;  // typed by the person; never empty
    Actor actor;
    std::vector<Guard> overridden;          // with that reason
    std::optional<ServerTime> armed_until;  // server's clock; nullopt: armed for as long as the call lasts
    // What only the live signals know (backlog, amplification). Asked before every batch; may be empty.
    std::function<void(GuardFacts&)> liveSignals;
    std::function<void(const ActionSnapshot&)> progress;
    std::chrono::milliseconds settle{3000};  // how long the end waits for jobs that were put back last
    std::chrono::seconds canaryPatience{120};
};

class ActionRunner {
public:
    ActionRunner(ActingBackend& backend, ActionJournal& journal, const Clock& clock, ActionControl& control);

    // A failure: nothing was sent, or (FailureKind::changed, internal) the journal cannot say what came of
    // it: then the action is left interrupted, for resume(). A guard's refusal is a report with refused().
    [[nodiscard]] Outcome<ActionReport> apply(const QString& plan, const RunOptions& options);
    // Goes on with what an interrupted, halted or cancelled action had not touched, after reading back what
    // is unknown: under fresh guards, with a canary of its own. The end is a further audit record.
    [[nodiscard]] Outcome<ActionReport> resume(const QString& action, const RunOptions& options);
    // Closes an interrupted action with what is known. Does not ask the server.
    [[nodiscard]] Outcome<ActionReport> abandon(const QString& action, const RunOptions& options);

private:
    struct Run;

    [[nodiscard]] Outcome<ActionReport> carryOut(Run& run);
    [[nodiscard]] std::optional<Failure> askGuards(Run& run);
    [[nodiscard]] std::optional<Failure> awaitOwnLock(Run& run);
    [[nodiscard]] std::optional<Failure> takeRest(Run& run);
    void obeyControl(Run& run);
    [[nodiscard]] std::optional<Failure> send(Run& run, const NextStep& step);
    [[nodiscard]] std::optional<Failure> sendPart(Run& run, size_t from, int count,
                                                  std::vector<RowResult>& rows);
    void lookAtEndings(Run& run);
    void settle(Run& run);
    [[nodiscard]] bool readBack(Run& run, const IntendedBatch& batch);
    [[nodiscard]] Outcome<ActionReport> finish(Run& run);
    [[nodiscard]] Outcome<ActionReport> close(Run& run, ActionState state);
    void tell(Run& run, const QString& sentence);
    [[nodiscard]] Outcome<ActionRecord> recordOf(const QString& action);

    ActingBackend& m_backend;
    ActionJournal& m_journal;
    const Clock& m_clock;
    ActionControl& m_control;
};

}  // namespace spillway

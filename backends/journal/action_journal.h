// What was planned, what was about to be sent, what came back, and the audit, in a SQLite file of its own
// ($XDG_STATE_HOME/spillway/actions.sqlite, 0600). Every call that returns ok is on the disk (fsync), because
// the server is only asked to act after the intent is here. Belongs to the thread that opened it; blocks.
#pragma once

#include <QJsonObject>
#include <memory>

#include "backends/domain/outcome.h"
#include "backends/journal/audit_chain.h"
#include "backends/remediation/action_plan.h"
#include "backends/remediation/action_state.h"

namespace spillway {

namespace storage {
class SqlDatabase;
}

struct IntendedBatch {
    int number = 0;
    size_t first = 0;  // in the plan
    int count = 0;
    bool answered = false;
};

class ActionJournal {
public:
    // Creates what is missing. A file that is damaged, foreign or newer is a failure and stays as it is:
    // without a journal there is no action.
    [[nodiscard]] static Outcome<std::unique_ptr<ActionJournal>> open(const QString& path);
    [[nodiscard]] static QString defaultPath();
    [[nodiscard]] QString path() const;
    ~ActionJournal();

    [[nodiscard]] Outcome<Done> keepPlan(const ActionPlan& plan);
    // Failure `usage` when there is no such plan, `protocol` when it is not the one that was kept.
    [[nodiscard]] Outcome<ActionPlan> plan(const QString& id);

    // Claims the plan: of two processes exactly one gets it, the other a failure that names the action. The
    // claim is alive as long as this object.
    [[nodiscard]] Outcome<Done> begin(const QString& action, const QString& plan, const QString& reason,
                                      ServerTime now);
    // Takes over an interrupted action; refused while another process runs it. `stopped`: also one that was
    // halted or cancelled, which goes on after reopen().
    [[nodiscard]] Outcome<Done> takeOver(const QString& action, bool stopped = false);
    // Ends the claim of begin() or takeOver(): an action that has not ended is interrupted from now on.
    void letGo();
    [[nodiscard]] Outcome<Done> reopen(const QString& action);
    [[nodiscard]] Outcome<Done> intend(const QString& action, const IntendedBatch& batch, ServerTime now);
    [[nodiscard]] Outcome<Done> answer(const QString& action, int batch, const std::vector<RowResult>& rows,
                                       ServerTime now);
    // The last word on an action, together with its audit record, in one transaction.
    [[nodiscard]] Outcome<AuditEntry> end(const QString& action, ActionState state, const QString& haltReason,
                                          const QJsonObject& auditRecord, ServerTime now);

    [[nodiscard]] Outcome<std::vector<ActionRecord>> actions();  // newest first
    [[nodiscard]] Outcome<std::vector<IntendedBatch>> batches(const QString& action);
    [[nodiscard]] Outcome<std::vector<RowResult>> results(const QString& action);

    [[nodiscard]] Outcome<std::vector<AuditEntry>> audit();  // oldest first
    [[nodiscard]] Outcome<std::optional<AuditFault>> verifyAudit();

private:
    struct Claim;
    explicit ActionJournal(std::unique_ptr<storage::SqlDatabase> database);
    [[nodiscard]] Outcome<Done> claim(const QString& action);
    [[nodiscard]] bool claimedBySomebody(const QString& action) const;
    [[nodiscard]] bool cutShort() const;  // the last list that was read
    [[nodiscard]] OutcomeCounts countsOf(const QString& action);

    std::unique_ptr<storage::SqlDatabase> m_database;
    std::unique_ptr<Claim> m_claim;
};

}  // namespace spillway

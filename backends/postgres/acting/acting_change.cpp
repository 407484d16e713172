#include "backends/postgres/acting/acting_change.h"

#include "backends/postgres/acting/acting_trust.h"

namespace spillway {
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
namespace {

constexpr TransactionLimits kWriteLimits{5s, 10s};
constexpr auto kLockWait = 800ms;  // pause and cancel act within a second
constexpr auto kUniqueViolation = "23505";

// What the plan rests on, seen by the transaction that acts. Empty: all as planned.
QString whatDiffers(ActingSession& session, WriteTransaction& transaction, const PostgresSystem& target,
                    const ActionPlan& plan, const Question& script) {
    if (session.serverId() != plan.server_id) return u"this is another server"_s;
    if (!ActingSession::holdsLock(catalogOf(transaction), plan))
        return u"the lock on the queue is gone (a pooler in between? connect to the server itself)"_s;
    if (readTrust(catalogOf(transaction), target, script).pins != plan.pins)
        return u"its tables, their owner, their triggers or the script are not those of the plan"_s;
    return {};
}

// A unique conflict fails the whole statement: the half that has none goes first.
void applyRange(WriteTransaction& transaction, const PostgresSystem& target, const Question& script,
                const ActionPlan& plan, size_t first, size_t count, std::vector<RowResult>& results) {
    const QString what = u"the change of jobs"_s;
    auto values = actingValues(target, plan.queue, plan.made_at);
    putJobs(values, plan, first, count);
    const auto statement = statementAlone(script, values);
    transaction.query("SAVEPOINT batch", {}, what);
    try {
        const auto rows = transaction.query(statement.sql, statement.parameters, what);
        for (size_t i = 0; i < rows.size(); ++i)
            results.push_back({rows.at(i).text("id"),
                               rowOutcomeOr(rows.at(i).text("outcome"), RowOutcome::unknown),
                               {},
                               rows.at(i).text("undo_token")});
        transaction.query("RELEASE SAVEPOINT batch", {}, what);
        return;
    } catch (const ServerRefusal& e) {
        if (e.state() != QLatin1StringView(kUniqueViolation)) throw;
    }
    transaction.query("ROLLBACK TO SAVEPOINT batch", {}, what);
    transaction.query("RELEASE SAVEPOINT batch", {}, what);
    if (count == 1) {
        results.push_back({plan.jobs[first].id, RowOutcome::conflict, u"an equal job is alive"_s, {}});
        return;
    }
    applyRange(transaction, target, script, plan, first, count / 2, results);
    applyRange(transaction, target, script, plan, first + count / 2, count - count / 2, results);
}

}  // namespace

Outcome<ActingBackend::Applied> applyBatch(ActingSession& session, const ActionPlan& plan, size_t first,
                                           int count) {
    ActingBackend::Applied applied;
    bool committing = false;
    try {
        session.beConnected();
        const auto& target = session.system(plan.system);
        const QString action = actionKindName(plan.action);
        const auto& script = actingQuestion(target, action + u"_apply"_s, action);
        WriteTransaction transaction(session.connection(), kWriteLimits, kLockWait);
        if (const auto why = whatDiffers(session, transaction, target, plan, script); !why.isEmpty())
            return Failure{
                FailureKind::changed, u"Nothing more was sent: %1."_s.arg(why), {}, u"Make a new plan."_s};
        applyRange(transaction, target, script, plan, first, static_cast<size_t>(count), applied.rows);
        committing = true;
        transaction.commit();
        return applied;
    } catch (const ServerRefusal& e) {
        applied.why = e.failure().sentence();
    } catch (const PostgresError& e) {
        // Before the commit was sent nothing can have been changed.
        if (committing) throw;
        applied.why = e.failure().sentence();
        session.drop();
    }
    applied.rows.clear();
    applied.refused = true;
    return applied;
}

}  // namespace spillway

#include "backends/postgres/acting/acting_outcomes.h"

#include "backends/health/error_signature.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

JobEnd jobEndFrom(const QString& name) {
    if (name == "running"_L1) return JobEnd::running;
    if (name == "completed"_L1) return JobEnd::completed;
    if (name == "died"_L1) return JobEnd::died;
    if (name == "retrying"_L1) return JobEnd::retrying;
    return name == "waiting"_L1 ? JobEnd::waiting : JobEnd::vanished;
}

// What is released leaves the rows of the plan, so that this number only falls.
qint64 countWeakLeases(ReadTransaction& transaction, const PostgresSystem& target, const ActionPlan& plan,
                       PollValues& values) {
    putJobs(values, plan, 0, plan.jobs.size());
    auto statement = statementAlone(actingQuestion(target, u"release_plan"_s, u"release"_s), values);
    statement.parameters.push_back(values.jobIds);
    const auto rows = transaction.query("SELECT count(*) AS n FROM (" + statement.sql +
                                            ") p WHERE p.weak AND p.id = ANY ($" +
                                            std::to_string(statement.parameters.size()) + "::text[])",
                                        statement.parameters, u"the evidence of leases"_s);
    return rows.at(0).integer("n").value_or(0);
}

}  // namespace

ActingFacts readActingFacts(ActingSession& session, const ActionPlan& plan, bool withReady) {
    session.beConnected();
    const auto& target = session.system(plan.system);
    ReadTransaction transaction(session.connection(), kActingReadLimits);
    ActingFacts facts;
    facts.now = transaction.moment().now;
    facts.server_id = session.serverId();
    facts.writable = transaction.moment().role == ServerRole::primary;
    auto values = actingValues(target, plan.queue, facts.now);
    if (!withReady) values.readyLimit = 0;
    const auto rows =
        askFor(transaction, actingQuestion(target, u"acting_facts"_s, actionKindName(plan.action)), values);
    facts.paused = rows.at(0).boolean("paused");
    facts.live_worker = rows.at(0).boolean("live_worker");
    if (withReady) facts.ready = rows.at(0).integer("ready");
    if (plan.action == ActionKind::release)
        facts.weak_leases = countWeakLeases(transaction, target, plan, values);
    transaction.commit();
    return facts;
}

std::vector<JobEnding> readEndings(ActingSession& session, const ActionPlan& plan,
                                   const std::vector<RowResult>& results) {
    session.beConnected();
    const auto& target = session.system(plan.system);
    ReadTransaction transaction(session.connection(), kActingReadLimits);
    auto values = actingValues(target, plan.queue, transaction.moment().now);
    std::vector<std::string> ids, tokens;
    for (const auto& row : results) {
        ids.push_back(row.id.toStdString());
        tokens.push_back(row.undo_token.toStdString());
    }
    values.jobIds = toArrayLiteral(ids);
    values.jobVersions = toArrayLiteral(tokens);
    const auto rows = askFor(transaction, actingQuestion(target, u"acting_endings"_s, u"replay"_s), values);
    transaction.commit();
    QHash<QString, JobEnding> found;
    for (size_t i = 0; i < rows.size(); ++i) {
        const QString error = rows.at(i).text("error");
        const QString id = rows.at(i).text("id");
        found[id] = {id, jobEndFrom(rows.at(i).text("ending")),
                     error.isEmpty() ? QString() : errorSignature(error)};
    }
    std::vector<JobEnding> endings;
    for (const auto& row : results) endings.push_back(found.value(row.id, {row.id, JobEnd::vanished, {}}));
    return endings;
}

std::vector<RowResult> readRowsBack(ActingSession& session, const ActionPlan& plan, size_t first, int count) {
    session.beConnected();
    const auto& target = session.system(plan.system);
    const QString action = actionKindName(plan.action);
    ReadTransaction transaction(session.connection(), kActingReadLimits);
    auto values = actingValues(target, plan.queue, transaction.moment().now);
    putJobs(values, plan, first, static_cast<size_t>(count));
    const auto rows = askFor(transaction, actingQuestion(target, action + u"_read_back"_s, action), values);
    transaction.commit();
    QHash<QString, QString> found;
    for (size_t i = 0; i < rows.size(); ++i) found[rows.at(i).text("id")] = rows.at(i).text("outcome");
    std::vector<RowResult> results;
    for (size_t i = first; i < std::min(first + static_cast<size_t>(count), plan.jobs.size()); ++i) {
        const auto& id = plan.jobs[i].id;
        const auto it = found.constFind(id);
        if (it == found.constEnd())
            results.push_back({id, RowOutcome::gone, {}, {}});
        else if (it.value() != "untouched"_L1)
            results.push_back({id, rowOutcomeOr(it.value(), RowOutcome::unknown), {}, {}});
    }
    return results;
}

}  // namespace spillway

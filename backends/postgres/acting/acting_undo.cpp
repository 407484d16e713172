#include "backends/postgres/acting/acting_undo.h"

#include <QSet>
#include <QUuid>

#include "backends/domain/human_text.h"
#include "backends/postgres/acting/acting_trust.h"

namespace spillway {
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
namespace {

constexpr TransactionLimits kUndoLimits{30s, 60s};
constexpr size_t kUndoPage = 5'000;

// The jobs of the replay that were put back, as its plan saw them: that is the before-image.
ActionPlan putBack(const ActionPlan& replay, const std::vector<RowResult>& results) {
    QSet<QString> moved;
    for (const auto& row : results)
        if (row.outcome == RowOutcome::moved) moved.insert(row.id);
    ActionPlan plan = replay;
    std::erase_if(plan.jobs, [&moved](const PlannedJob& job) { return !moved.contains(job.id); });
    return plan;
}

// Those that still stand as the replay left them.
QSet<QString> stillThere(ReadTransaction& transaction, const Question& question, const ActionPlan& plan,
                         PollValues values) {
    QSet<QString> found;
    for (size_t first = 0; first < plan.jobs.size(); first += kUndoPage) {
        putJobs(values, plan, first, kUndoPage);
        const auto rows = askFor(transaction, question, values);
        for (size_t i = 0; i < rows.size(); ++i)
            if (rows.at(i).text("outcome") == "untouched"_L1) found.insert(rows.at(i).text("id"));
    }
    return found;
}

}  // namespace

PlannedAction makeUndoPlan(ActingSession& session, const ActionPlan& replay,
                           const std::vector<RowResult>& results) {
    session.beConnected();
    const auto& target = session.system(replay.system);
    const auto& script = actingQuestion(target, u"undo_apply"_s, u"undo"_s);
    const auto& reading = actingQuestion(target, u"undo_read_back"_s, u"undo"_s);
    PlannedAction planned;
    auto& plan = planned.plan = putBack(replay, results);
    ReadTransaction transaction(session.connection(), kUndoLimits);
    transaction.useIndexesOnly(false);
    plan.made_at = transaction.moment().now;
    const auto there = stillThere(transaction, reading, plan, actingValues(target, plan.queue, plan.made_at));
    const auto trust = readTrust(catalogOf(transaction), target, script);
    transaction.commit();
    const auto before = static_cast<qint64>(plan.jobs.size());
    std::erase_if(plan.jobs, [&there](const PlannedJob& job) { return !there.contains(job.id); });
    plan.id = QUuid::createUuid().toString(QUuid::WithoutBraces);
    plan.action = ActionKind::undo;
    plan.connection = session.settings().name;
    plan.environment = session.settings().environment;
    plan.pins = trust.pins;
    plan.matched = static_cast<qint64>(plan.jobs.size());
    for (const auto& code : trust.foreignCode)
        planned.refusals << u"The %1 is not the queue system's own and would run with your rights."_s.arg(
            visibleText(code, 200));
    if (session.serverId() != replay.server_id)
        planned.refusals << u"This is not the server on which the replay was made."_s;
    if (before > plan.matched) planned.warnings << takenMeanwhile(before - plan.matched);
    return planned;
}

}  // namespace spillway

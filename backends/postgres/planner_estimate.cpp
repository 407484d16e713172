#include "backends/postgres/planner_estimate.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <cmath>

namespace spillway {
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
namespace {

constexpr int mostQuestionsInOnePoll = 8;

bool hasSequentialScan(const QJsonObject& node) {
    if (node["Node Type"_L1].toString().contains("Seq Scan"_L1)) return true;
    for (const auto child : node["Plans"_L1].toArray())
        if (hasSequentialScan(child.toObject())) return true;
    return false;
}

}  // namespace

std::optional<PlanFacts> planFacts(const QByteArray& explainJson) {
    const auto plan = QJsonDocument::fromJson(explainJson)[0]["Plan"_L1].toObject();
    if (plan.isEmpty()) return std::nullopt;
    return PlanFacts{plan["Plan Rows"_L1].toDouble(), plan["Total Cost"_L1].toDouble(),
                     hasSequentialScan(plan)};
}

std::optional<PlanFacts> explain(ReadTransaction& transaction, const Statement& statement,
                                 const QString& question) {
    const auto rows =
        transaction.query("EXPLAIN (FORMAT JSON) " + statement.sql, statement.parameters, question);
    return rows.size() == 0 ? std::nullopt : planFacts(rows.at(0).bytes("QUERY PLAN").value_or(QByteArray()));
}

std::optional<qint64> PlannerEstimates::rows(ReadTransaction& transaction,
                                             const std::map<QString, QString>& planner, const QString& state,
                                             const std::string& queue, const QString& source,
                                             const PollValues& values) {
    if (!planner.contains(state) || !planner.contains(u"queue"_s)) return std::nullopt;
    auto& answer = m_answers[{queue, state}];
    if (values.now - answer.at < 60s) return answer.rows;
    if (++m_asked > mostQuestionsInOnePoll) return answer.rows;
    Statement probe;
    appendPlannerProbe(probe, planner, state, queue, source, values);
    const auto facts = explain(transaction, probe, u"the planner's estimate"_s);
    answer = {values.now,
              facts ? std::optional(static_cast<qint64>(std::llround(facts->rows))) : std::nullopt};
    return answer.rows;
}

}  // namespace spillway

#include "backends/postgres/engine/planner_estimate.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <cmath>

namespace spillway {
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
namespace {

constexpr size_t mostQuestionsInOnePoll = 60;  // about 50 µs each

template <typename Test>
bool anyNode(const QJsonObject& node, Test test) {
    if (test(node)) return true;
    for (const auto child : node["Plans"_L1].toArray())
        if (anyNode(child.toObject(), test)) return true;
    return false;
}

bool isScan(const QJsonObject& node) {
    return node["Node Type"_L1].toString().contains("Seq Scan"_L1);
}
bool isFiltered(const QJsonObject& node) {
    return node.contains("Filter"_L1);
}

}  // namespace

std::optional<PlanFacts> planFacts(const QByteArray& explainJson) {
    const auto plan = QJsonDocument::fromJson(explainJson)[0]["Plan"_L1].toObject();
    if (plan.isEmpty()) return std::nullopt;
    PlanFacts facts{plan["Plan Rows"_L1].toDouble(),
                    plan["Total Cost"_L1].toDouble(),
                    anyNode(plan, isScan),
                    anyNode(plan, isFiltered),
                    {}};
    for (const auto branch : plan["Plans"_L1].toArray())
        facts.branchRows.push_back(branch.toObject()["Plan Rows"_L1].toDouble());
    return facts;
}

std::optional<PlanFacts> explain(ReadTransaction& transaction, const Statement& statement,
                                 const QString& question) {
    const auto rows =
        transaction.query("EXPLAIN (FORMAT JSON) " + statement.sql, statement.parameters, question);
    return rows.size() == 0 ? std::nullopt : planFacts(rows.at(0).bytes("QUERY PLAN").value_or(QByteArray()));
}

void PlannerEstimates::refresh(ReadTransaction& transaction, const std::map<QString, QString>& planner,
                               const std::vector<CappedCount>& wanted, const PollValues& values) {
    Statement probes;
    std::vector<const CappedCount*> asked;
    for (const auto& count : wanted) {
        const auto known = m_answers.find({count.queue, count.state});
        if (known != m_answers.end() && values.now - known->second.at < 60s) continue;
        if (!planner.contains(count.state) || asked.size() >= mostQuestionsInOnePoll) continue;
        appendPlannerProbe(probes, planner, count.state, count.queue, count.source, values);
        asked.push_back(&count);
    }
    if (asked.empty()) return;
    const auto facts = explain(transaction, probes, u"the planner's estimates"_s);
    if (!facts) return;
    const auto rows = asked.size() == 1 ? std::vector<double>{facts->rows} : facts->branchRows;
    if (rows.size() != asked.size())
        return;  // a plan of another shape: no estimate is better than a wrong one
    for (size_t i = 0; i < asked.size(); ++i)
        m_answers[{asked[i]->queue, asked[i]->state}] = {values.now,
                                                         static_cast<qint64>(std::llround(rows[i]))};
}

std::optional<qint64> PlannerEstimates::rows(const std::string& queue, const QString& state) const {
    const auto it = m_answers.find({queue, state});
    return it == m_answers.end() ? std::nullopt : std::optional(it->second.rows);
}

}  // namespace spillway

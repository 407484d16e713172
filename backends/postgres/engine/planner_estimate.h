// The planner's opinion on a count that was too large to count. EXPLAIN only, nothing is executed;
// each answer is kept for a minute.
#pragma once

#include <map>
#include <optional>

#include "backends/postgres/engine/question_sql.h"
#include "backends/postgres/wire/connection.h"

namespace spillway {

// What EXPLAIN (FORMAT JSON) says about a statement.
struct PlanFacts {
    double rows = 0;
    double cost = 0;
    bool sequentialScan = false;     // somewhere in the plan, on any table
    bool filtered = false;           // some rows are read only to be thrown away: no LIMIT bounds that
    std::vector<double> branchRows;  // of the branches right below the top
};
[[nodiscard]] std::optional<PlanFacts> planFacts(const QByteArray& explainJson);
[[nodiscard]] std::optional<PlanFacts> explain(ReadTransaction& transaction, const Statement& statement,
                                               const QString& question);

// One count that was wanted: a state of a queue, and where its jobs are.
struct CappedCount {
    std::string queue;
    QString state;
    QString source;
};

class PlannerEstimates {
public:
    // Asks, in one statement, about those whose answer is missing or a minute old (the most pressing
    // first; a bounded number in one poll).
    void refresh(ReadTransaction& transaction, const std::map<QString, QString>& planner,
                 const std::vector<CappedCount>& wanted, const PollValues& values);
    [[nodiscard]] std::optional<qint64> rows(const std::string& queue, const QString& state) const;

private:
    struct Answer {
        ServerTime at;
        qint64 rows = 0;
    };
    std::map<std::pair<std::string, QString>, Answer> m_answers;
};

}  // namespace spillway

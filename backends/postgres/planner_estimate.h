// The planner's opinion on a count that was too large to count. EXPLAIN only, nothing is executed;
// each answer is kept for a minute.
#pragma once

#include <map>
#include <optional>

#include "backends/postgres/postgres_connection.h"
#include "backends/postgres/question_sql.h"

namespace spillway {

// What EXPLAIN (FORMAT JSON) says about a statement.
struct PlanFacts {
    double rows = 0;
    double cost = 0;
    bool sequentialScan = false;  // somewhere in the plan, on any table
};
[[nodiscard]] std::optional<PlanFacts> planFacts(const QByteArray& explainJson);
[[nodiscard]] std::optional<PlanFacts> explain(ReadTransaction& transaction, const Statement& statement,
                                               const QString& question);

class PlannerEstimates {
public:
    void beginPoll() { m_asked = 0; }
    // Null where the planner was not asked this time (at most a few new questions in one poll).
    std::optional<qint64> rows(ReadTransaction& transaction, const std::map<QString, QString>& planner,
                               const QString& state, const std::string& queue, const QString& source,
                               const PollValues& values);

private:
    struct Answer {
        ServerTime at;
        std::optional<qint64> rows;
    };
    std::map<std::pair<std::string, QString>, Answer> m_answers;
    int m_asked = 0;
};

}  // namespace spillway

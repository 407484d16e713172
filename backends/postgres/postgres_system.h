// The engine: reads one installed queue system by asking the questions of its definition. Knows no
// system by name. Throws PostgresError.
#pragma once

#include "backends/postgres/flow_accumulator.h"
#include "backends/postgres/planner_estimate.h"
#include "backends/postgres/question_plan.h"
#include "backends/postgres/question_sql.h"

namespace spillway {

class PostgresSystem {
public:
    PostgresSystem(SystemIdentity identity, SystemDefinition definition, SchemaCatalog catalog,
                   QuestionPlan plan);

    [[nodiscard]] DetectedSystem detected() const { return {m_identity, m_plan.capabilities}; }
    [[nodiscard]] const SystemIdentity& identity() const { return m_identity; }

    // `share` in (0, 1]: this system's part of the budget of one poll, when a server holds several.
    SystemReading read(ReadTransaction& transaction, FlowAccumulator& flow, double share);

private:
    struct QueueRow {
        std::string name;
        QString source;
        std::optional<bool> paused;
    };
    struct Cell {
        qint64 n = 0;
        bool capped = false;
    };
    struct CachedCell {
        qint64 n = 0;
        ServerTime asOf;
    };
    struct Answers {
        std::map<std::string, std::map<QString, Cell>> counts;
        std::map<std::string, std::map<QString, CachedCell>> cached;
        std::map<std::string, Measured<ServerTime>> oldest, oldestDead;
        std::map<std::string, Count> lost;
        std::map<std::string, std::map<std::string, qint64>> counters;  // flow with basis counter
        bool deadCapped = false;
    };

    void throwIfOutgrown(ReadTransaction& transaction);
    [[noreturn]] void throwChanged(const QString& what) const;
    std::vector<QueueRow> readQueues(ReadTransaction& transaction, SystemReading& reading);
    Rows ask(ReadTransaction& transaction, const std::vector<const Question*>& variants);
    std::vector<Rows> askAll(ReadTransaction& transaction, const QString& question);
    void readCounts(ReadTransaction& transaction, Answers& answers);
    void readCachedCounts(ReadTransaction& transaction, Answers& answers);
    void askPlanner(ReadTransaction& transaction, const Answers& answers,
                    const std::vector<QueueRow>& queues);
    void readAges(ReadTransaction& transaction, Answers& answers);
    void readFlow(ReadTransaction& transaction, Answers& answers, FlowAccumulator& flow);
    WorkersReading readWorkers(ReadTransaction& transaction);

    Count count(const Answers& answers, const QueueRow& queue, const QString& state);
    QueueReading assemble(const Answers& answers, const QueueRow& queue, const FlowAccumulator& flow);
    FlowTotals flowTotals(const Answers& answers, const std::string& queue,
                          const FlowAccumulator& flow) const;
    [[nodiscard]] QString sourceFor(const QString& partition) const;
    void startCaps(size_t queues, double share);
    void adaptCaps(const Answers& answers, double share);

    SystemIdentity m_identity;
    SystemDefinition m_definition;
    SchemaCatalog m_catalog;
    QuestionPlan m_plan;
    PollValues m_values;
    PlannerEstimates m_estimates;
    size_t m_queuesBefore = 0;
    ServerTime m_sizeChecked;
    std::map<QString, double> m_elapsed_ms;  // by question, of the present poll
    double m_roundTrip_ms = 1e9;             // the quickest statement ever
};

}  // namespace spillway

// The engine: reads one installed queue system by asking the questions of its definition. Knows no
// system by name. Throws PostgresError.
#pragma once

#include "backends/postgres/claims/accumulator.h"
#include "backends/postgres/engine/queue_answers.h"
#include "backends/postgres/engine/unworked_watch.h"

namespace spillway {

// What outlives a poll, and a reconnect: totals that only grow.
struct PollMemory {
    FlowAccumulator flow;
    CountAdvance advance;
    ClaimAccumulator claims;
    UnworkedWatch unworked;
    qint64 logLimit = 10'000;  // most events of the claim log in one read; also a poll that failed teaches it
};

class PostgresSystem {
public:
    PostgresSystem(SystemIdentity identity, SystemDefinition definition, SchemaCatalog catalog,
                   QuestionPlan plan);

    [[nodiscard]] DetectedSystem detected() const { return {m_identity, m_round.plan().capabilities, {}}; }
    [[nodiscard]] const SystemIdentity& identity() const { return m_identity; }
    [[nodiscard]] const SystemDefinition& definition() const { return m_definition; }
    [[nodiscard]] const SchemaCatalog& catalog() const { return m_catalog; }
    [[nodiscard]] const QuestionPlan& plan() const { return m_round.plan(); }
    // It was read since it was detected: a failure of kind `changed` is news, and detection must look again.
    [[nodiscard]] bool proven() const { return m_round.proven(); }

    // `share` in (0, 1]: this system's part of the budget of one poll, when a server holds several.
    SystemReading read(ReadTransaction& transaction, PollMemory& memory, double share);

    // For questions besides the polls: every queue, and the values to ask about them all with.
    std::vector<ListedQueue> queues(ReadTransaction& transaction);
    [[nodiscard]] const PollValues& values() const { return m_values; }

private:
    void throwIfReplaced(ReadTransaction& transaction) const;
    void throwIfOutgrown(ReadTransaction& transaction);
    [[noreturn]] void throwChanged(const QString& what) const;
    std::vector<ListedQueue> readQueues(ReadTransaction& transaction, qint64& total);
    void readCounts(ReadTransaction& transaction, QueueAnswers& answers,
                    const std::vector<ListedQueue>& queues);
    void readAges(ReadTransaction& transaction, QueueAnswers& answers);
    void readDoomed(ReadTransaction& transaction, const QueueAnswers& answers, UnworkedWatch& watch);
    void readAttempts(ReadTransaction& transaction, QueueAnswers& answers, FlowAccumulator& flow);
    void readClaims(ReadTransaction& transaction, QueueAnswers& answers, PollMemory& memory);
    [[nodiscard]] std::map<std::string, ClaimsReading> readClaimLog(ReadTransaction& transaction,
                                                                    PollMemory& memory);
    void readWorkers(ReadTransaction& transaction, SystemReading& reading);
    void readLeases(ReadTransaction& transaction, SystemReading& reading);
    [[nodiscard]] Count leaseTotal(const std::vector<Answered>& answers, const SystemReading& reading) const;

    [[nodiscard]] QString sourceFor(const QString& partition) const;
    void startCaps(size_t queues, double share);
    void capRetries(size_t queues, double share);
    void capFlow(const FlowAccumulator& flow, size_t queues, double share);
    void adaptCaps(const QueueAnswers& answers, double share);

    SystemIdentity m_identity;
    SystemDefinition m_definition;
    SchemaCatalog m_catalog;
    QuestionRound m_round;
    PollValues m_values;
    PlannerEstimates m_estimates;
    size_t m_queuesBefore = 0;
    qint64 m_leastCounted = 100;      // cap never falls below it
    std::vector<double> m_retryRows;  // of queues with retries, when last looked at
    ServerTime m_sizeChecked;
};

}  // namespace spillway

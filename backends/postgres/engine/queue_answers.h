// What one poll has heard about the queues of one system: rows in, one QueueReading for each queue out.
// Knows no server. Queues by their raw names.
#pragma once

#include "backends/postgres/claims/accumulator.h"
#include "backends/postgres/engine/count_advance.h"
#include "backends/postgres/engine/flow_accumulator.h"
#include "backends/postgres/engine/planner_estimate.h"
#include "backends/postgres/engine/question_round.h"

namespace spillway {

struct ListedQueue {
    std::string name;
    QString source;  // the relation its jobs are read from
    std::optional<bool> paused;
    std::string deadLetter;  // the queue that its dead letters are copied to; empty: none
    QString rule;            // by which only so many of its jobs run at a time; empty: none
};

class QueueAnswers {
public:
    void takeCounts(const Rows& rows);
    void takeCachedCounts(const Rows& rows);
    void takeOldest(const Rows& rows);
    void takeExpiring(const std::vector<Answered>& answers);
    // Ready by their own columns, and yet not to be taken before another one.
    void takeBehind(const std::vector<Answered>& answers);
    void takeDeadAges(const std::vector<Answered>& answers);
    void takeDeadSamples(const std::vector<Answered>& answers);
    void takeRunTimes(const std::vector<Answered>& answers);
    void takeAttempts(const std::vector<Answered>& answers);
    void takeRetryDues(const std::vector<Answered>& answers);
    // Rows of a window go to `flow`, counters are kept here.
    void takeFlow(const Answered& answer, FlowAccumulator& flow);
    // Of the claim log; they stand in for a flow question of `amplification`.
    void takeExecutions(const std::string& queue, ClaimAccumulator::Executions executions) {
        m_executions[queue] = std::move(executions);
    }
    void takeClaims(std::map<std::string, ClaimsReading> claims) { m_claims = std::move(claims); }

    [[nodiscard]] bool anyCountCapped() const;
    [[nodiscard]] bool anyExpiresBefore(ServerTime at) const;
    [[nodiscard]] bool anyDeadCapped() const { return m_deadCapped; }
    // What the due times of retries cost of each queue, in rows; of one that was cut off `cap`.
    [[nodiscard]] std::vector<double> retryRows(qint64 cap) const;
    [[nodiscard]] bool wantsDeadSample() const { return m_wantsSample; }
    [[nodiscard]] std::vector<CappedCount> cappedCounts(const std::vector<ListedQueue>& queues) const;

    // What a reading is made with besides the answers themselves.
    struct Sources {
        const QuestionPlan& plan;
        const SystemDefinition& definition;
        const PlannerEstimates& estimates;
        const FlowAccumulator& flow;
        CountAdvance& advance;
        QString title;
        ServerTime now;
    };
    [[nodiscard]] QueueReading reading(const ListedQueue& queue, const Sources& from) const;

private:
    struct Cell {
        qint64 n = 0;
        bool capped = false;
    };
    struct CachedCell {
        qint64 n = 0;
        ServerTime asOf;
    };
    struct Behind {
        Count ready = Count::exact(0);  // of those counted as ready
        std::optional<BlockedOnDead> dead;
    };
    struct DeadSample {
        DeadAges ages;
        qint64 looked_at = 0;
    };
    template <typename T>
    using ByQueue = std::map<std::string, T>;

    void takeDeadAge(const std::string& queue, const Row& row, const Question& question);
    [[nodiscard]] Count count(const ListedQueue& queue, const QString& state, const Sources& from) const;
    [[nodiscard]] Count cachedCount(const ListedQueue& queue, const QString& state, const CachedCell& cell,
                                    const Sources& from) const;
    void putBehind(QueueReading& reading, const std::string& queue) const;
    [[nodiscard]] FlowTotals flowTotals(const std::string& queue, const Sources& from) const;
    [[nodiscard]] DeadAges deadAges(const std::string& queue, const Count& dead, const Sources& from) const;

    ByQueue<std::map<QString, Cell>> m_counts;
    ByQueue<std::map<QString, CachedCell>> m_cached;
    ByQueue<Measured<ServerTime>> m_oldest, m_oldestDead, m_purgeNext;
    ByQueue<Count> m_lost, m_expiring;
    ByQueue<Measured<ServerTime>> m_expiresNext;
    ByQueue<Behind> m_behind;
    ByQueue<DeadAges> m_deadAges;
    ByQueue<DeadSample> m_deadSamples;
    ByQueue<bool> m_deadAgesCapped;
    ByQueue<std::map<std::string, qint64>> m_counters;  // flow with basis counter
    ByQueue<Seconds> m_runTimes;
    ByQueue<Ratio> m_attempts;
    ByQueue<RetryDues> m_retryDues;
    ByQueue<ClaimsReading> m_claims;
    ByQueue<ClaimAccumulator::Executions> m_executions;
    bool m_deadCapped = false, m_wantsSample = false;
};

}  // namespace spillway

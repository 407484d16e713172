// Asks the questions of one installed system during one poll, and keeps for a while the rows of those
// that may be asked more rarely. A question that the server refuses, because of a value in the rows or
// because the tables are not what their catalog says, is set aside for a minute: its signals become gaps that
// say why, and the rest is read as ever. Throws PostgresError for what is no fault of one question.
#pragma once

#include "backends/postgres/engine/question_plan.h"
#include "backends/postgres/engine/question_sql.h"
#include "backends/postgres/wire/connection.h"

namespace spillway {

// The rows of one variant of a question.
struct Answered {
    const Question* question = nullptr;  // lives as long as the round
    Rows rows;
};

class QuestionRound {
public:
    // `subject` in words, for failures: "pg-boss in pgboss".
    QuestionRound(QuestionPlan plan, QString subject)
        : m_plan(std::move(plan)), m_full(m_plan.capabilities), m_subject(std::move(subject)) {}

    [[nodiscard]] const QuestionPlan& plan() const { return m_plan; }
    void begin(ServerTime now);  // a new poll
    // What was read since detection was as detection saw it: from now on a change asks for a new detection.
    void setProven() { m_proven = true; }
    [[nodiscard]] bool proven() const { return m_proven; }
    // A question of this name was set aside, and is asked again in the present poll.
    [[nodiscard]] bool resumed(const QString& question) const { return m_resumed.contains(question); }
    // Variants with the same columns: together, in one statement for scans and one for index probes.
    std::vector<Rows> together(ReadTransaction& transaction, const QString& question,
                               const PollValues& values);
    // Every variant on its own.
    std::vector<Answered> each(ReadTransaction& transaction, const QString& question,
                               const PollValues& values);
    // False also where an answer of a poll before was still young enough.
    [[nodiscard]] bool asked(const QString& question) const { return m_elapsed_ms.contains(question); }
    // What this question cost in the present poll, without the way there and back.
    [[nodiscard]] double spent_ms(const QString& question) const;

private:
    struct Kept {
        ServerTime at;
        QueuesBySource queues;
        Rows rows;
    };
    Rows ask(ReadTransaction& transaction, const std::vector<const Question*>& variants,
             const PollValues& values);
    std::optional<Rows> askOrRecall(ReadTransaction& transaction, const Question& question,
                                    const PollValues& values);
    // nullopt: refused, and set aside.
    std::optional<Rows> askOrSetAside(ReadTransaction& transaction, const Question& question,
                                      const PollValues& values);
    [[nodiscard]] bool isOneQuestions(const PostgresError& error, const QString& question) const;
    void setAside(const Question& question, const Failure& failure, ServerTime now);

    QuestionPlan m_plan;
    Capabilities m_full;  // of the plan, when nothing is set aside
    QString m_subject;
    std::map<QString, Kept> m_kept;          // by SQL
    std::map<QString, double> m_elapsed_ms;  // by question, of the present poll
    double m_roundTrip_ms = 1e9;             // the quickest statement ever
    bool m_renewed = false;                  // a kept answer, in the present poll
    std::optional<ServerTime> m_setAside;    // when the first of them was
    std::set<QString> m_resumed;             // names
    bool m_proven = false;
};

}  // namespace spillway

#include "backends/postgres/engine/question_round.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {
constexpr double setAsideFor_s = 60;
}

void QuestionRound::begin(ServerTime now) {
    m_elapsed_ms.clear();
    m_renewed = false;
    m_resumed.clear();
    if (!m_setAside) return;
    const double age = secondsBetween(*m_setAside, now);
    if (age >= 0 && age < setAsideFor_s) return;
    for (const auto& question : m_plan.questions)
        if (m_plan.set_aside.contains(question.sql)) m_resumed.insert(question.name);
    m_plan.set_aside.clear();
    m_plan.capabilities = m_full;
    m_setAside.reset();
}

// Without its queues nothing of a system can be read. A lock, a time limit or a missing resource is no fault
// of the question; and tables that were read before have changed, which detection must see first.
bool QuestionRound::isOneQuestions(const PostgresError& error, const QString& question) const {
    if (error.loss() != Loss::transaction || question == "queues"_L1) return false;
    const auto kind = error.failure().kind;
    return kind == FailureKind::protocol || (kind == FailureKind::changed && !m_proven);
}

void QuestionRound::setAside(const Question& question, const Failure& failure, ServerTime now) {
    m_plan.set_aside.insert(question.sql);
    if (!m_setAside) m_setAside = now;
    for (const auto& signal : question.answers)
        if (!m_plan.answering(question.name, signal))
            m_plan.capabilities.set(signal, false, failure.sentence());
}

std::optional<Rows> QuestionRound::askOrSetAside(ReadTransaction& transaction, const Question& question,
                                                 const PollValues& values) {
    try {
        return ask(transaction, {&question}, values);
    } catch (const PostgresError& error) {
        if (!isOneQuestions(error, question.name)) throw;
        transaction.restart();
        setAside(question, error.failure(), values.now);
        return std::nullopt;
    }
}

double QuestionRound::spent_ms(const QString& question) const {
    const auto it = m_elapsed_ms.find(question);
    return it == m_elapsed_ms.end() ? 0 : std::max(0.0, it->second - m_roundTrip_ms);
}

Rows QuestionRound::ask(ReadTransaction& transaction, const std::vector<const Question*>& variants,
                        const PollValues& values) {
    const auto statement = statementFor(variants, values);
    if (statement.sql.empty()) return {};
    const auto& name = variants.front()->name;
    transaction.useIndexesOnly(!variants.front()->scan);
    const auto started = std::chrono::steady_clock::now();
    auto rows = transaction.query(statement.sql, statement.parameters, u"%1 of %2"_s.arg(name, m_subject));
    const double elapsed =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
    m_elapsed_ms[name] += elapsed;
    m_roundTrip_ms = std::min(m_roundTrip_ms, elapsed);
    return rows;
}

// Several answers that grow old at the same moment are renewed in polls that follow one another, so that
// no poll pays for all of them.
std::optional<Rows> QuestionRound::askOrRecall(ReadTransaction& transaction, const Question& question,
                                               const PollValues& values) {
    if (question.every_s <= 0) return askOrSetAside(transaction, question, values);
    const auto kept = m_kept.find(question.sql);
    if (kept != m_kept.end() && kept->second.queues == values.queues) {
        const double age = secondsBetween(kept->second.at, values.now);
        const double most = question.every_s * (m_renewed ? 2.0 : 1.0);
        if (age >= 0 && age < most) return kept->second.rows;
        m_renewed = true;
    }
    auto rows = askOrSetAside(transaction, question, values);
    if (rows) m_kept[question.sql] = {values.now, values.queues, *rows};
    return rows;
}

std::vector<Rows> QuestionRound::together(ReadTransaction& transaction, const QString& question,
                                          const PollValues& values) {
    std::vector<const Question*> scans, probes;
    for (const auto* variant : m_plan.named(question)) (variant->scan ? scans : probes).push_back(variant);
    std::vector<Rows> answers;
    for (const auto& variants : {scans, probes}) {
        if (variants.empty()) continue;
        try {
            answers.push_back(ask(transaction, variants, values));
        } catch (const PostgresError& error) {
            if (!isOneQuestions(error, question)) throw;
            transaction.restart();
            for (const auto* variant : variants)
                if (auto rows = askOrSetAside(transaction, *variant, values))
                    answers.push_back(*std::move(rows));
        }
    }
    return answers;
}

std::vector<Answered> QuestionRound::each(ReadTransaction& transaction, const QString& question,
                                          const PollValues& values) {
    std::vector<Answered> answers;
    for (const auto* variant : m_plan.named(question))
        if (auto rows = askOrRecall(transaction, *variant, values))
            answers.push_back({variant, *std::move(rows)});
    return answers;
}

}  // namespace spillway

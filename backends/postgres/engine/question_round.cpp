#include "backends/postgres/engine/question_round.h"

namespace spillway {
using namespace Qt::StringLiterals;

void QuestionRound::begin() {
    m_elapsed_ms.clear();
    m_renewed = false;
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
Rows QuestionRound::askOrRecall(ReadTransaction& transaction, const Question& question,
                                const PollValues& values) {
    if (question.every_s <= 0) return ask(transaction, {&question}, values);
    const auto kept = m_kept.find(question.sql);
    if (kept != m_kept.end() && kept->second.queues == values.queues) {
        const double age = secondsBetween(kept->second.at, values.now);
        const double most = question.every_s * (m_renewed ? 2.0 : 1.0);
        if (age >= 0 && age < most) return kept->second.rows;
        m_renewed = true;
    }
    auto rows = ask(transaction, {&question}, values);
    m_kept[question.sql] = {values.now, values.queues, rows};
    return rows;
}

std::vector<Rows> QuestionRound::together(ReadTransaction& transaction, const QString& question,
                                          const PollValues& values) {
    std::vector<const Question*> scans, probes;
    for (const auto* variant : m_plan.named(question)) (variant->scan ? scans : probes).push_back(variant);
    std::vector<Rows> answers;
    for (const auto& variants : {scans, probes})
        if (!variants.empty()) answers.push_back(ask(transaction, variants, values));
    return answers;
}

std::vector<Answered> QuestionRound::each(ReadTransaction& transaction, const QString& question,
                                          const PollValues& values) {
    std::vector<Answered> answers;
    for (const auto* variant : m_plan.named(question))
        answers.push_back({variant, askOrRecall(transaction, *variant, values)});
    return answers;
}

}  // namespace spillway

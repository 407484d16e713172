#include "backends/postgres/claims/reading.h"

#include "backends/postgres/engine/display_name.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr size_t mostConditions = 50;

ClaimEvidence evidenceNamed(const QString& name) {
    return name == "recorded"_L1  ? ClaimEvidence::recorded
           : name == "sampled"_L1 ? ClaimEvidence::sampled
                                  : ClaimEvidence::counter;
}

Count counted(const std::optional<qint64>& n, bool capped, const Question& question) {
    if (!n) return Count::notObservable(u"this system does not count it"_s);
    if (!question.estimated.isEmpty()) return Count::estimated(*n, question.estimated);
    return capped ? Count::lowerBound(*n, u"not all of them were looked at"_s) : Count::exact(*n);
}

DuplicateClaim duplicateFrom(const Row& row) {
    return {row.text("id"),
            displayName(row.bytes("queue").value_or(QByteArray()).toStdString()),
            row.text("kind"),
            row.text("first_owner"),
            row.text("second_owner"),
            row.time("first_claimed_at"),
            row.time("second_claimed_at"),
            row.number("overlap_s"),
            evidenceNamed(row.text("evidence")),
            row.text("note")};
}

}  // namespace

std::map<std::string, ClaimsReading> claimsFrom(const std::vector<Answered>& claims,
                                                const std::vector<Answered>& duplicates) {
    std::map<std::string, ClaimsReading> byQueue;
    for (const auto& answer : claims)
        for (size_t i = 0; i < answer.rows.size(); ++i) {
            const Row row = answer.rows.at(i);
            const auto name = row.bytes("queue");
            if (!name) continue;
            const bool capped = row.flag("capped");
            byQueue.try_emplace(name->toStdString(),
                                ClaimsReading{counted(row.integer("claims"), capped, *answer.question),
                                              counted(row.integer("duplicates"), capped, *answer.question),
                                              row.time("since"),
                                              evidenceNamed(row.text("evidence")),
                                              {}});
        }
    for (const auto& answer : duplicates)
        for (size_t i = 0; i < answer.rows.size(); ++i) {
            const Row row = answer.rows.at(i);
            const auto queue = byQueue.find(row.bytes("queue").value_or(QByteArray()).toStdString());
            if (queue != byQueue.end() && queue->second.incidents.size() < kMostIncidents)
                queue->second.incidents.push_back(duplicateFrom(row));
        }
    return byQueue;
}

std::vector<Condition> conditionsFrom(const std::vector<Answered>& answers) {
    std::vector<Condition> conditions;
    for (const auto& answer : answers)
        for (size_t i = 0; i < answer.rows.size() && conditions.size() < mostConditions; ++i) {
            const Row row = answer.rows.at(i);
            const auto kind = conditionFromName(row.text("kind"));
            if (!kind) continue;
            const auto n = row.integer("n");
            conditions.push_back({*kind, displayName(row.bytes("queue").value_or(QByteArray()).toStdString()),
                                  row.text("subject"),
                                  n ? counted(n, row.flag("capped"), *answer.question)
                                    : Count::notObservable(u"it is not about a number of jobs"_s),
                                  row.time("since"), row.text("evidence")});
        }
    return conditions;
}

}  // namespace spillway

#include "backends/postgres/engine/question_plan.h"

#include <algorithm>

#include "backends/domain/condition.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

const QStringList& signalOrder() {
    static const QStringList order{
        u"ready"_s,         u"scheduled"_s,  u"retrying"_s,      u"running"_s,
        u"dead"_s,          u"overdue"_s,    u"oldest_age_s"_s,  u"dead_oldest_age_s"_s,
        u"lost_next_24h"_s, u"dead_ages"_s,  u"purge_next"_s,    u"dead_jobs"_s,
        u"arrival_rate"_s,  u"drain_rate"_s, u"amplification"_s, u"potential_amplification"_s,
        u"run_time_s"_s,    u"retry_due"_s,  u"claims"_s,        u"duplicate_claims"_s,
        u"leases"_s,        u"paused"_s,     u"workers"_s};
    return order;
}

// Listed where they are answered, or the definition says why not; elsewhere they would only be noise.
const QStringList& signalsBesides() {
    static const QStringList list = [] {
        QStringList names{u"retried"_s,         u"blocked"_s, u"expiring"_s, u"take_overs"_s,
                          u"failed_for_good"_s, u"replay"_s,  u"release"_s,  u"undo"_s};
        for (const auto kind :
             {ConditionKind::no_leader, ConditionKind::schedule_overdue, ConditionKind::schedule_twice,
              ConditionKind::never_claimed, ConditionKind::poison_pill, ConditionKind::orphaned,
              ConditionKind::zombie, ConditionKind::trimmed, ConditionKind::unserved,
              ConditionKind::removed_unworked, ConditionKind::serial_lock})
            names << conditionName(kind);
        return names;
    }();
    return list;
}

// Fills the terms in, in the SQL of every question.
class Terms {
public:
    Terms(const SystemDefinition& definition, const SchemaCatalog& catalog) : m_values(sharedTerms()) {
        for (const auto& [name, alternatives] : definition.terms)
            for (const auto& alternative : alternatives)
                if (std::all_of(
                        alternative.columns.begin(), alternative.columns.end(),
                        [&](const QString& c) { return catalog.column(c) && catalog.column(c)->readable; })) {
                    m_values[name] = alternative.sql;
                    break;
                }
    }
    [[nodiscard]] QString filled(QString sql) const {
        for (const auto& [name, value] : m_values) sql.replace(u'{' + name + u'}', value);
        return sql;
    }

private:
    std::map<QString, QString> m_values;
};

// Leases that name their owner: two polls may see that another one took over, and never see every take-over.
QString methodOf(const Question& question, const QString& signal) {
    if (signal == "take_overs"_L1)
        return u"at least: what two polls see of it, when one attempt is in other hands"_s;
    return question.estimated.isEmpty() ? question.how : u"estimated: "_s + question.estimated;
}
QString noRecord(const SystemDefinition& definition) {
    return u"%1 keeps no record of it."_s.arg(definition.title);
}

enum class Fit { good, notThisLayout, forbidden };

struct Verdict {
    Fit fit = Fit::good;
    QString why;
};

QString grantFor(const SchemaCatalog& catalog, const QString& tableName, const QStringList& columns) {
    const auto* table = catalog.table(tableName);
    const bool some = std::any_of(table->columns.begin(), table->columns.end(),
                                  [](const auto& c) { return c.second.readable; });
    const QString what = some ? u"SELECT (%1)"_s.arg(columns.join(u", "_s)) : u"SELECT"_s;
    QString grant = u"GRANT %1 ON %2 TO %3;"_s.arg(what, table->quoted, catalog.role);
    if (!catalog.usable)
        grant = u"GRANT USAGE ON SCHEMA %1 TO %2; %3"_s.arg(catalog.quoted, catalog.role, grant);
    return u"The role %1 may not read %2. %3"_s.arg(catalog.role, table->quoted, grant);
}

// A column that only some layouts have is written with a question mark: "job.heartbeat_on?".
bool isOptional(const QString& column) {
    return column.endsWith(u'?');
}
QStringList columnsWritten(const Question& question, const SchemaCatalog& catalog) {
    QStringList columns;
    for (const auto& column : question.writes)
        if (const auto name = isOptional(column) ? column.chopped(1) : column;
            !isOptional(column) || catalog.column(name))
            columns << name;
    return columns;
}

Verdict mayWrite(const Question& question, const SchemaCatalog& catalog) {
    std::map<QString, QStringList> missing;
    for (const auto& column : columnsWritten(question, catalog))
        if (!catalog.column(column)->updatable)
            missing[column.section(u'.', 0, 0)] << column.section(u'.', 1);
    if (missing.empty()) return {};
    const auto& [name, columns] = *missing.begin();
    const auto* table = catalog.table(name);
    return {Fit::forbidden, u"The role %1 may not change %2. GRANT UPDATE (%3) ON %2 TO %1;"_s.arg(
                                catalog.role, table->quoted, columns.join(u", "_s))};
}

Verdict permission(const Question& question, const SchemaCatalog& catalog) {
    std::map<QString, QStringList> missing;
    for (const auto& column : question.columns) {
        const auto name = column.section(u'.', 0, 0);
        const auto* table = catalog.table(name);
        if (table && table->absent)
            return {
                Fit::forbidden,
                u"%1 is an unlogged table, which this replica does not have. Connect to the primary to see it."_s
                    .arg(table->quoted)};
        if (table && table->rowSecurity)
            return {Fit::forbidden,
                    u"Row-level security hides rows of %1 from the role %2: numbers would be wrong. "
                    "Use the table's owner, %3, or a role with BYPASSRLS."_s.arg(table->quoted, catalog.role,
                                                                                 table->owner)};
        if (!catalog.usable || !catalog.column(column)->readable) missing[name] << column.section(u'.', 1);
    }
    if (missing.empty()) return mayWrite(question, catalog);
    return {Fit::forbidden, grantFor(catalog, missing.begin()->first, missing.begin()->second)};
}

Verdict fits(const Question& question, const SystemDefinition& definition, const SchemaCatalog& catalog) {
    for (const auto& column : question.columns + columnsWritten(question, catalog))
        if (!catalog.column(column)) return {Fit::notThisLayout, {}};
    const auto* jobs = catalog.table(definition.jobs);
    for (const auto& index : question.indexes)
        if (!jobs || !jobs->hasIndex(index)) return {Fit::notThisLayout, {}};
    if (question.scan && (!jobs || jobs->bytes > definition.scanBytes)) return {Fit::notThisLayout, {}};
    return permission(question, catalog);
}

}  // namespace

std::vector<const Question*> QuestionPlan::named(const QString& name) const {
    std::vector<const Question*> found;
    for (const auto& question : questions)
        if (question.name == name && !set_aside.contains(question.sql)) found.push_back(&question);
    return found;
}

const Question* QuestionPlan::answering(const QString& name, const QString& signal) const {
    const auto it = std::find_if(questions.begin(), questions.end(), [&](const Question& q) {
        return q.name == name && q.answers.contains(signal) && !set_aside.contains(q.sql);
    });
    return it == questions.end() ? nullptr : &*it;
}

QuestionPlan planQuestions(const SystemDefinition& definition, const SchemaCatalog& catalog,
                           const std::map<QString, QString>& refused) {
    const Terms terms(definition, catalog);
    QuestionPlan plan;
    std::map<QString, QStringList> taken;  // question name -> signals answered
    std::map<QString, QString> reasons, known;
    for (Question question : definition.questions) {
        question.sql = terms.filled(question.sql);
        QStringList open;
        for (const auto& signal : question.answers)
            if (!taken[question.name].contains(signal)) open << signal;
        if (open.isEmpty() && !question.answers.isEmpty()) continue;
        auto verdict = fits(question, definition, catalog);
        if (const auto it = refused.find(question.sql); it != refused.end())
            verdict = {Fit::forbidden, it->second};
        if (verdict.fit == Fit::forbidden)
            for (const auto& signal : open.isEmpty() ? signalOrder() : open)
                reasons.try_emplace(signal, verdict.why);
        if (verdict.fit != Fit::good) continue;
        for (const auto& signal : open) {
            known.try_emplace(signal, methodOf(question, signal));
            taken[question.name] << signal;
        }
        question.answers = open;
        plan.questions.push_back(std::move(question));
    }
    for (const auto& [state, condition] : definition.planner) plan.planner[state] = terms.filled(condition);
    const bool anyQueue = !plan.named(u"queues"_s).empty();
    QStringList listed = signalOrder();
    for (const auto& signal : signalsBesides())
        if (known.contains(signal) || reasons.contains(signal) || definition.gaps.contains(signal) ||
            definition.always.contains(signal))
            listed << signal;
    for (const auto& signal : listed) {
        const auto gap = definition.gaps.find(signal);
        QString why = reasons.contains(signal)       ? reasons[signal]
                      : gap == definition.gaps.end() ? QString()
                                                     : gap->second;
        if (why.isEmpty()) why = noRecord(definition);
        if (const auto* jobs = catalog.table(definition.jobs)) why.replace(u"{job}"_s, jobs->quoted);
        if (anyQueue && known.contains(signal))
            plan.capabilities.set(signal, true, known[signal]);
        else if (anyQueue && definition.always.contains(signal))
            plan.capabilities.set(signal, true, definition.always.at(signal));
        else
            plan.capabilities.set(signal, false, why);
    }
    return plan;
}

Capabilities capabilitiesAtBest(const SystemDefinition& definition) {
    Capabilities best;
    for (const auto& signal : signalOrder() + signalsBesides()) {
        const auto question = std::find_if(definition.questions.begin(), definition.questions.end(),
                                           [&](const Question& q) { return q.answers.contains(signal); });
        if (question != definition.questions.end())
            best.set(signal, true, methodOf(*question, signal));
        else if (const auto always = definition.always.find(signal); always != definition.always.end())
            best.set(signal, true, always->second);
        else if (const auto gap = definition.gaps.find(signal); gap != definition.gaps.end())
            best.set(signal, false, gap->second);
        else
            best.set(signal, false, noRecord(definition));
    }
    return best;
}

}  // namespace spillway

#include "backends/postgres/engine/needed_rights.h"

#include <QRegularExpression>
#include <set>

#include "backends/domain/human_text.h"
#include "backends/postgres/mapped/columns.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

using ColumnSet = std::map<QString, std::set<QString>>;  // table -> columns

// The catalog as a role with every right would find it: what is chosen then is all that is ever asked.
SchemaCatalog openToAll(SchemaCatalog catalog) {
    catalog.usable = true;
    for (auto& [name, table] : catalog.tables) {
        table.rowSecurity = false;
        for (auto& [column, facts] : table.columns) facts.readable = facts.updatable = true;
    }
    return catalog;
}

class NeededRights {
public:
    NeededRights(const PostgresSystem& system, QString role)
        : m_system(system), m_catalog(openToAll(system.catalog())), m_role(std::move(role)),
          m_plan(planQuestions(system.definition(), m_catalog)) {}

    SystemRights all() {
        SystemRights rights;
        rights.identity = m_system.identity();
        const auto poll = [](const Question& q) { return !acts(q) && q.name != "dead_job"_L1; };
        readVersion();
        ColumnSet observed = m_whole;
        collect(observed, poll);
        ColumnSet inspected, acted, written;
        collect(inspected, [](const Question& q) { return q.name == "dead_job"_L1; });
        collect(acted, acts);
        collectWrites(written);
        rights.observe << u"GRANT USAGE ON SCHEMA %1 TO %2;"_s.arg(m_catalog.quoted, m_role)
                       << grants(u"SELECT"_s, observed, {});
        rights.inspect = grants(u"SELECT"_s, inspected, observed);
        rights.act = grants(u"SELECT"_s, acted, observed) + grants(u"UPDATE"_s, written, {});
        if (const auto tables = policed({observed, inspected, acted, written}); !tables.isEmpty())
            passPolicies(rights, tables);
        return rights;
    }

private:
    static bool acts(const Question& question) {
        return question.name.startsWith("replay_"_L1) || question.name.startsWith("release_"_L1) ||
               question.name.startsWith("undo_"_L1) || question.name.startsWith("acting_"_L1);
    }

    void add(ColumnSet& into, const QString& tableDotColumn) const {
        if (m_catalog.column(tableDotColumn))
            into[tableDotColumn.section(u'.', 0, 0)].insert(tableDotColumn.section(u'.', 1));
    }

    // The label of the version is read only by a role that may read all of its table.
    void readVersion() {
        static const QRegularExpression named(u"\\{schema\\}\\.(\\w+)"_s);
        for (auto it = named.globalMatch(m_system.definition().versionSql); it.hasNext();)
            if (const QString name = it.next().captured(1); const auto* table = m_catalog.table(name))
                for (const auto& [column, facts] : table->columns) m_whole[name].insert(column);
    }

    template <typename Wanted>
    void collect(ColumnSet& into, Wanted wanted) {
        for (const auto& question : m_plan.questions) {
            if (!wanted(question)) continue;
            for (const auto& column : question.columns) add(into, column);
            // A system column, which a right to some columns does not include.
            if (question.sql.contains("xmin"_L1)) into[m_system.definition().jobs].insert(u"xmin"_s);
            for (const auto& original : m_system.definition().questions)
                if (original.name == question.name && original.file == question.file)
                    collectTerms(into, original.sql);
        }
        for (const auto& question : m_plan.questions)
            if (wanted(question)) collectWhole(into, question.sql);
    }

    // A table of which all columns are asked, or none is declared by name.
    void collectWhole(ColumnSet& into, const QString& sql) const {
        static const QRegularExpression named(u"\\{schema\\}\\.(\\w+)(?:\\s+(?:AS\\s+)?(\\w+))?"_s);
        for (auto it = named.globalMatch(sql); it.hasNext();) {
            const auto match = it.next();
            const QString name = match.captured(1), alias = match.captured(2);
            const auto* table = m_catalog.table(name);
            const bool all = !alias.isEmpty() && sql.contains(alias + u".*"_s);
            if (!table || (into.contains(name) && !all)) continue;
            for (const auto& [column, facts] : table->columns) into[name].insert(column);
        }
    }

    // A term is decided by the columns that it reads.
    void collectTerms(ColumnSet& into, const QString& sql) {
        for (const auto& [name, alternatives] : m_system.definition().terms) {
            if (!sql.contains(u'{' + name + u'}')) continue;
            for (const auto& alternative : alternatives) {
                if (!std::ranges::all_of(alternative.columns,
                                         [&](const QString& c) { return m_catalog.column(c) != nullptr; }))
                    continue;
                for (const auto& column : alternative.columns) add(into, column);
                collectTerms(into, alternative.sql);
                break;
            }
        }
    }

    void collectWrites(ColumnSet& into) const {
        for (const auto& question : m_plan.questions)
            for (QString column : question.writes)
                add(into, column.endsWith(u'?') ? column.chopped(1) : column);
    }

    // One statement for each table, without what is `given` already.
    QStringList grants(const QString& right, const ColumnSet& columns, const ColumnSet& given) const {
        QStringList statements;
        for (const auto& [name, wanted] : columns) {
            const auto* table = m_catalog.table(name);
            const auto had = given.find(name);
            QStringList list;
            for (const auto& column : wanted)
                if (had == given.end() || !had->second.contains(column)) list << quotedIdentifier(column);
            if (list.isEmpty()) continue;
            const bool all = std::ranges::all_of(
                table->columns, [&wanted](const auto& column) { return wanted.contains(column.first); });
            statements << u"GRANT %1 ON %2 TO %3;"_s.arg(
                all ? right : right + u" ("_s + list.join(u", "_s) + u')', table->quoted, m_role);
        }
        return statements;
    }

    QStringList policed(std::initializer_list<ColumnSet> sets) const {
        QStringList tables;
        for (const auto& set : sets)
            for (const auto& [name, columns] : set)
                if (const auto* table = m_catalog.table(name);
                    table->policed && !tables.contains(table->quoted))
                    tables << table->quoted;
        return tables;
    }

    void passPolicies(SystemRights& rights, const QStringList& tables) const {
        rights.observe << u"ALTER ROLE %1 BYPASSRLS;"_s.arg(m_role);
        rights.notes
            << u"%1 %2 row-level security, which hides rows: numbers would be wrong. BYPASSRLS holds "
               u"for the whole server and only a superuser gives it; the tables' owner needs none."_s.arg(
                   visibleText(tables.join(u", "_s), 300), tables.size() == 1 ? u"has"_s : u"have"_s);
    }

    const PostgresSystem& m_system;
    SchemaCatalog m_catalog;
    QString m_role;
    QuestionPlan m_plan;
    ColumnSet m_whole;
};

}  // namespace

SystemRights neededRights(const PostgresSystem& system, const QString& role) {
    return NeededRights(system, role).all();
}

}  // namespace spillway

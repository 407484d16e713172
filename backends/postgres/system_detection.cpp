#include "backends/postgres/system_detection.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// Below this many rows even a full scan is no harm worth a refusal.
constexpr double largeTable = 100'000;

QString versionOf(ReadTransaction& transaction, const SystemDefinition& definition,
                  const SchemaCatalog& catalog) {
    if (definition.versionSql.isEmpty()) return {};
    for (const auto& column : definition.columns)
        if (column.startsWith("version."_L1) && (!catalog.usable || !catalog.column(column)->readable))
            return {};
    QString sql = definition.versionSql;
    const auto rows = transaction.query(sql.replace(u"{schema}"_s, catalog.quoted).toStdString(), {},
                                        u"the version of %1 in %2"_s.arg(definition.title, catalog.schema));
    return rows.size() == 0 ? QString() : rows.at(0).text("version");
}

PollValues trialValues(const SchemaCatalog& catalog, const CatalogTable& jobs, ServerTime now) {
    PollValues values;
    values.schema = catalog.schema;
    values.schemaQuoted = catalog.quoted;
    values.jobs = jobs.quoted;
    values.queues[jobs.quoted] = {"queue"};
    values.now = values.until = now;
    values.since = now - std::chrono::seconds{2};
    return values;
}

// A quarter of what reading the whole table would cost: probing must be far below that.
bool tooDear(const PlanFacts& plan, const CatalogTable& jobs) {
    return plan.sequentialScan || plan.cost > 0.25 * (jobs.pages + 0.0125 * jobs.rows);
}

std::map<QString, QString> refusedPlans(ReadTransaction& transaction, const SystemDefinition& definition,
                                        const SchemaCatalog& catalog, const QuestionPlan& plan) {
    std::map<QString, QString> refused;
    const auto* jobs = catalog.table(definition.jobs);
    if (!jobs || jobs->rows < largeTable) return refused;
    const auto values = trialValues(catalog, *jobs, transaction.moment().now);
    transaction.useIndexesOnly(true);
    for (const auto& question : plan.questions) {
        if (!question.checkPlan) continue;
        const auto facts =
            explain(transaction, statementFor({&question}, values), u"the plan of %1"_s.arg(question.name));
        if (facts && !tooDear(*facts, *jobs)) continue;
        const auto gap = question.answers.isEmpty() ? definition.gaps.end()
                                                    : definition.gaps.find(question.answers.front());
        refused[question.sql] = gap != definition.gaps.end()
                                    ? gap->second
                                    : u"The table is large and no index leads to this number."_s;
    }
    transaction.useIndexesOnly(false);
    return refused;
}

PostgresSystem install(ReadTransaction& transaction, const SystemDefinition& definition,
                       const QString& schema) {
    auto catalog = readCatalog(transaction, schema, definition);
    auto plan = planQuestions(definition, catalog);
    if (const auto refused = refusedPlans(transaction, definition, catalog, plan); !refused.empty())
        plan = planQuestions(definition, catalog, refused);
    SystemIdentity identity{definition.name, definition.title, versionOf(transaction, definition, catalog),
                            definition.nameSpace.isEmpty() ? schema : definition.nameSpace};
    return {std::move(identity), definition, std::move(catalog), std::move(plan)};
}

}  // namespace

std::vector<PostgresSystem> detectSystems(ReadTransaction& transaction,
                                          const std::vector<SystemDefinition>& definitions,
                                          const ConnectionSettings& settings) {
    std::vector<PostgresSystem> systems;
    for (const auto& definition : definitions) {
        if (!settings.onlySystem.isEmpty() && settings.onlySystem != definition.name) continue;
        const auto schemas = definition.onlySchema.isEmpty() ? schemasWith(transaction, definition)
                                                             : QStringList{definition.onlySchema};
        for (const auto& schema : schemas) {
            const auto& space = definition.nameSpace.isEmpty() ? schema : definition.nameSpace;
            if (settings.onlyNamespace.isEmpty() || settings.onlyNamespace == space ||
                settings.onlyNamespace == schema)
                systems.push_back(install(transaction, definition, schema));
        }
    }
    return systems;
}

}  // namespace spillway

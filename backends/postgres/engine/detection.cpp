#include "backends/postgres/engine/detection.h"

#include <QDebug>
#include <QRegularExpression>

#include "backends/domain/human_text.h"
#include "backends/postgres/mapped/definition.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// Below this many rows even a full scan is no harm worth a refusal.
constexpr double largeTable = 100'000;

bool mayAskVersion(const SystemDefinition& definition, const SchemaCatalog& catalog) {
    static const QRegularExpression table(u"\\{schema\\}\\.(\\w+)"_s);
    for (auto it = table.globalMatch(definition.versionSql); it.hasNext();) {
        const auto* named = catalog.table(it.next().captured(1));
        if (!named || !catalog.usable) return false;
        for (const auto& [name, column] : named->columns)
            if (!column.readable) return false;
    }
    return true;
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

// Entries that the index leads to are bounded by the cap. Rows that are read only to be filtered out are
// not: those may cost at most a quarter of reading the whole table.
bool tooDear(const PlanFacts& plan, const CatalogTable& jobs) {
    return plan.sequentialScan || (plan.filtered && plan.cost > 0.25 * (jobs.pages + 0.0125 * jobs.rows));
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
                       SchemaCatalog catalog) {
    auto plan = planQuestions(definition, catalog);
    if (const auto refused = refusedPlans(transaction, definition, catalog, plan); !refused.empty())
        plan = planQuestions(definition, catalog, refused);
    SystemIdentity identity{definition.name, definition.title, versionOf(transaction, definition, catalog),
                            definition.nameSpace.isEmpty() ? catalog.schema : definition.nameSpace};
    return {std::move(identity), definition, std::move(catalog), std::move(plan)};
}

PostgresSystem installIn(ReadTransaction& transaction, SystemDefinition definition, const QString& schema) {
    auto catalog = readCatalog(transaction, schema, definition);
    for (const auto& other : std::as_const(definition.jobsElse)) {
        if (catalog.table(definition.jobs)) break;
        definition.jobs = other;
        catalog = readCatalog(transaction, schema, definition);  // its indexes are those of that table
    }
    return install(transaction, definition, std::move(catalog));
}

// Who names a schema knows whose it is; otherwise only what cannot run a stranger's code is read.
std::optional<QString> whyNotToRead(ReadTransaction& transaction, const SystemDefinition& definition,
                                    const QString& schema, const ConnectionSettings& settings) {
    if (settings.onlyNamespace == schema) return std::nullopt;
    const QString why = distrust(transaction, schema, definition);
    if (why.isEmpty()) return std::nullopt;
    const QString sentence =
        u"Schema %1 looks like %2 but is not read: %3. If it is yours, name it with --schema %1."_s.arg(
            visibleText(schema, 80), definition.title, visibleText(why, 200));
    qWarning().noquote() << sentence;
    return sentence;
}

// One broken installation says nothing about the others.
void installOrTell(ReadTransaction& transaction, const SystemDefinition& definition, const QString& schema,
                   const ConnectionSettings& settings, std::vector<PostgresSystem>& systems,
                   std::vector<UnreadSystem>* unread) {
    const SystemIdentity identity{definition.name, definition.title, {}, schema};
    if (const auto why = whyNotToRead(transaction, definition, schema, settings)) {
        if (unread) unread->push_back({identity, schema, *why, std::nullopt});
        return;
    }
    try {
        systems.push_back(installIn(transaction, definition, schema));
    } catch (const PostgresError& error) {
        if (!unread || error.loss() != Loss::transaction) throw;
        transaction.restart();
        unread->push_back({identity, schema, error.failure().sentence(), error.failure()});
    }
}

Failure noSuchTable(const TableMapping& mapping, const QStringList& schemas) {
    const QString name = mapping.schema.isEmpty() ? mapping.table : mapping.schema + u'.' + mapping.table;
    if (schemas.size() > 1)
        return {
            FailureKind::usage,
            u"The mapping file %1 names the table %2, which exists in %3 schemas."_s.arg(mapping.file, name)
                .arg(schemas.size()),
            {},
            u"Write the schema too, one of %1."_s.arg(schemas.join(u", "_s))};
    return {FailureKind::usage,
            u"The mapping file %1 names the table %2, which this database does not have."_s.arg(mapping.file,
                                                                                                name),
            {},
            u"Check the key table, and the database in the connection URL."_s};
}

Outcome<PostgresSystem> mappedSystem(ReadTransaction& transaction, const TableMapping& mapping) {
    auto catalog = mappedCatalog(transaction, mapping);
    if (!catalog) return catalog.failure();
    const auto definition = mappedDefinition(mapping, *catalog);
    if (!definition) return definition.failure();
    return install(transaction, *definition, std::move(catalog).value());
}

}  // namespace

QString versionOf(ReadTransaction& transaction, const SystemDefinition& definition,
                  const SchemaCatalog& catalog) {
    if (definition.versionSql.isEmpty()) return {};
    if (!mayAskVersion(definition, catalog)) return {};
    QString sql = definition.versionSql;
    std::vector<std::string> parameters;
    if (sql.contains("{schema_name}"_L1)) parameters.push_back(catalog.schema.toStdString());
    sql.replace(u"{schema_name}"_s, u"$1::text"_s).replace(u"{schema}"_s, catalog.quoted);
    const auto rows = transaction.query(sql.toStdString(), parameters,
                                        u"the version of %1 in %2"_s.arg(definition.title, catalog.schema));
    return rows.size() == 0 ? QString() : rows.at(0).text("version");
}

Outcome<SchemaCatalog> mappedCatalog(ReadTransaction& transaction, const TableMapping& mapping) {
    auto schemas = schemasWith(transaction, mappedSkeleton(mapping, mapping.schema));
    if (mapping.schema.isEmpty() && schemas.contains(u"public"_s)) schemas = {u"public"_s};
    if (!mapping.schema.isEmpty())
        schemas = schemas.contains(mapping.schema) ? QStringList{mapping.schema} : QStringList{};
    if (schemas.size() != 1) return noSuchTable(mapping, schemas);
    return readCatalog(transaction, schemas.front(), mappedSkeleton(mapping, schemas.front()));
}

std::vector<PostgresSystem> detectSystems(ReadTransaction& transaction,
                                          const std::vector<SystemDefinition>& definitions,
                                          const ConnectionSettings& settings,
                                          std::vector<UnreadSystem>* unread) {
    std::vector<PostgresSystem> systems;
    for (const auto& definition : definitions) {
        if (!settings.onlySystem.isEmpty() && settings.onlySystem != definition.name) continue;
        for (const auto& schema : schemasWith(transaction, definition))
            if (settings.onlyNamespace.isEmpty() || settings.onlyNamespace == schema)
                installOrTell(transaction, definition, schema, settings, systems, unread);
    }
    return systems;
}

Outcome<std::vector<PostgresSystem>> detectMappedTables(ReadTransaction& transaction,
                                                        const ConnectionSettings& settings) {
    std::vector<PostgresSystem> systems;
    QStringList files = settings.mappingFiles;
    for (const auto& file : mappingFilesOfUser())
        if (!files.contains(file)) files << file;
    for (const auto& file : files) {
        const bool asked = settings.mappingFiles.contains(file);
        const auto mapping = readTableMapping(file);
        if (!mapping) {
            if (asked) return mapping.failure();
            qWarning().noquote() << mapping.failure().sentence();
            continue;
        }
        if (!settings.onlySystem.isEmpty() && settings.onlySystem != u"mapped:"_s + mapping->name) continue;
        auto system = mappedSystem(transaction, *mapping);
        if (!system && asked) return system.failure();
        if (system &&
            (settings.onlyNamespace.isEmpty() || system->identity().name_space == settings.onlyNamespace))
            systems.push_back(std::move(system).value());
    }
    return systems;
}

}  // namespace spillway

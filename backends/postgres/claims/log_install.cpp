// The half of claim_log.h that needs a server.
#include "backends/postgres/claims/log.h"
#include "backends/postgres/engine/detection.h"
#include "backends/postgres/mapped/columns.h"
#include "backends/postgres/mapped/definition.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

Outcome<TableMapping> mappingNamed(const ConnectionSettings& settings, const QString& system) {
    QStringList names;
    for (const auto& file : settings.mappingFiles + mappingFilesOfUser()) {
        auto mapping = readTableMapping(file);
        if (!mapping) {
            if (settings.mappingFiles.contains(file)) return mapping.failure();
            continue;
        }
        const QString name = u"mapped:"_s + mapping->name;
        if (name == system) return mapping;
        names << name;
    }
    return Failure{FailureKind::usage,
                   u"There is no mapping for %1."_s.arg(system),
                   {},
                   names.isEmpty() ? u"Give one with --mapping FILE."_s
                                   : u"The mappings are %1."_s.arg(names.join(u", "_s))};
}

Outcome<ClaimLogSql> propose(PostgresConnection& connection, const QString& system) {
    const auto mapping = mappingNamed(connection.settings(), system);
    if (!mapping) return mapping.failure();
    if (!mapping->has(u"id"_s))
        return Failure{FailureKind::usage,
                       u"The claim log needs to know which column identifies a job."_s,
                       {},
                       u"Add columns.id to %1."_s.arg(mapping->file)};
    const auto limit = connection.settings().connectDeadline;
    connection.open();
    ReadTransaction transaction(connection, {limit, limit});
    auto catalog = mappedCatalog(transaction, *mapping);
    if (!catalog) return catalog.failure();
    transaction.commit();
    if (const auto misfit = MappedColumns(*mapping, *catalog->table(mapping->table)).misfit()) return *misfit;
    return claimLogSql(*mapping, *catalog);
}

template <typename Work>
auto guarded(Work work) -> decltype(work()) {
    try {
        return work();
    } catch (const PostgresError& e) {
        return e.failure();
    }
}

Outcome<Done> run(const ConnectionSettings& settings, const QString& system, QString ClaimLogSql::*script) {
    if (settings.environment == Environment::production)
        return Failure{FailureKind::usage,
                       u"This connection counts as production: Spillway does not change tables there."_s,
                       {},
                       u"Show the SQL, look at it, and run it yourself."_s};
    return guarded([&]() -> Outcome<Done> {
        PostgresConnection connection(settings);
        const auto sql = propose(connection, system);
        if (!sql) return sql.failure();
        connection.runScript(((*sql).*script).toStdString(), u"the claim log of %1"_s.arg(system));
        return Done{};
    });
}

}  // namespace

Outcome<ClaimLogSql> proposeClaimLog(const ConnectionSettings& settings, const QString& system) {
    return guarded([&]() -> Outcome<ClaimLogSql> {
        PostgresConnection connection(settings);
        return propose(connection, system);
    });
}

Outcome<Done> installClaimLog(const ConnectionSettings& settings, const QString& system) {
    return run(settings, system, &ClaimLogSql::install);
}

Outcome<Done> removeClaimLog(const ConnectionSettings& settings, const QString& system) {
    return run(settings, system, &ClaimLogSql::remove);
}

}  // namespace spillway

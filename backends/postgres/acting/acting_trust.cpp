#include "backends/postgres/acting/acting_trust.h"

#include <QCryptographicHash>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr auto tablesSql = R"(
SELECT format('%s:%s:%s:%s', c.relname, c.oid, c.relowner, c.relkind) AS pin
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = ANY ($2::text[]) ORDER BY c.relname)";

constexpr auto codeSql = R"(
WITH tree AS (
    SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2
), tables AS (
    SELECT oid FROM tree UNION SELECT p.relid FROM tree, pg_partition_tree(tree.oid) p
)
SELECT DISTINCT code FROM (
    SELECT format('trigger %s on %s', t.tgname, t.tgrelid::regclass) FROM pg_trigger t
    WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgrelid IN (SELECT oid FROM tables)
  UNION ALL
    SELECT format('rule %s on %s', r.rulename, r.ev_class::regclass) FROM pg_rewrite r
    WHERE r.rulename <> '_RETURN' AND r.ev_class IN (SELECT oid FROM tables)
  UNION ALL
    SELECT format('row policy %s on %s', p.polname, p.polrelid::regclass) FROM pg_policy p
    WHERE p.polrelid IN (SELECT oid FROM tables)
) x(code) ORDER BY code)";

QStringList column(const Rows& rows, std::string_view name) {
    QStringList list;
    for (size_t i = 0; i < rows.size(); ++i) list << rows.at(i).text(name);
    return list;
}

}  // namespace

Trust readTrust(const AskCatalog& ask, const PostgresSystem& system, const QString& script) {
    const auto schema = system.values().schema.toStdString();
    std::vector<std::string> tables;
    for (const auto& table : system.definition().tables) tables.push_back(table.toStdString());
    Trust trust;
    const auto pinned = column(ask(tablesSql, {schema, toArrayLiteral(tables)}), "pin");
    trust.foreignCode = column(ask(codeSql, {schema, system.definition().jobs.toStdString()}), "code");
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(script.toUtf8());
    hash.addData(trust.foreignCode.join(u'\n').toUtf8());
    trust.pins = pinned.join(u' ') + u' ' + QString::fromLatin1(hash.result().toHex());
    return trust;
}

QString readServerId(const AskCatalog& ask) {
    const auto allowed =
        ask("SELECT has_function_privilege('pg_control_system()', 'EXECUTE') AS may,"
            " (SELECT oid FROM pg_database WHERE datname = current_database()) AS base,"
            " pg_postmaster_start_time()::text AS started",
            {});
    const Row row = allowed.at(0);
    const QString base = row.text("base");
    if (!row.flag("may")) return u"started %1/%2"_s.arg(row.text("started"), base);
    const auto known = ask("SELECT system_identifier::text AS id FROM pg_control_system()", {});
    return u"%1/%2"_s.arg(known.at(0).text("id"), base);
}

}  // namespace spillway

#include "backends/postgres/acting/acting_trust.h"
#include "backends/postgres/wire/server_identity.h"

#include <QCryptographicHash>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr auto tablesSql = R"(
SELECT format('%s:%s:%s:%s', c.relname, c.oid, c.relowner, c.relkind) AS pin
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = ANY ($2::text[]) ORDER BY c.relname)";

// Own is a trigger of that name whose function lies beside the table and belongs to the table's owner.
constexpr auto codeSql = R"(
WITH tree AS (
    SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = ANY ($2::text[])
), tables AS (
    SELECT oid FROM tree UNION SELECT p.relid FROM tree, pg_partition_tree(tree.oid) p
)
SELECT DISTINCT code, own, pin FROM (
    SELECT format('trigger %s on %s', t.tgname, t.tgrelid::regclass) AS code,
           t.tgname = ANY ($3::text[]) AND f.pronamespace = c.relnamespace AND f.proowner = c.relowner AS own,
           md5(concat_ws(' ', t.tgtype, t.tgfoid, f.prosrc, f.proconfig, f.prosecdef)) AS pin
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc f ON f.oid = t.tgfoid
    WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgtype & 16 <> 0 AND t.tgrelid IN (SELECT oid FROM tables)
  UNION ALL
    SELECT format('rule %s on %s', r.rulename, r.ev_class::regclass), false, '' FROM pg_rewrite r
    WHERE r.rulename <> '_RETURN' AND r.ev_class IN (SELECT oid FROM tables)
  UNION ALL
    SELECT format('row policy %s on %s', p.polname, p.polrelid::regclass), false, '' FROM pg_policy p
    WHERE p.polrelid IN (SELECT oid FROM tables)
) x ORDER BY code, pin)";

QStringList column(const Rows& rows, std::string_view name) {
    QStringList list;
    for (size_t i = 0; i < rows.size(); ++i) list << rows.at(i).text(name);
    return list;
}

std::string toArray(const QStringList& list) {
    std::vector<std::string> values;
    for (const auto& item : list) values.push_back(item.toStdString());
    return toArrayLiteral(values);
}

// The jobs table, and what the script writes to besides.
QStringList writtenTables(const SystemDefinition& system, const Question& script) {
    QStringList tables{system.jobs};
    for (const auto& column : script.writes)
        if (const auto table = column.section(u'.', 0, 0); !tables.contains(table)) tables << table;
    return tables;
}

}  // namespace

Trust readTrust(const AskCatalog& ask, const PostgresSystem& system, const Question& script) {
    const auto schema = system.values().schema.toStdString();
    const auto& definition = system.definition();
    const QStringList written = writtenTables(definition, script);
    Trust trust;
    const auto pinned = column(ask(tablesSql, {schema, toArray(definition.tables + written)}), "pin");
    const auto code = ask(codeSql, {schema, toArray(written), toArray(definition.triggers)});
    for (size_t i = 0; i < code.size(); ++i)
        if (!code.at(i).flag("own")) trust.foreignCode << code.at(i).text("code");
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(script.sql.toUtf8());
    hash.addData((column(code, "code") + column(code, "pin")).join(u'\n').toUtf8());
    trust.pins = pinned.join(u' ') + u' ' + QString::fromLatin1(hash.result().toHex());
    return trust;
}

QString readServerId(const AskCatalog& ask) {
    return readServerIdentity(ask);
}

}  // namespace spillway

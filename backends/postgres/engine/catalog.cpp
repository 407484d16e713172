#include "backends/postgres/engine/catalog.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr auto schemasSql = R"(
SELECT n.nspname AS schema
FROM pg_namespace n
JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
WHERE c.relname = ANY ($1::text[]) AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
GROUP BY n.oid, n.nspname
HAVING count(*) = cardinality($1::text[])
   AND cardinality($2::text[]) = (
       SELECT count(*) FROM pg_class cc
       JOIN pg_attribute a ON a.attrelid = cc.oid AND a.attnum > 0 AND NOT a.attisdropped
       WHERE cc.relnamespace = n.oid AND cc.relkind IN ('r', 'p', 'v', 'm', 'f')
         AND cc.relname || '.' || a.attname = ANY ($2::text[]))
ORDER BY n.nspname
LIMIT 200)";

// Relations of the schema by these names, with all that hangs below them. A function or type in pg_catalog,
// or of an owner that is a superuser or whose rights our role has anyway, is trusted.
constexpr auto distrustSql = R"(
WITH RECURSIVE named AS (
    SELECT c.oid, c.relname, c.relkind, c.relowner, n.nspowner, c.relname AS top
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relname = ANY ($2::text[]) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  UNION
    SELECT c.oid, c.relname, c.relkind, c.relowner, named.nspowner, named.top
    FROM named JOIN pg_inherits i ON i.inhparent = named.oid JOIN pg_class c ON c.oid = i.inhrelid
), trusted AS (
    SELECT r.oid FROM pg_roles r WHERE r.rolsuper OR pg_has_role(r.oid, 'USAGE') AND r.rolname !~ '^pg_'
), strange AS (
    SELECT named.* FROM named WHERE named.relowner NOT IN (SELECT t.oid FROM trusted t)
), reasons AS (
    SELECT 1 AS rank, format('%s is no table but a %s', relname, CASE relkind WHEN 'v' THEN 'view' WHEN 'm' THEN
           'materialized view' ELSE 'foreign table' END) AS why
    FROM strange WHERE relkind IN ('v', 'm', 'f')
  UNION ALL
    SELECT 2, format('%s belongs to %s, not to the owner of the schema', relname, pg_get_userbyid(relowner))
    FROM strange WHERE relowner <> nspowner
  UNION ALL
    SELECT 3, format('the column %s.%s has a type of its own, %s', s.relname, a.attname, format_type(a.atttypid, NULL))
    FROM strange s JOIN pg_attribute a ON a.attrelid = s.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
    WHERE coalesce(e.typnamespace, t.typnamespace) <> 'pg_catalog'::regnamespace AND coalesce(e.typtype, t.typtype) <> 'e'
      AND t.typowner NOT IN (SELECT u.oid FROM trusted u)
  UNION ALL
    SELECT 4, format('the type of %s.%s is cast by the function %s', s.relname, a.attname, p.proname)
    FROM strange s JOIN pg_attribute a ON a.attrelid = s.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_cast k ON k.castsource = a.atttypid AND k.castfunc <> 0 JOIN pg_proc p ON p.oid = k.castfunc
    WHERE p.pronamespace <> 'pg_catalog'::regnamespace AND p.proowner NOT IN (SELECT u.oid FROM trusted u)
  UNION ALL
    SELECT 5, format('an index of %s calls the function %s', s.relname, p.proname)
    FROM strange s JOIN pg_index i ON i.indrelid = s.oid
    JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.refclassid = 'pg_proc'::regclass
    JOIN pg_proc p ON p.oid = d.refobjid
    WHERE p.pronamespace <> 'pg_catalog'::regnamespace AND p.proowner NOT IN (SELECT u.oid FROM trusted u)
)
SELECT why FROM reasons ORDER BY rank, why LIMIT 1)";

constexpr auto schemaSql = R"(
SELECT quote_ident(n.nspname) AS quoted, quote_ident(current_user) AS role, has_schema_privilege(n.oid, 'USAGE') AS usable
FROM pg_namespace n WHERE n.nspname = $1)";

constexpr auto tablesSql = R"(
SELECT c.oid, c.relname AS name, format('%I.%I', n.nspname, c.relname) AS quoted, row_security_active(c.oid) AS row_security,
       c.relrowsecurity AS policed,
       pg_get_userbyid(c.relowner) AS owner, concat(c.oid, c.relkind) AS pin,
       c.relpersistence = 'u' AND pg_is_in_recovery() AS absent, s.rows, s.pages, s.bytes
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT sum(l.reltuples::float8) AS rows, sum(l.relpages::float8) AS pages, sum(pg_relation_size(l.oid))::bigint AS bytes
    FROM pg_class l
    WHERE l.oid = c.oid OR l.oid IN (SELECT t.relid FROM pg_partition_tree(c.oid) t WHERE c.relkind = 'p' AND t.isleaf)
) s
WHERE n.nspname = $1 AND c.relname = ANY ($2::text[]) AND c.relkind IN ('r', 'p', 'v', 'm', 'f'))";

constexpr auto columnsSql = R"(
SELECT c.relname AS "table", a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
       has_column_privilege(c.oid, a.attnum, 'SELECT') AS readable, a.attnotnull AS not_null,
       has_column_privilege(c.oid, a.attnum, 'UPDATE') AS updatable
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname = $1 AND c.relname = ANY ($2::text[]) AND c.relkind IN ('r', 'p', 'v', 'm', 'f'))";

// The jobs table itself, or each leaf of it.
constexpr auto indexesSql = R"(
SELECT l.relname AS leaf, l.oid <> $1::oid AS partition, format('%I.%I', ln.nspname, l.relname) AS quoted,
       concat(l.oid, l.relkind) AS pin, has_table_privilege(l.oid, 'SELECT') AS readable, x.relname AS index, i.indpred IS NOT NULL AS partial,
       (SELECT array_agg(pg_get_indexdef(i.indexrelid, k, true) ORDER BY k) FROM generate_series(1, i.indnkeyatts) k) AS columns
FROM pg_class l
JOIN pg_namespace ln ON ln.oid = l.relnamespace
LEFT JOIN pg_index i ON i.indrelid = l.oid AND i.indisvalid AND i.indisready
LEFT JOIN pg_class x ON x.oid = i.indexrelid
WHERE l.oid = $1::oid AND l.relkind <> 'p'
   OR l.oid IN (SELECT t.relid FROM pg_partition_tree($1::oid) t WHERE t.isleaf AND t.relid <> $1::oid))";

constexpr auto replacedSql = R"(
SELECT w.quoted FROM unnest($1::text[], $2::text[]) AS w(quoted, pin)
WHERE NOT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                  WHERE c.oid = rtrim(w.pin, 'rpvmf')::oid AND concat(c.oid, c.relkind) = w.pin
                    AND format('%I.%I', n.nspname, c.relname) = w.quoted)
LIMIT 1)";

std::string array(const QStringList& list) {
    std::vector<std::string> values;
    for (const auto& item : list) values.push_back(item.toStdString());
    return toArrayLiteral(values);
}

QString unquoted(const std::string& column) {
    const QString text = QString::fromStdString(column);
    if (!text.startsWith(u'"') || !text.endsWith(u'"')) return text;
    return text.mid(1, text.size() - 2).replace("\"\""_L1, "\""_L1);
}

void readIndexes(ReadTransaction& transaction, CatalogTable& table, const QString& question) {
    const auto rows = transaction.query(indexesSql, {std::to_string(table.oid)}, question);
    std::map<QString, std::map<QString, CatalogIndex>> byLeaf;
    for (size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows.at(i);
        auto& indexes = byLeaf[row.text("leaf")];
        if (row.flag("partition") && row.flag("readable")) {
            table.partitions[row.text("leaf")] = row.text("quoted");
            table.pins[row.text("quoted")] = row.text("pin");
        }
        if (row.text("index").isEmpty()) continue;
        CatalogIndex index{{}, row.flag("partial")};
        for (const auto& column : row.list("columns")) index.columns.push_back(unquoted(column));
        indexes[row.text("index")] = std::move(index);
    }
    for (auto& [leaf, indexes] : byLeaf) table.indexes.push_back(std::move(indexes));
}

bool startsWith(const std::vector<QString>& columns, const IndexColumns& leading) {
    return columns.size() >= leading.size() && std::equal(leading.begin(), leading.end(), columns.begin());
}

}  // namespace

bool CatalogTable::hasIndex(const IndexColumns& leading) const {
    const auto inLeaf = [&](const std::map<QString, CatalogIndex>& leaf) {
        return std::any_of(leaf.begin(), leaf.end(),
                           [&](const auto& named) { return startsWith(named.second.columns, leading); });
    };
    return std::all_of(indexes.begin(), indexes.end(), inLeaf);
}

const CatalogTable* SchemaCatalog::table(const QString& name) const {
    const auto it = tables.find(name);
    return it == tables.end() ? nullptr : &it->second;
}

const CatalogColumn* SchemaCatalog::column(const QString& tableDotColumn) const {
    const auto* t = table(tableDotColumn.section(u'.', 0, 0));
    if (!t) return nullptr;
    const auto it = t->columns.find(tableDotColumn.section(u'.', 1));
    return it == t->columns.end() ? nullptr : &it->second;
}

QStringList schemasWith(ReadTransaction& transaction, const SystemDefinition& definition) {
    const auto rows = transaction.query(schemasSql, {array(definition.tables), array(definition.columns)},
                                        u"the catalog, looking for %1"_s.arg(definition.title));
    QStringList schemas;
    for (size_t i = 0; i < rows.size(); ++i) schemas << rows.at(i).text("schema");
    return schemas;
}

QString distrust(ReadTransaction& transaction, const QString& schema, const SystemDefinition& definition) {
    const auto rows = transaction.query(
        distrustSql, {schema.toStdString(), array(definition.tables + definition.alsoTables)},
        u"the owners of schema %1"_s.arg(schema));
    return rows.size() == 0 ? QString() : rows.at(0).text("why");
}

QString replacedSince(ReadTransaction& transaction, const SchemaCatalog& catalog) {
    QStringList names, pins;
    for (const auto& [name, table] : catalog.tables)
        for (const auto& [quoted, pin] : table.pins) {
            names << quoted;
            pins << pin;
        }
    if (names.isEmpty()) return {};
    const auto rows = transaction.query(replacedSql, {array(names), array(pins)},
                                        u"the catalog of schema %1"_s.arg(catalog.schema));
    return rows.size() == 0 ? QString() : rows.at(0).text("quoted");
}

SchemaCatalog readCatalog(ReadTransaction& transaction, const QString& schema,
                          const SystemDefinition& definition) {
    const QString question = u"the catalog of schema %1"_s.arg(schema);
    SchemaCatalog catalog;
    catalog.schema = schema;
    const auto schemaRows = transaction.query(schemaSql, {schema.toStdString()}, question);
    if (schemaRows.size() == 1) {
        catalog.quoted = schemaRows.at(0).text("quoted");
        catalog.role = schemaRows.at(0).text("role");
        catalog.usable = schemaRows.at(0).flag("usable");
    }
    const std::vector<std::string> which{schema.toStdString(),
                                         array(definition.tables + definition.alsoTables)};
    const auto tableRows = transaction.query(tablesSql, which, question);
    for (size_t i = 0; i < tableRows.size(); ++i) {
        const Row row = tableRows.at(i);
        auto& table = catalog.tables[row.text("name")];
        table.oid = row.integer("oid").value_or(0);
        table.quoted = row.text("quoted");
        table.rows = row.number("rows").value_or(-1);
        table.pages = row.number("pages").value_or(0);
        table.bytes = row.integer("bytes").value_or(0);
        table.rowSecurity = row.flag("row_security");
        table.policed = row.flag("policed");
        table.owner = row.text("owner");
        table.pins[table.quoted] = row.text("pin");
        table.absent = row.flag("absent");
    }
    const auto columnRows = transaction.query(columnsSql, which, question);
    for (size_t i = 0; i < columnRows.size(); ++i) {
        const Row row = columnRows.at(i);
        catalog.tables[row.text("table")].columns[row.text("name")] = {
            row.text("type"), row.flag("readable"), row.flag("not_null"), row.flag("updatable")};
    }
    if (const auto jobs = catalog.tables.find(definition.jobs); jobs != catalog.tables.end())
        readIndexes(transaction, jobs->second, question);
    return catalog;
}

}  // namespace spillway

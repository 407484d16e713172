#include "backends/postgres/engine/unread_layouts.h"

#include <QFile>

#include "backends/domain/human_text.h"
#include "backends/postgres/engine/detection.h"
#include "backends/postgres/engine/toml_reading.h"
#include "backends/storage/toml_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr auto layoutsSql = R"(
WITH layout AS (
    SELECT u.n, string_to_array(u.tables, ' ') AS tables, string_to_array(u.columns, ' ') AS columns
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS u(tables, columns, n)
)
SELECT l.n, n.nspname AS schema
FROM layout l
JOIN pg_class f ON f.relname = l.tables[1] AND f.relkind IN ('r', 'p')
JOIN pg_namespace n ON n.oid = f.relnamespace AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
WHERE cardinality(l.tables) = (
        SELECT count(*) FROM pg_class c
        WHERE c.relnamespace = n.oid AND c.relname = ANY (l.tables) AND c.relkind IN ('r', 'p'))
  AND cardinality(l.columns) = (
        SELECT count(*) FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relnamespace = n.oid AND c.relname = ANY (l.tables) AND c.relname || '.' || a.attname = ANY (l.columns))
ORDER BY l.n, n.nspname
LIMIT 50)";

std::string arrayOfLists(const std::vector<UnreadLayout>& layouts, QStringList SystemDefinition::*list) {
    std::vector<std::string> values;
    for (const auto& layout : layouts) values.push_back((layout.marks.*list).join(u' ').toStdString());
    return toArrayLiteral(values);
}

bool isRead(const UnreadLayout& layout, const QString& schema, const std::vector<PostgresSystem>& read) {
    return std::ranges::any_of(read, [&](const PostgresSystem& system) {
        return system.values().schema == schema && (system.identity().system == layout.insteadOf ||
                                                    system.definition().jobs == layout.marks.tables.front());
    });
}

QString versionIn(ReadTransaction& transaction, const UnreadLayout& layout, const QString& schema) {
    if (layout.marks.versionSql.isEmpty() || !distrust(transaction, schema, layout.marks).isEmpty())
        return {};
    return versionOf(transaction, layout.marks, readCatalog(transaction, schema, layout.marks));
}

QString whyOf(const UnreadLayout& layout, const QString& schema, const QString& version) {
    return u"%1 is here, in schema %2%3, and Spillway does not read it."_s.arg(
        layout.marks.title, visibleText(schema, 80),
        version.isEmpty() ? QString() : u" (layout %1)"_s.arg(visibleText(version, 40)));
}

QString nextFor(const UnreadLayout& layout) {
    if (!layout.next.isEmpty()) return layout.next;
    return u"Describe %1 in a mapping file (--mapping FILE) to watch it."_s.arg(layout.marks.jobs);
}

}  // namespace

Outcome<std::vector<UnreadLayout>> unreadLayouts() {
    const QString path = u":/systems/unread.toml"_s;
    QFile file(path);
    const auto parsed = parsedToml(file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray());
    const auto* fault = std::get_if<TomlFault>(&parsed);
    const auto* list = fault ? nullptr : std::get<toml::table>(parsed)["layout"].as_array();
    if (!list)
        return Failure{FailureKind::internal, u"%1 cannot be used."_s.arg(path),
                       fault ? fault->words : QString(),
                       u"Reinstall Spillway; this file belongs to the program."_s};
    std::vector<UnreadLayout> layouts;
    for (const auto& node : *list) {
        const toml::table& one = *node.as_table();
        UnreadLayout layout{.insteadOf = tomlText(one["instead_of"]), .next = tomlText(one["next"])};
        layout.marks.name = tomlText(one["name"]);
        layout.marks.title = tomlText(one["title"]);
        layout.marks.tables = tomlList(one["tables"]);
        layout.marks.columns = tomlList(one["columns"]);
        layout.marks.versionSql = tomlText(one["version"]);
        layout.marks.jobs = tomlText(one["table"], layout.marks.tables.value(0));
        layouts.push_back(std::move(layout));
    }
    return layouts;
}

std::vector<UnreadSystem> findUnreadLayouts(ReadTransaction& transaction,
                                            const std::vector<UnreadLayout>& layouts,
                                            const std::vector<PostgresSystem>& read) {
    const auto rows = transaction.query(
        layoutsSql,
        {arrayOfLists(layouts, &SystemDefinition::tables), arrayOfLists(layouts, &SystemDefinition::columns)},
        u"the catalog, looking for systems that are not read"_s);
    std::vector<UnreadSystem> found;
    for (size_t i = 0; i < rows.size(); ++i) {
        const auto& layout = layouts.at(static_cast<size_t>(rows.at(i).integer("n").value_or(1) - 1));
        const QString schema = rows.at(i).text("schema");
        if (isRead(layout, schema, read)) continue;
        const QString version = versionIn(transaction, layout, schema);
        found.push_back({{layout.marks.name, layout.marks.title, version, schema},
                         schema,
                         whyOf(layout, schema, version),
                         std::nullopt,
                         nextFor(layout)});
    }
    return found;
}

}  // namespace spillway

#include "backends/postgres/mapped/table_mapping.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QStandardPaths>
#include <algorithm>

#include "backends/postgres/engine/toml_reading.h"
#include "backends/storage/toml_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

using TomlView = toml::node_view<const toml::node>;

const QStringList& rootKeys() {
    static const QStringList keys{u"name"_s,    u"schema"_s, u"table"_s,     u"queue"_s,
                                  u"columns"_s, u"status"_s, u"dead_when"_s, u"times"_s};
    return keys;
}
const QStringList& columnKeys() {
    static const QStringList keys{u"id"_s,         u"queue"_s,        u"status"_s,      u"claimed"_s,
                                  u"claimed_at"_s, u"owner"_s,        u"lease_until"_s, u"attempts"_s,
                                  u"run_at"_s,     u"max_attempts"_s, u"enqueued_at"_s, u"finished_at"_s,
                                  u"failed_at"_s,  u"payload"_s,      u"last_error"_s};
    return keys;
}
const QStringList& stateKeys() {
    static const QStringList keys{u"ready"_s,   u"scheduled"_s, u"retrying"_s,
                                  u"running"_s, u"dead"_s,      u"done"_s};
    return keys;
}

Failure wrong(const QString& file, const QString& what, const QString& next) {
    return {FailureKind::usage, u"The mapping file %1 cannot be used: %2."_s.arg(file, what), {}, next};
}

QString keyText(const toml::key& key) {
    return QString::fromUtf8(key.str().data(), static_cast<qsizetype>(key.str().size()));
}

// The first key of a table that is not among the known ones, with its path.
QString unknownKey(const TomlView& node, const QStringList& known, const QString& path = {}) {
    if (const auto* table = node.as_table())
        for (const auto& [key, value] : *table)
            if (!known.contains(keyText(key))) return path + keyText(key);
    return {};
}

std::optional<TimeKind> timeKind(const QString& name) {
    static const std::map<QString, TimeKind> kinds{{u"timestamptz"_s, TimeKind::timestamptz},
                                                   {u"timestamp_utc"_s, TimeKind::timestampUtc},
                                                   {u"epoch_s"_s, TimeKind::epochSeconds},
                                                   {u"epoch_ms"_s, TimeKind::epochMillis}};
    const auto it = kinds.find(name);
    return it == kinds.end() ? std::nullopt : std::optional(it->second);
}

std::optional<Failure> readTimes(const TomlView& node, TableMapping& mapping) {
    if (const auto* table = node.as_table())
        for (const auto& [key, value] : *table) {
            const auto kind = timeKind(tomlText(TomlView{value}));
            if (!kind)
                return wrong(mapping.file, u"times.%1 is not a kind of time"_s.arg(keyText(key)),
                             u"Use timestamptz, timestamp_utc, epoch_s or epoch_ms."_s);
            mapping.times[keyText(key)] = *kind;
        }
    return std::nullopt;
}

// A statement would end there.
bool holdsNul(const TableMapping& mapping) {
    QStringList all{mapping.name, mapping.schema, mapping.table, mapping.queueConstant};
    for (const auto& [key, column] : mapping.columns) all << column;
    for (const auto& [state, values] : mapping.statusValues) all += values;
    return std::ranges::any_of(all, [](const QString& text) { return text.contains(QChar(QChar::Null)); });
}

std::optional<Failure> incomplete(const TableMapping& mapping) {
    static const QRegularExpression plainName(u"^[A-Za-z0-9_-]{1,40}$"_s);
    const auto& file = mapping.file;
    if (holdsNul(mapping))
        return wrong(file, u"one of its texts holds the character NUL, which no text in PostgreSQL has"_s,
                     u"Remove \\u0000 from it."_s);
    if (!plainName.match(mapping.name).hasMatch())
        return wrong(file, u"name is missing or has other characters than letters, digits, - and _"_s,
                     u"Add a line such as name = \"jobs\"."_s);
    if (mapping.table.isEmpty())
        return wrong(file, u"table is missing"_s, u"Add a line such as table = \"public.jobs\"."_s);
    if (mapping.table.contains(u'.'))
        return wrong(file, u"a table name with a dot inside is not supported"_s,
                     u"Give schema and table as two keys."_s);
    if (mapping.has(u"status"_s) == mapping.statusValues.empty())
        return wrong(file, u"columns.status and the values in [status] belong together"_s,
                     u"Name the column under [columns] and list the values of each state under [status]."_s);
    const bool derived = mapping.has(u"claimed"_s) || mapping.has(u"claimed_at"_s) || mapping.has(u"owner"_s);
    if (!mapping.has(u"status"_s) && !derived)
        return wrong(
            file, u"nothing says which jobs are running"_s,
            u"Name columns.status, or one of columns.claimed, columns.claimed_at and columns.owner."_s);
    if (mapping.deadWhenExhausted && !(mapping.has(u"attempts"_s) && mapping.has(u"max_attempts"_s)))
        return wrong(file, u"dead_when = \"attempts_exhausted\" needs two columns"_s,
                     u"Name columns.attempts and columns.max_attempts."_s);
    return std::nullopt;
}

Outcome<TableMapping> mappingFrom(const toml::table& root, const QString& file) {
    TableMapping mapping;
    mapping.file = file;
    const TomlView all{root};
    for (const auto& unknown :
         {unknownKey(all, rootKeys()), unknownKey(all["columns"], columnKeys(), u"columns."_s),
          unknownKey(all["status"], stateKeys(), u"status."_s),
          unknownKey(all["times"], columnKeys() + QStringList{u"default"_s}, u"times."_s)})
        if (!unknown.isEmpty())
            return wrong(file, u"the key %1 is not known"_s.arg(unknown),
                         u"The known keys are: %1; under columns: %2."_s.arg(rootKeys().join(u", "_s),
                                                                             columnKeys().join(u", "_s)));
    mapping.name = tomlText(all["name"]);
    mapping.table = tomlText(all["table"]);
    mapping.schema = tomlText(all["schema"]);
    if (mapping.schema.isEmpty() && mapping.table.count(u'.') == 1) {
        mapping.schema = mapping.table.section(u'.', 0, 0);
        mapping.table = mapping.table.section(u'.', 1);
    }
    mapping.queueConstant = tomlText(all["queue"], mapping.name);
    mapping.deadWhenExhausted = tomlText(all["dead_when"]) == "attempts_exhausted"_L1;
    for (const auto& key : columnKeys())
        if (const auto column = tomlText(all["columns"][key.toStdString()]); !column.isEmpty())
            mapping.columns[key] = column;
    for (const auto& key : stateKeys())
        if (const auto values = tomlList(all["status"][key.toStdString()]); !values.isEmpty())
            mapping.statusValues[key] = values;
    if (const auto failure = readTimes(all["times"], mapping)) return *failure;
    if (const auto failure = incomplete(mapping)) return *failure;
    return mapping;
}

}  // namespace

Outcome<TableMapping> readTableMapping(const QString& file) {
    QFile source(file);
    if (!source.open(QIODevice::ReadOnly)) return wrong(file, source.errorString(), u"Check the path."_s);
    const auto parsed = parsedToml(source.read(1 << 20));
    if (const auto* fault = std::get_if<TomlFault>(&parsed))
        return wrong(file, u"line %1: %2"_s.arg(fault->line).arg(fault->words),
                     u"Correct the TOML syntax of that line."_s);
    return mappingFrom(std::get<toml::table>(parsed), file);
}

QStringList mappingFilesOfUser() {
    const QDir folder(QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation) +
                      u"/spillway/systems"_s);
    QStringList files;
    for (const auto& name : folder.entryList({u"*.toml"_s}, QDir::Files, QDir::Name))
        files << folder.filePath(name);
    return files;
}

}  // namespace spillway

#include "backends/postgres/engine/definition.h"

#include <QDir>
#include <QFile>

#include "backends/postgres/engine/toml_reading.h"
#include "backends/storage/toml_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

using TomlView = toml::node_view<const toml::node>;

Failure broken(const QString& file, const QString& what) {
    return {FailureKind::internal,
            u"The system definition %1 cannot be used: %2."_s.arg(file, what),
            {},
            u"Reinstall Spillway; these files belong to the program."_s};
}

Outcome<QByteArray> contents(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) return broken(path, u"it cannot be read"_s);
    return file.readAll();
}

std::vector<IndexColumns> indexLists(const toml::table& question) {
    std::vector<IndexColumns> lists;
    const TomlView one{question["index"]};
    if (const auto list = tomlList(one); !list.isEmpty()) lists.emplace_back(list.begin(), list.end());
    if (const auto* several = question["indexes"].as_array())
        for (const auto& node : *several) {
            const auto list = tomlList(TomlView{node});
            lists.emplace_back(list.begin(), list.end());
        }
    return lists;
}

Outcome<Question> question(const toml::table& table, const QString& directory) {
    Question q;
    q.name = tomlText(TomlView{table["name"]});
    q.file = tomlText(TomlView{table["file"]});
    if (q.name.isEmpty() || q.file.isEmpty()) return broken(directory, u"a question lacks name or file"_s);
    const bool shared = q.file.startsWith("shared/"_L1);  // beside the system's folder
    const auto sql = contents(QDir::cleanPath(directory + (shared ? u"/../"_s : u"/"_s) + q.file));
    if (!sql) return sql.failure();
    q.sql = QString::fromUtf8(*sql).trimmed();
    q.answers = tomlList(TomlView{table["answers"]});
    q.columns = tomlList(TomlView{table["columns"]});
    q.writes = tomlList(TomlView{table["writes"]});
    q.indexes = indexLists(table);
    q.scan = table["scan"].value_or(false);
    q.heap = table["heap"].value_or(false);
    q.every_s = table["every"].value_or(0);
    q.basis = tomlText(TomlView{table["basis"]}) == "counter"_L1 ? FlowBasis::counter : FlowBasis::rows;
    q.how = tomlText(TomlView{table["how"]});
    q.estimated = tomlText(TomlView{table["estimated"]});
    q.silentMeans = tomlText(TomlView{table["silent_means"]});
    q.emptyMeans = tomlText(TomlView{table["empty_means"]});
    return q;
}

std::map<QString, QString> textMap(const TomlView& node) {
    std::map<QString, QString> map;
    if (const auto* table = node.as_table())
        for (const auto& [key, value] : *table)
            map[QString::fromUtf8(key.str().data(), static_cast<qsizetype>(key.str().size()))] =
                tomlText(TomlView{value});
    return map;
}

std::map<QString, std::vector<TermAlternative>> terms(const toml::table& root) {
    std::map<QString, std::vector<TermAlternative>> map;
    if (const auto* table = root["terms"].as_table())
        for (const auto& [key, value] : *table)
            if (const auto* alternatives = value.as_array())
                for (const auto& node : *alternatives) {
                    const TomlView view{node};
                    map[QString::fromUtf8(key.str().data(), static_cast<qsizetype>(key.str().size()))]
                        .push_back({tomlList(view["columns"]), tomlText(view["sql"])});
                }
    return map;
}

Outcome<SystemDefinition> definition(const toml::table& root, const QString& directory) {
    SystemDefinition system;
    const TomlView detect{root["detect"]};
    system.name = tomlText(TomlView{root["system"]}["name"]);
    system.title = tomlText(TomlView{root["system"]}["title"], system.name);
    system.tables = tomlList(detect["tables"]);
    system.columns = tomlList(detect["columns"]);
    system.alsoTables = tomlList(detect["also_tables"]);
    system.triggers = tomlList(detect["triggers"]);
    system.versionSql = tomlText(detect["version"]);
    system.jobsElse = tomlList(detect["jobs"]);
    system.jobs = system.jobsElse.isEmpty() ? QString() : system.jobsElse.takeFirst();
    system.promotionInterval_s = root["system"]["promotion_interval_s"].value_or(0.0);
    system.scanBytes = detect["scan_bytes"].value_or(system.scanBytes);
    system.terms = terms(root);
    system.planner = textMap(TomlView{root["planner"]});
    system.always = textMap(TomlView{root["always"]});
    system.gaps = textMap(TomlView{root["gaps"]});
    const TomlView lease{root["lease"]};
    system.lease = {tomlText(lease["expiry"]), tomlText(lease["weak"]), tomlText(lease["fencing"])};
    system.retention = tomlText(TomlView{root["dead"]}["retention"]);
    if (system.name.isEmpty() || system.tables.isEmpty() || system.jobs.isEmpty())
        return broken(directory, u"system.name, detect.tables or detect.jobs is missing"_s);
    if (const auto* list = root["question"].as_array())
        for (const auto& node : *list) {
            auto parsed = question(*node.as_table(), directory);
            if (!parsed) return parsed.failure();
            system.questions.push_back(std::move(parsed).value());
        }
    return system;
}

}  // namespace

Outcome<SystemDefinition> loadSystemDefinition(const QString& directory) {
    const QString path = directory + u"/system.toml"_s;
    const auto text = contents(path);
    if (!text) return text.failure();
    const auto parsed = parsedToml(*text);
    if (const auto* fault = std::get_if<TomlFault>(&parsed))
        return broken(path, u"%1 in line %2"_s.arg(fault->words).arg(fault->line));
    return definition(std::get<toml::table>(parsed), directory);
}

const std::map<QString, QString>& sharedTerms() {
    static const auto terms = [] {
        const auto text = contents(u":/systems/shared/terms.toml"_s);
        Q_ASSERT(text);
        const auto parsed = parsedToml(text ? *text : QByteArray());
        const auto* root = std::get_if<toml::table>(&parsed);
        Q_ASSERT(root);
        return root ? textMap(TomlView{*root}) : std::map<QString, QString>();
    }();
    return terms;
}

Outcome<std::vector<SystemDefinition>> builtInSystems() {
    std::vector<SystemDefinition> systems;
    const QDir root(u":/systems"_s);
    for (const auto& name : root.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name)) {
        const QString directory = root.filePath(name);
        if (!QFile::exists(directory + u"/system.toml"_s)) continue;  // a Redis system: C++ reader
        auto loaded = loadSystemDefinition(directory);
        if (!loaded) return loaded.failure();
        systems.push_back(std::move(loaded).value());
    }
    return systems;
}

}  // namespace spillway

#include "app/connections/connection_toml.h"

#include <array>
#include <cmath>

#include "backends/domain/span_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

Failure wrongEntryOf(const QString& what, const QString& nextStep, const QString& said = {}) {
    return {FailureKind::usage, what, said, nextStep};
}

QString text(const toml::table& table, std::string_view key) {
    return QString::fromStdString(table[key].value_or(std::string{}));
}

// Of the blocks [[connection.key]]; the first that is wrong fails all.
template <typename Entry>
Outcome<std::vector<Entry>> entriesOf(const QString& connection, const toml::table& table, const char* key,
                                      Outcome<Entry> (*read)(const QString&, const toml::table&)) {
    std::vector<Entry> entries;
    const auto* list = table[key].as_array();
    if (!list) return entries;
    for (const auto& one : *list) {
        if (!one.is_table()) continue;
        auto entry = read(connection, *one.as_table());
        if (!entry) return entry.failure();
        entries.push_back(std::move(entry).value());
    }
    return entries;
}

Outcome<Invariant> invariantOf(const QString& connection, const toml::table& table) {
    Invariant invariant{
        .name = text(table, "name"), .sql = text(table, "sql"), .queue = text(table, "queue")};
    const QString entry = u"A rule of the saved connection \"%1\""_s.arg(connection);
    if (invariant.name.isEmpty() || invariant.sql.isEmpty())
        return wrongEntryOf(u"%1 has no name or no sql."_s.arg(entry), u"Give it both."_s);
    const auto every = spanFromText(text(table, "every").isEmpty() ? u"60s"_s : text(table, "every"));
    const auto timeout = spanFromText(text(table, "timeout").isEmpty() ? u"1s"_s : text(table, "timeout"));
    if (!every || *every < std::chrono::seconds{1} || !timeout)
        return wrongEntryOf(u"%1 (\"%2\") has a wrong \"every\" or \"timeout\"."_s.arg(entry, invariant.name),
                            u"Write 500ms, 10s, 5m or 2h; a rule is checked every second at most."_s);
    invariant.every = std::chrono::duration_cast<std::chrono::seconds>(*every);
    invariant.timeout = *timeout;
    return invariant;
}

toml::array toToml(const std::vector<Invariant>& invariants) {
    toml::array list;
    for (const auto& invariant : invariants) {
        toml::table table;
        table.insert("name", invariant.name.toStdString());
        table.insert("sql", invariant.sql.toStdString());
        table.insert("every", u"%1s"_s.arg(invariant.every.count()).toStdString());
        table.insert("timeout", u"%1ms"_s.arg(invariant.timeout.count()).toStdString());
        if (!invariant.queue.isEmpty()) table.insert("queue", invariant.queue.toStdString());
        list.push_back(std::move(table));
    }
    return list;
}

using Limit = std::optional<double> QueueObjective::*;
constexpr std::array<std::pair<const char*, Limit>, 4> kAges{
    {{"oldest_warning", &QueueObjective::oldest_warning_s},
     {"oldest_critical", &QueueObjective::oldest_critical_s},
     {"dead_warning", &QueueObjective::dead_warning_s},
     {"dead_critical", &QueueObjective::dead_critical_s}}};
constexpr std::array<std::pair<const char*, Limit>, 2> kShares{
    {{"retry_warning", &QueueObjective::retry_warning_share},
     {"retry_critical", &QueueObjective::retry_critical_share}}};

Outcome<QueueObjective> objectiveOf(const QString& connection, const toml::table& table) {
    QueueObjective objective{.queues = text(table, "queue")};
    const QString entry = u"An objective of the saved connection \"%1\""_s.arg(connection);
    if (objective.queues.isEmpty())
        return wrongEntryOf(u"%1 has no queue."_s.arg(entry), u"Give it a name or a pattern."_s);
    for (const auto& [key, limit] : kAges) {
        if (!table.contains(key)) continue;
        const auto span = spanFromText(text(table, key));
        if (!span)
            return wrongEntryOf(u"%1 has a wrong \"%2\"."_s.arg(entry, QString::fromLatin1(key)),
                                u"Write 30s, 10m, 2h or 7d."_s);
        objective.*limit = static_cast<double>(span->count()) / 1000;
    }
    for (const auto& [key, limit] : kShares) {
        if (!table.contains(key)) continue;
        const double share = table[key].value_or(-1.0);
        if (share <= 0 || share >= 1)
            return wrongEntryOf(u"%1 has a wrong \"%2\"."_s.arg(entry, QString::fromLatin1(key)),
                                u"Write a share of the executions, such as 0.2."_s);
        objective.*limit = share;
    }
    return objective;
}

toml::array toToml(const std::vector<QueueObjective>& objectives) {
    toml::array list;
    for (const auto& objective : objectives) {
        toml::table table;
        table.insert("queue", objective.queues.toStdString());
        for (const auto& [key, limit] : kAges)
            if (objective.*limit)
                table.insert(key,
                             spanText(std::chrono::milliseconds(std::llround(*(objective.*limit) * 1000)))
                                 .toStdString());
        for (const auto& [key, limit] : kShares)
            if (objective.*limit) table.insert(key, *(objective.*limit));
        list.push_back(std::move(table));
    }
    return list;
}

QStringList texts(const toml::table& table, const char* key) {
    QStringList values;
    if (const auto* list = table[key].as_array())
        for (const auto& value : *list) values << QString::fromStdString(value.value_or(std::string{}));
    return values;
}

// How often it is asked, and how long it may act.
std::optional<Failure> readSpans(SavedConnection& saved, const toml::table& table) {
    const QString entry = u"The saved connection \"%1\""_s.arg(saved.name);
    if (const QString poll = text(table, "poll"); !poll.isEmpty()) {
        const auto span = spanFromText(poll);
        if (!span || *span < std::chrono::seconds{2} || *span > std::chrono::minutes{10})
            return wrongEntryOf(u"%1 has poll = \"%2\"."_s.arg(entry, poll), u"Write 2s to 10m."_s);
        saved.pollInterval = *span;
    }
    const QString arming = text(table, "arming");
    if (arming.isEmpty()) return std::nullopt;
    const auto span =
        arming == u"never"_s ? std::optional(std::chrono::milliseconds{0}) : spanFromText(arming);
    if (!span || *span > kLongestArmed)
        return wrongEntryOf(u"%1 has arming = \"%2\"."_s.arg(entry, arming), u"Write never, or 1m to 15m."_s);
    saved.armedFor = *span;
    return std::nullopt;
}

void insertText(toml::table& table, const char* key, const QString& value) {
    if (!value.isEmpty()) table.insert(key, value.toStdString());
}

void insertTexts(toml::table& table, const char* key, const QStringList& values) {
    toml::array list;
    for (const auto& value : values) list.push_back(value.toStdString());
    if (!list.empty()) table.insert(key, std::move(list));
}

}  // namespace

Outcome<SavedConnection> connectionFromToml(const QString& name, const toml::table& table) {
    SavedConnection saved;
    saved.name = name;
    saved.url = text(table, "url");
    saved.passwordVariable = text(table, "password_env");
    saved.onlySystem = text(table, "system");
    saved.onlyNamespace = text(table, "namespace");
    saved.mappingFiles = texts(table, "mappings");
    saved.deadLetterQueues = texts(table, "dead_letter_queues");
    auto invariants = entriesOf(name, table, "invariant", &invariantOf);
    if (!invariants) return invariants.failure();
    saved.invariants = std::move(invariants).value();
    auto objectives = entriesOf(name, table, "objective", &objectiveOf);
    if (!objectives) return objectives.failure();
    saved.objectives = std::move(objectives).value();
    saved.folder = text(table, "folder");
    saved.colour = text(table, "color");
    saved.actingUser = text(table, "acting_user");
    saved.actingPasswordVariable = text(table, "acting_password_env");
    if (auto wrong = readSpans(saved, table)) return *std::move(wrong);
    const QString environment = text(table, "environment");
    if (environment.isEmpty()) return saved;
    const auto known = environmentFromName(environment);
    if (!known)
        return wrongEntryOf(
            u"The saved connection \"%1\" has the environment \"%2\"."_s.arg(name, environment),
            u"Write production, staging or development."_s);
    saved.environment = *known;
    return saved;
}

toml::table connectionToml(const SavedConnection& saved) {
    toml::table table;
    insertText(table, "url", saved.url);
    insertText(table, "environment", environmentName(saved.environment));
    insertText(table, "password_env", saved.passwordVariable);
    insertText(table, "system", saved.onlySystem);
    insertText(table, "namespace", saved.onlyNamespace);
    insertTexts(table, "mappings", saved.mappingFiles);
    insertTexts(table, "dead_letter_queues", saved.deadLetterQueues);
    insertText(table, "folder", saved.folder);
    insertText(table, "color", saved.colour);
    if (saved.pollInterval.count() > 0) table.insert("poll", spanText(saved.pollInterval).toStdString());
    if (saved.armedFor != kLongestArmed)
        table.insert("arming",
                     saved.armedFor.count() == 0 ? "never" : spanText(saved.armedFor).toStdString());
    insertText(table, "acting_user", saved.actingUser);
    insertText(table, "acting_password_env", saved.actingPasswordVariable);
    if (!saved.objectives.empty()) table.insert("objective", toToml(saved.objectives));
    if (!saved.invariants.empty()) table.insert("invariant", toToml(saved.invariants));
    return table;
}

}  // namespace spillway

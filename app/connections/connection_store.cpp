#include "app/connections/connection_store.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>
#include <QSaveFile>
#include <QStandardPaths>
#include <algorithm>
#include <sstream>

#include "app/connections/toml_edit.h"
#include "app/connections/url_secret.h"
#include "backends/domain/connection_name.h"
#include "backends/storage/toml_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

Failure usage(const QString& what, const QString& nextStep, const QString& said = {}) {
    return {FailureKind::usage, what, said, nextStep};
}

QString text(const toml::table& table, std::string_view key) {
    return QString::fromStdString(table[key].value_or(std::string{}));
}

// "60s", "500ms", "5m"; nullopt: none of these, or nothing at all of time.
std::optional<std::chrono::milliseconds> spanOf(const QString& text) {
    static const QRegularExpression form(u"^([0-9]{1,6})(ms|s|m|h)$"_s);
    const auto match = form.match(text);
    const qint64 n = match.captured(1).toLongLong();
    if (n <= 0) return std::nullopt;
    const QString unit = match.captured(2);
    const qint64 factor = unit == u"ms"_s ? 1 : unit == u"s"_s ? 1'000 : unit == u"m"_s ? 60'000 : 3'600'000;
    return std::chrono::milliseconds{n * factor};
}

Outcome<Invariant> invariantOf(const QString& connection, const toml::table& table) {
    Invariant invariant{
        .name = text(table, "name"), .sql = text(table, "sql"), .queue = text(table, "queue")};
    const QString entry = u"A rule of the saved connection \"%1\""_s.arg(connection);
    if (invariant.name.isEmpty() || invariant.sql.isEmpty())
        return usage(u"%1 has no name or no sql."_s.arg(entry), u"Give it both."_s);
    const auto every = spanOf(text(table, "every").isEmpty() ? u"60s"_s : text(table, "every"));
    const auto timeout = spanOf(text(table, "timeout").isEmpty() ? u"1s"_s : text(table, "timeout"));
    if (!every || *every < std::chrono::seconds{1} || !timeout)
        return usage(u"%1 (\"%2\") has a wrong \"every\" or \"timeout\"."_s.arg(entry, invariant.name),
                     u"Write 500ms, 10s, 5m or 2h; a rule is checked every second at most."_s);
    invariant.every = std::chrono::duration_cast<std::chrono::seconds>(*every);
    invariant.timeout = *timeout;
    return invariant;
}

Outcome<std::vector<Invariant>> invariantsOf(const QString& connection, const toml::table& table) {
    std::vector<Invariant> invariants;
    const auto* list = table["invariant"].as_array();
    if (!list) return invariants;
    for (const auto& entry : *list) {
        const auto* one = entry.as_table();
        if (!one) continue;
        auto invariant = invariantOf(connection, *one);
        if (!invariant) return invariant.failure();
        invariants.push_back(std::move(invariant).value());
    }
    return invariants;
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

QStringList texts(const toml::table& table, const char* key) {
    QStringList values;
    if (const auto* list = table[key].as_array())
        for (const auto& value : *list) values << QString::fromStdString(value.value_or(std::string{}));
    return values;
}

Outcome<SavedConnection> fromToml(const QString& name, const toml::table& table) {
    SavedConnection saved;
    saved.name = name;
    saved.url = text(table, "url");
    saved.passwordVariable = text(table, "password_env");
    saved.onlySystem = text(table, "system");
    saved.onlyNamespace = text(table, "namespace");
    saved.mappingFiles = texts(table, "mappings");
    saved.deadLetterQueues = texts(table, "dead_letter_queues");
    auto invariants = invariantsOf(name, table);
    if (!invariants) return invariants.failure();
    saved.invariants = std::move(invariants).value();
    const QString environment = text(table, "environment");
    if (environment.isEmpty()) return saved;
    const auto known = environmentFromName(environment);
    if (!known)
        return usage(u"The saved connection \"%1\" has the environment \"%2\"."_s.arg(name, environment),
                     u"Write production, staging or development."_s);
    saved.environment = *known;
    return saved;
}

void insertText(toml::table& table, const char* key, const QString& value) {
    if (!value.isEmpty()) table.insert(key, value.toStdString());
}

void insertTexts(toml::table& table, const char* key, const QStringList& values) {
    toml::array list;
    for (const auto& value : values) list.push_back(value.toStdString());
    if (!list.empty()) table.insert(key, std::move(list));
}

toml::table toToml(const SavedConnection& saved) {
    toml::table table;
    insertText(table, "url", saved.url);
    insertText(table, "environment", environmentName(saved.environment));
    insertText(table, "password_env", saved.passwordVariable);
    insertText(table, "system", saved.onlySystem);
    insertText(table, "namespace", saved.onlyNamespace);
    insertTexts(table, "mappings", saved.mappingFiles);
    insertTexts(table, "dead_letter_queues", saved.deadLetterQueues);
    if (!saved.invariants.empty()) table.insert("invariant", toToml(saved.invariants));
    return table;
}

const QByteArray kFirstLines = "# Connections of Spillway. Passwords do not belong here.\n";

std::string written(const toml::node& node) {
    std::ostringstream text;
    node.visit([&text](const auto& value) { text << value; });
    return text.str();
}

// As little as possible: what stays the same is not touched, however it is written.
TomlChange changeOf(const std::optional<SavedConnection>& before, const SavedConnection& after) {
    const toml::table old = before ? toToml(*before) : toml::table();
    const toml::table fresh = toToml(after);
    TomlChange change;
    for (const auto& [key, value] : fresh) {
        const auto* was = old.get(key.str());
        if (!was || written(*was) != written(value)) change.set[std::string(key.str())] = written(value);
    }
    for (const auto& [key, value] : old)
        if (!fresh.contains(key.str())) change.unset.insert(std::string(key.str()));
    return change;
}

auto position(std::vector<SavedConnection>& list, const QString& name) {
    return std::find_if(list.begin(), list.end(), [&](const SavedConnection& c) { return c.name == name; });
}

}  // namespace

Outcome<ConnectionSettings> settingsOf(const SavedConnection& saved) {
    auto outcome = connectionFromUrl(saved.url);
    if (!outcome) return outcome;
    ConnectionSettings settings = *outcome;
    settings.name = saved.name;
    settings.environment = saved.environment;
    settings.onlySystem = saved.onlySystem;
    settings.onlyNamespace = saved.onlyNamespace;
    settings.mappingFiles = saved.mappingFiles;
    settings.deadLetterQueues = saved.deadLetterQueues;
    settings.invariants = saved.invariants;
    if (saved.passwordVariable.isEmpty()) return settings;
    settings.password = qEnvironmentVariable(saved.passwordVariable.toUtf8().constData());
    if (settings.password.isEmpty())
        return usage(
            u"The saved connection \"%1\" takes its password from the variable %2, which is not set."_s.arg(
                saved.name, saved.passwordVariable),
            u"Set %1, or remove password_env from the entry."_s.arg(saved.passwordVariable));
    return settings;
}

QString ConnectionStore::defaultFile() {
    return QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation) +
           u"/spillway/connections.toml"_s;
}

Outcome<std::vector<SavedConnection>> ConnectionStore::list() const {
    QFile file(m_file);
    if (!file.exists()) return std::vector<SavedConnection>();
    if (!file.open(QIODevice::ReadOnly))
        return usage(u"%1 cannot be read."_s.arg(m_file), u"Check its permissions."_s, file.errorString());
    return listed(file.readAll());
}

std::optional<QByteArray> ConnectionStore::text() const {
    QFile file(m_file);
    return file.open(QIODevice::ReadOnly) ? std::optional(file.readAll()) : std::nullopt;
}

// In the order of the file.
Outcome<std::vector<SavedConnection>> ConnectionStore::listed(const QByteArray& text) const {
    const auto parsed = parsedToml(text);
    if (const auto* fault = std::get_if<TomlFault>(&parsed))
        return usage(u"%1 is not valid TOML in line %2."_s.arg(m_file).arg(fault->line),
                     u"Correct the line, or move the file away."_s, fault->words);
    std::vector<std::pair<toml::source_index, SavedConnection>> found;
    for (const auto& [key, node] : std::get<toml::table>(parsed)) {
        if (!node.is_table()) continue;
        auto saved = fromToml(QString::fromUtf8(key.str()), *node.as_table());
        if (!saved) return saved.failure();
        found.emplace_back(node.source().begin.line, std::move(saved).value());
    }
    std::ranges::stable_sort(found, {}, &std::pair<toml::source_index, SavedConnection>::first);
    std::vector<SavedConnection> connections;
    for (auto& [line, connection] : found) connections.push_back(std::move(connection));
    return connections;
}

Outcome<SavedConnection> ConnectionStore::find(const QString& name) const {
    auto all = list();
    if (!all) return all.failure();
    if (const auto it = position(all.value(), name); it != all.value().end()) return *it;
    QStringList names;
    for (const auto& c : *all) names << u'@' + c.name;
    return usage(u"There is no saved connection \"@%1\" in %2."_s.arg(name, m_file),
                 names.isEmpty() ? u"None is saved yet: give a URL instead."_s
                                 : u"Saved are: %1."_s.arg(names.join(u", "_s)));
}

QString ConnectionStore::exposure(const SavedConnection& saved) const {
    const auto others = QFile::ReadGroup | QFile::ReadOther;
    if (splitSecret(saved.url).password.isEmpty() || !(QFile::permissions(m_file) & others)) return {};
    return u"%1 holds the password of @%2, and other users may read it: take it out (password_env, ~/.pgpass "
           u"or the "
           "keychain), or chmod 600 the file."_s.arg(m_file, saved.name);
}

Outcome<QString> ConnectionStore::save(SavedConnection connection) const {
    if (!isConnectionName(connection.name))
        return usage(u"\"%1\" cannot be the name of a connection."_s.arg(connection.name),
                     connectionNameRule());
    auto all = list();
    if (!all) return all.failure();
    auto [url, password] = splitSecret(connection.url);
    connection.url = url;
    std::optional<SavedConnection> before;
    if (const auto it = position(all.value(), connection.name); it != all.value().end()) {
        before = *it;
        *it = connection;
    } else {
        all.value().push_back(connection);
    }
    const auto now = text();
    const auto edited =
        withTomlTable(now.value_or(kFirstLines), connection.name.toStdString(), changeOf(before, connection));
    if (const auto written = write(*all, edited); !written) return written.failure();
    return password;
}

Outcome<Done> ConnectionStore::remove(const QString& name) const {
    auto all = list();
    if (!all) return all.failure();
    const auto it = position(all.value(), name);
    if (it == all.value().end()) return find(name).failure();
    all.value().erase(it);
    return write(*all, withoutTomlTable(text().value_or(QByteArray()), name.toStdString()));
}

Outcome<Done> ConnectionStore::write(const std::vector<SavedConnection>& connections,
                                     const std::optional<QByteArray>& edited) const {
    const auto same = [&connections](const std::vector<SavedConnection>& read) {
        return std::ranges::is_permutation(read, connections);
    };
    QByteArray content;
    if (const auto read = edited ? listed(*edited) : Failure{}; read && same(*read)) {
        content = *edited;
    } else {  // written in a form that cannot be changed in place
        toml::table document;
        for (const auto& c : connections) document.insert(c.name.toStdString(), toToml(c));
        std::ostringstream whole;
        whole << document << '\n';
        content = kFirstLines + QByteArray::fromStdString(whole.str());
    }
    QDir().mkpath(QFileInfo(m_file).absolutePath());
    QSaveFile file(m_file);
    const bool written = file.open(QIODevice::WriteOnly) &&
                         file.setPermissions(QFile::ReadOwner | QFile::WriteOwner) &&
                         file.write(content) >= 0 && file.commit();
    if (written) return Done{};
    return Failure{FailureKind::internal, u"%1 cannot be written."_s.arg(m_file), file.errorString(),
                   u"Check the folder's permissions and free space."_s};
}

}  // namespace spillway

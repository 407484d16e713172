#include "app/connections/connection_store.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSaveFile>
#include <QStandardPaths>
#include <algorithm>
#include <array>
#include <sstream>

#include "app/connections/connection_keys.h"
#include "app/connections/connection_toml.h"
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

const QByteArray kFirstLines = "# Connections of Spillway. Passwords do not belong here.\n";

std::string written(const toml::node& node) {
    std::ostringstream text;
    node.visit([&text](const auto& value) { text << value; });
    return text.str();
}

constexpr std::array<const char*, 2> kBlocks{"invariant", "objective"};

// As little as possible: what stays the same is not touched, however it is written.
TomlChange changeOf(toml::table old, toml::table fresh) {
    for (const char* key : kBlocks) old.erase(key), fresh.erase(key);
    TomlChange change;
    for (const auto& [key, value] : fresh) {
        const auto* was = old.get(key.str());
        if (!was || written(*was) != written(value)) change.set[std::string(key.str())] = written(value);
    }
    for (const auto& [key, value] : old)
        if (!fresh.contains(key.str())) change.unset.insert(std::string(key.str()));
    return change;
}

// Each block as the lines below its header.
std::vector<std::string> linesOfBlocks(const toml::table& table, const char* key) {
    std::vector<std::string> blocks;
    const auto* list = table[key].as_array();
    if (!list) return blocks;
    for (const auto& each : *list) {
        std::string lines;
        for (const auto& [name, value] : *each.as_table())
            lines += std::string(name.str()) + " = " + written(value) + '\n';
        blocks.push_back(lines);
    }
    return blocks;
}

// The blocks up to the first that is another stay.
std::optional<QByteArray> withBlocks(const QByteArray& text, const std::string& name, const char* key,
                                     const toml::table& old, const toml::table& fresh) {
    const auto was = linesOfBlocks(old, key);
    auto wanted = linesOfBlocks(fresh, key);
    if (was == wanted) return text;
    const auto differs = std::mismatch(was.begin(), was.end(), wanted.begin(), wanted.end());
    wanted.erase(wanted.begin(), differs.second);
    return withTomlBlocks(text, name, key, static_cast<size_t>(differs.first - was.begin()), wanted);
}

std::optional<QByteArray> edited(const QByteArray& text, const std::optional<SavedConnection>& before,
                                 const SavedConnection& after) {
    const toml::table old = before ? connectionToml(*before) : toml::table();
    const toml::table fresh = connectionToml(after);
    const std::string name = after.name.toStdString();
    auto now = withTomlTable(text, name, changeOf(old, fresh));
    for (const char* key : kBlocks)
        if (now) now = withBlocks(*now, name, key, old, fresh);
    return now;
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
    settings.objectives = saved.objectives;
    settings.folder = saved.folder;
    settings.colour = saved.colour;
    settings.pollInterval = saved.pollInterval;
    settings.armedFor = saved.armedFor;
    settings.actingUser = saved.actingUser;
    if (!saved.actingPasswordVariable.isEmpty())
        settings.actingPassword = qEnvironmentVariable(saved.actingPasswordVariable.toUtf8().constData());
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
        auto saved = connectionFromToml(QString::fromUtf8(key.str()), *node.as_table());
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

QStringList ConnectionStore::unheard(const QString& only) const {
    const auto parsed = parsedToml(text().value_or(QByteArray()));
    const auto* document = std::get_if<toml::table>(&parsed);
    return document ? unheardEntries(*document, m_file, only) : QStringList();
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
    if (const auto kept = write(*all, edited(now.value_or(kFirstLines), before, connection)); !kept)
        return kept.failure();
    return password;
}

Outcome<QString> ConnectionStore::replace(const QString& before, const SavedConnection& connection) const {
    const bool renamed = before != connection.name;
    if (renamed && find(connection.name))
        return usage(u"There is a connection \"%1\" already."_s.arg(connection.name),
                     u"Choose another name."_s);
    auto password = save(connection);
    if (!password || !renamed || before.isEmpty()) return password;
    if (const auto gone = remove(before); !gone) return gone.failure();
    return password;
}

QByteArray ConnectionStore::exported(const std::vector<SavedConnection>& connections) {
    QByteArray text =
        "# Connections of Spillway, without passwords. Import it under Connections, or use it as\n"
        "# connections.toml.\n";
    for (SavedConnection connection : connections) {
        connection.url = splitSecret(connection.url).url;
        toml::table document;
        document.insert(connection.name.toStdString(), connectionToml(connection));
        std::ostringstream whole;
        whole << document << '\n';
        text += '\n' + QByteArray::fromStdString(whole.str());
    }
    return text;
}

Outcome<RemovedConnection> ConnectionStore::take(const QString& name) const {
    const auto connection = find(name);
    if (!connection) return connection.failure();
    RemovedConnection removed{*connection, text().value_or(QByteArray()), {}};
    if (const auto gone = remove(name); !gone) return gone.failure();
    removed.after = text().value_or(QByteArray());
    return removed;
}

Outcome<Done> ConnectionStore::putBack(const RemovedConnection& removed) const {
    if (text().value_or(QByteArray()) == removed.after) {
        const auto connections = listed(removed.before);
        if (!connections) return connections.failure();
        return write(*connections, removed.before);
    }
    if (find(removed.connection.name))
        return usage(u"There is a connection \"%1\" again."_s.arg(removed.connection.name),
                     u"Rename it first; the removed one is not lost as long as this window is open."_s);
    const auto saved = save(removed.connection);
    return saved ? Outcome<Done>(Done{}) : saved.failure();
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
        for (const auto& c : connections) document.insert(c.name.toStdString(), connectionToml(c));
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

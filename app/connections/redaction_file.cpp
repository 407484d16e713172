#include "app/connections/redaction_file.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSaveFile>
#include <sstream>
#include <variant>

#include "backends/storage/toml_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

const QByteArray kFirstLine = "# What of a job's data Spillway never shows, copies or reports.\n";

std::string tomlList(const QStringList& rules) {
    toml::array list;
    for (const QString& rule : rules) list.push_back(rule.toStdString());
    std::ostringstream text;
    text << list;
    return text.str();
}

// The list is replaced where it stands.
std::optional<QByteArray> withRules(const QByteArray& text, const QStringList& rules) {
    const auto parsed = parsedToml(text);
    const auto* document = std::get_if<toml::table>(&parsed);
    if (!document) return std::nullopt;
    const QByteArray entry = "hide = " + QByteArray::fromStdString(tomlList(rules));
    const auto* node = document->get("hide");
    if (!node) return entry + '\n' + text;
    QList<QByteArray> lines = text.split('\n');
    const auto first = static_cast<qsizetype>(node->source().begin.line) - 1;
    const auto last = static_cast<qsizetype>(node->source().end.line) - 1;
    const QByteArray tail = lines[last].mid(static_cast<qsizetype>(node->source().end.column) - 1);
    lines.remove(first, last - first + 1);
    lines.insert(first, entry + tail);
    return lines.join('\n');
}

}  // namespace

QString redactionFileBeside(const QString& connectionsFile) {
    return QFileInfo(connectionsFile).path() + u"/redaction.toml"_s;
}

Outcome<QStringList> listRedactionRules(const QString& path) {
    QFile file(path);
    if (!file.exists()) return QStringList();
    const auto broken = [&](const QString& why) {
        return Failure{FailureKind::usage, u"The redaction rules in %1 cannot be read."_s.arg(path), why,
                       u"Correct the file: hide = [\"email\", \"$.user.address\"]."_s};
    };
    if (!file.open(QIODevice::ReadOnly)) return broken(file.errorString());
    const auto parsed = parsedToml(file.readAll());
    if (const auto* fault = std::get_if<TomlFault>(&parsed)) return broken(fault->words);
    const auto* list = std::get<toml::table>(parsed)["hide"].as_array();
    if (!list) return broken(u"It has no list \"hide\"."_s);
    QStringList rules;
    for (const auto& rule : *list) {
        if (!rule.is_string()) return broken(u"A rule is no text."_s);
        rules << QString::fromStdString(rule.value_or(std::string{}));
    }
    return rules;
}

RedactionRules redactionRules(const QString& path) {
    const auto list = listRedactionRules(path);
    const auto rules = list ? RedactionRules::of(*list) : Outcome<RedactionRules>(list.failure());
    if (rules) return *rules;
    return RedactionRules::hidingAll(u"(hidden: %1)"_s.arg(rules.failure().sentence()));
}

Outcome<Done> saveRedactionRules(const QString& path, const QStringList& rules) {
    if (const auto understood = RedactionRules::of(rules); !understood) return understood.failure();
    QFile before(path);
    const QByteArray text = before.open(QIODevice::ReadOnly) ? before.readAll() : kFirstLine;
    const auto edited = withRules(text, rules);
    QDir().mkpath(QFileInfo(path).absolutePath());
    QSaveFile file(path);
    const QByteArray whole =
        edited ? *edited : kFirstLine + "hide = " + QByteArray::fromStdString(tomlList(rules)) + '\n';
    if (file.open(QIODevice::WriteOnly) && file.write(whole) >= 0 && file.commit()) return Done{};
    return Failure{FailureKind::internal, u"%1 cannot be written."_s.arg(path), file.errorString(),
                   u"Check the folder's permissions and free space."_s};
}

}  // namespace spillway

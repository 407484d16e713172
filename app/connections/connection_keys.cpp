#include "app/connections/connection_keys.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

enum class Kind { text, number, texts, blocks };
struct Key {
    const char* name;
    Kind kind;
};

constexpr Key kConnectionKeys[] = {{"url", Kind::text},
                                   {"environment", Kind::text},
                                   {"password_env", Kind::text},
                                   {"system", Kind::text},
                                   {"namespace", Kind::text},
                                   {"mappings", Kind::texts},
                                   {"dead_letter_queues", Kind::texts},
                                   {"folder", Kind::text},
                                   {"color", Kind::text},
                                   {"poll", Kind::text},
                                   {"arming", Kind::text},
                                   {"acting_user", Kind::text},
                                   {"acting_password_env", Kind::text},
                                   {"objective", Kind::blocks},
                                   {"invariant", Kind::blocks}};
constexpr Key kInvariantKeys[] = {{"name", Kind::text},
                                  {"sql", Kind::text},
                                  {"every", Kind::text},
                                  {"timeout", Kind::text},
                                  {"queue", Kind::text}};
constexpr Key kObjectiveKeys[] = {{"queue", Kind::text},           {"oldest_warning", Kind::text},
                                  {"oldest_critical", Kind::text}, {"dead_warning", Kind::text},
                                  {"dead_critical", Kind::text},   {"retry_warning", Kind::number},
                                  {"retry_critical", Kind::number}};

bool fits(const toml::node& value, Kind kind) {
    const auto holds = [&value](auto&& each) {
        const auto* list = value.as_array();
        return list && std::all_of(list->begin(), list->end(), each);
    };
    switch (kind) {
        case Kind::text:
            return value.is_string();
        case Kind::number:
            return value.is_number();
        case Kind::texts:
            return holds([](const toml::node& one) { return one.is_string(); });
        case Kind::blocks:
            break;
    }
    return holds([](const toml::node& one) { return one.is_table(); });
}

QString rightForm(const Key& key) {
    const QString name = QString::fromLatin1(key.name);
    switch (key.kind) {
        case Kind::text:
            return u"%1 = \"…\""_s.arg(name);
        case Kind::number:
            return u"%1 = 0.2"_s.arg(name);
        case Kind::texts:
            return u"%1 = [\"…\"]"_s.arg(name);
        case Kind::blocks:
            break;
    }
    return u"[[NAME.%1]] and its lines below it"_s.arg(name);
}

// How many letters are to be changed, put in or taken out.
qsizetype letterDistance(const QString& a, const QString& b) {
    std::vector<qsizetype> row(static_cast<size_t>(b.size()) + 1);
    std::iota(row.begin(), row.end(), 0);
    for (qsizetype i = 0; i < a.size(); ++i) {
        qsizetype corner = std::exchange(row[0], i + 1);
        for (size_t j = 1; j < row.size(); ++j) {
            const qsizetype changed = corner + (a[i] == b[static_cast<qsizetype>(j) - 1] ? 0 : 1);
            corner = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, changed}));
        }
    }
    return row.back();
}

// The beginning of a word is nearer than another word.
QString nearestKey(const QString& written, std::span<const Key> keys) {
    QString nearest;
    qsizetype least = std::max<qsizetype>(2, written.size() / 3) + 1;
    for (const Key& key : keys) {
        const QString name = QString::fromLatin1(key.name);
        const bool begins = written.size() >= 3 && (name.startsWith(written) || written.startsWith(name));
        const qsizetype distance = begins ? 1 : letterDistance(written.toLower(), name);
        if (distance >= least) continue;
        least = distance;
        nearest = name;
    }
    return nearest;
}

QString allKeys(std::span<const Key> keys) {
    QStringList names;
    for (const Key& key : keys) names << QString::fromLatin1(key.name);
    return names.join(u", "_s);
}

class Listener {
public:
    explicit Listener(QString file) : m_file(std::move(file)) {}

    void outside(const QString& key, const toml::node& value) {
        say(value, u"\"%1\" stands outside of every connection and has no effect. Put it below [NAME]."_s.arg(
                       visibleText(key, 60)));
    }
    void block(const toml::table& table, const QString& place, std::span<const Key> keys) {
        for (const auto& [key, value] : table)
            entry(QString::fromUtf8(key.data(), static_cast<qsizetype>(key.length())), value, place, keys);
    }
    [[nodiscard]] QStringList sentences() {
        std::ranges::stable_sort(m_said, {}, &std::pair<toml::source_index, QString>::first);
        QStringList all;
        for (const auto& [line, sentence] : m_said) all << sentence;
        return all;
    }

private:
    void entry(const QString& name, const toml::node& value, const QString& place,
               std::span<const Key> keys) {
        const auto known =
            std::ranges::find_if(keys, [&](const Key& key) { return QString::fromLatin1(key.name) == name; });
        const QString shown = visibleText(name, 60);
        if (known == keys.end()) {
            const QString nearest = nearestKey(name, keys);
            say(value, u"\"%1\" of %2 is no key of Spillway and has no effect. %3"_s.arg(
                           shown, place,
                           nearest.isEmpty() ? u"Known are: %1."_s.arg(allKeys(keys))
                                             : u"Is \"%1\" meant?"_s.arg(nearest)));
        } else if (!fits(value, known->kind)) {
            say(value, u"\"%1\" of %2 is of the wrong kind and has no effect. Write %3."_s.arg(
                           shown, place, rightForm(*known)));
        }
    }
    void say(const toml::node& at, const QString& sentence) {
        m_said.emplace_back(at.source().begin.line,
                            u"%1, line %2: %3"_s.arg(m_file).arg(at.source().begin.line).arg(sentence));
    }

    QString m_file;
    std::vector<std::pair<toml::source_index, QString>> m_said;
};

void hearBlocks(Listener& listener, const toml::table& table, const char* key, const QString& connection,
                std::span<const Key> keys) {
    const auto* list = table[key].as_array();
    if (!list) return;
    for (const auto& one : *list)
        if (one.is_table())
            listener.block(*one.as_table(), u"[[%1.%2]]"_s.arg(connection, QString::fromLatin1(key)), keys);
}

}  // namespace

QStringList unheardEntries(const toml::table& document, const QString& file, const QString& only) {
    Listener listener(file);
    for (const auto& [key, value] : document) {
        const QString name = QString::fromUtf8(key.data(), static_cast<qsizetype>(key.length()));
        if (!only.isEmpty() && name != only) continue;
        if (!value.is_table()) {
            listener.outside(name, value);
            continue;
        }
        const QString shown = visibleText(name, 60);
        listener.block(*value.as_table(), u"[%1]"_s.arg(shown), kConnectionKeys);
        hearBlocks(listener, *value.as_table(), "invariant", shown, kInvariantKeys);
        hearBlocks(listener, *value.as_table(), "objective", shown, kObjectiveKeys);
    }
    return listener.sentences();
}

}  // namespace spillway

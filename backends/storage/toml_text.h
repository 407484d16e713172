// TOML as people and packages write it, parsed: the whole table, or the line and the words of what is wrong.
// Text that is not UTF-8 is refused before the parser sees it: toml++ 3.3 reads past such bytes. For .cpp
// files only.
#pragma once

#include <toml++/toml.h>

#include <QByteArray>
#include <QString>
#include <string_view>
#include <variant>

namespace spillway {

struct TomlFault {
    qint64 line = 1;
    QString words;
};

inline std::variant<toml::table, TomlFault> parsedToml(const QByteArray& text) {
    using namespace Qt::StringLiterals;
    qint64 line = 1;
    for (const QByteArray& one : text.split('\n')) {
        if (!QUtf8StringView(one).isValidUtf8()) return TomlFault{line, u"a character that is not UTF-8"_s};
        ++line;
    }
    try {
        return toml::table(toml::parse(std::string_view(text.constData(), static_cast<size_t>(text.size()))));
    } catch (const toml::parse_error& error) {
        const auto words = error.description();
        return TomlFault{static_cast<qint64>(error.source().begin.line),
                         QString::fromUtf8(words.data(), static_cast<qsizetype>(words.size()))};
    }
}

}  // namespace spillway

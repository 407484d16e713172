#include "backends/domain/secrets.h"

#include <strings.h>
#include <QRegularExpression>
#include <QStringList>
#include <QUrl>
#include <algorithm>
#include <cstring>
#include <string_view>

#include "backends/domain/connection_settings.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// Where the password stands in "scheme://user:password@host" or "user:password@host"; up to the last "@", as
// people forget to escape it. Length 0: none.
struct PasswordPlace {
    size_t at = 0;
    size_t length = 0;
};

PasswordPlace passwordIn(std::string_view url) {
    const auto scheme = url.find("://");
    const size_t from = scheme == std::string_view::npos ? 0 : scheme + 3;
    const auto colon = url.find(':', from);
    const auto end = url.rfind('@');
    if (colon == std::string_view::npos || end == std::string_view::npos || end <= colon) return {};
    return {colon + 1, end - colon - 1};
}

bool isWellFormed(const QString& password) {
    static const QRegularExpression escapedOnly(u"^(?:[^/@#?%:\\s]|%[0-9a-fA-F]{2})*$"_s);
    return escapedOnly.match(password).hasMatch();
}

// The longest first, so that no piece is left of a longer one.
QStringList piecesOf(const QString& password) {
    static const QRegularExpression borders(u"[/@#?%:\\s]"_s);
    QStringList pieces{password, QUrl::fromPercentEncoding(password.toUtf8())};
    for (const QString& piece : password.split(borders, Qt::SkipEmptyParts))
        if (piece.size() >= 2) pieces << piece;
    std::sort(pieces.begin(), pieces.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
    return pieces;
}

void overwriteKeyValues(char* argument) {
    for (char* at = argument; (at = std::strchr(at, '=')) != nullptr; ++at) {
        static constexpr std::string_view key = "password";
        if (at - argument < std::ssize(key) || ::strncasecmp(at - key.size(), key.data(), key.size()) != 0)
            continue;
        char* value = at + 1;
        const bool quoted = *value == '\'';
        const size_t length = quoted ? std::strcspn(value + 1, "'") + 1 : std::strcspn(value, " &");
        std::fill_n(value, length, '*');
    }
}

}  // namespace

QString withoutSecretsOf(const QString& url, const QString& text) {
    const std::string bytes = url.toStdString();
    const auto place = passwordIn(bytes);
    const QString password = QString::fromStdString(bytes.substr(place.at, place.length));
    QString clean = withoutSecrets(text);
    const bool hidden = isWellFormed(password) && url.contains("://"_L1);  // by withoutSecrets()
    if (password.isEmpty() || hidden) return clean;
    for (const QString& piece : piecesOf(password)) {
        const QRegularExpression word(u"(?<!\\w)%1(?!\\w)"_s.arg(QRegularExpression::escape(piece)));
        clean.replace(word, u"***"_s);
    }
    return clean;
}

void hideSecretsInArguments(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        const auto place = passwordIn(argv[i]);
        if (place.length > 0) std::fill_n(argv[i] + place.at, place.length, '*');
        overwriteKeyValues(argv[i]);
    }
}

}  // namespace spillway

#include "widgets/models/secret_fields.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QRegularExpression>
#include <QStringList>
#include <algorithm>
#include <array>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// Anywhere in the name, once separators are gone.
constexpr std::array kParts{"password"_L1,      "passwd"_L1,     "passphrase"_L1, "secret"_L1,
                            "authorization"_L1, "token"_L1,      "apikey"_L1,     "privatekey"_L1,
                            "accesskey"_L1,     "credential"_L1, "signature"_L1,  "sessionid"_L1};
// Only as a whole word of it.
constexpr std::array kWords{"card"_L1, "cvv"_L1, "cvc"_L1,  "pan"_L1,    "pin"_L1,     "pwd"_L1,
                            "auth"_L1, "ssn"_L1, "iban"_L1, "cookie"_L1, "cookies"_L1, "jwt"_L1};

// "cardNumber" and "X-Card.number" both give "card", "number".
QStringList wordsOf(const QString& name) {
    QStringList words;
    bool open = false;
    for (qsizetype i = 0; i < name.size(); ++i) {
        const QChar c = name[i];
        const bool hump = c.isUpper() && i > 0 && name[i - 1].isLower();
        if (!c.isLetterOrNumber()) {
            open = false;
            continue;
        }
        if (!open || hump) words << QString();
        words.back() += c.toLower();
        open = true;
    }
    return words;
}

const QRegularExpression& secretInText() {
    // A key that ends in (or holds) a telling word, a separator, then a quoted value, an escaped quoted one,
    // or a bare one. Possessive or bounded throughout.
    static const QRegularExpression pattern(
        uR"re(((?:passw(?:or)?d|passphrase|secret|token|authorization|api[_-]?key|private[_-]?key|access[_-]?key|credentials?|signature|(?<![a-z])(?:card|cvv|cvc|pwd|ssn|iban|cookie|jwt)(?![a-z]))[\w.-]{0,40}+\\?["']?\s{0,8}+(?:=>|[:=])\s{0,8}+)(?:"(?:[^"\\]++|\\.)*+"?|'(?:[^'\\]++|\\.)*+'?|\\"(?:[^"\\]++|\\[^"])*+\\?"?|(?:(?:bearer|basic)\s++)?+[^\s,;&}\]"']++))re"_s,
        QRegularExpression::CaseInsensitiveOption | QRegularExpression::DotMatchesEverythingOption);
    return pattern;
}

}  // namespace

bool isSecretName(const QString& name) {
    const QStringList words = wordsOf(name.left(200));
    const QString joined = words.join(QString());
    return std::any_of(kParts.begin(), kParts.end(), [&](auto part) { return joined.contains(part); }) ||
           std::any_of(kWords.begin(), kWords.end(), [&](auto word) { return words.contains(word); });
}

QJsonValue redacted(const QJsonValue& value) {
    if (value.isArray()) {
        QJsonArray array;
        for (const auto& element : value.toArray()) array.append(redacted(element));
        return array;
    }
    if (value.isString()) return redacted(value.toString());
    if (!value.isObject()) return value;
    QJsonObject object;
    const QJsonObject source = value.toObject();
    for (auto it = source.begin(); it != source.end(); ++it)
        object.insert(it.key(), isSecretName(it.key()) && !it.value().isNull()
                                    ? QJsonValue(QString::fromUtf16(kHiddenText))
                                    : redacted(it.value()));
    return object;
}

QString redacted(const QString& text) {
    QString out = text;
    out.replace(secretInText(), u"\\1"_s + QString::fromUtf16(kHiddenText));
    return out;
}

}  // namespace spillway

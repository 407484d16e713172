#include "backends/health/error_signature.h"

#include <QRegularExpression>
#include <algorithm>
#include <array>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

struct Replacement {
    QLatin1StringView needs;  // what it matches has one of these: most texts need no regular expression
    QRegularExpression what;
    QString with;

    [[nodiscard]] bool mayMatch(const QString& text) const {
        return std::any_of(text.begin(), text.end(), [this](QChar c) { return needs.contains(c); });
    }
};

constexpr auto kDigits = "0123456789"_L1;

// Possessive or bounded repetitions only: an error text must not be able to make matching slow.
const std::array<Replacement, 8>& replacements() {
    static const std::array<Replacement, 8> all{{
        {kDigits,
         QRegularExpression(
             u"\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d(:\\d\\d)?([.,]\\d{1,9})?(Z|[+-]\\d\\d:?\\d\\d)?"_s),
         u"<time>"_s},
        {"-"_L1,
         QRegularExpression(u"\\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\b"_s,
                            QRegularExpression::CaseInsensitiveOption),
         u"<uuid>"_s},
        {"@"_L1, QRegularExpression(u"[\\w.+-]{1,64}@[\\w-]{1,64}(\\.[\\w-]{1,64}){1,5}"_s), u"<email>"_s},
        {":"_L1, QRegularExpression(u"\\b\\w{2,16}://[^\\s\"'<>]++"_s), u"<host>"_s},
        {"."_L1,
         QRegularExpression(
             u"\\b((\\d{1,3}\\.){3}\\d{1,3}|([a-z0-9-]{1,63}\\.){1,6}(com|net|org|io|local|internal|dev|cloud))(:\\d{1,5})?\\b"_s,
             QRegularExpression::CaseInsensitiveOption),
         u"<host>"_s},
        {"\"'`"_L1, QRegularExpression(u"\"[^\"]*+\"|'[^']*+'|`[^`]*+`"_s), u"<str>"_s},
        {kDigits,
         QRegularExpression(u"\\b0x[0-9a-f]++\\b|\\b(?=[a-f]*+\\d)(?=\\d*+[a-f])[0-9a-f]{8,64}\\b"_s,
                            QRegularExpression::CaseInsensitiveOption),
         u"<hex>"_s},
        {kDigits, QRegularExpression(u"\\d++([.,]\\d++)*+"_s), u"<n>"_s},
    }};
    return all;
}

}  // namespace

QString errorSignature(const QString& error) {
    QString text = error.left(500).section(u'\n', 0, 0).simplified();
    for (const auto& each : replacements())
        if (each.mayMatch(text)) text.replace(each.what, each.with);
    return visibleText(text, 200);
}

}  // namespace spillway

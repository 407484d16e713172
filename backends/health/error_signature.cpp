#include "backends/health/error_signature.h"

#include <QRegularExpression>
#include <array>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

struct Replacement {
    QRegularExpression what;
    QString with;
};

// Possessive or bounded repetitions only: an error text must not be able to make matching slow.
const std::array<Replacement, 8>& replacements() {
    static const std::array<Replacement, 8> all{{
        {QRegularExpression(
             u"\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d(:\\d\\d)?([.,]\\d{1,9})?(Z|[+-]\\d\\d:?\\d\\d)?"_s),
         u"<time>"_s},
        {QRegularExpression(u"\\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\b"_s,
                            QRegularExpression::CaseInsensitiveOption),
         u"<uuid>"_s},
        {QRegularExpression(u"[\\w.+-]{1,64}@[\\w-]{1,64}(\\.[\\w-]{1,64}){1,5}"_s), u"<email>"_s},
        {QRegularExpression(u"\\b\\w{2,16}://[^\\s\"'<>]++"_s), u"<host>"_s},
        {QRegularExpression(
             u"\\b((\\d{1,3}\\.){3}\\d{1,3}|([a-z0-9-]{1,63}\\.){1,6}(com|net|org|io|local|internal|dev|cloud))(:\\d{1,5})?\\b"_s,
             QRegularExpression::CaseInsensitiveOption),
         u"<host>"_s},
        {QRegularExpression(u"\"[^\"]*+\"|'[^']*+'|`[^`]*+`"_s), u"<str>"_s},
        {QRegularExpression(u"\\b0x[0-9a-f]++\\b|\\b(?=[a-f]*+\\d)(?=\\d*+[a-f])[0-9a-f]{8,64}\\b"_s,
                            QRegularExpression::CaseInsensitiveOption),
         u"<hex>"_s},
        {QRegularExpression(u"\\d++([.,]\\d++)*+"_s), u"<n>"_s},
    }};
    return all;
}

}  // namespace

QString errorSignature(const QString& error) {
    QString text = error.left(500).section(u'\n', 0, 0).simplified();
    for (const auto& [what, with] : replacements()) text.replace(what, with);
    return visibleText(text, 200);
}

}  // namespace spillway

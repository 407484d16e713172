#include "backends/domain/markdown_text.h"

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;

QString markdownText(const QString& text, int most) {
    static const QString special = u"\\`*_{}[]<>#|!~&"_s;
    QString safe;
    for (const QChar c : visibleText(text, most)) {
        if (special.contains(c)) safe += u'\\';
        safe += c;
        if (c == u'@') safe += QChar(0x2060);
    }
    return safe;
}

}  // namespace spillway

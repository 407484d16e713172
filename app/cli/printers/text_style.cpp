#include "app/cli/printers/text_style.h"

#include <QStringList>
#include <algorithm>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qsizetype kWidestLabel = 44;

// Of the sequence that begins at `at`; 0: none does.
qsizetype escapeLength(QStringView text, qsizetype at) {
    if (text[at] != u'\x1b') return 0;
    const auto end = text.indexOf(u'm', at);
    return end < 0 ? 0 : end - at + 1;
}

// Where the text begins after the last two blanks of a label.
qsizetype hangOf(QStringView line, int width) {
    const qsizetype furthest = std::min<qsizetype>(kWidestLabel, width / 2);
    qsizetype hang = 0;
    qsizetype column = 0;
    qsizetype blanks = 0;
    for (qsizetype at = 0; at < line.size() && column <= furthest; ++at) {
        if (const auto length = escapeLength(line, at)) {
            at += length - 1;
            continue;
        }
        const bool blank = line[at] == u' ';
        if (!blank && blanks > 1) hang = column;
        blanks = blank ? blanks + 1 : 0;
        ++column;
    }
    return hang;
}

QString fittedLine(const QString& line, int width) {
    if (visibleLength(line) <= width) return line;
    const qsizetype hang = hangOf(line, width);
    const QString newLine = u'\n' + QString(hang, u' ');
    QString out;
    qsizetype column = 0;
    qsizetype blank = -1;  // the last one that may become a new line, as an index into `out`
    qsizetype atBlank = 0;
    for (qsizetype at = 0; at < line.size(); ++at) {
        if (const auto length = escapeLength(line, at)) {
            out += QStringView(line).mid(at, length);
            at += length - 1;
            continue;
        }
        out += line[at];
        ++column;
        if (line[at] == u' ' && column > hang) blank = out.size() - 1, atBlank = column;
        if (column <= width || blank < 0) continue;
        out.replace(blank, 1, newLine);
        column = hang + column - atBlank;
        blank = -1;
    }
    return out;
}

}  // namespace

QString painted(const QString& text, Paint paint, bool on) {
    static constexpr int codes[] = {0, 31, 33, 32, 90, 1};
    if (!on || paint == Paint::none || text.isEmpty()) return text;
    return u"\x1b[%1m%2\x1b[0m"_s.arg(codes[static_cast<int>(paint)]).arg(text);
}

qsizetype visibleLength(QStringView text) {
    qsizetype length = 0;
    for (qsizetype at = 0; at < text.size(); ++at) {
        const auto escape = escapeLength(text, at);
        at += std::max<qsizetype>(0, escape - 1);
        length += escape ? 0 : 1;
    }
    return length;
}

QString fitted(const QString& text, int width) {
    if (width <= 0) return text;
    QStringList lines = text.split(u'\n');
    for (QString& line : lines) line = fittedLine(line, width);
    return lines.join(u'\n');
}

QString shortened(const QString& text, qsizetype length) {
    return text.size() <= length ? text : text.left(std::max<qsizetype>(0, length - 1)) + u'…';
}

}  // namespace spillway

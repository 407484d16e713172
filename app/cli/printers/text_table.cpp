#include "app/cli/printers/text_table.h"

#include <algorithm>

namespace spillway {
using namespace Qt::StringLiterals;

QString painted(const QString& text, Paint paint, bool on) {
    static constexpr int codes[] = {0, 31, 33, 32, 90, 1};
    if (!on || paint == Paint::none || text.isEmpty()) return text;
    return u"\x1b[%1m%2\x1b[0m"_s.arg(codes[static_cast<int>(paint)]).arg(text);
}

TextTable::TextTable(const QStringList& headings) {
    std::vector<TableCell> row;
    for (const auto& heading : headings) {
        m_right.push_back(heading.endsWith(u'>'));
        m_shown.push_back(!heading.endsWith(u'?'));
        row.push_back({m_right.back() || !m_shown.back() ? heading.chopped(1) : heading, Paint::faint});
        m_widths.push_back(row.back().text.size());
    }
    m_rows.push_back(std::move(row));
}

void TextTable::add(std::vector<TableCell> row) {
    row.resize(m_widths.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
        m_widths[i] = std::max(m_widths[i], row[i].text.size());
        if (!row[i].text.isEmpty()) m_shown[i] = true;
    }
    m_rows.push_back(std::move(row));
}

QString TextTable::line(const std::vector<TableCell>& row, bool colours) const {
    QString out;
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (!m_shown[i]) continue;
        const QString padding(m_widths[i] - row[i].text.size(), u' ');
        const QString cell = painted(row[i].text, row[i].paint, colours);
        const bool last = i + 1 == row.size();
        out += m_right[i] ? padding + cell : cell + (last ? QString() : padding);
        if (!last) out += u"  "_s;
    }
    while (out.endsWith(u' ')) out.chop(1);
    return out + u'\n';
}

QString TextTable::text(bool colours) const {
    QString out;
    for (const auto& row : m_rows) out += line(row, colours);
    return out;
}

}  // namespace spillway

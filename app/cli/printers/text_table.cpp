#include "app/cli/printers/text_table.h"

#include <algorithm>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qsizetype kGap = 2;
constexpr qsizetype kStillReadable = 24;
constexpr qsizetype kNarrowest = 8;

}  // namespace

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

bool TextTable::saysNothing(std::size_t column) const {
    return std::all_of(m_rows.begin() + 1, m_rows.end(), [&](const auto& row) {
        const TableCell& cell = row[column];
        return cell.text.isEmpty() || cell.text == u"–"_s || cell.paint == Paint::faint;
    });
}

std::vector<std::size_t> TextTable::dropOrder() const {
    std::vector<std::size_t> order;
    for (const auto& heading : m_mayDrop)
        for (std::size_t i = 0; i < m_widths.size(); ++i)
            if (m_shown[i] && m_rows.front()[i].text == heading) order.push_back(i);
    std::stable_partition(order.begin(), order.end(), [&](std::size_t i) { return saysNothing(i); });
    return order;
}

qsizetype TextTable::totalOf(const Layout& layout) const {
    qsizetype total = -kGap;
    for (std::size_t i = 0; i < layout.widths.size(); ++i)
        if (layout.shown[i]) total += layout.widths[i] + kGap;
    return total;
}

// Takes from the widest text first. Numbers are never cut.
void TextTable::squeeze(Layout& layout, int width, std::size_t from, qsizetype least) const {
    for (qsizetype over = totalOf(layout) - width; over > 0; over = totalOf(layout) - width) {
        std::size_t widest = layout.widths.size();
        qsizetype next = least;  // width of the second widest: down to there in one step
        for (std::size_t i = from; i < layout.widths.size(); ++i) {
            if (!layout.shown[i] || m_right[i] || layout.widths[i] <= least) continue;
            if (widest == layout.widths.size() || layout.widths[i] > layout.widths[widest]) {
                if (widest != layout.widths.size()) next = std::max(next, layout.widths[widest]);
                widest = i;
            } else {
                next = std::max(next, layout.widths[i]);
            }
        }
        if (widest == layout.widths.size()) return;
        layout.widths[widest] -= std::min(over, std::max<qsizetype>(1, layout.widths[widest] - next));
    }
}

TextTable::Layout TextTable::layoutFor(int width) const {
    Layout layout{m_shown, m_widths, {}};
    if (width <= 0) return layout;
    const auto order = dropOrder();
    for (auto next = order.begin();; ++next) {
        layout.widths = m_widths;
        squeeze(layout, width, 1, kStillReadable);
        if (totalOf(layout) <= width || next == order.end()) break;
        layout.shown[*next] = false;
        layout.dropped << m_rows.front()[*next].text;
    }
    squeeze(layout, width, 1, kNarrowest);
    squeeze(layout, width, 0, kNarrowest);
    return layout;
}

QString TextTable::line(const std::vector<TableCell>& row, const Layout& layout, bool colours) const {
    QString out;
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (!layout.shown[i]) continue;
        const bool last = i + 1 == row.size();
        const QString text = last && m_wrapLast ? row[i].text : shortened(row[i].text, layout.widths[i]);
        const QString padding(std::max<qsizetype>(0, layout.widths[i] - text.size()), u' ');
        if (last && m_wrapLast) {
            const QString indent(visibleLength(out), u' ');
            QString lines = fitted(text, static_cast<int>(layout.widths[i]));
            out += painted(lines.replace(u'\n', u'\n' + indent), row[i].paint, colours);
            continue;
        }
        const QString cell = painted(text, row[i].paint, colours);
        out += m_right[i] ? padding + cell : cell + (last ? QString() : padding);
        if (!last) out += QString(kGap, u' ');
    }
    while (out.endsWith(u' ')) out.chop(1);
    return out + u'\n';
}

QString TextTable::text(const TextStyle& style) const {
    const Layout layout = layoutFor(style.width);
    QString out;
    for (const auto& row : m_rows) out += line(row, layout, style.colours);
    if (layout.dropped.isEmpty()) return out;
    const QString note = u"No room for: %1. --wide shows all.\n"_s.arg(layout.dropped.join(u", "_s));
    return out + painted(fitted(note, style.width).chopped(1), Paint::faint, style.colours) + u'\n';
}

}  // namespace spillway

// Aligned columns for a terminal, as many as have room. Pure.
#pragma once

#include <QStringList>
#include <vector>

#include "app/cli/printers/text_style.h"

namespace spillway {

struct TableCell {
    QString text;  // one safe line: visibleText() has been applied to what came from a server
    Paint paint = Paint::none;
};

class TextTable {
public:
    // A heading that ends in '>' aligns its column to the right; a column whose heading ends in '?' is left
    // out where all its cells are empty.
    explicit TextTable(const QStringList& headings);
    // Where not all have room, these go first, in this order; those that say nothing before all others.
    // The first column, which says what a row is about, is the last one that is shortened.
    void mayDrop(const QStringList& headings) { m_mayDrop = headings; }
    // The last column is broken into lines where others are cut.
    void wrapLast() { m_wrapLast = true; }
    void add(std::vector<TableCell> row);
    // Lines with newlines; two blanks between columns. Says what was left out.
    [[nodiscard]] QString text(const TextStyle& style) const;

private:
    struct Layout {
        std::vector<bool> shown;
        std::vector<qsizetype> widths;
        QStringList dropped;
    };
    [[nodiscard]] Layout layoutFor(int width) const;
    [[nodiscard]] std::vector<std::size_t> dropOrder() const;
    [[nodiscard]] bool saysNothing(std::size_t column) const;
    [[nodiscard]] qsizetype totalOf(const Layout& layout) const;
    void squeeze(Layout& layout, int width, std::size_t from, qsizetype least) const;
    [[nodiscard]] QString line(const std::vector<TableCell>& row, const Layout& layout, bool colours) const;

    std::vector<bool> m_right;
    std::vector<bool> m_shown;
    std::vector<std::vector<TableCell>> m_rows;
    std::vector<qsizetype> m_widths;
    QStringList m_mayDrop;
    bool m_wrapLast = false;
};

}  // namespace spillway

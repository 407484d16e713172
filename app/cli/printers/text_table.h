// Aligned columns for a terminal. Pure.
#pragma once

#include <QStringList>
#include <vector>

namespace spillway {

enum class Paint { none, critical, warning, good, faint, strong };
// `text` between escape sequences, or as it is when `on` is false or the paint is none.
[[nodiscard]] QString painted(const QString& text, Paint paint, bool on);

struct TableCell {
    QString text;  // one safe line: visibleText() has been applied to what came from a server
    Paint paint = Paint::none;
};

class TextTable {
public:
    // A heading that ends in '>' aligns its column to the right; a column whose heading ends in '?' is left
    // out where all its cells are empty.
    explicit TextTable(const QStringList& headings);
    void add(std::vector<TableCell> row);
    [[nodiscard]] QString text(bool colours) const;  // lines with newlines; two blanks between columns

private:
    [[nodiscard]] QString line(const std::vector<TableCell>& row, bool colours) const;
    std::vector<bool> m_right;
    std::vector<bool> m_shown;
    std::vector<std::vector<TableCell>> m_rows;
    std::vector<qsizetype> m_widths;
};

}  // namespace spillway

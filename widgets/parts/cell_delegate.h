// Paints the cells of our tables from what the model says by CellRole: a sign where a figure is loud, tabular
// digits, grey where there is nothing to see, one hairline under each row. Only plain text.
#pragma once

#include <QStyledItemDelegate>
#include <optional>

#include "backends/domain/finding.h"

class QTableView;

namespace spillway {

struct ThemeTokens;

class CellDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

// Selection, hover and the line under a cell.
void paintCellGround(QPainter& painter, const QStyleOptionViewItem& option, const ThemeTokens& tokens);
// A sign is shown for what is worse than a note.
[[nodiscard]] bool isLoud(const std::optional<Severity>& severity);

// What all our tables have in common: whole rows, no grid, no edit, wide rows, movable columns, hover.
void dressTable(QTableView& table, const QString& accessibleName);
// As wide as so many digits, so that a larger font gets larger columns.
[[nodiscard]] int digitsWide(const QWidget& widget, double digits);
// The selected rows, or all, to the clipboard as tab separated text: every column, in the order of the table,
// with exact values.
void copyTable(const QTableView& table);

}  // namespace spillway

// What the titles of a table's columns say, and how its cells are aligned. Pure.
#pragma once

#include <QLatin1StringView>
#include <QVariant>
#include <array>

#include "widgets/models/cell_roles.h"
#include "widgets/parts/safe_label.h"

namespace spillway {

struct ColumnText {
    QLatin1StringView title, hint;
    bool figure = false;  // aligned right
};

[[nodiscard]] inline QVariant cellAlignment(bool figure) {
    return QVariant::fromValue(Qt::Alignment(Qt::AlignVCenter | (figure ? Qt::AlignRight : Qt::AlignLeft)));
}

template <size_t N>
[[nodiscard]] QVariant columnHeader(const std::array<ColumnText, N>& columns, int section,
                                    Qt::Orientation orientation, int role) {
    if (orientation != Qt::Horizontal || section < 0 || section >= static_cast<int>(N)) return {};
    const ColumnText& text = columns[static_cast<size_t>(section)];
    if (role == Qt::DisplayRole || role == CopyRole) return QString(text.title);
    if (role == Qt::ToolTipRole) return plainToolTip(text.hint);
    if (role == Qt::TextAlignmentRole) return cellAlignment(text.figure);
    return {};
}

}  // namespace spillway

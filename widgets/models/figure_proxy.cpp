#include "widgets/models/figure_proxy.h"

#include <cmath>

#include "widgets/models/cell_roles.h"

namespace spillway {
using namespace Qt::StringLiterals;

FigureProxy::FigureProxy(QAbstractItemModel* model, QObject* parent) : QSortFilterProxyModel(parent) {
    setDynamicSortFilter(true);
    setSourceModel(model);
}

void FigureProxy::setFilterText(const QString& text) {
    if (m_text == text) return;
    m_text = text;
    invalidateFilter();
}

void FigureProxy::sortBy(int column) {
    const bool names = rowCount() > 0 && index(0, column).data(RawRole).typeId() == QMetaType::QString;
    const bool again = column == sortColumn();
    const Qt::SortOrder first = names ? Qt::AscendingOrder : Qt::DescendingOrder;
    const Qt::SortOrder other = sortOrder() == Qt::AscendingOrder ? Qt::DescendingOrder : Qt::AscendingOrder;
    sort(column, again ? other : first);
    emit headerDataChanged(Qt::Horizontal, 0, columnCount() - 1);
}

QVariant FigureProxy::headerData(int section, Qt::Orientation orientation, int role) const {
    const QVariant value = QSortFilterProxyModel::headerData(section, orientation, role);
    if (role != Qt::DisplayRole || orientation != Qt::Horizontal || section != sortColumn()) return value;
    const QString arrow = sortOrder() == Qt::AscendingOrder ? u"↑"_s : u"↓"_s;
    const auto aligned = QSortFilterProxyModel::headerData(section, orientation, Qt::TextAlignmentRole);
    return aligned.value<Qt::Alignment>() & Qt::AlignRight ? arrow + u' ' + value.toString()
                                                           : value.toString() + u' ' + arrow;
}

bool FigureProxy::lessThan(const QModelIndex& left, const QModelIndex& right) const {
    const QVariant a = left.data(RawRole), b = right.data(RawRole);
    if (a.typeId() == QMetaType::QString || b.typeId() == QMetaType::QString)
        return QString::compare(a.toString(), b.toString(), Qt::CaseInsensitive) < 0;
    const double x = a.toDouble(), y = b.toDouble();
    if (std::isnan(x) || std::isnan(y))
        return std::isnan(x) != std::isnan(y) && std::isnan(y) == (sortOrder() == Qt::AscendingOrder);
    return x < y;
}

bool FigureProxy::filterAcceptsRow(int row, const QModelIndex& parent) const {
    if (m_text.isEmpty()) return true;
    for (int column = 0; column < sourceModel()->columnCount(parent); ++column)
        if (sourceModel()->index(row, column, parent).data().toString().contains(m_text, Qt::CaseInsensitive))
            return true;
    return false;
}

}  // namespace spillway

#include "widgets/models/figure_proxy.h"

#include <cmath>

#include "widgets/models/cell_roles.h"

namespace spillway {

FigureProxy::FigureProxy(QAbstractItemModel* model, QObject* parent) : QSortFilterProxyModel(parent) {
    setDynamicSortFilter(true);
    setSourceModel(model);
}

void FigureProxy::setFilterText(const QString& text) {
    if (m_text == text) return;
    m_text = text;
    invalidateFilter();
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

#include "widgets/models/queue_table_proxy.h"

#include <cmath>

namespace spillway {
using namespace Qt::StringLiterals;

QueueTableProxy::QueueTableProxy(QueueTableModel* model, QObject* parent)
    : QSortFilterProxyModel(parent), m_model(model) {
    setDynamicSortFilter(false);
    setSourceModel(model);
    connect(model, &QueueTableModel::updated, this, &QueueTableProxy::sortAgain);
    QSortFilterProxyModel::sort(m_column, m_order);
}

void QueueTableProxy::setFilterText(const QString& text) {
    if (m_text == text) return;
    m_text = text;
    invalidateFilter();
    sortAgain();
}

void QueueTableProxy::setConnectionFilter(const QString& connection) {
    if (m_connection == connection) return;
    m_connection = connection;
    invalidateFilter();
    sortAgain();
}

const QueueRow& QueueTableProxy::row(int proxyRow) const {
    return m_model->row(mapToSource(index(proxyRow, 0)).row());
}

void QueueTableProxy::sort(int column, Qt::SortOrder order) {
    m_column = column < 0 ? 0 : column;
    m_order = order;
    QSortFilterProxyModel::sort(m_column, m_order);
    emit headerDataChanged(Qt::Horizontal, 0, columnCount() - 1);
}

QVariant QueueTableProxy::headerData(int section, Qt::Orientation orientation, int role) const {
    const QVariant value = QSortFilterProxyModel::headerData(section, orientation, role);
    if (role != Qt::DisplayRole || orientation != Qt::Horizontal || section != m_column) return value;
    const QString arrow = m_order == Qt::AscendingOrder ? u"↑"_s : u"↓"_s;
    const QString title = value.toString();
    if (title.isEmpty()) return arrow;
    return isNumeric(static_cast<QueueColumn>(section)) ? arrow + u' ' + title : title + u' ' + arrow;
}

void QueueTableProxy::sortAgain() {
    if (!isSorted()) QSortFilterProxyModel::sort(m_column, m_order);
}

bool QueueTableProxy::isSorted() const {
    for (int i = 1; i < rowCount(); ++i) {
        const QueueRow& above = row(i - 1);
        const QueueRow& below = row(i);
        if (m_order == Qt::AscendingOrder ? before(below, above) : before(above, below)) return false;
    }
    return true;
}

bool QueueTableProxy::before(const QueueRow& a, const QueueRow& b) const {
    const auto column = static_cast<QueueColumn>(m_column);
    if (m_order == Qt::DescendingOrder || !isNumeric(column)) return precedes(a, b, column);
    const bool unknownA = std::isnan(rawValue(a, column)), unknownB = std::isnan(rawValue(b, column));
    return unknownA == unknownB ? precedes(a, b, column) : unknownB;
}

bool QueueTableProxy::lessThan(const QModelIndex& left, const QModelIndex& right) const {
    return before(m_model->row(left.row()), m_model->row(right.row()));
}

bool QueueTableProxy::filterAcceptsRow(int row, const QModelIndex&) const {
    const QueueRow& queue = m_model->row(row);
    if (!m_connection.isEmpty() && queue.ref.connection != m_connection) return false;
    return m_text.isEmpty() || queue.ref.queue.contains(m_text, Qt::CaseInsensitive) ||
           queue.where.contains(m_text, Qt::CaseInsensitive);
}

}  // namespace spillway

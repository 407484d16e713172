// Order and filter of the queue table. Sorts once after each poll, not after each changed cell; unknown
// figures stay at the end in both directions.
#pragma once

#include <QSortFilterProxyModel>

#include "widgets/models/queue_table_model.h"

namespace spillway {

class QueueTableProxy : public QSortFilterProxyModel {
    Q_OBJECT
public:
    explicit QueueTableProxy(QueueTableModel* model, QObject* parent = nullptr);

    void setFilterText(const QString& text);             // part of the queue's name or its system
    void setConnectionFilter(const QString& connection);  // empty: all
    [[nodiscard]] QString filterText() const { return m_text; }
    [[nodiscard]] const QueueRow& row(int proxyRow) const;

    void sort(int column, Qt::SortOrder order = Qt::AscendingOrder) override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

protected:
    [[nodiscard]] bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;
    [[nodiscard]] bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

private:
    void sortAgain();
    [[nodiscard]] bool isSorted() const;
    [[nodiscard]] bool before(const QueueRow& a, const QueueRow& b) const;

    QueueTableModel* m_model;
    QString m_text;
    QString m_connection;
    int m_column = 0;  // of QueueColumn; state: worst first
    Qt::SortOrder m_order = Qt::AscendingOrder;
};

}  // namespace spillway

// Order and filter of the queue table. Sorts once after each poll, not after each changed cell; unknown
// figures stay at the end in both directions. A sort of 100 000 rows takes milliseconds, because it
// compares prepared keys (QSortFilterProxyModel asks per pair and per row, and takes seconds).
#pragma once

#include <QAbstractProxyModel>

#include "widgets/models/queue_order.h"
#include "widgets/models/queue_table_model.h"

namespace spillway {

class QueueTableProxy : public QAbstractProxyModel {
    Q_OBJECT
public:
    explicit QueueTableProxy(QueueTableModel* model, QObject* parent = nullptr);

    void setFilterText(const QString& text);  // part of the queue's name or its system
    void setScope(const QString& connection, const QString& system);  // empty: all
    [[nodiscard]] const QueueRow& row(int proxyRow) const {
        return m_model->row(m_rows[static_cast<size_t>(proxyRow)]);
    }

    void sort(int column, Qt::SortOrder order = Qt::AscendingOrder) override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    [[nodiscard]] QModelIndex mapToSource(const QModelIndex& proxyIndex) const override;
    [[nodiscard]] QModelIndex mapFromSource(const QModelIndex& sourceIndex) const override;
    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex& child) const override;
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;

private:
    void watchSource();
    void forwardChange(const QModelIndex& topLeft, const QModelIndex& bottomRight);
    void takeNewRows(int first, int last);
    void dropRows(int first, int last);
    void closeRanks(int first, int last);
    void filterAnew();
    void sortAgain();
    void reorder(std::vector<int> rows);
    void indexPlaces();
    void rankNames();
    [[nodiscard]] std::vector<int> ranks(NameOrder order) const;
    [[nodiscard]] std::vector<int> sorted(const std::vector<int>& rows) const;
    [[nodiscard]] bool accepts(const QueueRow& queue) const;

    QueueTableModel* m_model;
    QString m_text;
    QString m_connection, m_system;
    int m_column = 0;  // of QueueColumn; state: worst first
    Qt::SortOrder m_order = Qt::AscendingOrder;
    std::vector<int> m_rows;    // proxy row -> source row
    std::vector<int> m_places;  // source row -> proxy row, -1: filtered out
    std::vector<int> m_names;   // source row -> place among all names
    bool m_namesKnown = false;
};

}  // namespace spillway

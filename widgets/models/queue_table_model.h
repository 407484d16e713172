// All queues of all connections, one row each, updated by key: a poll that changes one figure touches one
// cell. GUI thread.
#pragma once

#include <QAbstractTableModel>
#include <QHash>
#include <vector>

#include "widgets/charts/queue_past.h"
#include "widgets/models/connection_view.h"
#include "widgets/models/queue_cells.h"

namespace spillway {

class QueueTableModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Role {
        RawRole = Qt::UserRole,  // double, NaN: unknown
        RefRole,                 // QueueRef
    };
    using QAbstractTableModel::QAbstractTableModel;

    void setConnections(const ConnectionViews& views, const QDateTime& now);
    // Rows whose connection does not answer grow older.
    void tick(const ConnectionViews& views, const QDateTime& now);

    // What the history knows of `ready` before a queue appeared here.
    void takeTrend(const QueueRef& queue, const std::vector<PastPoint>& ready);

    [[nodiscard]] const QueueRow& row(int index) const { return m_rows[static_cast<size_t>(index)]; }
    [[nodiscard]] int rowOf(const QueueRef& ref) const { return m_index.value(ref, -1); }

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

signals:
    void updated();  // once after each setConnections(): sort again now
    // New rows, whose trend begins at this time (seconds since 1970, server clock).
    void appeared(const std::vector<spillway::QueueRef>& queues, double at);

private:
    struct Known {
        ReadingPtr last;
        ConnectionState state = ConnectionState::connecting;
        std::vector<int> rows;  // of the queues of `last`, in its order
    };
    struct Touched {
        int row;
        int first, last;  // columns
    };

    void takeReading(const ConnectionView& view, Known& known);
    [[nodiscard]] int findRow(const QueueRef& ref, const Known& known, size_t position) const;
    void updateRow(int row, QueueRow fresh, double at, std::vector<Touched>& touched);
    void append(std::vector<QueueRow> rows, double at);
    void announce(const std::vector<Touched>& touched);
    void removeRowsOf(const QString& connection, const std::vector<int>& keep);
    void reindex(const std::vector<char>& kept);
    [[nodiscard]] static QString accessibleText(const QueueRow& queue, QueueColumn column);
    void setStale(const ConnectionView& view, const QDateTime& now);

    std::vector<QueueRow> m_rows;
    QHash<QueueRef, int> m_index;
    QHash<QString, Known> m_known;
};

}  // namespace spillway

// Dead jobs as the server hands them out, a page at a time; asks for the next page when a view reaches the
// end. The order is the server's. GUI thread.
#pragma once

#include <QAbstractTableModel>

#include "backends/domain/dead_job.h"

namespace spillway {

enum class DeadColumn { job, queue, kind, died, age, attempts, error };
inline constexpr int kDeadColumns = 7;

class DeadJobsModel : public QAbstractTableModel {
    Q_OBJECT
public:
    static constexpr int kMostRows = 20'000;  // kept at once; beyond that a filter helps more than scrolling
    using QAbstractTableModel::QAbstractTableModel;

    void clear();
    void addPage(const DeadPage& page);  // the first one or the one that pageWanted() asked for
    void pageFailed();                   // no further page is asked for until clear()
    void setStale(bool stale);           // greyed: the list is old and cannot be read anew

    [[nodiscard]] const DeadJob& job(int row) const { return m_jobs[static_cast<size_t>(row)]; }
    [[nodiscard]] const Count& total() const { return m_total; }
    [[nodiscard]] ServerTime observedAt() const { return m_observed; }
    [[nodiscard]] bool hasMore() const { return !m_next.isEmpty(); }
    [[nodiscard]] bool isFull() const { return rowCount() >= kMostRows && hasMore(); }

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    [[nodiscard]] bool canFetchMore(const QModelIndex& parent) const override;
    void fetchMore(const QModelIndex& parent) override;

signals:
    void pageWanted(const QString& after);

private:
    [[nodiscard]] QString textOf(const DeadJob& job, DeadColumn column) const;
    [[nodiscard]] QString hintOf(const DeadJob& job, DeadColumn column) const;
    [[nodiscard]] QVariant copyOf(const DeadJob& job, DeadColumn column) const;

    std::vector<DeadJob> m_jobs;
    Count m_total;
    ServerTime m_observed;
    QString m_next;
    bool m_awaiting = false;
    bool m_stale = false;
};

// "5 / 5", "3 / –", "–".
[[nodiscard]] QString attemptsText(const DeadJob& job);

}  // namespace spillway

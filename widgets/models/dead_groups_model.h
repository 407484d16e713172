// What killed the dead: one row for each error signature and kind, the largest first. GUI thread.
#pragma once

#include <QAbstractTableModel>

#include "backends/domain/dead_job.h"

namespace spillway {

enum class GroupColumn { error, kind, jobs, share, first_seen, last_seen };
inline constexpr int kGroupColumns = 6;

class DeadGroupsModel : public QAbstractTableModel {
    Q_OBJECT
public:
    using QAbstractTableModel::QAbstractTableModel;

    void setGroups(const DeadGroups& groups);
    void clear() { setGroups({}); }
    [[nodiscard]] const DeadGroup& group(int row) const { return m_groups.groups[static_cast<size_t>(row)]; }
    [[nodiscard]] double share(int row) const;  // of the jobs looked at, 0..1
    // "of all 31", "of the newest 5 000".
    [[nodiscard]] QString coverage() const;
    [[nodiscard]] QString seenText(int row) const;  // "2 d – 3 min ago"

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    [[nodiscard]] QString textOf(int row, GroupColumn column) const;
    [[nodiscard]] QString hintOf(int row) const;
    [[nodiscard]] QVariant copyOf(int row, GroupColumn column) const;

    DeadGroups m_groups;
};

}  // namespace spillway

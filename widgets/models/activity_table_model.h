// The actions of the journal, those of other processes too, newest first. GUI thread.
#pragma once

#include "widgets/models/acting_view.h"
#include "widgets/models/keyed_table_model.h"

namespace spillway {

enum class ActivityColumn { state, action, queue, where, started, moved, skipped, reason };
inline constexpr int kActivityColumns = 8;

class ActivityTableModel final : public KeyedTableModel<ActivityRow> {
    Q_OBJECT
public:
    explicit ActivityTableModel(QObject* parent = nullptr) : KeyedTableModel(parent) {}

    void setActivity(const ActivityView& activity) { setRows(activity.rows); }

    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
};

}  // namespace spillway

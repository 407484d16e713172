// The worker processes that the systems in scope list, updated by key on each poll. GUI thread.
#pragma once

#include "backends/domain/lease.h"
#include "widgets/models/connection_view.h"
#include "widgets/models/keyed_table_model.h"
#include "widgets/models/queue_ref.h"

namespace spillway {

enum class WorkerColumn { state, worker, host, pid, queues, busy, heartbeat, where };
inline constexpr int kWorkerColumns = 8;

struct WorkerRow {
    QString key;
    QString where;
    Worker worker;
    bool stale = false;
    bool operator==(const WorkerRow&) const = default;
};

// Whether it takes jobs from that queue, as far as its system records it; every one does from no queue.
[[nodiscard]] bool mayServe(const Worker& worker, const QString& queue);

class WorkerTableModel final : public KeyedTableModel<WorkerRow> {
    Q_OBJECT
public:
    explicit WorkerTableModel(QObject* parent = nullptr) : KeyedTableModel(parent) {}

    void setConnections(const ConnectionViews& views, const QueueRef& scope);

    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
};

}  // namespace spillway

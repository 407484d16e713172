// The jobs that are claimed now, over all systems in scope, updated by key on each poll. GUI thread.
#pragma once

#include "backends/domain/lease.h"
#include "widgets/models/connection_view.h"
#include "widgets/models/keyed_table_model.h"
#include "widgets/models/queue_ref.h"

namespace spillway {

enum class LeaseColumn { state, job, queue, kind, owner, age, expires, attempt, evidence, where };
inline constexpr int kLeaseColumns = 10;

struct LeaseRow {
    QString key;
    QueueRef ref;
    QString where;  // "prod-pg · pg-boss"
    Lease lease;
    ServerTime now;  // of the reading
    bool stale = false;
    bool operator==(const LeaseRow&) const = default;
};

class LeaseTableModel final : public KeyedTableModel<LeaseRow> {
    Q_OBJECT
public:
    explicit LeaseTableModel(QObject* parent = nullptr) : KeyedTableModel(parent) {}

    void setConnections(const ConnectionViews& views, const QueueRef& scope);

    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
};

// Only time speaks against it: no sign that the owner is gone.
[[nodiscard]] bool isWeakEvidence(const Lease& lease);

}  // namespace spillway

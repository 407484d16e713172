#include "widgets/models/worker_table_model.h"

#include <array>
#include <limits>

#include "backends/domain/human_text.h"
#include "widgets/models/cell_roles.h"
#include "widgets/models/column_text.h"
#include "widgets/models/queue_cells.h"
#include "widgets/models/scope_choice.h"
#include "widgets/models/table_text.h"
#include "widgets/parts/safe_label.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr double kUnknownWorker = std::numeric_limits<double>::quiet_NaN();
constexpr QChar kSeparator(0x1f);

constexpr std::array<ColumnText, kWorkerColumns> kWorkerTexts{{
    {"State"_L1, "Alive: its last sign of life is fresh by the system's own rule."_L1, false},
    {"Worker"_L1, "As the system names it."_L1, false},
    {"Host"_L1, "The machine it runs on."_L1, false},
    {"Process"_L1, "Its process id on that machine."_L1, true},
    {"Queues"_L1, "The queues it takes jobs from."_L1, false},
    {"Busy"_L1, "Jobs it runs now, of those it could run at once."_L1, true},
    {"Last sign"_L1, "How old its last sign of life is, by the server's clock."_L1, true},
    {"System"_L1, "The connection and the queue system that lists it."_L1, false},
}};

QString textOf(const WorkerRow& row, WorkerColumn column) {
    const Worker& worker = row.worker;
    switch (column) {
        case WorkerColumn::state:
            return worker.alive ? u"alive"_s : u"gone"_s;
        case WorkerColumn::worker:
            return visibleText(worker.id, 120);
        case WorkerColumn::host:
            return orDash(worker.host);
        case WorkerColumn::pid:
            return worker.pid ? QString::number(*worker.pid) : u"–"_s;
        case WorkerColumn::queues:
            return orDash(worker.queues.join(u", "_s));
        case WorkerColumn::busy:
            if (!worker.busy.known() && !worker.concurrency.known()) return u"–"_s;
            return u"%1 / %2"_s.arg(countText(worker.busy), countText(worker.concurrency));
        case WorkerColumn::heartbeat:
            return worker.heartbeat_age_s.known()
                       ? u"%1%2 ago"_s.arg(provenanceSign(worker.heartbeat_age_s.provenance),
                                           shortDurationText(*worker.heartbeat_age_s.value))
                       : u"–"_s;
        case WorkerColumn::where:
            return row.where;
    }
    return {};
}

QVariant rawOf(const WorkerRow& row, WorkerColumn column) {
    switch (column) {
        case WorkerColumn::state:  // the dead first, then the quietest
            return (row.worker.alive ? 0.0 : 1e12) + row.worker.heartbeat_age_s.valueOr(0);
        case WorkerColumn::pid:
            return row.worker.pid ? static_cast<double>(*row.worker.pid) : kUnknownWorker;
        case WorkerColumn::busy:
            return row.worker.busy.known() ? static_cast<double>(*row.worker.busy.value) : kUnknownWorker;
        case WorkerColumn::heartbeat:
            return row.worker.heartbeat_age_s.valueOr(kUnknownWorker);
        default:
            return textOf(row, column);
    }
}

QString hintOf(const WorkerRow& row, WorkerColumn column) {
    const Worker& worker = row.worker;
    switch (column) {
        case WorkerColumn::busy:
            return u"busy: %1\nslots: %2"_s.arg(
                provenanceText(worker.busy.provenance, worker.busy.method),
                provenanceText(worker.concurrency.provenance, worker.concurrency.method));
        case WorkerColumn::state:
        case WorkerColumn::heartbeat:
            return worker.heartbeat_age_s.known()
                       ? u"last sign of life %1 ago, %2"_s.arg(
                             durationText(*worker.heartbeat_age_s.value),
                             provenanceText(worker.heartbeat_age_s.provenance, worker.heartbeat_age_s.method))
                       : provenanceText(worker.heartbeat_age_s.provenance, worker.heartbeat_age_s.method);
        case WorkerColumn::queues:
            return worker.queues.isEmpty() ? u"This system does not record it."_s
                                           : visibleText(worker.queues.join(u", "_s), 1500);
        default:
            return textOf(row, column);
    }
}

}  // namespace

bool mayServe(const Worker& worker, const QString& queue) {
    return queue.isEmpty() || worker.queues.isEmpty() || worker.queues.contains(queue);
}

void WorkerTableModel::setConnections(const ConnectionViews& views, const QueueRef& scope) {
    std::vector<WorkerRow> rows;
    for (const ScopedSystem& in : systemsIn(views, scope)) {
        const QString where = in.where();
        const QString prefix = in.view->name + kSeparator + in.system->identity.key() + kSeparator;
        for (const auto& worker : in.system->workers.list)
            if (mayServe(worker, scope.queue))
                rows.push_back({prefix + worker.id + kSeparator + worker.queues.join(u','), where, worker,
                                in.view->state != ConnectionState::live});
    }
    setRows(std::move(rows));
}

int WorkerTableModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : kWorkerColumns;
}

QVariant WorkerTableModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const WorkerRow& known = row(index.row());
    const auto column = static_cast<WorkerColumn>(index.column());
    switch (role) {
        case Qt::DisplayRole:
        case Qt::AccessibleTextRole:
            return textOf(known, column);
        case Qt::ToolTipRole:
            return plainToolTip(hintOf(known, column));
        case Qt::TextAlignmentRole:
            return cellAlignment(kWorkerTexts[static_cast<size_t>(column)].figure);
        case RawRole:
            return rawOf(known, column);
        case LoudRole:
            if (column == WorkerColumn::state && !known.worker.alive && !known.stale)
                return static_cast<int>(Severity::warning);
            return {};
        case DimRole:
            return known.stale || column == WorkerColumn::where || textOf(known, column) == u"–"_s ||
                   (column == WorkerColumn::state && known.worker.alive);
        case MiddleRole:
            return column != WorkerColumn::queues;
        default:
            return {};
    }
}

QVariant WorkerTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
    return columnHeader(kWorkerTexts, section, orientation, role);
}

}  // namespace spillway

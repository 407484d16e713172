#include "widgets/models/lease_table_model.h"

#include <algorithm>
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

constexpr double kUnknownLease = std::numeric_limits<double>::quiet_NaN();

constexpr std::array<ColumnText, kLeaseColumns> kLeaseTexts{{
    {"State"_L1, "Stuck: the claim has expired by the system's own rule, or its owner is gone."_L1, false},
    {"Job"_L1, "The job's id, as its system names it."_L1, false},
    {"Queue"_L1, "The queue it was taken from."_L1, false},
    {"Kind"_L1, "Job class, task or job name."_L1, false},
    {"Owner"_L1, "Who holds it: worker, process or client, as the system records it."_L1, false},
    {"Claimed"_L1, "How long ago it was claimed, by the server's clock."_L1, true},
    {"Expires"_L1, "When the claim ends by the system's own rule, unless the worker renews it."_L1, true},
    {"Attempt"_L1, "Which attempt this is."_L1, true},
    {"Evidence"_L1, "Why it is called stuck, strongest first."_L1, false},
    {"System"_L1, "The connection and the queue system that holds it."_L1, false},
}};

double ageOf(const LeaseRow& row) {
    return row.lease.claimed_at ? secondsBetween(*row.lease.claimed_at, row.now) : kUnknownLease;
}

double leftOf(const LeaseRow& row) {
    return row.lease.expires_at ? secondsBetween(row.now, *row.lease.expires_at) : kUnknownLease;
}

QString expiryText(const LeaseRow& row) {
    if (!row.lease.expires_at) return u"–"_s;
    const double left = leftOf(row);
    return left >= 0 ? u"in %1"_s.arg(shortDurationText(left)) : u"%1 ago"_s.arg(shortDurationText(-left));
}

QString textOf(const LeaseRow& row, LeaseColumn column) {
    const Lease& lease = row.lease;
    switch (column) {
        case LeaseColumn::state:
            if (lease.job_gone) return u"job gone"_s;
            return !lease.stuck ? u"running"_s : isWeakEvidence(lease) ? u"stuck?"_s : u"stuck"_s;
        case LeaseColumn::job:
            return visibleText(lease.id, 120);
        case LeaseColumn::queue:
            return orDash(lease.queue);
        case LeaseColumn::kind:
            return orDash(lease.kind);
        case LeaseColumn::owner:
            return orDash(lease.owner);
        case LeaseColumn::age:
            return lease.claimed_at ? shortDurationText(std::max(0.0, ageOf(row))) : u"–"_s;
        case LeaseColumn::expires:
            return expiryText(row);
        case LeaseColumn::attempt:
            return lease.attempt ? QString::number(*lease.attempt) : u"–"_s;
        case LeaseColumn::evidence:
            return lease.evidence.isEmpty() ? QString() : visibleText(lease.evidence.join(u" · "_s), 300);
        case LeaseColumn::where:
            return row.where;
    }
    return {};
}

QVariant rawOf(const LeaseRow& row, LeaseColumn column) {
    switch (column) {
        case LeaseColumn::state:  // stuck first, then the oldest claim
            return (row.lease.job_gone          ? 5e11
                    : !row.lease.stuck          ? 0.0
                    : isWeakEvidence(row.lease) ? 1e12
                                                : 2e12) +
                   (row.lease.claimed_at ? ageOf(row) : 0);
        case LeaseColumn::age:
            return ageOf(row);
        case LeaseColumn::expires:
            return leftOf(row);
        case LeaseColumn::attempt:
            return row.lease.attempt ? *row.lease.attempt : kUnknownLease;
        default:
            return textOf(row, column);
    }
}

QString hintOf(const LeaseRow& row, LeaseColumn column) {
    const Lease& lease = row.lease;
    switch (column) {
        case LeaseColumn::state:
        case LeaseColumn::evidence: {
            QStringList lines = lease.evidence;
            if (lease.stuck && !lease.fencing.isEmpty()) lines << u"After a release: %1"_s.arg(lease.fencing);
            return lines.isEmpty() ? u"Nothing speaks against it."_s : lines.join(u'\n');
        }
        case LeaseColumn::age:
            return u"claimed %1"_s.arg(exactMomentText(lease.claimed_at));
        case LeaseColumn::expires:
            return lease.expires_at ? exactMomentText(*lease.expires_at)
                                    : u"Never, or this system does not record it."_s;
        default:
            return textOf(row, column);
    }
}

std::optional<Severity> loudOf(const LeaseRow& row, LeaseColumn column) {
    if (row.lease.job_gone && !row.stale && column == LeaseColumn::state) return Severity::warning;
    if (!row.lease.stuck || row.stale) return std::nullopt;
    if (column != LeaseColumn::state && column != LeaseColumn::expires) return std::nullopt;
    if (column == LeaseColumn::expires && !(leftOf(row) < 0)) return std::nullopt;
    return isWeakEvidence(row.lease) ? Severity::warning : Severity::critical;
}

bool isMuted(const LeaseRow& row, LeaseColumn column) {
    return row.stale || column == LeaseColumn::where ||
           (column == LeaseColumn::state && !row.lease.stuck && !row.lease.job_gone) ||
           textOf(row, column) == u"–"_s;
}

}  // namespace

bool isWeakEvidence(const Lease& lease) {
    return std::all_of(lease.evidence.begin(), lease.evidence.end(),
                       [](const QString& why) { return why.startsWith("weak:"_L1); });
}

void LeaseTableModel::setConnections(const ConnectionViews& views, const QueueRef& scope) {
    std::vector<LeaseRow> rows;
    for (const ScopedSystem& in : systemsIn(views, scope)) {
        const QString key = in.system->identity.key(), where = in.where();
        for (const auto& lease : in.system->leases.leases) {
            if (!scope.queue.isEmpty() && lease.queue != scope.queue) continue;
            rows.push_back({QStringList{in.view->name, key, lease.queue, lease.id}.join(QChar(0x1f)),
                            {in.view->name, key, lease.queue},
                            where,
                            lease,
                            in.view->last->observed_at,
                            in.view->state != ConnectionState::live});
        }
    }
    setRows(std::move(rows));
}

int LeaseTableModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : kLeaseColumns;
}

QVariant LeaseTableModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const LeaseRow& held = row(index.row());
    const auto column = static_cast<LeaseColumn>(index.column());
    switch (role) {
        case Qt::DisplayRole:
        case Qt::AccessibleTextRole:
            return textOf(held, column);
        case Qt::ToolTipRole:
            return plainToolTip(hintOf(held, column));
        case Qt::TextAlignmentRole:
            return cellAlignment(kLeaseTexts[static_cast<size_t>(column)].figure);
        case RawRole:
            return rawOf(held, column);
        case RefRole:
            return QVariant::fromValue(held.ref);
        case LoudRole:
            if (const auto loud = loudOf(held, column)) return static_cast<int>(*loud);
            return {};
        case DimRole:
            return isMuted(held, column);
        case MiddleRole:
            return column != LeaseColumn::evidence;
        default:
            return {};
    }
}

QVariant LeaseTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
    return columnHeader(kLeaseTexts, section, orientation, role);
}

}  // namespace spillway

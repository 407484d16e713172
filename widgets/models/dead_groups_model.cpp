#include "widgets/models/dead_groups_model.h"

#include <algorithm>
#include <cmath>

#include "backends/domain/human_text.h"
#include "widgets/models/cell_roles.h"
#include "widgets/models/queue_cells.h"
#include "widgets/models/table_text.h"
#include "widgets/parts/safe_label.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr std::array<QLatin1StringView, kGroupColumns> kTitles{"Error"_L1, "Kind"_L1,       "Jobs"_L1,
                                                               "Share"_L1, "First seen"_L1, "Last seen"_L1};

}  // namespace

void DeadGroupsModel::setGroups(const DeadGroups& groups) {
    beginResetModel();
    m_groups = groups;
    endResetModel();
}

double DeadGroupsModel::share(int row) const {
    if (m_groups.scanned <= 0) return 0;
    return std::clamp(
        static_cast<double>(group(row).count.valueOr(0)) / static_cast<double>(m_groups.scanned), 0.0, 1.0);
}

QString DeadGroupsModel::coverage() const {
    if (m_groups.scanned == 0) return {};
    return (m_groups.complete ? u"of all %1"_s : u"of the newest %1"_s).arg(exactCountText(m_groups.scanned));
}

QString DeadGroupsModel::seenText(int row) const {
    const DeadGroup& seen = group(row);
    const auto ago = [this](const std::optional<ServerTime>& at) {
        return shortDurationText(std::max(0.0, secondsBetween(*at, m_groups.observed_at)));
    };
    if (!seen.last_seen) return {};
    if (!seen.first_seen || ago(seen.first_seen) == ago(seen.last_seen))
        return u"%1 ago"_s.arg(ago(seen.last_seen));
    return u"%1 – %2 ago"_s.arg(ago(seen.first_seen), ago(seen.last_seen));
}

int DeadGroupsModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_groups.groups.size());
}

int DeadGroupsModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : kGroupColumns;
}

QString DeadGroupsModel::textOf(int row, GroupColumn column) const {
    const DeadGroup& seen = group(row);
    switch (column) {
        case GroupColumn::error:
            return seen.signature.isEmpty() ? u"no error is recorded"_s : visibleText(seen.signature, 200);
        case GroupColumn::kind:
            return visibleText(seen.kind, 120);
        case GroupColumn::jobs:
            return countText(seen.count);
        case GroupColumn::share:
            return u"%1 %"_s.arg(std::lround(share(row) * 100));
        case GroupColumn::first_seen:
            return seen.first_seen ? momentText(*seen.first_seen, m_groups.observed_at) : u"–"_s;
        case GroupColumn::last_seen:
            return seen.last_seen ? momentText(*seen.last_seen, m_groups.observed_at) : u"–"_s;
    }
    return {};
}

QVariant DeadGroupsModel::copyOf(int row, GroupColumn column) const {
    const DeadGroup& seen = group(row);
    switch (column) {
        case GroupColumn::error:
            return seen.signature;
        case GroupColumn::jobs:
            return copiedCount(seen.count);
        case GroupColumn::share:
            return u"%1 %"_s.arg(share(row) * 100, 0, 'f', 2);
        case GroupColumn::first_seen:
            return copiedMoment(seen.first_seen);
        case GroupColumn::last_seen:
            return copiedMoment(seen.last_seen);
        case GroupColumn::kind:
            return seen.kind;
    }
    return {};
}

QString DeadGroupsModel::hintOf(int row) const {
    const DeadGroup& seen = group(row);
    const QString exact = seen.count.known() ? exactCountText(*seen.count.value) : QString();
    return u"%1\n%2 jobs, %3; %4 %5\nfirst seen %6\nlast seen %7\nfor example %8: %9"_s.arg(
        textOf(row, GroupColumn::error), exact, provenanceText(seen.count.provenance, seen.count.method),
        textOf(row, GroupColumn::share), coverage(), exactMomentText(seen.first_seen),
        exactMomentText(seen.last_seen), visibleText(seen.sample_id, 80), visibleText(seen.sample, 400));
}

QVariant DeadGroupsModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const auto column = static_cast<GroupColumn>(index.column());
    if (role == Qt::DisplayRole) return textOf(index.row(), column);
    if (role == CopyRole) return copyOf(index.row(), column);
    if (role == Qt::ToolTipRole) return plainToolTip(hintOf(index.row()));
    if (role == Qt::AccessibleTextRole)
        return u"%1 jobs: %2, %3, %4"_s.arg(textOf(index.row(), GroupColumn::jobs),
                                            textOf(index.row(), GroupColumn::error),
                                            textOf(index.row(), GroupColumn::kind), seenText(index.row()));
    return {};
}

QVariant DeadGroupsModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= kGroupColumns) return {};
    if (role == CopyRole && section == static_cast<int>(GroupColumn::first_seen))
        return u"First seen (UTC)"_s;
    if (role == CopyRole && section == static_cast<int>(GroupColumn::last_seen)) return u"Last seen (UTC)"_s;
    if (role != Qt::DisplayRole) return {};
    return QString(kTitles[static_cast<size_t>(section)]);
}

}  // namespace spillway

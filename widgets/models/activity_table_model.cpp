#include "widgets/models/activity_table_model.h"

#include "backends/domain/human_text.h"
#include "widgets/acting/action_text.h"
#include "widgets/models/cell_roles.h"
#include "widgets/models/column_text.h"
#include "widgets/models/connection_label.h"
#include "widgets/models/table_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr std::array<ColumnText, kActivityColumns> kActivityTexts{{
    {"Outcome"_L1,
     "How it ended; interrupted: its process went away, and what it sent last is to be read back."_L1, false},
    {"Action"_L1, "Replay or release."_L1, false},
    {"Queue"_L1, "The queue it acted on."_L1, false},
    {"Connection"_L1, "Where."_L1, false},
    {"Begun"_L1, "By the clock of this machine."_L1, true},
    {"Done"_L1, "Jobs put back or released, of those planned."_L1, true},
    {"Skipped"_L1, "Changed, with an equal job alive, or gone: left alone."_L1, true},
    {"Reason"_L1, "As it was typed."_L1, false},
}};

QString textOf(const ActivityRow& row, ActivityColumn column) {
    const OutcomeCounts& counts = row.counts;
    switch (column) {
        case ActivityColumn::state:
            return stateText(row.state);
        case ActivityColumn::action:
            return orDash(row.kind);
        case ActivityColumn::queue:
            return orDash(row.queue);
        case ActivityColumn::where:
            return row.connection.isEmpty() ? u"–"_s : connectionLabel(row.connection);
        case ActivityColumn::started:
            return momentText(row.started, SystemClock().wallNow());
        case ActivityColumn::moved:
            return u"%1 of %2"_s.arg(countText(counts.moved), countText(counts.planned));
        case ActivityColumn::skipped:
            return countText(counts.changed + counts.conflict + counts.gone);
        case ActivityColumn::reason:
            return orDash(row.reason);
    }
    return {};
}

std::optional<Severity> loudOf(const ActivityRow& row) {
    if (row.state == ActionState::interrupted) return Severity::critical;
    if (row.state == ActionState::halted) return Severity::warning;
    return std::nullopt;
}

QVariant rawOf(const ActivityRow& row, ActivityColumn column) {
    if (column == ActivityColumn::started) return static_cast<double>(millisSinceEpoch(row.started));
    if (column == ActivityColumn::moved) return static_cast<double>(row.counts.moved);
    if (column == ActivityColumn::skipped)
        return static_cast<double>(row.counts.changed + row.counts.conflict + row.counts.gone);
    return textOf(row, column);
}

}  // namespace

int ActivityTableModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : kActivityColumns;
}

QVariant ActivityTableModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const ActivityRow& of = row(index.row());
    const auto column = static_cast<ActivityColumn>(index.column());
    switch (role) {
        case Qt::DisplayRole:
        case Qt::AccessibleTextRole:
            return textOf(of, column);
        case Qt::ToolTipRole:
            return plainToolTip(column == ActivityColumn::started ? exactMomentText(of.started)
                                : column == ActivityColumn::state && !of.halt_reason.isEmpty()
                                    ? of.halt_reason
                                    : textOf(of, column));
        case Qt::TextAlignmentRole:
            return cellAlignment(kActivityTexts[static_cast<size_t>(column)].figure);
        case RawRole:
            return rawOf(of, column);
        case LoudRole:
            if (const auto loud = loudOf(of); loud && column == ActivityColumn::state)
                return static_cast<int>(*loud);
            return {};
        case DimRole:
            return column == ActivityColumn::where || textOf(of, column) == u"–"_s;
        default:
            return {};
    }
}

QVariant ActivityTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
    return columnHeader(kActivityTexts, section, orientation, role);
}

}  // namespace spillway

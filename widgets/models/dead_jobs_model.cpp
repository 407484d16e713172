#include "widgets/models/dead_jobs_model.h"

#include <algorithm>
#include <cmath>

#include "backends/domain/human_text.h"
#include "widgets/models/cell_roles.h"
#include "widgets/models/column_text.h"
#include "widgets/models/queue_cells.h"
#include "widgets/models/table_text.h"
#include "widgets/parts/safe_label.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr std::array<ColumnText, kDeadColumns> kColumns{{
    {"Job"_L1, "The job's id, as its system names it."_L1, false},
    {"Queue"_L1, "The queue it died in."_L1, false},
    {"Kind"_L1, "Job class, task or job name."_L1, false},
    {"Died"_L1, "When it was given up, in local time."_L1, true},
    {"Age"_L1, "How long ago that was, by the server's clock, when the list was read."_L1, true},
    {"Attempts"_L1, "Attempts made, of those allowed."_L1, true},
    {"Error"_L1, "The last error; the job's own page has all of them."_L1, false},
}};

}  // namespace

QString attemptsText(const DeadJob& job) {
    if (!job.attempts && !job.max_attempts) return u"–"_s;
    const auto figure = [](const std::optional<int>& n) { return n ? QString::number(*n) : u"–"_s; };
    return u"%1 / %2"_s.arg(figure(job.attempts), figure(job.max_attempts));
}

void DeadJobsModel::clear() {
    beginResetModel();
    m_jobs.clear();
    m_next.clear();
    m_total = {};
    m_awaiting = m_stale = false;
    endResetModel();
}

void DeadJobsModel::addPage(const DeadPage& page) {
    m_total = page.total;
    m_observed = std::max(m_observed, page.observed_at);
    m_awaiting = false;
    const auto room = static_cast<size_t>(std::max(0, kMostRows - rowCount()));
    const auto count = std::min(room, page.jobs.size());
    // A page that brings nothing cannot lead any further.
    m_next = page.jobs.empty() || page.next == m_next ? QString() : page.next;
    if (count == 0) return;
    beginInsertRows({}, rowCount(), rowCount() + static_cast<int>(count) - 1);
    m_jobs.insert(m_jobs.end(), page.jobs.begin(), page.jobs.begin() + static_cast<std::ptrdiff_t>(count));
    endInsertRows();
}

void DeadJobsModel::pageFailed() {
    m_awaiting = false;
    m_next.clear();
}

void DeadJobsModel::setStale(bool stale) {
    if (m_stale == stale) return;
    m_stale = stale;
    if (rowCount() > 0) emit dataChanged(index(0, 0), index(rowCount() - 1, kDeadColumns - 1), {DimRole});
}

int DeadJobsModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_jobs.size());
}

int DeadJobsModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : kDeadColumns;
}

bool DeadJobsModel::canFetchMore(const QModelIndex& parent) const {
    return !parent.isValid() && !m_next.isEmpty() && !m_awaiting && rowCount() < kMostRows;
}

void DeadJobsModel::fetchMore(const QModelIndex& parent) {
    if (!canFetchMore(parent)) return;
    m_awaiting = true;
    emit pageWanted(m_next);
}

QString DeadJobsModel::textOf(const DeadJob& job, DeadColumn column) const {
    switch (column) {
        case DeadColumn::job:
            return visibleText(job.id, 120);
        case DeadColumn::queue:
            return visibleText(job.queue, 120);
        case DeadColumn::kind:
            return job.kind.isEmpty() ? u"–"_s : visibleText(job.kind, 120);
        case DeadColumn::died:
            return job.died_at ? momentText(*job.died_at, m_observed) : u"–"_s;
        case DeadColumn::age:
            return job.died_at ? shortDurationText(std::max(0.0, secondsBetween(*job.died_at, m_observed)))
                               : u"–"_s;
        case DeadColumn::attempts:
            return attemptsText(job);
        case DeadColumn::error:
            return job.error.isEmpty() ? u"no error is recorded"_s : visibleText(job.error, 300);
    }
    return {};
}

QString DeadJobsModel::hintOf(const DeadJob& job, DeadColumn column) const {
    switch (column) {
        case DeadColumn::died:
        case DeadColumn::age:
            return job.died_at ? u"%1\n%2 ago"_s.arg(
                                     exactMomentText(*job.died_at),
                                     durationText(std::max(0.0, secondsBetween(*job.died_at, m_observed))))
                               : u"This system does not record when a job died."_s;
        case DeadColumn::attempts:
            return job.attempts ? QString() : u"This system does not record attempts."_s;
        case DeadColumn::error:
            return job.error.left(1200);
        default:
            return textOf(job, column);
    }
}

QVariant DeadJobsModel::copyOf(const DeadJob& job, DeadColumn column) const {
    switch (column) {
        case DeadColumn::job:
            return job.id;
        case DeadColumn::queue:
            return job.queue;
        case DeadColumn::kind:
            return job.kind;
        case DeadColumn::died:
            return copiedMoment(job.died_at);
        case DeadColumn::age:
            return job.died_at
                       ? QVariant(QString::number(std::llround(secondsBetween(*job.died_at, m_observed))))
                       : QVariant();
        case DeadColumn::error:
            return job.error;
        case DeadColumn::attempts:
            return {};
    }
    return {};
}

QVariant DeadJobsModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const DeadJob& dead = job(index.row());
    const auto column = static_cast<DeadColumn>(index.column());
    switch (role) {
        case Qt::DisplayRole:
        case Qt::AccessibleTextRole:
            return textOf(dead, column);
        case Qt::ToolTipRole:
            return plainToolTip(hintOf(dead, column));
        case Qt::TextAlignmentRole:
            return cellAlignment(kColumns[static_cast<size_t>(column)].figure);
        case CopyRole:
            return copyOf(dead, column);
        case DimRole:
            return m_stale || (column == DeadColumn::error && dead.error.isEmpty()) ||
                   (column == DeadColumn::kind && dead.kind.isEmpty());
        case MiddleRole:
            return column != DeadColumn::error;
        default:
            return {};
    }
}

QVariant DeadJobsModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (role == CopyRole && section == static_cast<int>(DeadColumn::died)) return u"Died (UTC)"_s;
    if (role == CopyRole && section == static_cast<int>(DeadColumn::age)) return u"Age (s)"_s;
    return columnHeader(kColumns, section, orientation, role);
}

}  // namespace spillway

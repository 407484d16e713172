#include "widgets/models/queue_table_model.h"

#include <algorithm>
#include <iterator>

#include "widgets/models/connection_label.h"
#include "widgets/parts/icon.h"
#include "widgets/parts/safe_label.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QString whereText(const QString& connection, const SystemIdentity& identity) {
    return u"%1 · %2"_s.arg(connectionLabel(connection), identity.label());
}

QHash<std::pair<QString, QString>, double> impactsOf(const Reading& reading) {
    QHash<std::pair<QString, QString>, double> impacts;
    for (const auto& finding : reading.findings) {
        double& impact = impacts[{finding.system, finding.queue}];
        impact = std::max(impact, finding.impact);
    }
    return impacts;
}

std::optional<double> waitingOf(const QueueHealth& queue) {
    if (!queue.reading.ready.known()) return std::nullopt;
    return static_cast<double>(*queue.reading.ready.value);
}

double secondsOf(ServerTime at) {
    return static_cast<double>(millisSinceEpoch(at)) / 1000;
}

}  // namespace

void QueueTableModel::setConnections(const ConnectionViews& views, const QDateTime& now) {
    for (const QString& name : m_known.keys())
        if (!findConnection(views, name)) {
            removeRowsOf(name, {});
            m_known.remove(name);
        }
    for (const auto& view : views) {
        Known& known = m_known[view.name];
        if (view.last && view.last != known.last) takeReading(view, known);
        if (view.state != known.state) setStale(view, now);
        known.state = view.state;
    }
    emit updated();
}

void QueueTableModel::tick(const ConnectionViews& views, const QDateTime& now) {
    for (const auto& view : views)
        if (view.state == ConnectionState::stale) setStale(view, now);
}

void QueueTableModel::takeReading(const ConnectionView& view, Known& known) {
    const auto impacts = impactsOf(*view.last);
    const double at = secondsOf(view.last->observed_at);
    const auto before = static_cast<int>(m_rows.size());
    std::vector<QueueRow> added;
    std::vector<Touched> touched;
    std::vector<int> rows;
    for (const auto& system : view.last->systems) {
        const QString where = whereText(view.name, system.identity);
        const QString key = system.identity.key();
        for (const auto& queue : system.queues) {
            QueueRow fresh{
                {view.name, key, queue.reading.queue}, where, {view.last, &queue}, 0, {}, false, 0};
            if (!impacts.isEmpty()) fresh.impact = impacts.value({key, queue.reading.queue});
            const int row = findRow(fresh.ref, known, rows.size());
            if (row >= before) continue;  // the same name twice in one reading: the first one stands
            rows.push_back(row >= 0 ? row : before + static_cast<int>(added.size()));
            if (row >= 0) {
                updateRow(row, std::move(fresh), at, touched);
            } else {
                fresh.trend.add(at, waitingOf(queue));
                m_index.insert(fresh.ref, rows.back());
                added.push_back(std::move(fresh));
            }
        }
    }
    announce(touched);
    const bool gone = known.rows.size() + added.size() != rows.size();
    append(std::move(added), at);
    known.last = view.last;
    known.rows = std::move(rows);
    if (gone) removeRowsOf(view.name, known.rows);
}

// A poll mostly names the same queues in the same order: then no look-up is needed.
int QueueTableModel::findRow(const QueueRef& ref, const Known& known, size_t position) const {
    if (position < known.rows.size()) {
        const int row = known.rows[position];
        if (m_rows[static_cast<size_t>(row)].ref == ref) return row;
    }
    return rowOf(ref);
}

void QueueTableModel::updateRow(int row, QueueRow fresh, double at, std::vector<Touched>& touched) {
    QueueRow& old = m_rows[static_cast<size_t>(row)];
    Touched change{row, kQueueColumns, -1};
    const auto mark = [&change](QueueColumn column) {
        change.first = std::min(change.first, static_cast<int>(column));
        change.last = std::max(change.last, static_cast<int>(column));
    };
    for (int column = 0; column < kQueueColumns; ++column)
        if (differs(*old.health, *fresh.health, static_cast<QueueColumn>(column)))
            mark(static_cast<QueueColumn>(column));
    if (old.trend.add(at, waitingOf(*fresh.health))) mark(QueueColumn::trend);
    if (old.impact != fresh.impact) mark(QueueColumn::state);
    old.health = std::move(fresh.health);
    old.impact = fresh.impact;
    old.where = fresh.where;
    if (change.last >= 0) touched.push_back(change);
}

void QueueTableModel::append(std::vector<QueueRow> rows, double at) {
    if (rows.empty()) return;
    std::vector<QueueRef> fresh;
    for (const QueueRow& row : rows) fresh.push_back(row.ref);
    const auto first = static_cast<int>(m_rows.size());
    beginInsertRows({}, first, first + static_cast<int>(rows.size()) - 1);
    m_rows.insert(m_rows.end(), std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
    endInsertRows();
    emit appeared(fresh, at);
}

void QueueTableModel::takeTrend(const QueueRef& queue, const std::vector<PastPoint>& ready) {
    const int row = rowOf(queue);
    if (row < 0) return;
    std::vector<std::pair<double, std::optional<double>>> past;
    for (const PastPoint& point : ready) {
        if (point.gap_before && !past.empty())
            past.emplace_back(past.back().first + Sparkline::kBucketSeconds, std::nullopt);
        past.emplace_back(point.at, point.last);
    }
    m_rows[static_cast<size_t>(row)].trend.addPast(past);
    const QModelIndex cell = index(row, static_cast<int>(QueueColumn::trend));
    emit dataChanged(cell, cell);
}

// Neighbouring rows share one signal.
void QueueTableModel::announce(const std::vector<Touched>& touched) {
    for (size_t i = 0; i < touched.size();) {
        Touched run = touched[i];
        int end = run.row;
        for (++i; i < touched.size() && touched[i].row == end + 1; ++i, ++end) {
            run.first = std::min(run.first, touched[i].first);
            run.last = std::max(run.last, touched[i].last);
        }
        emit dataChanged(index(run.row, run.first), index(end, run.last));
    }
}

void QueueTableModel::removeRowsOf(const QString& connection, const std::vector<int>& keep) {
    std::vector<char> kept(m_rows.size(), 0);
    for (const int row : keep) kept[static_cast<size_t>(row)] = 1;
    for (size_t row = 0; row < m_rows.size(); ++row)
        if (m_rows[row].ref.connection != connection) kept[row] = 1;
    for (auto end = static_cast<int>(m_rows.size()); end > 0;) {
        int first = end;
        while (first > 0 && !kept[static_cast<size_t>(first - 1)]) --first;
        if (first < end) {
            beginRemoveRows({}, first, end - 1);
            m_rows.erase(m_rows.begin() + first, m_rows.begin() + end);
            endRemoveRows();
        }
        end = first - 1;
    }
    reindex(kept);
}

void QueueTableModel::reindex(const std::vector<char>& kept) {
    std::vector<int> moved(kept.size(), -1);
    int next = 0;
    for (size_t row = 0; row < kept.size(); ++row)
        if (kept[row]) moved[row] = next++;
    for (auto& known : m_known) {
        for (int& row : known.rows) row = moved[static_cast<size_t>(row)];
        std::erase(known.rows, -1);
    }
    m_index.clear();
    m_index.reserve(static_cast<qsizetype>(m_rows.size()));
    for (size_t row = 0; row < m_rows.size(); ++row) m_index.insert(m_rows[row].ref, static_cast<int>(row));
}

void QueueTableModel::setStale(const ConnectionView& view, const QDateTime& now) {
    const bool stale = view.state == ConnectionState::stale;
    const double age = stale ? ageOfLast(view, now).value_or(0) : 0;
    std::vector<Touched> touched;
    for (const int row : m_known.value(view.name).rows) {
        QueueRow& queue = m_rows[static_cast<size_t>(row)];
        const bool turned = queue.stale != stale;
        if (!turned && queue.stale_age_s == age) continue;
        queue.stale = stale;
        queue.stale_age_s = age;
        const int where = static_cast<int>(QueueColumn::where);
        touched.push_back(turned ? Touched{row, 0, kQueueColumns - 1} : Touched{row, where, where});
    }
    announce(touched);
}

int QueueTableModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int QueueTableModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : kQueueColumns;
}

QVariant QueueTableModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const QueueRow& queue = row(index.row());
    const auto column = static_cast<QueueColumn>(index.column());
    switch (role) {
        case Qt::DisplayRole:
            return column == QueueColumn::state ? severityWord(queue.health->severity)
                                                : cellOf(queue, column).text;
        case Qt::ToolTipRole:
            return plainToolTip(hintOf(queue, column));
        case Qt::AccessibleTextRole:
            return accessibleText(queue, column);
        case Qt::TextAlignmentRole:
            return QVariant::fromValue(
                Qt::Alignment(Qt::AlignVCenter | (isNumeric(column) ? Qt::AlignRight : Qt::AlignLeft)));
        case RawRole:
            return rawValue(queue, column);
        case RefRole:
            return QVariant::fromValue(queue.ref);
        default:
            return {};
    }
}

QString QueueTableModel::accessibleText(const QueueRow& queue, QueueColumn column) {
    if (column == QueueColumn::state) return severityWord(queue.health->severity);
    const QueueCell cell = cellOf(queue, column);
    return cell.loud ? u"%1, %2"_s.arg(cell.text, severityName(*cell.loud)) : cell.text;
}

QVariant QueueTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= kQueueColumns) return {};
    const auto column = static_cast<QueueColumn>(section);
    if (role == Qt::DisplayRole) return column == QueueColumn::state ? QString() : columnTitle(column);
    if (role == Qt::AccessibleTextRole) return columnTitle(column);
    if (role == Qt::ToolTipRole) return plainToolTip(columnHint(column));
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(
            Qt::Alignment(Qt::AlignVCenter | (isNumeric(column) ? Qt::AlignRight : Qt::AlignLeft)));
    return {};
}

}  // namespace spillway

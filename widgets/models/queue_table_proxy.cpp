#include "widgets/models/queue_table_proxy.h"

#include <algorithm>
#include <functional>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {
constexpr size_t kFewRows = 64;  // up to this many are announced one by one
}

QueueTableProxy::QueueTableProxy(QueueTableModel* model, QObject* parent)
    : QAbstractProxyModel(parent), m_model(model) {
    setSourceModel(model);
    watchSource();
    filterAnew();
}

void QueueTableProxy::watchSource() {
    connect(m_model, &QueueTableModel::updated, this, &QueueTableProxy::sortAgain);
    connect(m_model, &QAbstractItemModel::dataChanged, this, &QueueTableProxy::forwardChange);
    connect(m_model, &QAbstractItemModel::rowsInserted, this,
            [this](const QModelIndex&, int first, int last) { takeNewRows(first, last); });
    connect(m_model, &QAbstractItemModel::rowsAboutToBeRemoved, this,
            [this](const QModelIndex&, int first, int last) { dropRows(first, last); });
    connect(m_model, &QAbstractItemModel::rowsRemoved, this,
            [this](const QModelIndex&, int first, int last) { closeRanks(first, last); });
}

void QueueTableProxy::setFilterText(const QString& text) {
    if (m_text == text) return;
    m_text = text;
    filterAnew();
}

void QueueTableProxy::setScope(const QString& connection, const QString& system) {
    if (m_connection == connection && m_system == system) return;
    m_connection = connection;
    m_system = system;
    filterAnew();
}

bool QueueTableProxy::accepts(const QueueRow& queue) const {
    if (!m_connection.isEmpty() && queue.ref.connection != m_connection) return false;
    if (!m_system.isEmpty() && queue.ref.system != m_system) return false;
    return m_text.isEmpty() || queue.ref.queue.contains(m_text, Qt::CaseInsensitive) ||
           queue.where.contains(m_text, Qt::CaseInsensitive);
}

void QueueTableProxy::filterAnew() {
    beginResetModel();
    std::vector<int> rows;
    for (int row = 0; row < m_model->rowCount(); ++row)
        if (accepts(m_model->row(row))) rows.push_back(row);
    rankNames();
    m_rows = sorted(rows);
    indexPlaces();
    endResetModel();
}

void QueueTableProxy::sort(int column, Qt::SortOrder order) {
    m_column = std::clamp(column, 0, kQueueColumns - 1);
    m_order = order;
    sortAgain();
    emit headerDataChanged(Qt::Horizontal, 0, kQueueColumns - 1);
}

void QueueTableProxy::sortAgain() {
    rankNames();
    std::vector<int> rows = sorted(m_rows);
    if (rows != m_rows) reorder(std::move(rows));
}

void QueueTableProxy::reorder(std::vector<int> rows) {
    emit layoutAboutToBeChanged({}, VerticalSortHint);
    const QModelIndexList before = persistentIndexList();
    QModelIndexList after;
    std::vector<int> sources;
    for (const QModelIndex& index : before) sources.push_back(m_rows[static_cast<size_t>(index.row())]);
    m_rows = std::move(rows);
    indexPlaces();
    for (qsizetype i = 0; i < before.size(); ++i)
        after << createIndex(m_places[static_cast<size_t>(sources[static_cast<size_t>(i)])],
                             before[i].column());
    changePersistentIndexList(before, after);
    emit layoutChanged({}, VerticalSortHint);
}

std::vector<int> QueueTableProxy::sorted(const std::vector<int>& rows) const {
    const auto column = static_cast<QueueColumn>(m_column);
    const std::vector<int> names = column == QueueColumn::where ? ranks(NameOrder::by_system) : m_names;
    std::vector<QueueKey> keys;
    keys.reserve(rows.size());
    for (const int row : rows)
        keys.push_back(queueKey(m_model->row(row), column, m_order, names[static_cast<size_t>(row)], row));
    std::sort(keys.begin(), keys.end());
    std::vector<int> out;
    out.reserve(rows.size());
    for (const QueueKey& key : keys) out.push_back(key.row);
    return out;
}

// Comparing names is what costs; they change only when queues come and go.
void QueueTableProxy::rankNames() {
    if (m_namesKnown) return;
    m_names = ranks(NameOrder::by_queue);
    m_namesKnown = true;
}

std::vector<int> QueueTableProxy::ranks(NameOrder order) const {
    return nameRanks(
        m_model->rowCount(), [this](int row) -> const QueueRow& { return m_model->row(row); }, order);
}

void QueueTableProxy::indexPlaces() {
    m_places.assign(static_cast<size_t>(m_model->rowCount()), -1);
    for (size_t place = 0; place < m_rows.size(); ++place)
        m_places[static_cast<size_t>(m_rows[place])] = static_cast<int>(place);
}

// The source always appends; the order is made when it says that it is done.
void QueueTableProxy::takeNewRows(int first, int last) {
    std::vector<int> fresh;
    for (int row = first; row <= last; ++row)
        if (accepts(m_model->row(row))) fresh.push_back(row);
    m_namesKnown = false;
    m_places.resize(static_cast<size_t>(m_model->rowCount()), -1);
    if (fresh.empty()) return;
    const int at = rowCount();
    beginInsertRows({}, at, at + static_cast<int>(fresh.size()) - 1);
    m_rows.insert(m_rows.end(), fresh.begin(), fresh.end());
    indexPlaces();
    endInsertRows();
}

void QueueTableProxy::dropRows(int first, int last) {
    std::vector<int> places;
    for (int row = first; row <= last; ++row)
        if (m_places[static_cast<size_t>(row)] >= 0) places.push_back(m_places[static_cast<size_t>(row)]);
    std::sort(places.begin(), places.end(), std::greater<>());
    for (size_t i = 0; i < places.size();) {
        const int end = places[i];
        int begin = end;
        for (++i; i < places.size() && places[i] == begin - 1; ++i) --begin;
        beginRemoveRows({}, begin, end);
        m_rows.erase(m_rows.begin() + begin, m_rows.begin() + end + 1);
        endRemoveRows();
    }
    indexPlaces();
}

void QueueTableProxy::closeRanks(int first, int last) {
    const int gone = last - first + 1;
    for (int& row : m_rows)
        if (row > last) row -= gone;
    m_namesKnown = false;
    indexPlaces();
}

void QueueTableProxy::forwardChange(const QModelIndex& topLeft, const QModelIndex& bottomRight) {
    std::vector<int> places;
    for (int row = topLeft.row(); row <= bottomRight.row(); ++row)
        if (m_places[static_cast<size_t>(row)] >= 0) places.push_back(m_places[static_cast<size_t>(row)]);
    if (places.empty()) return;
    const int left = topLeft.column(), right = bottomRight.column();
    if (places.size() > kFewRows) {
        const auto [least, most] = std::minmax_element(places.begin(), places.end());
        emit dataChanged(index(*least, left), index(*most, right));
        return;
    }
    for (const int place : places) emit dataChanged(index(place, left), index(place, right));
}

QVariant QueueTableProxy::headerData(int section, Qt::Orientation orientation, int role) const {
    const QVariant value = m_model->headerData(section, orientation, role);
    if (role != Qt::DisplayRole || orientation != Qt::Horizontal || section != m_column) return value;
    const QString arrow = m_order == Qt::AscendingOrder ? u"↑"_s : u"↓"_s;
    const QString title = value.toString();
    if (title.isEmpty()) return arrow;
    return isNumeric(static_cast<QueueColumn>(section)) ? arrow + u' ' + title : title + u' ' + arrow;
}

QModelIndex QueueTableProxy::mapToSource(const QModelIndex& proxyIndex) const {
    if (!proxyIndex.isValid() || proxyIndex.row() >= rowCount()) return {};
    return m_model->index(m_rows[static_cast<size_t>(proxyIndex.row())], proxyIndex.column());
}

QModelIndex QueueTableProxy::mapFromSource(const QModelIndex& sourceIndex) const {
    if (!sourceIndex.isValid() || sourceIndex.row() >= static_cast<int>(m_places.size())) return {};
    const int place = m_places[static_cast<size_t>(sourceIndex.row())];
    return place < 0 ? QModelIndex() : index(place, sourceIndex.column());
}

QModelIndex QueueTableProxy::index(int row, int column, const QModelIndex& parent) const {
    return hasIndex(row, column, parent) ? createIndex(row, column) : QModelIndex();
}

QModelIndex QueueTableProxy::parent(const QModelIndex&) const {
    return {};
}
int QueueTableProxy::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}
int QueueTableProxy::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : kQueueColumns;
}

}  // namespace spillway

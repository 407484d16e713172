#include "backends/history/series_names.h"

#include <QCryptographicHash>
#include <algorithm>

namespace spillway::history {
using namespace Qt::StringLiterals;

namespace {
constexpr qsizetype kLongestName = 512;

bool insert(SqlDatabase& database, const QString& sql, const std::vector<QVariantList>& rows) {
    if (rows.empty()) return true;
    QSqlQuery query = database.prepared(sql);
    return std::all_of(rows.begin(), rows.end(), [&](const auto& row) { return database.run(query, row); });
}

bool loadNames(SqlDatabase& database, const QString& table, std::map<QString, qint64>& into, qint64& last) {
    into.clear();
    QSqlQuery query = database.prepared(u"SELECT id, name FROM %1"_s.arg(table));
    if (!database.run(query)) return false;
    while (query.next()) {
        into[query.value(1).toString()] = query.value(0).toLongLong();
        last = std::max(last, query.value(0).toLongLong());
    }
    return true;
}
}  // namespace

QString storedName(const QString& name) {
    if (name.isEmpty()) return u""_s;  // a null string would become NULL
    // There and back again replaces what is no Unicode.
    const QString proper = QString::fromUtf8(name.left(kLongestName).toUtf8());
    if (name.size() <= kLongestName) return proper;
    const QByteArray hash = QCryptographicHash::hash(name.toUtf8(), QCryptographicHash::Sha256);
    return proper.left(kLongestName - 17) + u'#' + QString::fromLatin1(hash.toHex().left(16));
}

bool SeriesNames::load(SqlDatabase& database) {
    bool worked = loadNames(database, u"connection"_s, m_connections, m_lastConnection) &&
                  loadNames(database, u"metric"_s, m_metrics, m_lastMetric);
    m_metricNames.clear();
    for (const auto& [name, id] : m_metrics) m_metricNames.insert(id, name);
    m_queues.clear();
    QSqlQuery query = database.prepared(
        u"SELECT q.id, c.name, q.system, q.name FROM queue q JOIN connection c ON c.id = q.connection"_s);
    worked = worked && database.run(query);
    while (worked && query.next()) {
        const qint64 id = query.value(0).toLongLong();
        m_queues[{query.value(1).toString(), query.value(2).toString(), query.value(3).toString()}] = id;
        m_lastQueue = std::max(m_lastQueue, id);
    }
    stored();
    return worked;
}

bool SeriesNames::store(SqlDatabase& database) const {
    std::vector<QVariantList> connections, queues, metrics;
    for (const auto& [name, id] : m_connections)
        if (id > m_storedConnection) connections.push_back({id, name});
    for (const auto& [key, id] : m_queues)
        if (id > m_storedQueue)
            queues.push_back({id, m_connections.at(key.connection), key.system, key.queue});
    for (const auto& [name, id] : m_metrics)
        if (id > m_storedMetric) metrics.push_back({id, name});
    return insert(database, u"INSERT INTO connection (id, name) VALUES (?, ?)"_s, connections) &&
           insert(database, u"INSERT INTO queue (id, connection, system, name) VALUES (?, ?, ?, ?)"_s,
                  queues) &&
           insert(database, u"INSERT INTO metric (id, name) VALUES (?, ?)"_s, metrics);
}

void SeriesNames::stored() {
    m_storedConnection = m_lastConnection;
    m_storedQueue = m_lastQueue;
    m_storedMetric = m_lastMetric;
}

qint64 SeriesNames::connectionId(const QString& name) {
    const auto [found, added] = m_connections.try_emplace(name, m_lastConnection + 1);
    if (added) ++m_lastConnection;
    return found->second;
}

qint64 SeriesNames::queueId(const HistoryQueueKey& key) {
    std::ignore = connectionId(key.connection);
    const auto [found, added] = m_queues.try_emplace(key, m_lastQueue + 1);
    if (added) ++m_lastQueue;
    return found->second;
}

qint64 SeriesNames::metricId(const QString& name) {
    const auto [found, added] = m_metrics.try_emplace(name, m_lastMetric + 1);
    if (added) m_metricNames.insert(++m_lastMetric, name);
    return found->second;
}

std::optional<qint64> SeriesNames::findQueue(const HistoryQueueKey& key) const {
    const auto found = m_queues.find(key);
    return found == m_queues.end() ? std::nullopt : std::optional(found->second);
}

std::optional<qint64> SeriesNames::findMetric(const QString& name) const {
    const auto found = m_metrics.find(name);
    return found == m_metrics.end() ? std::nullopt : std::optional(found->second);
}

QString SeriesNames::metricName(qint64 id) const {
    return m_metricNames.value(id);
}

void SeriesNames::forgetQueues(const std::vector<qint64>& ids) {
    std::erase_if(m_queues, [&ids](const auto& entry) {
        return std::find(ids.begin(), ids.end(), entry.second) != ids.end();
    });
}

}  // namespace spillway::history

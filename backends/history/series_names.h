// The names behind the small numbers: connections, queues, metrics. New ones get their number at once
// and are written with the next flush. One thread.
#pragma once

#include <QHash>
#include <map>

#include "backends/history/history_values.h"
#include "backends/storage/sql_database.h"

namespace spillway::history {
using storage::SqlDatabase;
using storage::SqlTransaction;
using storage::StorageFault;

class SeriesNames {
public:
    // Reads all of them anew. False: see the database's fault.
    [[nodiscard]] bool load(SqlDatabase& database);
    // Writes those not yet written; call stored() after the commit.
    [[nodiscard]] bool store(SqlDatabase& database) const;
    void stored();

    [[nodiscard]] qint64 connectionId(const QString& name);
    [[nodiscard]] qint64 queueId(const HistoryQueueKey& key);
    [[nodiscard]] qint64 metricId(const QString& name);
    [[nodiscard]] std::optional<qint64> findQueue(const HistoryQueueKey& key) const;
    [[nodiscard]] std::optional<qint64> findMetric(const QString& name) const;
    [[nodiscard]] QString metricName(qint64 id) const;  // empty: unknown
    [[nodiscard]] const std::map<HistoryQueueKey, qint64>& queues() const { return m_queues; }
    void forgetQueues(const std::vector<qint64>& ids);

private:
    std::map<QString, qint64> m_connections;
    std::map<HistoryQueueKey, qint64> m_queues;
    std::map<QString, qint64> m_metrics;
    QHash<qint64, QString> m_metricNames;
    // Everything up to these numbers is in the file.
    qint64 m_storedConnection = 0;
    qint64 m_storedQueue = 0;
    qint64 m_storedMetric = 0;
    qint64 m_lastConnection = 0;
    qint64 m_lastQueue = 0;
    qint64 m_lastMetric = 0;
};

// A name as it is stored: well-formed, at most 512 characters; a longer one is cut and told apart by a
// hash of the whole.
[[nodiscard]] QString storedName(const QString& name);

}  // namespace spillway::history

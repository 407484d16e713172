// What is recorded but not yet in the file: the open piece of every queue, and full pieces since the
// last flush. One thread.
#pragma once

#include <QSet>

#include "backends/history/queue_chunks.h"
#include "backends/history/series_names.h"

namespace spillway::history {

struct StoredPiece {
    qint64 queue = 0;
    HistoryTier tier = HistoryTier::raw;
    qint64 startMs = 0;
    qint64 endMs = 0;
    QByteArray data;
};
[[nodiscard]] StoredPiece storedPiece(qint64 queue, const Chunk& chunk);

class HistoryRecorder {
public:
    // Goes on where the last run ended. False: see the database's fault.
    [[nodiscard]] bool load(SqlDatabase& database);
    [[nodiscard]] int damagedPieces() const { return m_damaged; }  // found by load()

    // In memory only. Values that are no numbers and `not_observable` ones are left out.
    void record(const HistoryBatch& batch, std::chrono::steady_clock::time_point now);
    // One transaction; after a fault all is kept for the next try.
    [[nodiscard]] Outcome<Done> flush(SqlDatabase& database);
    // Queues silent for an hour leave the memory with the next flush.
    void retireIdle(std::chrono::steady_clock::time_point now);
    [[nodiscard]] qint64 takeLostPieces();  // given up because the disk stayed full for too long

    [[nodiscard]] SeriesNames& names() { return m_names; }
    [[nodiscard]] const std::vector<StoredPiece>& pending() const { return m_pending; }
    [[nodiscard]] const OpenPiece* open(qint64 queue, HistoryTier tier) const;  // null: none
    [[nodiscard]] qint64 usualIntervalMs(const QString& connection) const;
    // Server minus local clock of the connections recorded since load().
    [[nodiscard]] std::map<QString, qint64> skews() const;

private:
    struct ConnectionState {
        UsualInterval interval;
        qint64 skewMs = 0;
        bool recorded = false;                   // since load()
        std::map<QString, FindingRun> findings;  // since the last flush
        std::map<qint64, QByteArray> polls;      // likewise, by time in ms; see poll_codec.h
    };
    struct QueueState {
        QueueChunks chunks;
        std::chrono::steady_clock::time_point touched;
        bool dirty = false;
    };

    void recordQueue(const HistoryBatch& batch, const QueueSamples& queue, qint64 longestMs,
                     std::chrono::steady_clock::time_point now);
    void addPending(qint64 queue, const std::vector<Chunk>& closed);
    [[nodiscard]] bool loadOpen(SqlDatabase& database);
    [[nodiscard]] bool loadConnections(SqlDatabase& database);
    [[nodiscard]] bool write(SqlDatabase& database) const;
    [[nodiscard]] bool writeOpen(SqlDatabase& database) const;
    [[nodiscard]] bool writeConnections(SqlDatabase& database) const;
    [[nodiscard]] bool writeFindings(SqlDatabase& database) const;
    [[nodiscard]] bool writePolls(SqlDatabase& database) const;

    SeriesNames m_names;
    std::map<QString, ConnectionState> m_connections;
    std::map<qint64, QueueState> m_queues;
    std::vector<StoredPiece> m_pending;  // oldest first
    qint64 m_pendingBytes = 0;
    qint64 m_lost = 0;
    QSet<qint64> m_retired;
    int m_damaged = 0;
};

}  // namespace spillway::history

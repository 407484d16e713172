#include "backends/history/history_recorder.h"

#include <algorithm>
#include <cmath>

#include "backends/history/decimal_value.h"
#include "backends/history/finding_log.h"
#include "backends/history/poll_codec.h"

namespace spillway::history {
using namespace Qt::StringLiterals;

namespace {
constexpr auto kIdle = std::chrono::hours{1};
constexpr qint64 kLately_ms = 400'000;   // the longest usual window, and until a poll is in the file
constexpr std::size_t kMostPolls = 600;  // with a full disk
// With a full disk: some hours of a large server.
constexpr qint64 kMostPendingBytes = 64LL * 1024 * 1024;

QVariantList rowOf(const StoredPiece& piece) {
    return {piece.queue, static_cast<int>(piece.tier), piece.startMs, piece.endMs, piece.data};
}
}  // namespace

StoredPiece storedPiece(qint64 queue, const Chunk& chunk) {
    return {queue, chunk.tier, chunk.startMs(), chunk.endMs(), encodeChunk(chunk)};
}

bool HistoryRecorder::load(SqlDatabase& database) {
    return m_names.load(database) && loadConnections(database) && loadOpen(database);
}

bool HistoryRecorder::loadConnections(SqlDatabase& database) {
    QSqlQuery query = database.prepared(u"SELECT name, interval_ms, skew_ms FROM connection"_s);
    if (!database.run(query)) return false;
    while (query.next())
        m_connections[query.value(0).toString()] = {UsualInterval(query.value(1).toLongLong()),
                                                    query.value(2).toLongLong(), false};
    return true;
}

bool HistoryRecorder::loadOpen(SqlDatabase& database) {
    QSqlQuery query = database.prepared(u"SELECT queue, data FROM open_chunk"_s);
    if (!database.run(query)) return false;
    const auto now = std::chrono::steady_clock::now();
    while (query.next()) {
        auto chunk = decodeChunk(query.value(1).toByteArray());
        m_damaged += chunk ? 0 : 1;
        if (!chunk) continue;
        QueueState& state = m_queues[query.value(0).toLongLong()];
        state.chunks.resume(std::move(*chunk));
        state.touched = now;
    }
    return true;
}

void HistoryRecorder::record(const HistoryBatch& batch, std::chrono::steady_clock::time_point now) {
    ConnectionState& connection = m_connections[storedName(batch.connection)];
    connection.recorded = true;
    connection.skewMs = std::isfinite(batch.clock_skew_s) ? std::llround(batch.clock_skew_s * 1000) : 0;
    const qint64 longestMs = connection.interval.add(millisSinceEpoch(batch.at));
    for (const QueueSamples& queue : batch.queues) recordQueue(batch, queue, longestMs, now);
    for (const FindingRun& finding : batch.findings) {
        FindingRun& kept =
            connection.findings.try_emplace(storedName(finding.span.id), finding).first->second;
        const FindingSpan span = finding.span;
        if (finding.severity >= kept.severity) kept = finding;
        kept.span = span;
    }
    if (batch.poll) connection.polls[millisSinceEpoch(batch.at)] = encodePoll(*batch.poll);
    if (connection.polls.size() > kMostPolls) connection.polls.erase(connection.polls.begin());
}

void HistoryRecorder::recordQueue(const HistoryBatch& batch, const QueueSamples& queue, qint64 longestMs,
                                  std::chrono::steady_clock::time_point now) {
    std::vector<Entry> entries;
    for (const MetricSample& sample : queue.samples)
        if (std::isfinite(sample.value) && sample.provenance != Provenance::not_observable)
            entries.push_back(
                {m_names.metricId(storedName(sample.metric)), rounded(sample.value), sample.provenance});
    if (entries.empty()) return;
    const qint64 id =
        m_names.queueId({storedName(batch.connection), storedName(queue.system), storedName(queue.queue)});
    QueueState& state = m_queues[id];
    std::vector<Chunk> closed;
    state.chunks.add(millisSinceEpoch(batch.at), entries, longestMs, closed);
    state.touched = now;
    state.dirty = true;
    addPending(id, closed);
}

void HistoryRecorder::addPending(qint64 queue, const std::vector<Chunk>& closed) {
    for (const Chunk& chunk : closed) {
        m_pending.push_back(storedPiece(queue, chunk));
        m_pendingBytes += m_pending.back().data.size();
    }
    if (m_pendingBytes <= kMostPendingBytes) return;
    const auto half = m_pending.begin() + static_cast<std::ptrdiff_t>(m_pending.size() / 2);
    m_lost += std::distance(m_pending.begin(), half);
    m_pending.erase(m_pending.begin(), half);
    m_pendingBytes = 0;
    for (const StoredPiece& piece : m_pending) m_pendingBytes += piece.data.size();
}

void HistoryRecorder::retireIdle(std::chrono::steady_clock::time_point now) {
    for (auto it = m_queues.begin(); it != m_queues.end();) {
        if (now - it->second.touched < kIdle) {
            ++it;
            continue;
        }
        std::vector<Chunk> closed;
        for (int tier = 0; tier < kHistoryTiers; ++tier)
            if (const auto& piece = it->second.chunks.open(static_cast<HistoryTier>(tier)); !piece.empty())
                closed.push_back(piece.chunk());
        addPending(it->first, closed);
        m_retired.insert(it->first);
        it = m_queues.erase(it);
    }
}

Outcome<Done> HistoryRecorder::flush(SqlDatabase& database) {
    SqlTransaction transaction(database);
    if (!transaction.begun() || !write(database) || !transaction.commit())
        return database.failure(u"The history could not be written to %1."_s.arg(database.path()));
    m_names.stored();
    m_pending.clear();
    m_pendingBytes = 0;
    m_retired.clear();
    for (auto& [name, state] : m_connections) {
        state.findings.clear();
        state.polls.clear();
    }
    for (auto& [id, state] : m_queues) state.dirty = false;
    return Done{};
}

bool HistoryRecorder::write(SqlDatabase& database) const {
    if (!m_names.store(database) || !writeConnections(database) || !writeFindings(database) ||
        !writePolls(database))
        return false;
    QSqlQuery add = database.prepared(
        u"INSERT INTO chunk (queue, tier, start_ms, end_ms, data) VALUES (?, ?, ?, ?, ?)"_s);
    for (const StoredPiece& piece : m_pending)
        if (!database.run(add, rowOf(piece))) return false;
    QSqlQuery remove = database.prepared(u"DELETE FROM open_chunk WHERE queue = ?"_s);
    for (const qint64 queue : m_retired)
        if (!database.run(remove, {queue})) return false;
    return writeOpen(database);
}

bool HistoryRecorder::writeOpen(SqlDatabase& database) const {
    QSqlQuery put = database.prepared(
        u"INSERT OR REPLACE INTO open_chunk (queue, tier, start_ms, end_ms, data) VALUES (?, ?, ?, ?, ?)"_s);
    for (const auto& [id, state] : m_queues) {
        if (!state.dirty) continue;
        for (int tier = 0; tier < kHistoryTiers; ++tier) {
            const OpenPiece& piece = state.chunks.open(static_cast<HistoryTier>(tier));
            if (!piece.empty() && !database.run(put, rowOf(storedPiece(id, piece.chunk())))) return false;
        }
    }
    return true;
}

bool HistoryRecorder::writeConnections(SqlDatabase& database) const {
    QSqlQuery update =
        database.prepared(u"UPDATE connection SET interval_ms = ?, skew_ms = ? WHERE name = ?"_s);
    for (const auto& [name, state] : m_connections)
        if (state.recorded && !database.run(update, {state.interval.usualMs(), state.skewMs, name}))
            return false;
    return true;
}

bool HistoryRecorder::writeFindings(SqlDatabase& database) const {
    QSqlQuery put = database.prepared(
        u"INSERT OR REPLACE INTO finding (connection, id, since_ms, seen_ms) VALUES (?, ?, ?, ?)"_s);
    for (const auto& [name, state] : m_connections) {
        std::vector<FindingRun> runs;
        for (const auto& [id, run] : state.findings) {
            const FindingSpan& span = run.span;
            if (!database.run(put, {name, id, millisSinceEpoch(span.since), millisSinceEpoch(span.seen)}))
                return false;
            runs.push_back(run);
        }
        if (!writeFindingRuns(database, name, runs)) return false;
    }
    return true;
}

// Those of a clock that has gone back are no past.
bool HistoryRecorder::writePolls(SqlDatabase& database) const {
    QSqlQuery put =
        database.prepared(u"INSERT OR REPLACE INTO lately (connection, at_ms, data) VALUES (?, ?, ?)"_s);
    QSqlQuery forget =
        database.prepared(u"DELETE FROM lately WHERE connection = ? AND (at_ms < ? OR at_ms > ?)"_s);
    for (const auto& [name, state] : m_connections) {
        for (const auto& [at, data] : state.polls)
            if (!database.run(put, {name, at, data})) return false;
        if (state.polls.empty()) continue;
        const qint64 newest = state.polls.rbegin()->first;
        if (!database.run(forget, {name, newest - kLately_ms, newest})) return false;
    }
    return true;
}

qint64 HistoryRecorder::takeLostPieces() {
    return std::exchange(m_lost, 0);
}

const OpenPiece* HistoryRecorder::open(qint64 queue, HistoryTier tier) const {
    const auto found = m_queues.find(queue);
    if (found == m_queues.end() || found->second.chunks.open(tier).empty()) return nullptr;
    return &found->second.chunks.open(tier);
}

qint64 HistoryRecorder::usualIntervalMs(const QString& connection) const {
    const auto found = m_connections.find(connection);
    return found == m_connections.end() ? 0 : found->second.interval.usualMs();
}

std::map<QString, qint64> HistoryRecorder::skews() const {
    std::map<QString, qint64> found;
    for (const auto& [name, state] : m_connections)
        if (state.recorded) found[name] = state.skewMs;
    return found;
}

}  // namespace spillway::history

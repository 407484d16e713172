#include "backends/history/history_reading.h"

#include <QSqlError>
#include <algorithm>
#include <functional>

namespace spillway::history {
using namespace Qt::StringLiterals;

namespace {
constexpr int kMostPoints = 1'000'000;

Failure unreadable(const SqlDatabase& database) {
    return database.failure(u"The history %1 could not be read."_s.arg(database.path()));
}

// Several reads that see one state of the file.
class SqlSnapshot {
public:
    explicit SqlSnapshot(SqlDatabase& database) : m_database(database) { m_database.execute(u"BEGIN"_s); }
    ~SqlSnapshot() { m_database.execute(u"COMMIT"_s); }
    SqlSnapshot(const SqlSnapshot&) = delete;
    SqlSnapshot& operator=(const SqlSnapshot&) = delete;

private:
    SqlDatabase& m_database;
};

// Calls `use` with every piece of the tier that touches [from, to), in the order they were closed.
// False: the file could not be read.
bool eachPiece(const HistorySource& source, qint64 queue, const TierPart& part,
               const std::function<void(QByteArrayView)>& use,
               const std::function<void(const Chunk&)>& useOpen) {
    const int tier = static_cast<int>(part.tier);
    const QString where = u" WHERE queue = ? AND tier = ? AND end_ms >= ? AND start_ms < ?"_s;
    QVariantList values{queue, tier, part.from, part.to};
    QString sql = u"SELECT id, data FROM chunk"_s + where;
    if (!source.recorder) {
        sql += u" UNION ALL SELECT 0x7fffffffffffffff, data FROM open_chunk"_s + where;
        values += QVariantList(values);
    }
    QSqlQuery query = source.database.prepared(sql + u" ORDER BY 1"_s);
    if (!source.database.run(query, values)) return false;
    while (query.next()) use(query.value(1).toByteArray());
    if (query.lastError().isValid()) return false;
    if (!source.recorder) return true;
    for (const StoredPiece& piece : source.recorder->pending())
        if (piece.queue == queue && piece.tier == part.tier && piece.endMs >= part.from &&
            piece.startMs < part.to)
            use(piece.data);
    if (const OpenPiece* open = source.recorder->open(queue, part.tier)) useOpen(open->chunk());
    return true;
}

std::optional<qint64> firstInFile(const HistorySource& source, qint64 queue, int tier) {
    const QString sql = u"SELECT start_ms FROM %1 WHERE queue = ? AND tier = ? ORDER BY end_ms LIMIT 1"_s;
    for (const auto& table : {u"chunk"_s, u"open_chunk"_s}) {
        const QVariant found = source.database.value(sql.arg(table), {queue, tier});
        if (!found.isNull()) return found.toLongLong();
    }
    return std::nullopt;
}

// Oldest piece per tier, also where nothing is in the file yet.
TierStarts tierStarts(const HistorySource& source, qint64 queue) {
    TierStarts starts;
    for (int tier = 0; tier < kHistoryTiers; ++tier) {
        auto& start = starts[static_cast<size_t>(tier)];
        start = firstInFile(source, queue, tier);
        if (start || !source.recorder) continue;
        for (const StoredPiece& piece : source.recorder->pending())
            if (!start && piece.queue == queue && static_cast<int>(piece.tier) == tier) start = piece.startMs;
        const OpenPiece* open = source.recorder->open(queue, static_cast<HistoryTier>(tier));
        if (!start && open) start = open->startMs();
    }
    return starts;
}

struct Gathered {
    std::map<qint64, std::vector<TimedCell>> cells;  // by metric
    int damaged = 0;
};

bool gather(const HistorySource& source, qint64 queue, const TierPart& part,
            const std::vector<qint64>* wanted, Gathered& into) {
    const auto take = [&](const Chunk& chunk) {
        for (const Column& column : chunk.columns)
            if (!wanted || std::find(wanted->begin(), wanted->end(), column.metric) != wanted->end())
                collect(chunk, column.metric, part, into.cells[column.metric]);
    };
    const auto decode = [&](QByteArrayView bytes) {
        const auto chunk = decodeChunk(bytes, wanted);
        into.damaged += chunk ? 0 : 1;
        if (chunk) take(*chunk);
    };
    return eachPiece(source, queue, part, decode, take);
}

HistoryQueueKey stored(const HistoryQueueKey& key) {
    return {storedName(key.connection), storedName(key.system), storedName(key.queue)};
}

qint64 usualInterval(const HistorySource& source, const QString& connection) {
    if (source.recorder) return source.recorder->usualIntervalMs(connection);
    return source.database.value(u"SELECT interval_ms FROM connection WHERE name = ?"_s, {connection})
        .toLongLong();
}

HistoryMark markOf(const QSqlQuery& row) {
    return {.id = row.value(0).toLongLong(),
            .at = serverTimeFromMillis(row.value(1).toLongLong()),
            .kind = historyMarkKindFromName(row.value(2).toString()).value_or(HistoryMarkKind::gap),
            .connection = row.value(3).toString(),
            .queue = row.value(4).toString(),
            .text = row.value(5).toString()};
}

// The asked metrics in their order, or all that were found, by name.
QStringList metricNames(const HistorySource& source, const HistoryQuery& query, const Gathered& gathered) {
    if (!query.metrics.isEmpty()) return query.metrics;
    QStringList names;
    for (const auto& entry : gathered.cells) names << source.names.metricName(entry.first);
    names.sort();
    return names;
}

void fillLines(const HistorySource& source, const HistoryQuery& query, Gathered& gathered,
               HistoryAnswer& answer) {
    for (const QString& name : metricNames(source, query, gathered)) {
        const auto id = source.names.findMetric(storedName(name));
        HistoryLine line{name, {}};
        if (id) line.buckets = points(std::move(gathered.cells[*id]), answer.width_ms);
        answer.lines.push_back(std::move(line));
    }
}

size_t mostCells(const Gathered& gathered, qint64 from, qint64 to) {
    size_t most = 0;
    for (const auto& [metric, cells] : gathered.cells)
        most = std::max(
            most, static_cast<size_t>(std::count_if(cells.begin(), cells.end(), [=](const TimedCell& cell) {
                return cell.at >= from && cell.at < to;
            })));
    return most;
}

// Few enough cells stay points of their own; then nothing from beyond the window is wanted.
void setWidth(const std::vector<TierPart>& parts, int maxPoints, Gathered& gathered, HistoryAnswer& answer) {
    const qint64 from = parts.front().from;
    const qint64 to = parts.back().to;
    if (mostCells(gathered, from, to) > static_cast<size_t>(maxPoints)) return;
    answer.width_ms = answer.coarsest == HistoryTier::raw ? 0 : tierWidthMs(answer.coarsest);
    for (auto& entry : gathered.cells)
        std::erase_if(entry.second, [=](const TimedCell& cell) { return cell.at < from || cell.at >= to; });
}

std::vector<qint64> wantedIds(const HistorySource& source, const HistoryQuery& query) {
    std::vector<qint64> wanted;
    for (const QString& name : query.metrics)
        if (const auto id = source.names.findMetric(storedName(name))) wanted.push_back(*id);
    return wanted;
}

bool readParts(const HistorySource& source, qint64 queue, const HistoryQuery& query, Gathered& gathered,
               HistoryAnswer& answer) {
    const qint64 from = millisSinceEpoch(query.from);
    const qint64 to = millisSinceEpoch(query.to);
    const int maxPoints = std::clamp(query.max_points, 2, kMostPoints);
    const auto wanted = wantedIds(source, query);
    const auto parts = tierParts(from, to, maxPoints, tierStarts(source, queue));
    if (parts.empty()) return true;
    for (const TierPart& part : parts) answer.coarsest = std::max(answer.coarsest, part.tier);
    answer.width_ms = gridWidth(from, to, maxPoints, answer.coarsest);
    for (const TierPart& part : widened(parts, answer.width_ms))
        if (!gather(source, queue, part, query.metrics.isEmpty() ? nullptr : &wanted, gathered)) return false;
    setWidth(parts, maxPoints, gathered, answer);
    return true;
}
}  // namespace

Outcome<HistoryAnswer> answerQuery(const HistorySource& source, const HistoryQuery& query) {
    HistoryAnswer answer;
    const HistoryQueueKey key = stored(query.queue);
    const auto queue = source.names.findQueue(key);
    Gathered gathered;
    if (queue && query.from < query.to) {
        const SqlSnapshot snapshot(source.database);
        answer.usual_interval_ms = usualInterval(source, key.connection);
        if (!readParts(source, *queue, query, gathered, answer)) return unreadable(source.database);
    }
    answer.damaged_chunks = gathered.damaged;
    fillLines(source, query, gathered, answer);
    return answer;
}

Outcome<std::vector<HistorySeries>> listSeries(const HistorySource& source) {
    std::vector<HistorySeries> found;
    const SqlSnapshot snapshot(source.database);
    const QString sql =
        u"SELECT data FROM (SELECT data, end_ms FROM open_chunk WHERE queue = ? AND tier = 2 UNION ALL "
        "SELECT data, end_ms FROM chunk WHERE queue = ? AND tier = 2) ORDER BY end_ms DESC LIMIT 1"_s;
    for (const auto& [key, id] : source.names.queues()) {
        const OpenPiece* open = source.recorder ? source.recorder->open(id, HistoryTier::hour) : nullptr;
        const QVariant data = open ? QVariant() : source.database.value(sql, {id, id});
        if (source.database.fault() != StorageFault::none) return unreadable(source.database);
        const auto chunk = open ? std::optional(open->chunk()) : decodeChunk(data.toByteArray());
        QStringList metrics;
        if (chunk)
            for (const Column& column : chunk->columns) metrics << source.names.metricName(column.metric);
        metrics.sort();
        for (const QString& metric : metrics) found.push_back({key, metric});
    }
    return found;
}

Outcome<std::vector<HistoryMark>> listMarks(SqlDatabase& database, const HistoryMarkQuery& query) {
    std::vector<HistoryMark> marks;
    QSqlQuery rows = database.prepared(
        u"SELECT id, at_ms, kind, connection, queue, text FROM mark WHERE at_ms >= ? AND at_ms < ? "
        "AND (? = '' OR connection IN ('', ?)) ORDER BY at_ms DESC, id DESC LIMIT ?"_s);
    const QString connection = storedName(query.connection);
    if (!database.run(rows, {millisSinceEpoch(query.from), millisSinceEpoch(query.to), connection, connection,
                             query.limit}))
        return unreadable(database);
    while (rows.next()) marks.push_back(markOf(rows));
    std::reverse(marks.begin(), marks.end());
    return marks;
}

Outcome<HistoryMark> insertMark(SqlDatabase& database, HistoryMark mark) {
    mark.connection = storedName(mark.connection);
    mark.queue = storedName(mark.queue);
    mark.text = storedName(mark.text);
    mark.at = serverTimeFromMillis(millisSinceEpoch(mark.at));
    QSqlQuery insert = database.prepared(
        u"INSERT INTO mark (at_ms, kind, connection, queue, text) VALUES (?, ?, ?, ?, ?)"_s);
    if (!database.run(insert, {millisSinceEpoch(mark.at), historyMarkKindName(mark.kind), mark.connection,
                               mark.queue, mark.text}))
        return database.failure(u"The mark could not be written to %1."_s.arg(database.path()));
    mark.id = insert.lastInsertId().toLongLong();
    return mark;
}

}  // namespace spillway::history

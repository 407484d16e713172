#include "backends/history/history_trimming.h"

#include <algorithm>
#include <utility>

#include "backends/history/finding_log.h"

namespace spillway::history {
using namespace Qt::StringLiterals;

namespace {
constexpr int kPiecesAtOnce = 500;
// By size in small steps: what is given up beyond the excess is history that somebody may want.
constexpr int kPiecesAtATime = 50;
constexpr int kRounds = 400;
constexpr int kMostMarks = 100'000;

std::array<qint64, kHistoryTiers> keptMs(const HistorySettings& settings) {
    const auto ms = [](std::chrono::hours hours) { return qint64{std::chrono::milliseconds(hours).count()}; };
    return {ms(settings.keep_raw), ms(settings.keep_minutes), ms(settings.keep_hours)};
}

qint64 pragma(SqlDatabase& database, const QString& name) {
    return database.value(u"PRAGMA "_s + name).toLongLong();
}

std::vector<qint64> ids(SqlDatabase& database, const QString& sql, const QVariantList& values = {}) {
    std::vector<qint64> found;
    QSqlQuery query = database.prepared(sql);
    if (database.run(query, values))
        while (query.next()) found.push_back(query.value(0).toLongLong());
    return found;
}

bool deleteOldest(SqlDatabase& database) {
    return database.execute(
        u"DELETE FROM chunk WHERE id IN (SELECT id FROM chunk ORDER BY id LIMIT %1)"_s.arg(kPiecesAtATime));
}
}  // namespace

bool trimByAge(SqlDatabase& database, const HistoryRecorder& recorder, const HistorySettings& settings,
               qint64 nowMs) {
    const auto kept = keptMs(settings);
    QSqlQuery remove = database.prepared(
        u"DELETE FROM chunk WHERE id IN (SELECT id FROM chunk WHERE queue = ? AND tier = ? AND end_ms < ? "
        "ORDER BY end_ms LIMIT %1)"_s.arg(kPiecesAtOnce));
    QSqlQuery forget = database.prepared(u"DELETE FROM finding WHERE connection = ? AND seen_ms < ?"_s);
    const QString queues =
        u"SELECT q.id FROM queue q JOIN connection c ON c.id = q.connection WHERE c.name = ?"_s;
    for (const auto& [connection, skewMs] : recorder.skews()) {
        SqlTransaction transaction(database);
        if (!transaction.begun()) return false;
        // A server clock ahead of ours must not make recent history look old.
        const qint64 serverNow = nowMs + std::min<qint64>(0, skewMs);
        for (const qint64 queue : ids(database, queues, {connection}))
            for (size_t tier = 0; tier < kept.size(); ++tier)
                if (!database.run(remove, {queue, static_cast<int>(tier), serverNow - kept[tier]}))
                    return false;
        if (!database.run(forget, {connection, serverNow - kept.front()}) || !transaction.commit())
            return false;
    }
    return trimFindingLog(database, nowMs - kept[static_cast<size_t>(HistoryTier::minute)]);
}

bool trimBySize(SqlDatabase& database, qint64 capBytes) {
    const qint64 page = std::max<qint64>(1, pragma(database, u"page_size"_s));
    const auto used = [&] {
        return (pragma(database, u"page_count"_s) - pragma(database, u"freelist_count"_s)) * page;
    };
    for (int round = 0; round < kRounds && used() > capBytes; ++round) {
        if (!deleteOldest(database)) return false;
        if (database.value(u"SELECT 1 FROM chunk LIMIT 1"_s).isNull()) break;
    }
    const qint64 allowed = capBytes / page;
    qint64 pages = pragma(database, u"page_count"_s);
    if (pages <= allowed) return true;
    for (qint64 before = pages + 1; pages > allowed && pages < before;) {
        QSqlQuery vacuum = database.prepared(u"PRAGMA incremental_vacuum(%1)"_s.arg(pages - allowed));
        if (!database.run(vacuum)) return false;
        while (vacuum.next())
            continue;  // a step gives a page back, though not always all that were asked for
        vacuum.finish();
        before = std::exchange(pages, pragma(database, u"page_count"_s));
    }
    return database.execute(u"PRAGMA wal_checkpoint(TRUNCATE)"_s);
}

std::vector<qint64> trimNames(SqlDatabase& database) {
    const auto unused =
        ids(database,
            u"SELECT id FROM queue WHERE id NOT IN (SELECT queue FROM open_chunk) AND NOT "
            "EXISTS (SELECT 1 FROM chunk WHERE chunk.queue = queue.id) LIMIT %1"_s.arg(kPiecesAtOnce));
    QSqlQuery remove = database.prepared(u"DELETE FROM queue WHERE id = ?"_s);
    for (const qint64 id : unused)
        if (!database.run(remove, {id})) return {};
    database.execute(u"DELETE FROM mark WHERE id <= (SELECT max(id) FROM mark) - %1"_s.arg(kMostMarks));
    return unused;
}

}  // namespace spillway::history

#include "backends/history/finding_log.h"

#include <algorithm>

namespace spillway::history {
using namespace Qt::StringLiterals;
namespace {

constexpr int kFirstLayout = 4;
constexpr qint64 kSameRunMs = 5 * 60 * 1000;
constexpr int kLongestSentence = 2000;
constexpr int kMostRows = 100'000;

Failure logUnreadable(SqlDatabase& database) {
    return database.failure(u"The history %1 could not be read."_s.arg(database.path()));
}

Failure olderProgram() {
    return {FailureKind::changed,
            u"The acknowledgement was not written: an older Spillway records the history."_s,
            {},
            u"Restart what records (the window or \"spillwayctl record\") with this version."_s};
}

Severity severityOf(const QVariant& value) {
    return static_cast<Severity>(std::clamp(value.toInt(), 0, static_cast<int>(Severity::critical)));
}

FindingRun runOfRow(const QSqlQuery& row) {
    return {{row.value(1).toString(), serverTimeFromMillis(row.value(2).toLongLong()),
             serverTimeFromMillis(row.value(3).toLongLong())},
            row.value(0).toString(),
            row.value(5).toString(),
            row.value(6).toString(),
            severityOf(row.value(4)),
            row.value(7).toString(),
            row.value(8).toString()};
}

Acknowledgement acknowledgementOfRow(const QSqlQuery& row) {
    Acknowledgement said{.connection = row.value(0).toString(),
                         .finding = row.value(1).toString(),
                         .system = row.value(2).toString(),
                         .queue = row.value(3).toString(),
                         .severity = severityOf(row.value(4)),
                         .run_since = serverTimeFromMillis(row.value(5).toLongLong()),
                         .at = serverTimeFromMillis(row.value(6).toLongLong()),
                         .by = row.value(8).toString(),
                         .note = row.value(9).toString(),
                         .taken_back = row.value(10).toBool()};
    if (!row.value(7).isNull()) said.until = serverTimeFromMillis(row.value(7).toLongLong());
    return said;
}

}  // namespace

bool keepsFindingLog(SqlDatabase& database) {
    return database.value(u"PRAGMA user_version"_s).toInt() >= kFirstLayout;
}

bool writeFindingRuns(SqlDatabase& database, const QString& connection, const std::vector<FindingRun>& runs) {
    if (runs.empty()) return true;
    QSqlQuery extend = database.prepared(
        u"UPDATE finding_run SET seen_ms = max(seen_ms, ?), title = iif(? >= severity, ?, title), "
        "sentence = iif(? >= severity, ?, sentence), severity = max(severity, ?) WHERE number = "
        "(SELECT number FROM finding_run WHERE connection = ? AND finding = ? AND seen_ms >= ? "
        "ORDER BY seen_ms DESC LIMIT 1)"_s);
    QSqlQuery begin = database.prepared(
        u"INSERT INTO finding_run (connection, finding, since_ms, seen_ms, severity, system, queue, title, "
        "sentence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"_s);
    for (const FindingRun& run : runs) {
        const QString id = storedName(run.span.id), title = storedName(run.title);
        const QString sentence = u""_s + run.sentence.left(kLongestSentence);
        const qint64 since = millisSinceEpoch(run.span.since), seen = millisSinceEpoch(run.span.seen);
        const int severity = static_cast<int>(run.severity);
        if (!database.run(extend, {seen, severity, title, severity, sentence, severity, connection, id,
                                   since - kSameRunMs}))
            return false;
        if (extend.numRowsAffected() > 0) continue;
        if (!database.run(begin, {connection, id, since, seen, severity, storedName(run.system),
                                  storedName(run.queue), title, sentence}))
            return false;
    }
    return true;
}

Outcome<std::vector<FindingRun>> listFindingRuns(SqlDatabase& database, const FindingRunQuery& query) {
    std::vector<FindingRun> runs;
    if (!keepsFindingLog(database)) return runs;
    QSqlQuery rows = database.prepared(
        u"SELECT connection, finding, since_ms, seen_ms, severity, system, queue, title, sentence "
        "FROM finding_run WHERE seen_ms >= ? AND since_ms < ? AND (? = '' OR connection = ?) "
        "AND (? = '' OR queue = ?) ORDER BY since_ms DESC, number DESC LIMIT ?"_s);
    const QString connection = storedName(query.connection), queue = storedName(query.queue);
    if (!database.run(rows, {millisSinceEpoch(query.from), millisSinceEpoch(query.to), connection, connection,
                             queue, queue, query.limit}))
        return logUnreadable(database);
    while (rows.next()) runs.push_back(runOfRow(rows));
    std::reverse(runs.begin(), runs.end());
    return runs;
}

Outcome<Done> insertAcknowledgement(SqlDatabase& database, const Acknowledgement& said) {
    if (!keepsFindingLog(database)) return olderProgram();
    QSqlQuery insert = database.prepared(
        u"INSERT INTO acknowledgement (connection, finding, system, queue, severity, run_since_ms, at_ms, "
        "until_ms, said_by, note, taken_back) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"_s);
    const QVariant until =
        said.until ? QVariant(millisSinceEpoch(*said.until)) : QVariant(QMetaType(QMetaType::LongLong));
    if (!database.run(insert, {storedName(said.connection), storedName(said.finding), storedName(said.system),
                               storedName(said.queue), static_cast<int>(said.severity),
                               millisSinceEpoch(said.run_since), millisSinceEpoch(said.at), until,
                               storedName(said.by), storedName(said.note), said.taken_back}))
        return database.failure(u"The acknowledgement could not be written to %1."_s.arg(database.path()));
    return Done{};
}

Outcome<Acknowledgements> listAcknowledgements(SqlDatabase& database, const QString& connection,
                                               bool alsoPast) {
    Acknowledgements all;
    if (!keepsFindingLog(database)) return all;
    // The newest of each subject.
    const QString newest =
        u"AND taken_back = 0 AND number IN (SELECT max(number) FROM acknowledgement "
        "GROUP BY connection, finding, system, queue) "_s;
    QSqlQuery rows = database.prepared(
        u"SELECT connection, finding, system, queue, severity, run_since_ms, at_ms, until_ms, said_by, note, "
        "taken_back FROM acknowledgement WHERE (? = '' OR connection = ?) %1ORDER BY number"_s.arg(
            alsoPast ? QString() : newest));
    const QString name = storedName(connection);
    if (!database.run(rows, {name, name})) return logUnreadable(database);
    while (rows.next()) all.push_back(acknowledgementOfRow(rows));
    return all;
}

bool trimFindingLog(SqlDatabase& database, qint64 oldestMs) {
    if (!keepsFindingLog(database)) return true;
    QSqlQuery runs = database.prepared(
        u"DELETE FROM finding_run WHERE seen_ms < ? OR number <= "
        "(SELECT max(number) FROM finding_run) - ?"_s);
    QSqlQuery said = database.prepared(
        u"DELETE FROM acknowledgement WHERE number <= (SELECT max(number) FROM acknowledgement) - ? OR "
        "(coalesce(until_ms, at_ms) < ? AND NOT EXISTS (SELECT 1 FROM finding_run r WHERE "
        "r.connection = acknowledgement.connection AND r.finding = acknowledgement.finding))"_s);
    return database.run(runs, {oldestMs, kMostRows}) && database.run(said, {kMostRows, oldestMs});
}

}  // namespace spillway::history

#include "backends/journal/action_journal.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QLockFile>
#include <algorithm>

#include "backends/journal/plan_document.h"
#include "backends/storage/migrations.h"
#include "backends/storage/sql_database.h"

namespace spillway {
using namespace Qt::StringLiterals;
using storage::SqlDatabase;
using storage::SqlTransaction;

namespace {

constexpr int kApplicationId = 0x5350414a;  // "SPAJ"

QStringList layout() {
    return storage::stepsIn(u":/journal"_s);
}

Failure noJournal(const QString& path, const QString& why) {
    return {FailureKind::permission,
            u"The journal of actions %1 cannot be used: nothing is done without it."_s.arg(path), why,
            u"Check the disk, the folder's owner and permissions, or set XDG_STATE_HOME."_s};
}

bool prepareFile(const QString& path) {
    const QFileInfo info(path);
    const auto onlyOwner = QFile::ReadOwner | QFile::WriteOwner;
    if (!QDir(info.absolutePath()).exists()) {
        if (!QDir().mkpath(info.absolutePath())) return false;
        QFile::setPermissions(info.absolutePath(), onlyOwner | QFile::ExeOwner);
    }
    QFile file(path);
    if (!info.exists() && !file.open(QIODevice::ReadWrite)) return false;
    return info.isFile() || QFileInfo(path).isFile() ? QFile::setPermissions(path, onlyOwner) : false;
}

// SQLite itself would take a file shorter than a page for an empty one and write over it.
bool startsAsDatabase(const QString& path) {
    static constexpr QByteArrayView magic("SQLite format 3\0", 16);
    QFile file(path);
    return file.size() == 0 || (file.open(QIODevice::ReadOnly) && file.read(magic.size()) == magic);
}

// Why the open file is not one to write to; empty: it is.
QString objection(SqlDatabase& database) {
    const QVariant tables = database.value(u"SELECT count(*) FROM sqlite_master"_s);
    if (tables.isNull()) return database.failure({}).serverSaid;
    if (tables.toInt() == 0) return {};
    if (database.value(u"PRAGMA application_id"_s).toInt() != kApplicationId)
        return u"it is a database of another program"_s;
    if (database.value(u"PRAGMA user_version"_s).toInt() > layout().size())
        return u"it was written by a newer Spillway"_s;
    const QString check = database.value(u"PRAGMA quick_check(1)"_s).toString();
    return check == u"ok"_s ? QString() : check;
}

bool setUp(SqlDatabase& database) {
    return database.execute(u"PRAGMA application_id = %1"_s.arg(kApplicationId)) &&
           database.execute(u"PRAGMA journal_mode = WAL"_s) &&
           database.execute(u"PRAGMA synchronous = FULL"_s) && storage::migrate(database, layout()).ok();
}

// A null QString would be SQL's NULL.
QString text(const QString& value) {
    return value.isNull() ? u""_s : value;
}

qint64 ms(ServerTime time) {
    return millisSinceEpoch(time);
}

// What is written meanwhile reaches the disk with the next write outside, not at once.
class NoHurry {
public:
    explicit NoHurry(SqlDatabase& database) : m_database(database) {
        m_database.execute(u"PRAGMA synchronous = NORMAL"_s);
    }
    ~NoHurry() { m_database.execute(u"PRAGMA synchronous = FULL"_s); }
    Q_DISABLE_COPY_MOVE(NoHurry)

private:
    SqlDatabase& m_database;
};

}  // namespace

// The lock is of the process, so that a killed one frees its actions.
struct ActionJournal::Claim {
    explicit Claim(const QString& path) : lock(path) { lock.setStaleLockTime(0); }
    QLockFile lock;
};

QString ActionJournal::defaultPath() {
    const QString state = QFile::decodeName(qgetenv("XDG_STATE_HOME"));
    const QString root = QDir::isAbsolutePath(state) ? state : QDir::homePath() + u"/.local/state"_s;
    return QDir::cleanPath(root) + u"/spillway/actions.sqlite"_s;
}

ActionJournal::ActionJournal(std::unique_ptr<SqlDatabase> database) : m_database(std::move(database)) {}
ActionJournal::~ActionJournal() = default;

QString ActionJournal::path() const {
    return m_database->path();
}

Outcome<std::unique_ptr<ActionJournal>> ActionJournal::open(const QString& path) {
    if (!prepareFile(path)) return noJournal(path, u"it is no file that can be written"_s);
    if (!startsAsDatabase(path)) return noJournal(path, u"it is not a database"_s);
    auto opened = SqlDatabase::open(path, SqlDatabase::Access::write);
    if (!opened) return noJournal(path, opened.failure().serverSaid);
    const QString why = objection(**opened);
    if (!why.isEmpty()) return noJournal(path, why);
    if (!setUp(**opened)) return noJournal(path, opened.value()->failure({}).serverSaid);
    return std::unique_ptr<ActionJournal>(new ActionJournal(std::move(opened).value()));
}

Outcome<Done> ActionJournal::keepPlan(const ActionPlan& plan) {
    SqlTransaction transaction(*m_database);
    auto query =
        m_database->prepared(u"INSERT INTO plan (id, made_ms, hash, document) VALUES (?, ?, ?, ?)"_s);
    auto target = m_database->prepared(
        u"INSERT INTO plan_target (plan, action, connection, system, queue, server) VALUES (?, ?, ?, ?, ?, ?)"_s);
    if (transaction.begun() &&
        m_database->run(query, {plan.id, ms(plan.made_at), planHash(plan), planDocument(plan)}) &&
        m_database->run(target, {plan.id, actionKindName(plan.action), text(plan.connection),
                                 text(plan.system), text(plan.queue), text(plan.server_id)}) &&
        transaction.commit())
        return Done{};
    return m_database->failure(u"The plan could not be kept."_s);
}

Outcome<ActionPlan> ActionJournal::plan(const QString& id) {
    auto query = m_database->prepared(u"SELECT hash, document FROM plan WHERE id = ?"_s);
    if (!m_database->run(query, {id})) return m_database->failure(u"The plan could not be read."_s);
    if (!query.next())
        return Failure{
            FailureKind::usage, u"There is no plan %1."_s.arg(id), {}, u"Make one without --apply."_s};
    auto plan = planFromDocument(query.value(1).toByteArray());
    if (!plan || plan->id != id || planHash(*plan) != query.value(0).toString())
        return Failure{
            FailureKind::protocol, u"Plan %1 is not as it was made."_s.arg(id), {}, u"Make a new one."_s};
    return *std::move(plan);
}

Outcome<Done> ActionJournal::claim(const QString& action) {
    auto claim = std::make_unique<Claim>(u"%1.%2.lock"_s.arg(m_database->path(), action));
    if (!claim->lock.tryLock(0))
        return Failure{
            FailureKind::permission, u"Action %1 is run by another process."_s.arg(action), {}, {}};
    m_claim = std::move(claim);
    return Done{};
}

bool ActionJournal::claimedBySomebody(const QString& action) const {
    QLockFile lock(u"%1.%2.lock"_s.arg(m_database->path(), action));
    lock.setStaleLockTime(0);
    return !lock.tryLock(0);
}

// A list that ends where the disk does would have the rest sent again.
bool ActionJournal::cutShort() const {
    return m_database->fault() != storage::StorageFault::none;
}

void ActionJournal::letGo() {
    m_claim.reset();
}

Outcome<Done> ActionJournal::begin(const QString& action, const QString& plan, const QString& reason,
                                   ServerTime now) {
    const auto claimed = claim(action);
    if (!claimed) return claimed;
    SqlTransaction transaction(*m_database);
    const QString other =
        transaction.begun() ? m_database->value(u"SELECT id FROM action WHERE plan = ?"_s, {plan}).toString()
                            : QString();
    if (!other.isEmpty()) {
        m_claim.reset();
        return Failure{FailureKind::usage,
                       u"Plan %1 has already been applied, as action %2."_s.arg(plan, other),
                       {},
                       u"Make a new plan; an interrupted action goes on with --resume."_s};
    }
    auto query = m_database->prepared(
        u"INSERT INTO action (id, plan, started_ms, outcome, reason) VALUES (?, ?, ?, 'running', ?)"_s);
    if (transaction.begun() && m_database->run(query, {action, plan, ms(now), text(reason)}) &&
        transaction.commit())
        return Done{};
    const Failure failure =
        m_database->failure(u"The action could not be written down, so it was not begun."_s);
    m_claim.reset();
    return failure;
}

Outcome<Done> ActionJournal::takeOver(const QString& action, bool stopped) {
    const QString state =
        m_database->value(u"SELECT outcome FROM action WHERE id = ?"_s, {action}).toString();
    if (state.isEmpty()) return Failure{FailureKind::usage, u"There is no action %1."_s.arg(action), {}, {}};
    const bool open = state == actionStateName(ActionState::running);
    const bool resumable = canBeResumed(actionStateFromName(state));
    if (!open && !(stopped && resumable))
        return Failure{
            FailureKind::usage,
            u"Action %1 is not interrupted but %2."_s.arg(action, state),
            {},
            resumable ? u"It goes on with --resume, or can be left as it is."_s : u"Make a new plan."_s};
    return claim(action);
}

// From here on it is interrupted when its process goes away.
Outcome<Done> ActionJournal::reopen(const QString& action) {
    auto query = m_database->prepared(
        u"UPDATE action SET outcome = 'running', halt_reason = '', ended_ms = NULL "
        "WHERE id = ? AND outcome IN ('running', 'halted', 'cancelled')"_s);
    if (m_database->run(query, {action}) && query.numRowsAffected() == 1) return Done{};
    return m_database->failure(u"That action %1 goes on could not be written down."_s.arg(action));
}

Outcome<Done> ActionJournal::intend(const QString& action, const IntendedBatch& batch, ServerTime now) {
    auto query = m_database->prepared(
        u"INSERT INTO batch (action, number, first, count, intended_ms) VALUES (?, ?, ?, ?, ?)"_s);
    if (m_database->run(query,
                        {action, batch.number, static_cast<qint64>(batch.first), batch.count, ms(now)}))
        return Done{};
    return m_database->failure(u"The next batch could not be written down, so it was not sent."_s);
}

Outcome<Done> ActionJournal::answer(const QString& action, int batch, const std::vector<RowResult>& rows,
                                    ServerTime now) {
    // A power cut that takes the answer leaves the intention: such a batch is read back.
    const NoHurry unsynced(*m_database);
    SqlTransaction transaction(*m_database);
    bool worked = transaction.begun();
    auto insert = m_database->prepared(
        u"INSERT OR REPLACE INTO row_result (action, job, outcome, why, undo_token) VALUES (?, ?, ?, ?, ?)"_s);
    for (const auto& row : rows)
        worked = worked && m_database->run(insert, {action, row.id, rowOutcomeName(row.outcome),
                                                    text(row.why), text(row.undo_token)});
    const auto moved = std::count_if(rows.begin(), rows.end(),
                                     [](const RowResult& row) { return row.outcome == RowOutcome::moved; });
    auto put = m_database->prepared(
        u"INSERT INTO put_back (plan, done_ms, jobs) SELECT plan, ?, ? FROM action WHERE id = ?"_s);
    worked = worked && (moved == 0 || m_database->run(put, {ms(now), static_cast<qint64>(moved), action}));
    auto update = m_database->prepared(u"UPDATE batch SET done_ms = ? WHERE action = ? AND number = ?"_s);
    if (worked && m_database->run(update, {ms(now), action, batch}) && transaction.commit()) return Done{};
    return m_database->failure(u"What a batch did could not be written down."_s);
}

Outcome<AuditEntry> ActionJournal::end(const QString& action, ActionState state, const QString& haltReason,
                                       const QJsonObject& auditRecord, ServerTime now) {
    SqlTransaction transaction(*m_database);
    bool worked = transaction.begun();
    auto head = m_database->prepared(u"SELECT number, hash FROM audit_head"_s);
    worked = worked && m_database->run(head) && head.next();
    const AuditEntry entry =
        worked ? nextAuditEntry(head.value(0).toLongLong(), head.value(1).toString(), auditRecord)
               : AuditEntry{};
    head.finish();
    auto insert =
        m_database->prepared(u"INSERT INTO audit (number, record, previous, hash) VALUES (?, ?, ?, ?)"_s);
    auto move = m_database->prepared(u"UPDATE audit_head SET number = ?, hash = ?"_s);
    auto update = m_database->prepared(
        u"UPDATE action SET outcome = ?, halt_reason = ?, ended_ms = ? WHERE id = ? AND outcome = 'running'"_s);
    worked = worked &&
             m_database->run(insert, {entry.number, entry.record, text(entry.previous), entry.hash}) &&
             m_database->run(move, {entry.number, entry.hash}) &&
             m_database->run(update, {actionStateName(state), text(haltReason), ms(now), action}) &&
             update.numRowsAffected() == 1;
    if (!worked || !transaction.commit())
        return m_database->failure(u"The end of action %1 could not be written down."_s.arg(action));
    m_claim.reset();
    return entry;
}

OutcomeCounts ActionJournal::countsOf(const QString& action) {
    OutcomeCounts counts;
    auto query = m_database->prepared(u"SELECT outcome FROM row_result WHERE action = ?"_s);
    if (m_database->run(query, {action}))
        while (query.next())
            counts.add(rowOutcomeFromName(query.value(0).toString()).value_or(RowOutcome::unknown));
    counts.unknown +=
        m_database
            ->value(u"SELECT coalesce(sum(count), 0) FROM batch WHERE action = ? AND done_ms IS NULL"_s,
                    {action})
            .toLongLong();
    return counts;
}

Outcome<std::vector<ActionRecord>> ActionJournal::actions() {
    auto query = m_database->prepared(
        u"SELECT id, plan, started_ms, ended_ms, outcome, reason, halt_reason FROM action ORDER BY started_ms DESC, id"_s);
    if (!m_database->run(query)) return m_database->failure(u"The actions could not be read."_s);
    std::vector<ActionRecord> records;
    while (m_database->next(query)) {
        ActionRecord record;
        record.id = query.value(0).toString();
        record.plan = query.value(1).toString();
        record.started = serverTimeFromMillis(query.value(2).toLongLong());
        if (!query.value(3).isNull()) record.ended = serverTimeFromMillis(query.value(3).toLongLong());
        record.state = actionStateFromName(query.value(4).toString());
        record.reason = query.value(5).toString();
        record.halt_reason = query.value(6).toString();
        records.push_back(std::move(record));
    }
    if (cutShort()) return m_database->failure(u"The actions could not be read."_s);
    query.finish();
    for (auto& record : records) {
        record.counts = countsOf(record.id);
        const bool ours = m_claim && m_claim->lock.fileName().endsWith(u".%1.lock"_s.arg(record.id));
        if (record.state == ActionState::running && !ours && !claimedBySomebody(record.id))
            record.state = ActionState::interrupted;
        if (const auto planned = plan(record.plan))
            record.counts.planned = static_cast<qint64>(planned->jobs.size());
    }
    return records;
}

Outcome<std::vector<IntendedBatch>> ActionJournal::batches(const QString& action) {
    auto query = m_database->prepared(
        u"SELECT number, first, count, done_ms IS NOT NULL FROM batch WHERE action = ? ORDER BY number"_s);
    if (!m_database->run(query, {action})) return m_database->failure(u"The batches could not be read."_s);
    std::vector<IntendedBatch> batches;
    while (m_database->next(query))
        batches.push_back({query.value(0).toInt(), static_cast<size_t>(query.value(1).toULongLong()),
                           query.value(2).toInt(), query.value(3).toBool()});
    if (cutShort()) return m_database->failure(u"The batches could not be read."_s);
    return batches;
}

Outcome<std::vector<RowResult>> ActionJournal::results(const QString& action) {
    auto query = m_database->prepared(
        u"SELECT job, outcome, why, undo_token FROM row_result WHERE action = ? ORDER BY job"_s);
    if (!m_database->run(query, {action})) return m_database->failure(u"The results could not be read."_s);
    std::vector<RowResult> rows;
    while (m_database->next(query))
        rows.push_back({query.value(0).toString(),
                        rowOutcomeFromName(query.value(1).toString()).value_or(RowOutcome::unknown),
                        query.value(2).toString(), query.value(3).toString()});
    if (cutShort()) return m_database->failure(u"The results could not be read."_s);
    return rows;
}

Outcome<std::vector<AuditEntry>> ActionJournal::audit() {
    auto query = m_database->prepared(u"SELECT number, record, previous, hash FROM audit ORDER BY number"_s);
    if (!m_database->run(query)) return m_database->failure(u"The audit could not be read."_s);
    std::vector<AuditEntry> entries;
    while (m_database->next(query))
        entries.push_back({query.value(0).toLongLong(), query.value(1).toString(), query.value(2).toString(),
                           query.value(3).toString()});
    if (cutShort()) return m_database->failure(u"The audit could not be read."_s);
    return entries;
}

Outcome<std::optional<AuditFault>> ActionJournal::verifyAudit() {
    const auto entries = audit();
    if (!entries) return entries.failure();
    auto head = m_database->prepared(u"SELECT number, hash FROM audit_head"_s);
    if (!m_database->run(head) || !head.next())
        return m_database->failure(u"The audit's head could not be read."_s);
    return auditFault(*entries, head.value(0).toLongLong(), head.value(1).toString());
}

}  // namespace spillway

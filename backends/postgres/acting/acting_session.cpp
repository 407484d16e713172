#include "backends/postgres/acting/acting_session.h"

#include <QCryptographicHash>
#include <QtEndian>
#include <iterator>

#include "backends/domain/human_text.h"
#include "backends/postgres/acting/acting_trust.h"
#include "backends/postgres/engine/detection.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

qint64 lockKey(const ActionPlan& plan) {
    const auto hash =
        QCryptographicHash::hash((plan.system + u'\n' + plan.queue).toUtf8(), QCryptographicHash::Sha256);
    return qFromBigEndian<qint64>(hash.constData());
}

}  // namespace

void ActingSession::connect() {
    m_lock.reset();
    static_cast<void>(m_connection.open());
    auto definitions = builtInSystems();
    if (!definitions) throw PostgresError(definitions.failure());
    ReadTransaction transaction(m_connection, kActingReadLimits);
    auto systems = detectSystems(transaction, *definitions, m_connection.settings());
    auto mapped = detectMappedTables(transaction, m_connection.settings());
    if (!mapped) throw PostgresError(mapped.failure());
    std::move(mapped.value().begin(), mapped.value().end(), std::back_inserter(systems));
    m_serverId = readServerId(catalogOf(transaction));
    // What the engine knows of queues is read once; an action names its queue.
    for (auto& system : systems) static_cast<void>(system.queues(transaction));
    transaction.commit();
    m_systems = std::move(systems);
}

void ActingSession::beConnected() {
    if (!m_connection.isOpen()) connect();
}

void ActingSession::drop() noexcept {
    m_lock.reset();
    m_connection.close();
}

PostgresSystem& ActingSession::system(const QString& key) {
    for (auto& found : m_systems)
        if (found.identity().key() == key) return found;
    throw PostgresError({FailureKind::no_system,
                         u"There is no queue system %1 in this database."_s.arg(visibleText(key, 80)),
                         {},
                         u"\"spillwayctl detect\" lists those that were found."_s});
}

ActionLock ActingSession::lock(const ActionPlan& plan) {
    beConnected();
    const auto key = lockKey(plan);
    if (m_lock == key) return {};
    ReadTransaction transaction(m_connection, kActingReadLimits);
    const auto got = transaction.query("SELECT pg_try_advisory_lock($1::bigint) AS got",
                                       {std::to_string(key)}, u"the lock of the queue"_s);
    if (got.at(0).flag("got")) {
        transaction.commit();
        m_lock = key;
        return {};
    }
    const auto rows = transaction.query(
        "SELECT format('of %s (session %s)', a.usename, l.pid) AS holder FROM pg_locks l"
        " JOIN pg_stat_activity a ON a.pid = l.pid"
        " WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1"
        "   AND ((l.classid::bigint << 32) | l.objid::bigint) = $1::bigint LIMIT 1",
        {std::to_string(key)}, u"who holds the queue"_s);
    transaction.commit();
    return {rows.size() > 0 ? rows.at(0).text("holder") : u"of another console"_s};
}

bool ActingSession::holdsLock(const AskCatalog& ask, const ActionPlan& plan) {
    return ask("SELECT EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND "
               "l.objsubid = 1 AND l.pid = pg_backend_pid()"
               " AND ((l.classid::bigint << 32) | l.objid::bigint) = $1::bigint) AS held",
               {std::to_string(lockKey(plan))})
        .at(0)
        .flag("held");
}

const Question& actingQuestion(const PostgresSystem& system, const QString& name, const QString& action) {
    const auto named = system.plan().named(name);
    if (!named.empty()) return *named.front();
    QString why = system.plan().capabilities.why(action);
    if (why.isEmpty()) why = u"It is not built for this system yet; use its own tool."_s;
    throw PostgresError(
        {FailureKind::usage, u"%1 cannot %2 here."_s.arg(system.definition().title, action), {}, why});
}

PollValues actingValues(const PostgresSystem& system, const QString& queue, ServerTime now) {
    auto values = system.values();
    values.now = now;
    values.queueName = queue.toStdString();
    return values;
}

void putJobs(PollValues& values, const ActionPlan& plan, size_t first, size_t count) {
    std::vector<std::string> ids, versions;
    for (size_t i = first; i < std::min(first + count, plan.jobs.size()); ++i) {
        ids.push_back(plan.jobs[i].id.toStdString());
        versions.push_back(plan.jobs[i].version.toStdString());
    }
    values.jobIds = toArrayLiteral(ids);
    values.jobVersions = toArrayLiteral(versions);
}

Rows askFor(ReadTransaction& transaction, const Question& question, const PollValues& values) {
    const auto statement = statementAlone(question, values);
    return transaction.query(statement.sql, statement.parameters, question.name);
}

RowOutcome rowOutcomeOr(const QString& name, RowOutcome otherwise) {
    return rowOutcomeFromName(name).value_or(otherwise);
}

}  // namespace spillway

#include "backends/postgres/wire/connection.h"

#include <mutex>

#include "backends/domain/secrets.h"
#include "backends/postgres/wire/connection_string.h"
#include "backends/postgres/wire/deadline_watchdog.h"
#include "backends/postgres/wire/dial.h"
#include "backends/postgres/wire/english_messages.h"
#include "backends/postgres/wire/errors.h"
#include "backends/postgres/wire/local_server_cpu.h"
#include "backends/postgres/wire/pqxx_compat.h"

namespace spillway {
using namespace Qt::StringLiterals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
namespace {

Failure tooLate(const QString& address, milliseconds deadline, const QString& question) {
    return {FailureKind::timeout,
            u"%1 did not answer within %2 s while reading %3."_s.arg(address)
                .arg(deadline.count() / 1000.0)
                .arg(question),
            {},
            u"The server is frozen, overloaded or cut off; Spillway tries again by itself."_s};
}

Failure tooMuch(const QString& address, const QString& question) {
    return {
        FailureKind::protocol,
        u"%1 sent too much while %2 was read: more than %3 MB."_s.arg(address, question)
            .arg(DeadlineWatchdog::mostBytes / 1'000'000),
        {},
        u"Nothing that Spillway asks has such an answer: look what listens there, and for values of many MB in the jobs."_s};
}

Failure stopped() {
    return {FailureKind::cancelled, u"Reading was stopped."_s, {}, {}};
}

// libpqxx 6.4 forgets the SQLSTATE of some errors that have a class of their own.
QString stateOf(const pqxx::sql_error& error) {
    if (!error.sqlstate().empty()) return QString::fromStdString(error.sqlstate());
    if (dynamic_cast<const pqxx::insufficient_privilege*>(&error)) return u"42501"_s;
    if (dynamic_cast<const pqxx::undefined_table*>(&error)) return u"42P01"_s;
    if (dynamic_cast<const pqxx::undefined_column*>(&error)) return u"42703"_s;
    if (dynamic_cast<const pqxx::undefined_function*>(&error)) return u"42883"_s;
    if (dynamic_cast<const pqxx::feature_not_supported*>(&error)) return u"0A000"_s;
    if (dynamic_cast<const pqxx::syntax_error*>(&error)) return u"42601"_s;
    if (dynamic_cast<const pqxx::insufficient_resources*>(&error)) return u"53000"_s;
    if (dynamic_cast<const pqxx::data_exception*>(&error)) return u"22000"_s;
    return {};
}

// Whether the server refused one statement only. Without an SQLSTATE the words are libpq's own.
Loss lossBy(const QString& sqlstate) {
    if (sqlstate.isEmpty() || sqlstate == "25P03"_L1) return Loss::session;
    for (const auto* classOfSession : {"08", "53", "57P"})
        if (sqlstate.startsWith(QLatin1StringView(classOfSession))) return Loss::session;
    return Loss::transaction;
}

Rows toRows(const pqxx::result& result) {
    Rows rows;
    const auto columns = static_cast<size_t>(result.columns());
    for (size_t c = 0; c < columns; ++c)
        rows.columns[result.column_name(static_cast<pqxx::row::size_type>(c))] = c;
    rows.values.reserve(static_cast<size_t>(result.size()));
    for (const auto& row : result) {
        TextValues values(columns);
        for (size_t c = 0; c < columns; ++c) {
            const auto field = row[static_cast<pqxx::row::size_type>(c)];
            if (!field.is_null()) values[c] = std::string(field.c_str(), field.size());
        }
        rows.values.push_back(std::move(values));
    }
    return rows;
}

std::string transactionSettings(const TransactionLimits& limits, int serverVersion) {
    std::string sql =
        "SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY;"
        "SET LOCAL statement_timeout = " +
        std::to_string(limits.statement.count()) +
        ";"
        "SET LOCAL lock_timeout = 50;"
        "SET LOCAL idle_in_transaction_session_timeout = " +
        std::to_string(std::max<qint64>(1000, limits.whole.count())) +
        ";"
        "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD';"
        "SET LOCAL search_path = pg_catalog; SET LOCAL row_security = off;"
        "SET LOCAL max_parallel_workers_per_gather = 0;";
    if (serverVersion >= 110000) sql += "SET LOCAL jit = off;";
    return sql + "SELECT clock_timestamp() AS now, pg_is_in_recovery() AS replica, pg_backend_pid() AS pid";
}

}  // namespace

struct PostgresConnection::Session {
    Session(const LibpqConnection& target, const std::atomic<bool>& stop)
        : address(target.address), connection([this, target, &stop] { return dial(target, stop, reached); }),
          watchdog(connection.sock()) {
        if (target.several) address = reached;
    }

    QString address;
    QString reached;
    DialedConnection connection;
    DeadlineWatchdog watchdog;  // destroyed first: holds its own duplicate of the socket
};

struct PostgresConnection::Shared {
    std::mutex mutex;
    std::atomic<bool> interrupted = false;
    DeadlineWatchdog* watchdog = nullptr;  // of the open session
};

PostgresConnection::PostgresConnection(ConnectionSettings settings)
    : m_settings(std::move(settings)), m_shared(std::make_unique<Shared>()) {}

PostgresConnection::~PostgresConnection() {
    close();
}

bool PostgresConnection::isOpen() const {
    return m_session != nullptr;
}

void PostgresConnection::throwIfInterrupted() const {
    if (m_shared->interrupted) throw PostgresError(stopped());
}

void PostgresConnection::interrupt() noexcept {
    m_shared->interrupted = true;
    const std::lock_guard lock(m_shared->mutex);
    if (m_shared->watchdog) m_shared->watchdog->shutDownNow();
}

void PostgresConnection::close() {
    {
        const std::lock_guard lock(m_shared->mutex);
        m_shared->watchdog = nullptr;
    }
    m_session.reset();
}

ServerInfo PostgresConnection::open() {
    close();
    throwIfInterrupted();
    const auto target = libpqConnection(m_settings);
    if (!target) throw PostgresError(target.failure());
    try {
        const EnglishMessages english;
        m_session = std::make_unique<Session>(*target, m_shared->interrupted);
    } catch (const std::exception& e) {
        throwIfInterrupted();
        const QString said = withoutSecretsOf(m_settings.url, QString::fromUtf8(e.what()));
        throw PostgresError(connectFailure(said, target->address));
    }
    {
        const std::lock_guard lock(m_shared->mutex);
        m_shared->watchdog = &m_session->watchdog;
    }
    throwIfInterrupted();
    ReadTransaction transaction(*this, {m_settings.connectDeadline, m_settings.connectDeadline});
    const auto rows = transaction.query(
        "SELECT current_setting('server_version') AS version, current_user AS role, current_database() AS "
        "database,"
        " (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS encrypted,"
        " current_setting('is_superuser', true) = 'on' AS superuser",
        {}, u"the server's identity"_s);
    transaction.commit();
    const Row row = rows.at(0);
    return {ServerKind::postgres,
            u"PostgreSQL"_s,
            row.text("version").section(u' ', 0, 0),
            m_session->address,
            row.text("role"),
            row.text("database"),
            transaction.moment().role,
            row.flag("encrypted"),
            row.flag("superuser"),
            Seconds::notObservable(u"not read yet"_s)};
}

void PostgresConnection::runScript(const std::string& sql, const QString& what) {
    if (!isOpen()) throw PostgresError(lostConnection({}, u"the server"_s));
    throwIfInterrupted();
    const EnglishMessages english;
    m_session->watchdog.arm(steady_clock::now() + m_settings.connectDeadline);
    try {
        pqxx::work work(m_session->connection);
        work.exec("SET LOCAL lock_timeout = 2000; SET LOCAL row_security = off");
        work.exec(sql);
        work.commit();
    } catch (const pqxx::sql_error& e) {
        m_session->watchdog.disarm();
        throw PostgresError(queryFailure(stateOf(e), QString::fromUtf8(e.what()), what));
    } catch (const std::exception& e) {
        m_session->watchdog.disarm();
        throw PostgresError(lostConnection(QString::fromUtf8(e.what()), m_session->address));
    }
    m_session->watchdog.disarm();
}

struct ReadTransaction::Work {
    explicit Work(AnyConnection& connection) : transaction(connection) {}
    pqxx::read_transaction transaction;
};

template <typename Job>
auto ReadTransaction::guarded(const QString& question, Job job) {
    ++m_roundTrips;
    const auto& session = *m_connection.m_session;
    // The watchdog makes libpq see a closed connection: then its words do not count, ours do.
    const auto throwUnlessOurs = [&](const Failure& failure, Loss loss = Loss::session) {
        m_connection.throwIfInterrupted();
        if (session.watchdog.flooded()) throw PostgresError(tooMuch(session.address, question));
        if (session.watchdog.fired()) throw PostgresError(tooLate(session.address, m_limits.whole, question));
        throw PostgresError(failure, loss);
    };
    try {
        return job();
    } catch (const PostgresError&) {
        throw;
    } catch (const pqxx::broken_connection& e) {
        throwUnlessOurs(lostConnection(QString::fromUtf8(e.what()), session.address));
    } catch (const pqxx::sql_error& e) {
        const auto state = stateOf(e);
        const auto text = QString::fromUtf8(e.what());
        // Without SQLSTATE the words are libpq's own: the connection is gone.
        throwUnlessOurs(
            state.isEmpty() ? lostConnection(text, session.address) : queryFailure(state, text, question),
            lossBy(state));
    } catch (const std::exception& e) {
        throwUnlessOurs(lostConnection(QString::fromUtf8(e.what()), session.address));
    }
    Q_UNREACHABLE();
}

ReadTransaction::ReadTransaction(PostgresConnection& connection, const TransactionLimits& limits)
    : m_connection(connection), m_limits(limits) {
    if (!connection.isOpen()) throw PostgresError(lostConnection({}, u"the server"_s));
    connection.throwIfInterrupted();
    connection.m_session->watchdog.arm(steady_clock::now() + limits.whole);
    try {
        begin();
    } catch (...) {
        connection.m_session->watchdog.disarm();
        throw;
    }
}

void ReadTransaction::begin() {
    const EnglishMessages english;
    auto& session = *m_connection.m_session;
    guarded(u"the server's clock"_s, [&] { m_work = std::make_unique<Work>(session.connection); });
    const SystemClock local;
    const auto before = local.wallNow();
    const auto rows = guarded(u"the server's clock"_s, [&] {
        return toRows(
            m_work->transaction.exec(transactionSettings(m_limits, session.connection.server_version())));
    });
    const auto after = local.wallNow();
    const Row row = rows.at(0);
    const auto now = row.time("now");
    if (!now)
        throw PostgresError(
            {FailureKind::protocol, u"The server's clock could not be read."_s, row.text("now"), {}});
    m_moment.now = *now;
    m_moment.skew_s = secondsBetween(before + (after - before) / 2, *now);
    m_moment.role = row.flag("replica") ? ServerRole::replica : ServerRole::primary;
    m_moment.backendPid = static_cast<int>(row.integer("pid").value_or(0));
}

void ReadTransaction::restart() {
    const ServerMoment moment = m_moment;
    m_work.reset();
    m_indexesOnly = false;
    begin();
    m_moment = moment;
}

ReadTransaction::~ReadTransaction() {
    // A rollback is a round trip too: the deadline stays armed until it is over.
    m_work.reset();
    if (m_connection.m_session) m_connection.m_session->watchdog.disarm();
}

Rows ReadTransaction::query(const std::string& sql, const std::vector<std::string>& parameters,
                            const QString& question) {
    if (steady_clock::now() > m_last)
        throw PostgresError(
            {FailureKind::overloaded,
             u"Reading %1 was given up: its share of the poll's time was over."_s.arg(question),
             {},
             u"The server is busy, or answers slowly about these tables; Spillway tries again "
             u"more slowly."_s},
            Loss::transaction);
    const EnglishMessages english;
    return guarded(question,
                   [&] { return toRows(executeWithParameters(m_work->transaction, sql, parameters)); });
}

void ReadTransaction::useIndexesOnly(bool only) {
    if (only == m_indexesOnly) return;
    m_indexesOnly = only;
    const std::string value = only ? "off" : "on";
    const std::string sql = "SET LOCAL enable_seqscan = " + value +
                            "; SET LOCAL enable_bitmapscan = " + value + "; SET LOCAL enable_sort = " + value;
    guarded(u"the planner's settings"_s, [&] { m_work->transaction.exec(sql); });
}

std::optional<double> ReadTransaction::serverCpu_ms() const {
    return localServerCpu_ms(m_connection.m_session->connection.sock(), m_moment.backendPid);
}

void ReadTransaction::commit() {
    guarded(u"the end of the transaction"_s, [&] { m_work->transaction.commit(); });
}

struct WriteTransaction::Work {
    explicit Work(AnyConnection& connection) : transaction(connection) {}
    pqxx::work transaction;
};

template <typename Job>
auto WriteTransaction::guarded(const QString& what, Job job) {
    const EnglishMessages english;
    const auto& address = m_connection.m_session->address;
    const auto lost = [&](const std::exception& e) {
        m_connection.throwIfInterrupted();
        throw PostgresError(lostConnection(QString::fromUtf8(e.what()), address));
    };
    try {
        return job();
    } catch (const pqxx::broken_connection& e) {
        lost(e);
    } catch (const pqxx::sql_error& e) {
        const auto state = stateOf(e);
        if (state.isEmpty() || m_connection.m_session->watchdog.fired()) lost(e);
        throw ServerRefusal(queryFailure(state, QString::fromUtf8(e.what()), what), state);
    } catch (const std::exception& e) {
        lost(e);
    }
    Q_UNREACHABLE();
}

WriteTransaction::WriteTransaction(PostgresConnection& connection, const TransactionLimits& limits,
                                   milliseconds lockWait)
    : m_connection(connection) {
    if (!connection.isOpen()) throw PostgresError(lostConnection({}, u"the server"_s));
    connection.throwIfInterrupted();
    connection.m_session->watchdog.arm(steady_clock::now() + limits.whole);
    std::string settings =
        "SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE; SET LOCAL statement_timeout = " +
        std::to_string(limits.statement.count()) +
        "; SET LOCAL lock_timeout = " + std::to_string(lockWait.count()) +
        "; SET LOCAL idle_in_transaction_session_timeout = " + std::to_string(limits.whole.count()) +
        "; SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL search_path = pg_catalog"
        "; SET LOCAL row_security = off; SET LOCAL synchronous_commit = on";
    if (connection.m_session->connection.server_version() >= 110000) settings += "; SET LOCAL jit = off";
    try {
        guarded(u"the beginning of a change"_s, [&] {
            m_work = std::make_unique<Work>(connection.m_session->connection);
            m_work->transaction.exec(settings);
        });
    } catch (...) {
        m_work.reset();
        connection.m_session->watchdog.disarm();
        throw;
    }
}

WriteTransaction::~WriteTransaction() {
    m_work.reset();
    if (m_connection.m_session) m_connection.m_session->watchdog.disarm();
}

Rows WriteTransaction::query(const std::string& sql, const std::vector<std::string>& parameters,
                             const QString& what) {
    return guarded(what, [&] { return toRows(executeWithParameters(m_work->transaction, sql, parameters)); });
}

void WriteTransaction::commit() {
    guarded(u"the end of a change"_s, [&] { m_work->transaction.commit(); });
}

}  // namespace spillway

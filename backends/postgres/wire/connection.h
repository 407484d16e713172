// One session with a PostgreSQL server, through libpqxx. Used from one thread, except interrupt().
//
// Works behind a pooler in transaction mode: nothing is set for the session, everything is set for
// the transaction (SET LOCAL), no statement is prepared by name, no advisory lock is taken.
#pragma once

#include <exception>
#include <memory>

#include "backends/domain/connection_settings.h"
#include "backends/domain/queue_reading.h"
#include "backends/postgres/wire/query_rows.h"

namespace spillway {

// How much is lost with an error: the session, or only the transaction (see ReadTransaction::restart).
enum class Loss { session, transaction };

// Carries a Failure up to the border of this folder (postgres_backend.cpp); never leaves it.
class PostgresError : public std::exception {
public:
    explicit PostgresError(Failure failure, Loss loss = Loss::session)
        : m_failure(std::move(failure)), m_loss(loss), m_text(m_failure.sentence().toStdString()) {}
    [[nodiscard]] const char* what() const noexcept override { return m_text.c_str(); }
    [[nodiscard]] const Failure& failure() const { return m_failure; }
    [[nodiscard]] Loss loss() const { return m_loss; }

private:
    Failure m_failure;
    Loss m_loss;
    std::string m_text;
};

struct TransactionLimits {
    std::chrono::milliseconds statement{250};
    std::chrono::milliseconds whole{2000};  // of everything until commit, from our side of the wire
};

// The server as the transaction's first statement saw it.
struct ServerMoment {
    ServerTime now;     // clock_timestamp()
    double skew_s = 0;  // server minus local, at the middle of the round trip
    ServerRole role = ServerRole::unknown;
    int backendPid = 0;
};

class PostgresConnection {
public:
    explicit PostgresConnection(ConnectionSettings settings);
    ~PostgresConnection();

    // Closes an earlier session first. Throws PostgresError.
    ServerInfo open();
    void close();
    [[nodiscard]] bool isOpen() const;
    [[nodiscard]] const ConnectionSettings& settings() const { return m_settings; }
    void interrupt() noexcept;  // any thread; sticky
    // Statements that a person has seen and asked for, in one transaction that writes, within
    // connectDeadline. `what` in words, for the failure's sentence.
    void runScript(const std::string& sql, const QString& what);

private:
    friend class ReadTransaction;
    friend class WriteTransaction;
    struct Session;

    void throwIfInterrupted() const;

    ConnectionSettings m_settings;
    std::unique_ptr<Session> m_session;
    struct Shared;
    std::unique_ptr<Shared> m_shared;  // what interrupt() may touch
};

// One READ ONLY, READ COMMITTED transaction with every limit set. Everything throws PostgresError; after
// a throw the connection is only good for close(), or for restart() where only the transaction was lost.
// Rolled back unless committed.
class ReadTransaction {
public:
    ReadTransaction(PostgresConnection& connection, const TransactionLimits& limits);
    ~ReadTransaction();
    ReadTransaction(const ReadTransaction&) = delete;
    ReadTransaction& operator=(const ReadTransaction&) = delete;

    [[nodiscard]] const ServerMoment& moment() const { return m_moment; }
    // `question` names in words what is read, for the failure's sentence.
    Rows query(const std::string& sql, const std::vector<std::string>& parameters, const QString& question);
    // Steers the planner away from scans, bitmaps and sorts, or back, for what follows.
    void useIndexesOnly(bool only);
    // What is asked from now on must be asked before this moment: later queries throw `overloaded` with
    // Loss::transaction, and the transaction is still good.
    void askUntil(std::chrono::steady_clock::time_point last) { m_last = last; }
    // After an error that cost only the transaction: a new one with the same limits, within the same
    // deadline. Under READ COMMITTED no statement shares a snapshot with another, so nothing is lost by it;
    // moment() stays the first one.
    void restart();
    void commit();
    // Processor time the server process has used so far; nullopt where it cannot be seen from here.
    [[nodiscard]] std::optional<double> serverCpu_ms() const;
    [[nodiscard]] int roundTrips() const { return m_roundTrips; }

private:
    template <typename Job>
    auto guarded(const QString& question, Job job);
    void begin();

    PostgresConnection& m_connection;
    struct Work;
    std::unique_ptr<Work> m_work;
    ServerMoment m_moment;
    TransactionLimits m_limits;
    std::chrono::steady_clock::time_point m_last = std::chrono::steady_clock::time_point::max();
    bool m_indexesOnly = false;
    int m_roundTrips = 0;
};

// The server said no to a statement: its transaction has changed nothing.
class ServerRefusal : public PostgresError {
public:
    ServerRefusal(Failure failure, QString state)
        : PostgresError(std::move(failure)), m_state(std::move(state)) {}
    [[nodiscard]] const QString& state() const { return m_state; }  // SQLSTATE

private:
    QString m_state;
};

// One READ COMMITTED transaction that writes. Only an acting session makes one. Throws PostgresError: before
// commit() nothing has been changed; commit() that throws anything but ServerRefusal leaves it unknown.
// After a throw, unless it was rolled back to a savepoint, the connection is only good for close().
class WriteTransaction {
public:
    WriteTransaction(PostgresConnection& connection, const TransactionLimits& limits,
                     std::chrono::milliseconds lockWait);
    ~WriteTransaction();
    WriteTransaction(const WriteTransaction&) = delete;
    WriteTransaction& operator=(const WriteTransaction&) = delete;

    Rows query(const std::string& sql, const std::vector<std::string>& parameters, const QString& what);
    void commit();

private:
    template <typename Job>
    auto guarded(const QString& what, Job job);

    PostgresConnection& m_connection;
    struct Work;
    std::unique_ptr<Work> m_work;
};

}  // namespace spillway

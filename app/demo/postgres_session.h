// The demo's own connection to its own PostgreSQL; the only file of the demo that knows libpqxx. Throws
// std::exception. Statements are ours, with numbers filled in: nothing here takes input.
#pragma once

#include <QString>
#include <memory>
#include <optional>

namespace spillway {

class PostgresSession {
public:
    explicit PostgresSession(const QString& url);
    ~PostgresSession();
    void run(const QString& statements);  // one transaction, one round trip
    // The only number of the only row that the statement returns.
    [[nodiscard]] std::optional<qint64> number(const QString& statement);

private:
    struct Connection;
    std::unique_ptr<Connection> m_connection;
};

}  // namespace spillway

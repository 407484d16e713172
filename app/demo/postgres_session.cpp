#include "app/demo/postgres_session.h"

#include <pqxx/pqxx>

namespace spillway {

struct PostgresSession::Connection {
    pqxx::connection server;
};

PostgresSession::PostgresSession(const QString& url)
    : m_connection(new Connection{pqxx::connection(url.toStdString())}) {}

PostgresSession::~PostgresSession() = default;

void PostgresSession::run(const QString& statements) {
    pqxx::work transaction(m_connection->server);
    transaction.exec(statements.toStdString());
    transaction.commit();
}

std::optional<qint64> PostgresSession::number(const QString& statement) {
    pqxx::work transaction(m_connection->server);
    const pqxx::result rows = transaction.exec(statement.toStdString());
    transaction.commit();
    if (rows.empty()) return std::nullopt;
    return rows[0][0].as<long long>();
}

}  // namespace spillway

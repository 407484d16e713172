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

}  // namespace spillway

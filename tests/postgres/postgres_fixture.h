// A private PostgreSQL for a test class, one fresh database for each test.
#pragma once

#include <QString>
#include <map>
#include <memory>
#include <string>

#include "app/demo/private_postgres.h"
#include "backends/domain/condition.h"
#include "backends/postgres/postgres_backend.h"
#include "tests/support/printed_values.h"

namespace spillway {

class PostgresFixture {
public:
    // Why the server did not start; empty when it did.
    QString start(const PrivatePostgres::Options& options = {});
    [[nodiscard]] PrivatePostgres& server() { return *m_server; }

    // Creates the database NAME and makes it the one that sql() and settings() mean.
    void freshDatabase(const QString& name);
    // Runs SQL as the superuser; the first value of the answer, empty when there is none.
    std::string sql(const std::string& text);
    [[nodiscard]] ConnectionSettings settings(const QString& user = QStringLiteral("postgres")) const;
    [[nodiscard]] std::unique_ptr<QueueBackend> backend(
        const QString& user = QStringLiteral("postgres")) const;
    // Connected and detected; null, with the reason as a warning, when that failed.
    [[nodiscard]] std::unique_ptr<QueueBackend> ready(const QString& user = QStringLiteral("postgres")) const;
    [[nodiscard]] QString database() const { return m_database; }

private:
    std::unique_ptr<PrivatePostgres> m_server;
    QString m_database = QStringLiteral("postgres");
};

// The reading of one queue, or null; the only system when `system` is empty.
[[nodiscard]] const QueueReading* queueNamed(const ServerReading& reading, const QString& queue,
                                             const QString& system = {});

// One read of it: the reading of a queue, and what the first system found silent. Empty, with the reason as
// a warning, when that failed.
[[nodiscard]] QueueReading queueOf(QueueBackend& backend, const QString& queue);
[[nodiscard]] std::map<ConditionKind, Condition> conditionsOf(QueueBackend& backend);

}  // namespace spillway

// Fails the test with the Failure's own sentence.
#define VERIFY_OK(outcome) \
    QVERIFY2((outcome).ok(), (outcome).ok() ? "" : qPrintable((outcome).failure().sentence()))

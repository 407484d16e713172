// The real pg-boss in a Node process of its own, driven by one JSON line per request.
#pragma once

#include <QJsonArray>
#include <QJsonObject>
#include <QProcess>
#include <memory>

#include "app/demo/private_postgres.h"
#include "tests/support/real_libraries.h"

namespace spillway {

class RealPgBoss {
public:
    // Empty when the library can be started; otherwise why a test must be skipped.
    static QString missing();

    // `library`: pgboss10, pgboss11 or pgboss12. Starts pg-boss, which creates or migrates its schema.
    RealPgBoss(const PrivatePostgres& server, const QString& library,
               const QString& schema = QStringLiteral("pgboss"),
               const QString& database = QStringLiteral("postgres"), const QJsonObject& options = {});
    ~RealPgBoss();

    // Fails the running test (QFAIL has no place to return from here) by an empty value and error().
    QJsonValue request(const QJsonObject& request);
    QJsonValue call(const QString& method, const QJsonArray& arguments = {});
    [[nodiscard]] QString error() const { return m_error; }
    void work(const QString& queue, bool fail = false, const QJsonObject& options = {});

private:
    QProcess m_process;
    QString m_error;
};

}  // namespace spillway

#define VERIFY_BOSS(boss) QVERIFY2((boss).error().isEmpty(), qPrintable((boss).error()))

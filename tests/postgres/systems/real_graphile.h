// The real Graphile Worker in a Node process of its own, driven by one JSON line per request.
#pragma once

#include <QJsonArray>
#include <QJsonObject>
#include <QProcess>

#include "app/demo/private_postgres.h"
#include "tests/support/real_libraries.h"

namespace spillway {

class RealGraphile {
public:
    // Empty when the library can be started; otherwise why a test must be skipped.
    static QString missing();

    // `library`: graphile013, graphile015 or graphile018. Creates or migrates its schema.
    RealGraphile(const PrivatePostgres& server, const QString& library, const QString& database,
                 const QString& schema = QStringLiteral("graphile_worker"));
    ~RealGraphile();

    // An empty value and error() when it failed.
    QJsonValue request(const QJsonObject& request);
    void addJob(const QString& task, const QJsonObject& payload = {}, const QJsonObject& spec = {});
    // `tasks`: task -> done, fail or hang.
    void work(const QJsonObject& tasks, int concurrency = 2);
    qint64 started();  // jobs that its tasks have begun
    void kill();       // SIGKILL, and waits for the end
    [[nodiscard]] QString error() const { return m_error; }

private:
    QProcess m_process;
    QString m_error;
};

}  // namespace spillway

#define VERIFY_WORKER(worker) QVERIFY2((worker).error().isEmpty(), qPrintable((worker).error()))

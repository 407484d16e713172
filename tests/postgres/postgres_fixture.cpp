#include "tests/postgres/postgres_fixture.h"

#include <QDebug>
#include <pqxx/pqxx>

namespace spillway {
namespace {

void warn(const Failure& failure) {
    qWarning().noquote() << failure.sentence() << failure.serverSaid;
}

}  // namespace

QString PostgresFixture::start(const PrivatePostgres::Options& options) {
    auto started = PrivatePostgres::start(options);
    if (!started) return started.failure().sentence();
    m_server = std::move(started).value();
    return {};
}

void PostgresFixture::freshDatabase(const QString& name) {
    m_database = QStringLiteral("postgres");
    sql("DROP DATABASE IF EXISTS \"" + name.toStdString() + "\" WITH (FORCE)");
    sql("CREATE DATABASE \"" + name.toStdString() + "\"");
    m_database = name;
}

std::string PostgresFixture::sql(const std::string& text) {
    pqxx::connection connection(m_server->url(m_database).toStdString());
    pqxx::nontransaction work(connection);
    const auto rows = work.exec(text);
    return rows.empty() || rows.columns() == 0 || rows[0][0].is_null() ? std::string() : rows[0][0].c_str();
}

ConnectionSettings PostgresFixture::settings(const QString& user) const {
    auto settings = *connectionFromUrl(m_server->url(m_database, user));
    settings.pollDeadline = std::chrono::seconds(20);  // what a busy machine answers late is not wrong
    return settings;
}

std::unique_ptr<QueueBackend> PostgresFixture::backend(const QString& user) const {
    return makePostgresBackend(settings(user));
}

std::unique_ptr<QueueBackend> PostgresFixture::ready(const QString& user) const {
    auto backend = this->backend(user);
    const auto opened = backend->open();
    const auto systems = opened ? backend->detect() : Outcome<std::vector<DetectedSystem>>(opened.failure());
    if (systems) return backend;
    warn(systems.failure());
    return nullptr;
}

QueueReading queueOf(QueueBackend& backend, const QString& queue) {
    const auto reading = backend.read();
    if (!reading) warn(reading.failure());
    const auto* found = reading ? queueNamed(*reading, queue) : nullptr;
    return found ? *found : QueueReading{};
}

std::map<ConditionKind, Condition> conditionsOf(QueueBackend& backend) {
    std::map<ConditionKind, Condition> found;
    const auto reading = backend.read();
    if (!reading) warn(reading.failure());
    if (reading)
        for (const auto& condition : reading->systems.front().conditions) found[condition.kind] = condition;
    return found;
}

const QueueReading* queueNamed(const ServerReading& reading, const QString& queue, const QString& system) {
    for (const auto& s : reading.systems)
        for (const auto& q : s.queues)
            if (q.queue == queue &&
                (system.isEmpty() || s.identity.key() == system || s.identity.system == system))
                return &q;
    return nullptr;
}

}  // namespace spillway

// The backend as a test uses it: open, detect, read, with every failure visible in the test's output.
#pragma once

#include "app/demo/private_redis.h"
#include "backends/domain/queue_backend.h"

namespace spillway {

ConnectionSettings redisSettings(const QString& url);

class RedisProbe {
public:
    explicit RedisProbe(const QString& url, const QString& onlySystem = {},
                        const QString& onlyNamespace = {});
    explicit RedisProbe(const ConnectionSettings& settings);

    [[nodiscard]] bool ok() const { return !m_failure; }
    [[nodiscard]] QString failure() const { return m_failure ? m_failure->sentence() : QString(); }
    [[nodiscard]] FailureKind failureKind() const {
        return m_failure ? m_failure->kind : FailureKind::internal;
    }
    [[nodiscard]] const ServerInfo& server() const { return m_server; }
    bool detect();
    [[nodiscard]] QStringList systems() const;  // keys of what detect() found
    [[nodiscard]] Capabilities capabilities(const QString& systemKey) const;
    // Reads once. Systems and queues that are not there come back empty.
    [[nodiscard]] ServerReading read();
    [[nodiscard]] SystemReading system(const QString& name, const QString& nameSpace = {});
    [[nodiscard]] static QueueReading queue(const SystemReading& system, const QString& name);
    QueueBackend& backend() { return *m_backend; }

private:
    std::unique_ptr<QueueBackend> m_backend;
    ServerInfo m_server;
    std::vector<DetectedSystem> m_detected;
    std::optional<Failure> m_failure;
};

// One command on the private server; the answer as text. Words are bytes.
QByteArray redisCommand(const PrivateRedis& redis, const QList<QByteArray>& command, int database = 0);

}  // namespace spillway

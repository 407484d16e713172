// A private Redis with processes of the real Sidekiq on it, or with the keys that they would write.
#pragma once

#include "app/demo/private_redis.h"
#include "tests/redis/json_peer.h"
#include "tests/redis/redis_probe.h"

namespace spillway {

class SidekiqStage {
public:
    // Starts the server. False: problem() says why.
    bool start();
    // Starts a client process of the library, for ask(). False: the library is not installed.
    bool startLibrary();
    // A real `sidekiq` process.
    bool startWorker(const QString& queue, int concurrency);
    void killWorker();
    [[nodiscard]] qint64 workerPid() const { return m_worker->pid(); }
    [[nodiscard]] const QString& problem() const { return m_problem; }

    QJsonObject ask(const QJsonObject& request);
    QByteArray command(const QList<QByteArray>& words) { return redisCommand(*m_redis, words); }
    [[nodiscard]] PrivateRedis& redis() { return *m_redis; }

    // What a process would write: its heartbeat, and a job that it runs.
    void writeProcess(const QByteArray& identity, double beat, int busy, int concurrency,
                      const QByteArray& quiet = "false");
    void writeWork(const QByteArray& identity, const QByteArray& thread, const QByteArray& jid);

    ~SidekiqStage();

private:
    std::unique_ptr<PrivateRedis> m_redis;
    std::unique_ptr<JsonPeer> m_peer, m_worker;
    QProcessEnvironment m_environment;
    QString m_problem;
};

}  // namespace spillway

// For the start of a test that needs the library.
#define SIDEKIQ_OR_SKIP(stage) SKIP_UNLESS((stage).startLibrary(), qPrintable((stage).problem()))

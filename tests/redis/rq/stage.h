// A private Redis with the real RQ library and a worker of it.
#pragma once

#include "app/demo/private_redis.h"
#include "tests/redis/json_peer.h"
#include "tests/redis/redis_probe.h"

namespace spillway {

class RqStage {
public:
    // False: problem() says why.
    bool startServer();
    bool startLibrary();  // false: it is not installed
    // One worker; `lease_s`: its claims run out that long after each renewal.
    bool startWorker(const QStringList& queues, int lease_s, const QStringList& more = {});
    void stop();  // all of it, also a job that runs
    [[nodiscard]] const QString& problem() const { return m_problem; }

    QJsonObject ask(const QJsonObject& request);
    QByteArray command(const QList<QByteArray>& words) { return redisCommand(*m_redis, words); }
    // What the library itself reports about a queue.
    QJsonObject counts(const QString& queue = QStringLiteral("default"));
    // A queue and a job by their documented keys, without the library.
    void fakeJob(const QByteArray& queue, const QByteArray& id);

protected:
    std::unique_ptr<PrivateRedis> m_redis;
    std::unique_ptr<JsonPeer> m_peer;
    std::unique_ptr<JsonPeer> m_worker;

private:
    QString m_problem;
};

qint64 number(const QJsonObject& answer, const QString& field);  // -1: not there
QList<qint64> childrenOf(qint64 pid);
double nowSeconds();
double secondsOf(ServerTime time);
QByteArray scoreText(double value);

}  // namespace spillway

// For the start of a test that needs the library.
#define RQ_OR_SKIP() SKIP_UNLESS(startLibrary(), "RQ is not installed: apt install python3-rq")

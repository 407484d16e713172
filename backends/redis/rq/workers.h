// The RQ workers, as they registered themselves: rq:workers names their hashes, which expire unless renewed
// (90 s while a job runs, 480 s while idle). Each runs one job at a time in a child process.
#pragma once

#include <QHash>
#include <map>

#include "backends/redis/wire/pipeline.h"

namespace spillway {

class RqWorkers {
public:
    void startPoll(RedisPipeline& pipeline);
    [[nodiscard]] WorkersReading finishPoll(ServerTime now);

    // What is known about the worker with this name. Valid after finishPoll().
    enum class Life { alive, gone, unknown };
    [[nodiscard]] Life lifeOf(const QByteArray& name) const;
    // The id of the job that it says it runs; empty: none, or not recorded (version 3).
    [[nodiscard]] QByteArray currentJobOf(const QByteArray& name) const;
    [[nodiscard]] const QString& version() const { return m_version; }  // of a worker that was seen
    [[nodiscard]] int majorVersion() const { return m_version.section(u'.', 0, 0).toInt(); }

    // Attempts that ended, since the first poll, of workers that serve this queue alone. Not observable
    // where a worker serves others too: workers count for all their queues together.
    [[nodiscard]] Count attemptsOf(const QByteArray& queue) const;
    // Those of them that ended well.
    [[nodiscard]] Count successesOf(const QByteArray& queue) const;
    // Of all workers and queues together, since the first poll.
    [[nodiscard]] qint64 allSuccesses() const { return m_successes; }
    // Some worker that is there serves this queue and no other.
    [[nodiscard]] bool serveAlone(const QByteArray& queue) const;
    // Mean duration of those attempts.
    [[nodiscard]] Seconds runTimeOf(const QByteArray& queue) const;

    static constexpr int kMost = 500;  // workers read in one poll

private:
    struct Process {
        bool listed = false;  // in the set in this poll
        bool exists = false;
        bool dying = false;  // says that it is shutting down
        bool counted = false;
        QByteArray state, job;
        QByteArray host;
        std::optional<qint64> pid;
        QList<QByteArray> queues;
        std::optional<ServerTime> heartbeat;
        qint64 attempts = 0, successes = 0;
        double worked_s = 0;
    };
    struct Ended {
        qint64 attempts = 0, successes = 0;
        double worked_s = 0;
    };
    void ask(RedisPipeline& pipeline, const QByteArray& key);
    void takeList(RedisPipeline& pipeline, const RedisReply& reply);
    void take(const QByteArray& key, const RedisReply& reply);
    void count(Process& process, qint64 successes, qint64 failures, double worked_s);
    [[nodiscard]] Worker describe(const QByteArray& key, const Process& process, ServerTime now) const;
    [[nodiscard]] QString whyNotAttempts(const QByteArray& queue) const;

    std::map<QByteArray, Process> m_workers;  // by the key of the hash
    QHash<QByteArray, Ended> m_ended;         // by queue
    qint64 m_successes = 0;
    QString m_version;
    QString m_gap;
    bool m_more = false;
    bool m_firstPoll = true;
};

}  // namespace spillway

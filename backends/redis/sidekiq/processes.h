// The Sidekiq processes and what they are working on, as they wrote it with their last heartbeat (every
// 5 s up to version 6.5, every 10 s from 7; the keys expire after 60 s). A process that was told to be quiet
// ends what it runs and takes no new jobs: it counts neither as live nor with its concurrency.
#pragma once

#include "backends/redis/sidekiq/work.h"

namespace spillway {

class SidekiqProcesses {
public:
    explicit SidekiqProcesses(QByteArray nameSpace) : m_start(std::move(nameSpace)) {}

    void startPoll(RedisPipeline& pipeline);
    // `queueName`: raw name of a queue to the one for display.
    using QueueName = std::function<QString(const QByteArray&)>;
    [[nodiscard]] WorkersReading finishPoll(ServerTime now, const QueueName& queueName);
    // Jobs of this queue that were running at the last heartbeat of each process.
    [[nodiscard]] Count runningOf(const QByteArray& queue) const;
    [[nodiscard]] QList<QByteArray> queues() const { return m_work.queues(); }
    [[nodiscard]] const SidekiqWork& work() const { return m_work; }
    [[nodiscard]] std::vector<LostJob> takeLost() { return m_work.takeLost(); }
    // Why nothing is known of what they run; empty: it is.
    [[nodiscard]] const QString& workGap() const { return m_gap.isEmpty() ? m_workGap : m_gap; }
    // Processes that run more jobs than they have threads.
    [[nodiscard]] std::vector<Condition> zombies() const;
    [[nodiscard]] const QString& version() const { return m_version; }  // empty below 7.1

    static constexpr int kMost = 500;               // processes read in one poll
    static constexpr qsizetype kQueuesListed = 50;  // of one process

private:
    struct Process {
        bool listed = true;  // in the set in this poll
        bool alive = false;
        bool quiet = false;      // told to take no new jobs
        qint64 concurrency = 0;  // 0: unknown
        qint64 busy = 0;
        bool described = false;  // its info was read
        std::optional<ServerTime> beat;
        QString host;
        std::optional<qint64> pid;
        QList<QByteArray> queues;
    };
    void takeList(RedisPipeline& pipeline, const RedisReply& reply);
    void ask(RedisPipeline& pipeline, const QByteArray& identity);
    void takeState(RedisPipeline& pipeline, const QByteArray& identity, const RedisReply& reply);
    void takeInfo(Process& process, const QByteArray& info);
    void takeWork(const QByteArray& identity, const RedisReply& reply, const RedisCommand& command);
    void finishWork(ServerTime now);
    [[nodiscard]] static Count concurrencyOf(const Process& process);
    [[nodiscard]] std::vector<Worker> list(ServerTime now, const QueueName& queueName) const;

    QByteArray m_start;  // "" or "namespace:"
    std::map<QByteArray, Process> m_processes;
    SidekiqWork m_work;
    QString m_version;
    QString m_gap;      // why processes cannot be seen
    QString m_workGap;  // why their work cannot
    bool m_more = false;
};

}  // namespace spillway

// The deferred registry of one RQ queue: rq:deferred:<queue>, jobs that wait for other jobs to end well. What
// they wait for stands in the set rq:job::<id>:dependencies. Where one of those has failed or was cancelled,
// the job waits for ever. At most kLookAtMost jobs are looked at, those that wait longest.
#pragma once

#include <vector>

#include "backends/redis/wire/pipeline.h"

namespace spillway {

class RqDeferred {
public:
    explicit RqDeferred(const QByteArray& queue) : m_key("rq:deferred:" + queue) {}

    void startPoll(RedisPipeline& pipeline);
    // Fills blocked, oldest_blocked_at and blocked_on_dead.
    void finishPoll(QueueReading& reading) const;

    static constexpr qint64 kLookAtMost = 20;
    static constexpr qint64 kDependenciesAtMost = 10;

private:
    struct Job {
        QByteArray id, dead;  // one that it waits for and that is dead; empty: none
        std::optional<ServerTime> created_at;
    };
    void takeJobs(RedisPipeline& pipeline, const RedisReply& reply, const RedisCommand& command);
    void askDependencies(RedisPipeline& pipeline, std::size_t index);

    QByteArray m_key;
    // Of this poll:
    Count m_size;
    std::vector<Job> m_jobs;
    QString m_problem;
};

}  // namespace spillway

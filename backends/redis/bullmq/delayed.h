// The delayed set of one BullMQ queue holds both retries in backoff and jobs scheduled by the producer.
// Only the job's own hash tells which (attempts made > 0), so a bounded number of jobs is looked at: all
// of them up to kLookAtMost, otherwise ten slices spread over the set. Retries + scheduled is always the
// size of the set.
#pragma once

#include <QHash>

#include "backends/redis/shared/due_minutes.h"

namespace spillway {

class BullmqDelayed {
public:
    explicit BullmqDelayed(QByteArray base)
        : m_base(std::move(base)), m_key(m_base + "delayed"), m_minutes(m_key, kSteps) {}

    // What a look would read; 0 when there is nothing to look at, or the last sample is still good.
    [[nodiscard]] qint64 lookCost() const;
    void startPoll(RedisPipeline& pipeline, bool mayLook, std::function<void()> whenAny);
    // When a large set's entries are due; not needed with every poll.
    void askMinutes(RedisPipeline& pipeline, ServerTime now);
    // Fills scheduled, retrying and retry_due.
    void finishPoll(QueueReading& reading);

    [[nodiscard]] const Count& size() const { return m_size; }

    static constexpr qint64 kLookAtMost = 200;
    static constexpr double kSteps = 4096;  // of a score in one millisecond

private:
    struct Job {
        QByteArray score;  // a job that left and came back has another
        bool retry = false;
    };
    void look(RedisPipeline& pipeline);
    void takeSlice(RedisPipeline& pipeline, const RedisReply& reply, const RedisCommand& command);
    void takeJob(const QByteArray& id, const QByteArray& score, const RedisReply& reply);
    void split(QueueReading& reading);
    [[nodiscard]] bool complete() const;
    [[nodiscard]] RetryDues retryDue(const Count& retrying) const;

    QByteArray m_base;
    QByteArray m_key;
    RedisDueMinutes m_minutes;
    QHash<QByteArray, Job> m_jobs;    // of the last look
    QHash<QByteArray, Job> m_before;  // of the look before, while one is under way
    qint64 m_sizeAtLook = -1;
    qint64 m_sizeBefore = 20;  // a guess until the first poll
    int m_pollsSinceLook = 0;
    Count m_size;
    bool m_looking = false;
    QString m_problem;
    QString m_method;  // kept, because it is the same for many polls
    std::pair<qint64, qint64> m_methodFor{-1, -1};
};

}  // namespace spillway

// The jobs of one queue that wait for other jobs: a sorted set of their ids, and for each of them a set of
// what it still waits for. Where one of those is dead, it waits for ever. At most kLookAtMost jobs are looked
// at, those that wait longest.
#pragma once

#include <vector>

#include "backends/redis/wire/pipeline.h"

namespace spillway {

class RedisBlocked {
public:
    // `noun`: what the jobs in this set are, "parents".
    RedisBlocked(QByteArray set, QString noun) : m_set(std::move(set)), m_noun(std::move(noun)) {}
    virtual ~RedisBlocked() = default;

    void startPoll(RedisPipeline& pipeline, bool mayLook = true);
    // Fills blocked, oldest_blocked_at and blocked_on_dead; the last as of the last look.
    void finishPoll(QueueReading& reading);

    static constexpr qint64 kLookAtMost = 20;
    static constexpr qint64 kNeedsAtMost = 10;  // of one job

protected:
    // The key of the set of what this job waits for.
    [[nodiscard]] virtual QByteArray needsOf(const QByteArray& id) const = 0;
    // What shows whether one of those is dead, and whether its answer says so.
    [[nodiscard]] virtual RedisCommand askWhetherDead(const QByteArray& need) const = 0;
    [[nodiscard]] virtual bool isDead(const RedisReply& reply) const = 0;
    // Asked while there are some: by the set, in each poll, or by each job that is looked at. What came of it
    // goes into noteWaitsSince(), or why nothing could.
    virtual void askOldest(RedisPipeline&) {}
    virtual void askWhen(RedisPipeline&, const QByteArray& /*id*/) {}
    void noteWaitsSince(ServerTime at, bool isOldest);
    void noteTimeGap(const QString& why) { m_oldest.method = why; }
    [[nodiscard]] const QByteArray& set() const { return m_set; }

private:
    struct Job {
        QByteArray id, dead;  // one that it waits for and that is dead; empty: none was seen
    };
    void takeJobs(RedisPipeline& pipeline, const RedisReply& reply);
    void askNeeds(RedisPipeline& pipeline, std::size_t index);
    void noteDead(QueueReading& reading) const;

    QByteArray m_set;
    QString m_noun;
    std::vector<Job> m_jobs;  // as last looked at
    // Of this poll:
    Count m_size;
    Measured<ServerTime> m_oldest;
    bool m_isOldest = false;
};

}  // namespace spillway

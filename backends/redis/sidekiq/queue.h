// One Sidekiq queue: the list queue:<name> of job JSON, pushed at the head (index 0), taken at the tail.
//
// Sidekiq counts no pushes. They are counted here by remembering the newest job: the position (LPOS) at
// which the next poll finds it again is the number of jobs pushed in between. Where it has been taken
// meanwhile, or lies deeper than a poll may look, only "at least" is known.
#pragma once

#include "backends/redis/wire/pipeline.h"

namespace spillway {

class SidekiqQueue {
public:
    // `start`: "" or "namespace:".
    SidekiqQueue(const QByteArray& start, QByteArray name, QString display);

    // `sample`: look at the jobs that come next, as far as they are small.
    void startPoll(RedisPipeline& pipeline, bool sample = false);
    // Fills ready and oldest_ready_at.
    void finishPoll(QueueReading& reading);

    // Pushes since the poll before. Exact only when `resolved`.
    struct Pushes {
        qint64 at_least = 0;
        bool resolved = false;
        bool first = false;  // there was no poll before
    };
    [[nodiscard]] const Pushes& pushes() const { return m_pushes; }
    [[nodiscard]] qint64 firstLength() const { return m_firstLength; }  // at the first poll
    // The jobs that come next, of the sample; none where it was not taken.
    [[nodiscard]] const QStringList& nextJobs() const { return m_nextJobs; }
    // Attempts that the next job may take, if it says so.
    [[nodiscard]] std::optional<int> nextMaxAttempts() const { return m_nextMaxAttempts; }
    // Of `left` jobs that left the retry set for this queue, those among the `executed` ones. Executions may
    // become known a heartbeat later than that the retry set was left.
    [[nodiscard]] qint64 retriesAmong(qint64 executed, qint64 left);
    void addPushed(qint64 jobs) { m_pushed += jobs; }
    [[nodiscard]] qint64 pushed() const { return m_pushed; }  // since this object began
    // Why pushes can never be counted on this server; empty: they can.
    [[nodiscard]] const QString& pushGap() const { return m_pushGap; }
    [[nodiscard]] qint64 growth() const { return m_growth; }  // of ready since the poll before

    [[nodiscard]] const QByteArray& name() const { return m_name; }
    bool listed = true;  // in the set of queues, or named by a job

private:
    void askSize(RedisPipeline& pipeline);
    void askTail(RedisPipeline& pipeline);
    void askSample(RedisPipeline& pipeline);
    void askPushes(RedisPipeline& pipeline);
    void askHead(RedisPipeline& pipeline);
    void countPushes();

    QByteArray m_name;
    QString m_display;
    QByteArray m_key;
    QString m_pushGap;
    // From poll to poll:
    int m_polls = 0;
    qint64 m_lengthBefore = 0;
    QByteArray m_head;  // the newest job of the poll before; empty: there was none, or it is too large
    bool m_headTooLarge = false;
    bool m_hugeJobs = false;  // on average
    qint64 m_bytesEach = 0;   // on average; 0: not known
    qint64 m_depth = 10'000;  // how deep the next LPOS may look
    qint64 m_pushed = 0;
    qint64 m_firstLength = 0;
    qint64 m_executedBefore = 0, m_retriesExecuted = 0;
    std::optional<int> m_nextMaxAttempts;
    // Of this poll. A queue that is in no set of queues yet has never had a job pushed to it.
    Count m_length = Count::exact(0);
    Measured<ServerTime> m_oldest;
    qint64 m_growth = 0;
    QStringList m_nextJobs;
    std::optional<qint64> m_position;
    QByteArray m_newHead;
    Pushes m_pushes;
};

}  // namespace spillway

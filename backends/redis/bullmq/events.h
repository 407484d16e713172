// What happens in one BullMQ queue, from its `events` stream (added, waiting, active, delayed, completed,
// failed, stalled; ids are the server's milliseconds; trimmed to about opts.maxLenEvents, 10 000). From it
// follow how many attempts were started, which of them were first ones, what was put back for a retry, and
// which jobs were claimed a second time.
//
// An attempt counts as a first one when the job was added while we watched, as a retry when we saw it being
// put back; of the others `ats` (attempts started) of a bounded number of jobs is read, and the rest follows
// the share among those.
#pragma once

#include <QHash>
#include <deque>
#include <vector>

#include "backends/redis/wire/pipeline.h"

namespace spillway {

class BullmqEvents {
public:
    // `base`: "bull:orders:".
    explicit BullmqEvents(QByteArray base) : m_base(std::move(base)), m_key(m_base + "events") {}

    [[nodiscard]] const QByteArray& key() const { return m_key; }
    // From where on the next entries are read; the first call begins to watch at `now`.
    [[nodiscard]] const QByteArray& position(ServerTime now);
    // May its entries be asked for together with those of other queues?
    [[nodiscard]] bool small() const { return m_gap.isEmpty(); }
    // There are new entries. `budget`: entries that this poll may still read, over all queues.
    void read(RedisPipeline& pipeline, ServerTime now, qint64& budget);
    void setGap(const QString& why) { m_gap = why; }
    void setKept(qint64 entries) { m_kept = entries; }  // opts.maxLenEvents
    // Who holds a job, as seen in the active list: names the two sides of a second claim.
    void noteOwner(const QByteArray& id, const QString& owner, const QString& kind);

    // Fills flow.executed, first_executed and retried, claims, and run_time_s where it is not known yet.
    void finishPoll(QueueReading& reading);

    // Second claims of this job that are part of `claims`; and since when. For BullmqCounters.
    [[nodiscard]] qint64 duplicatesOf(const QByteArray& id) const { return m_recorded.value(id); }
    [[nodiscard]] std::optional<ServerTime> since() const { return m_since; }
    // False once there were too many of them to remember each job.
    [[nodiscard]] bool duplicatesKnown() const { return m_recorded.size() < kJobsRecorded; }

    static constexpr qint64 kPage = 4000;
    static constexpr qsizetype kJobsRecorded = 10'000;

private:
    enum class Last { added, waiting, active, stalled, retry };
    struct Job {
        Last last = Last::waiting;
        qint64 active_ms = 0;  // when it was claimed last
        bool first = false;    // that claim was its first attempt
        QString owner, kind;
    };
    void askSize(RedisPipeline& pipeline, ServerTime now, qint64& budget);
    void readPage(RedisPipeline& pipeline, ServerTime now, qint64& budget, int page);
    void take(const RedisReply& reply);
    void takeEvent(qint64 at_ms, const QByteArray& event, const QByteArray& id, const QByteArray& previous);
    [[nodiscard]] Job* remember(const QByteArray& id, bool onlyAdded);
    void takePutBack(Job* job, bool counts);
    void takeActive(qint64 at_ms, const QByteArray& id);
    void takeDone(qint64 at_ms, const QByteArray& id, bool completed);
    void noteDuplicate(const QByteArray& id, const Job& job, qint64 at_ms, const QString& note);
    void askUnknown(RedisPipeline& pipeline);
    void jumpTo(ServerTime now, const QString& why);

    QByteArray m_base, m_key, m_position;
    std::optional<ServerTime> m_since;
    QString m_gap;
    qint64 m_kept = 10'000;
    qint64 m_bytesPerEntry = 0;  // 0: not asked yet
    QHash<QByteArray, Job> m_jobs;
    QByteArray m_before, m_eventBefore;  // what one script wrote stands side by side
    qint64 m_executed = 0, m_first = 0, m_retried = 0, m_duplicates = 0;
    QHash<QByteArray, qint64> m_recorded;  // of m_duplicates, by job
    std::vector<DuplicateClaim> m_incidents;
    std::deque<double> m_runTimes_s;
    // Of this poll:
    qint64 m_readNow = 0;
    QHash<QByteArray, int> m_unknown;  // active for the first time that we saw; claims of it after that
    qint64 m_unknownAsked = 0, m_unknownFirst = 0;
    QString m_lost;  // why more may have happened than was counted
};

}  // namespace spillway

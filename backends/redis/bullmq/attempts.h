// What the events of one BullMQ queue tell of its jobs: attempts started, which of them were first ones, what
// was put back for a retry, what ended and how, and which jobs were claimed while an earlier claim was live.
//
// A job that is put back from `active` looks the same in the stream whether it failed, or was put off by
// itself (moveToDelayed and DelayedError, a rate limit): only a failure raises `atm` (attempts made) in its
// hash, so that is read of a bounded number of jobs, and the rest follows the share among those. A job that
// goes on after it was put off, or after its children, goes on with the same attempt. One that somebody
// retried after it had failed for good begins anew. One whose lock had run out and that the stalled check
// moved back is claimed again by the rules: that is no duplicate, and counted apart.
#pragma once

#include <QHash>
#include <deque>
#include <vector>

#include "backends/redis/wire/pipeline.h"

namespace spillway {

struct BullmqEvent {
    qint64 at_ms = 0;  // the server's clock
    QByteArray name, id, previous;
    qint64 made = 0;  // attemptsMade, of retries-exhausted
};

// What one poll saw.
struct BullmqTally {
    qint64 added = 0;    // jobs that came into being
    qint64 refused = 0;  // adds of an id that exists, or that were deduplicated
    qint64 replayed = 0;
    qint64 completed = 0, failed = 0;  // failed for good
};

class BullmqAttempts {
public:
    explicit BullmqAttempts(QByteArray base) : m_base(std::move(base)) {}

    void startPoll();
    void take(const BullmqEvent& event);
    // Some events were passed over: what the jobs did meanwhile is not known.
    void forgetJobs() { m_jobs.clear(); }
    // Reads the hashes of jobs whose events leave something open. After the last event of a poll.
    void ask(RedisPipeline& pipeline);
    // Who holds a job, as seen in the active list: names the two sides of a second claim.
    void noteOwner(const QByteArray& id, const QString& owner, const QString& kind);

    // Fills flow.executed, first_executed and retried, claims, and run_time_s where it is not known yet.
    // `lost`: why more may have happened than was seen; empty: nothing was lost.
    void finishPoll(QueueReading& reading, const QString& lost);
    [[nodiscard]] const BullmqTally& tally() const { return m_tally; }

private:
    enum class Last { added, waiting, active, stalled, put_back, retry, put_off, replayed };
    static constexpr qint64 kUnknown = -1;
    struct Job {
        Last last = Last::waiting;
        qint64 active_ms = 0;    // when it was claimed last
        bool first = false;      // that claim was its first attempt
        qint64 made = kUnknown;  // attempts accounted for
        QString owner, kind;
    };
    struct PutBack {  // within one poll
        qint64 times = 0, resumed = 0;
        qint64 made_before = kUnknown, made_at_end = kUnknown;
    };
    void takeWaiting(const BullmqEvent& event);
    void takePutBack(const QByteArray& id);
    void takeStalled(const QByteArray& id);
    void takeActive(qint64 at_ms, const QByteArray& id);
    void takeEnd(const BullmqEvent& event);
    void noteDuplicate(const QByteArray& id, const Job& job, qint64 at_ms);
    [[nodiscard]] Job* remember(const QByteArray& id);
    void askUnknown(RedisPipeline& pipeline);
    void takeUnknown(const QByteArray& id, qint64 claims, const RedisReply& fields);
    void decide(const QByteArray& id, const PutBack& putBack, qint64 made);
    void settle(const QByteArray& id, const PutBack& putBack, qint64 retries);
    void spreadUnknown();
    void spreadPutBack();
    void fillClaims(QueueReading& reading, Provenance seen, const QString& method);
    void fillRunTime(QueueReading& reading) const;

    QByteArray m_base;
    QHash<QByteArray, Job> m_jobs;
    qint64 m_claims = 0, m_executed = 0, m_first = 0, m_retried = 0, m_duplicates = 0, m_recovered = 0;
    std::vector<DuplicateClaim> m_incidents;
    std::deque<double> m_runTimes_s;
    qint64 m_putBackKnown = 0, m_putBackRetries = 0;  // of all whose hash was read
    // Of this poll:
    BullmqTally m_tally;
    BullmqEvent m_before;                 // what one script wrote stands side by side
    QHash<QByteArray, qint64> m_unknown;  // active for the first time that we saw: claims since
    qint64 m_unknownAsked = 0, m_unknownFirst = 0, m_unknownResumed = 0;
    QHash<QByteArray, PutBack> m_putBack;
    bool m_guessed = false, m_unsure = false;
};

}  // namespace spillway

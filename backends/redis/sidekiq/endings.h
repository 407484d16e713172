// How the jobs of Sidekiq end. It keeps two counters for all queues together, stat:processed (attempts) and
// stat:failed (failed attempts), which each process brings up to date with its heartbeat (every 5 to 10 s).
// What failed and did not come to the retry set has failed for good, whether a dead letter is kept or not
// (retry: false, dead: false).
//
// The queue of a failure is not recorded: the failures of one heartbeat are shared out among the queues as
// the jobs that ended meanwhile. Until the next heartbeat, what ends is taken to end like those before.
#pragma once

#include <QHash>

#include "backends/redis/sidekiq/set.h"

namespace spillway {

inline constexpr std::chrono::seconds kLatestHeartbeat{30};  // they come every 5 to 10 s

class SidekiqEndings {
public:
    // Once a poll, before take(). `retry`: after its finishPoll().
    void startPoll(const Count& processed, const Count& failed, const SidekiqSet& retry, ServerTime now);
    // Jobs of this queue that have left it since the first poll, attempts that a retry follows included.
    // `noWorker`: none was there since the poll before; what leaves then was removed, unless it is counted.
    void take(const QByteArray& queue, qint64 attempts, qint64 cameToRetry, bool noWorker);
    void finishPoll();

    // Entries that came to the retry set of this queue while it could be followed entry by entry.
    [[nodiscard]] qint64 cameToRetry(const QByteArray& queue) const { return m_queues.value(queue).came; }
    // Fills completed, died and failed_for_good. `seen`: what is known of the attempts.
    void fill(const QByteArray& queue, const Count& seen, FlowTotals& flow) const;

private:
    struct Queue {
        qint64 attempts = 0, removed = 0;
        qint64 ended = 0;               // for good, well or not
        qint64 pending = 0;             // of them, since the last heartbeat
        std::optional<qint64> atFirst;  // attempts that had ended; below 0 for those that ran
        qint64 came = 0, cameBefore = 0;
        double failed = 0;       // as the heartbeats told
        double failedShare = 0;  // of the last heartbeat
        qint64 shownFailed = 0, shownCompleted = 0;
        bool seen = false;
    };
    void count(const Count& processed, const Count& failed, ServerTime now, const SidekiqSet& retry);
    void shareOut();

    QHash<QByteArray, Queue> m_queues;
    bool m_followed = false;  // the retry set, in this poll
    QString m_gap;            // why failures cannot be told
    std::optional<qint64> m_processedAtFirst, m_failedAtFirst, m_processed;
    qint64 m_came = 0;      // to the retry set, all queues
    qint64 m_fresh = 0;     // at first in the retry set, perhaps not counted as failed yet
    qint64 m_failures = 0;  // for good, since the first poll
    qint64 m_told = 0;      // of them shared out
    bool m_heartbeat = false, m_anyHeartbeat = false;
    bool m_shared = false;  // several queues had jobs that ended
};

}  // namespace spillway

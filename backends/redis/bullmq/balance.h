// How many jobs came into one BullMQ queue and how many left it for good, well or not. The events stream says
// so job by job. Where entries of a poll were lost, the id counter (INCR on every add, also on refused ones)
// and the sizes of the queue's lists say how many left, and the events that were read say in which share.
#pragma once

#include "backends/redis/bullmq/attempts.h"

namespace spillway {

class BullmqBalance {
public:
    // Fills flow.enqueued, completed, died and failed_for_good. In: flow.enqueued as the id counter, and the
    // counts of jobs. `lost`: why events are missing in this poll. `gap`: why there never are any.
    void finishPoll(QueueReading& reading, const BullmqTally& tally, const QString& lost, const QString& gap);

private:
    void addLost(const BullmqTally& tally, const Count& counter, std::optional<qint64> inside);
    void fill(FlowTotals& flow, const Count& counter, Provenance how, const QString& method,
              const QString& gap) const;

    bool m_first = true;
    Count m_counter;                 // the id counter, one poll ago
    std::optional<qint64> m_inside;  // jobs in the queue, one poll ago
    qint64 m_enqueued = 0, m_completed = 0, m_failed = 0;
    qint64 m_completedSeen = 0, m_failedSeen = 0;
    bool m_balanced = false;  // this poll's losses were made up from the balance
};

}  // namespace spillway

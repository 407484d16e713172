// What another run of this program, or an earlier one, read on a connection a moment ago: a monitor that
// begins with it goes on where that one is. Values; any thread.
#pragma once

#include <memory>
#include <vector>

#include "backends/domain/finding.h"
#include "backends/health/health_report.h"
#include "backends/health/queue_timeline.h"

namespace spillway {

struct RecordedQueue {
    QString system;  // SystemIdentity::key()
    QString queue;
    SampledReading reading;  // as numbers, without the methods
    std::optional<ServerTime> claims_since;
    QueueMemory memory;
    bool operator==(const RecordedQueue&) const = default;
};

struct RecordedCondition {
    QString system;
    Condition condition;  // one with a `last`
    bool operator==(const RecordedCondition&) const = default;
};

struct RecordedPoll {
    ServerTime at;
    quint32 run = 0;  // Reading::run: totals of two runs have no difference
    std::vector<RecordedQueue> queues;
    std::vector<RecordedCondition> happened;
    bool operator==(const RecordedPoll&) const = default;
};
[[nodiscard]] RecordedPoll recordedPoll(const Reading& reading);
// Adds what happened in the hour before `now` on this system to what is read now.
void addHappened(const std::vector<RecordedCondition>& happened, const QString& system, ServerTime now,
                 std::vector<Condition>& conditions);

using RecordedPolls =
    std::shared_ptr<const std::vector<RecordedPoll>>;  // oldest first; many megabytes for many queues
struct RecordedPast {
    std::vector<FindingSpan> findings;
    RecordedPolls polls;  // null: none
};

}  // namespace spillway

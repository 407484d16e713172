// Something silent that a poll saw in a queue system besides its numbers. Values; the sentences are made
// in health/findings.
#pragma once

#include <QString>
#include <optional>

#include "backends/domain/clock.h"
#include "backends/domain/measured.h"

namespace spillway {

enum class ConditionKind {
    no_leader,         // no live leader, scheduler or maintenance process, though the system needs one
    schedule_overdue,  // a recurring job that should have fired and has not
    schedule_twice,    // a recurring job fired more than once for one tick
    never_claimed,     // jobs that look ready but that no worker will ever claim
    poison_pill,       // attempts used up without an error record: the worker died while running it
    orphaned,          // running jobs whose worker has gone
    zombie,            // a worker runs more than its concurrency, or reports jobs that do not exist
    trimmed,           // jobs deleted by the server or the system before anybody took them
    eviction,          // the server may delete jobs under memory pressure, or lose them at a restart
    missing_jobs,      // ids in a list or registry whose job is gone: they can neither run nor be replayed
    dead_set_full,     // each further death deletes the oldest dead letter
    lost_with_worker,  // a process that vanished took the jobs it was running with it
    unacknowledged,    // delivered entries that nobody says are done
    unserved,          // jobs wait in a queue that no live worker listens to, though others are served
    client_clock,      // the clocks of clients, by which ages are told, are far from the server's
    removed_unworked,  // waiting jobs that the system deleted because their time was over; nobody ever ran
                       // them
    serial_lock,       // jobs wait behind a serial queue that one worker has held for long
    unread             // something of a queue system is here that Spillway does not read
};
[[nodiscard]] QString conditionName(ConditionKind kind);  // "no_leader"
[[nodiscard]] std::optional<ConditionKind> conditionFromName(const QString& name);

struct Condition {
    ConditionKind kind = ConditionKind::no_leader;
    QString queue;    // empty: the whole system
    QString subject;  // the schedule, worker or job it is about; may be empty
    Count count;      // jobs, where jobs are meant
    std::optional<ServerTime> since;
    QString evidence;            // in words, what was read where
    QString action = QString();  // what to do here, where that is another thing than is usual for the kind
    // Of something that happened rather than is: when it last did. Whoever watches next tells it for an hour.
    std::optional<ServerTime> last = std::nullopt;

    bool operator==(const Condition&) const = default;
};

}  // namespace spillway

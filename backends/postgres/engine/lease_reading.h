// Running jobs and worker processes, from the rows of the questions `leases` and `workers`. Pure.
#pragma once

#include "backends/domain/lease.h"
#include "backends/domain/queue_reading.h"
#include "backends/postgres/engine/question_round.h"

namespace spillway {

// Stuck first, then the oldest claim first; at most kMostLeases. `total` stays not observable here.
[[nodiscard]] std::vector<Lease> leasesFrom(const std::vector<Answered>& answers, const LeaseRule& rule,
                                            const QString& systemTitle, ServerTime now);
// What the rows say about the number of running jobs; nullopt: nothing.
[[nodiscard]] std::optional<qint64> leaseTotalFrom(const std::vector<Answered>& answers);

// Counts only processes that are alive; the list holds the dead ones too, last.
[[nodiscard]] WorkersReading workersFrom(const Rows& rows, ServerTime now);

}  // namespace spillway

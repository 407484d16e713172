// One worker of a claim drill in PostgreSQL, and the rehearsal of its claim.
#pragma once

#include <QStringList>

#include "backends/drill/claim_arena.h"
#include "backends/postgres/drill/session.h"

namespace spillway {

struct PostgresClaim {
    std::string scratch;  // the schema, quoted
    QStringList steps;
    ClaimDrillSettings drill;
};

// A worker with its statements prepared. Failure: what is wrong with them.
[[nodiscard]] Outcome<std::unique_ptr<DrillWorker>> makePostgresDrillWorker(
    const ConnectionSettings& settings, const PostgresClaim& claim, int number);
// One claim in a transaction that is rolled back: one job, one row, no other table.
[[nodiscard]] Outcome<Done> rehearsePostgresClaim(const ConnectionSettings& settings,
                                                  const PostgresClaim& claim);

}  // namespace spillway

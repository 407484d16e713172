// The questions of a mapped table besides its backlog: retries, attempts, leases, run times, silent faults,
// its dead letters, and what is asked when somebody acts on its jobs.
#pragma once

#include "backends/postgres/mapped/questions.h"

namespace spillway {

void addMappedSignals(MappedQuestions& questions);
void addMappedDeadLetters(MappedQuestions& questions);
// Replay and release, or why not.
void addMappedActing(MappedQuestions& questions, const CatalogTable& table);
// Where the claim log of the table is installed.
void addClaimLog(const TableMapping& mapping, SystemDefinition& system);

}  // namespace spillway

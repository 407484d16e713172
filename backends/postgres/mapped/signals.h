// The questions of a mapped table besides its backlog: retries, attempts, leases, run times, silent faults,
// and its dead letters.
#pragma once

#include "backends/postgres/mapped/questions.h"

namespace spillway {

void addMappedSignals(MappedQuestions& questions);
void addMappedDeadLetters(MappedQuestions& questions);
// Where the claim log of the table is installed.
void addClaimLog(const TableMapping& mapping, SystemDefinition& system);

}  // namespace spillway

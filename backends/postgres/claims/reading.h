// Claims, duplicate claims and silent faults, from the rows of the questions `claims`, `duplicate_claims`
// and `conditions`. Pure.
#pragma once

#include "backends/domain/claims.h"
#include "backends/domain/condition.h"
#include "backends/postgres/engine/question_round.h"

namespace spillway {

// By raw queue name; a queue without a row is left out.
[[nodiscard]] std::map<std::string, ClaimsReading> claimsFrom(const std::vector<Answered>& claims,
                                                              const std::vector<Answered>& duplicates);

// At most 50. A row with a kind that nobody knows is left out.
[[nodiscard]] std::vector<Condition> conditionsFrom(const std::vector<Answered>& answers);

}  // namespace spillway

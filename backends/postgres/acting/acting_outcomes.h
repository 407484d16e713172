// What an action must know of the server while it runs: the facts for its guards, how jobs that were put
// back ended, and what became of a batch without an answer. Throws PostgresError.
#pragma once

#include "backends/postgres/acting/acting_session.h"

namespace spillway {

[[nodiscard]] ActingFacts readActingFacts(ActingSession& session, const ActionPlan& plan, bool withReady);
[[nodiscard]] std::vector<JobEnding> readEndings(ActingSession& session, const ActionPlan& plan,
                                                 const std::vector<RowResult>& results);
[[nodiscard]] std::vector<RowResult> readRowsBack(ActingSession& session, const ActionPlan& plan,
                                                  size_t first, int count);

}  // namespace spillway

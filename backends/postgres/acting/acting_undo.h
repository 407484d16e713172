// The plan that takes back what a replay put back: reads how those jobs stand now. Throws PostgresError.
#pragma once

#include "backends/postgres/acting/acting_session.h"

namespace spillway {

[[nodiscard]] PlannedAction makeUndoPlan(ActingSession& session, const ActionPlan& replay,
                                         const std::vector<RowResult>& results);

}  // namespace spillway

// The dry run: reads what matches, page by page, and keeps ids, versions and error signatures, not errors or
// payloads. Throws PostgresError.
#pragma once

#include "backends/postgres/acting/acting_session.h"

namespace spillway {

[[nodiscard]] PlannedAction makePlan(ActingSession& session, const ActionRequest& request);

}  // namespace spillway

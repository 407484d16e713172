// One batch of an action, in one transaction that compares what the plan pinned and what each job was with
// what is there, and sets. Throws PostgresError where it is not known what became of the batch.
#pragma once

#include "backends/postgres/acting/acting_session.h"

namespace spillway {

[[nodiscard]] Outcome<ActingBackend::Applied> applyBatch(ActingSession& session, const ActionPlan& plan,
                                                         size_t first, int count);

}  // namespace spillway

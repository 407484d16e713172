// The dry run of any action. What an undo takes back, and what went with its worker, is read from the
// journal. Blocks; same thread as the
// backend and the journal.
#pragma once

#include "backends/journal/action_journal.h"
#include "backends/remediation/acting_backend.h"

namespace spillway {

// FailureKind::usage: no such action, one that runs, or one that cannot be undone, and why.
[[nodiscard]] Outcome<PlannedAction> planAction(ActingBackend& backend, ActionJournal& journal,
                                                const ActionRequest& request);

}  // namespace spillway

// Jobs that went with the process that ran them, in the file of ActionJournal, so that they can be put back
// later and by another process. Belongs to one thread; each call blocks for one transaction. Payloads stay in
// that file (0600), and go after kLostKept.
#pragma once

#include <vector>

#include "backends/domain/lost_job.h"
#include "backends/domain/outcome.h"

namespace spillway {

inline constexpr std::chrono::days kLostKept{7};

// Makes the journal where there is none. `server`: ActionPlan::server_id. A job that is known already stays.
[[nodiscard]] Outcome<Done> rememberLost(const QString& journalFile, const QString& server,
                                         const std::vector<LostJob>& jobs);
// Of one queue, oldest first, at most 10 000.
[[nodiscard]] Outcome<std::vector<LostJob>> rememberedLost(const QString& journalFile, const QString& server,
                                                           const QString& system, const QString& queue);

}  // namespace spillway

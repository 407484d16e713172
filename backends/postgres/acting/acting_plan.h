// The dry run: reads what matches, page by page, and keeps ids, versions and error signatures, not errors or
// payloads. Throws PostgresError.
#pragma once

#include "backends/postgres/engine/system.h"
#include "backends/remediation/acting_backend.h"

namespace spillway {

struct MatchedJobs {
    std::vector<PlannedJob> jobs;  // oldest first
    qint64 matched = 0;
    qint64 weak = 0;  // of `jobs`: leases with nothing but age against them
};
[[nodiscard]] MatchedJobs readMatching(ReadTransaction& transaction, const Question& question,
                                       const PollValues& values, const ActionRequest& request);

}  // namespace spillway

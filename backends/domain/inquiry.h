// What a person asks of a server besides the polls, and the answers. Values that cross threads.
#pragma once

#include <variant>

#include "backends/domain/dead_job.h"
#include "backends/domain/failure.h"

namespace spillway {

// One dead letter, as its system names it.
struct JobQuery {
    QString system;  // SystemIdentity::key()
    QString queue;
    QString id;
    bool operator==(const JobQuery&) const = default;
};

struct DeadGroupsQuery {
    JobFilter filter;
    bool operator==(const DeadGroupsQuery&) const = default;
};

using Inquiry = std::variant<DeadQuery, DeadGroupsQuery, JobQuery>;
// The answer of the same kind, or why there is none.
using Answer = std::variant<Failure, DeadPage, DeadGroups, JobDetail>;

}  // namespace spillway

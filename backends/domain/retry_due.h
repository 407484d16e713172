// When retries are due, as counted on the server. Values.
#pragma once

#include <vector>

#include "backends/domain/clock.h"
#include "backends/domain/measured.h"

namespace spillway {

struct RetryDue {
    ServerTime minute;  // start of the minute
    qint64 jobs = 0;
    bool operator==(const RetryDue&) const = default;
};

// Jobs waiting for backoff, by the minute in which they are due; any order, no empty minutes. A bound where
// not all of them were looked at.
using RetryDues = Measured<std::vector<RetryDue>>;

}  // namespace spillway

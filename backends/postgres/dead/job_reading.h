// Dead letters from the rows of the questions `dead` and `dead_job`. Pure.
#pragma once

#include "backends/domain/dead_job.h"
#include "backends/postgres/wire/query_rows.h"

namespace spillway {

[[nodiscard]] DeadJob deadJobFrom(const Row& row, const QString& systemKey);
[[nodiscard]] JobDetail jobDetailFrom(const Row& row, const QString& systemKey);
// Kind, error and age; not the queue, not the id.
[[nodiscard]] bool matches(const DeadJob& job, const JobFilter& filter, ServerTime now);

}  // namespace spillway

// The dead letters of RQ's failed registries, read on demand. Reads of job hashes are bounded: how large a
// field is, is asked first. The pickled call is never read: its size is all that is told.
#pragma once

#include "backends/redis/shared/dead_shelf.h"
#include "backends/redis/wire/pipeline.h"

namespace spillway {

void describeRqDead(RedisPipeline& pipeline, const DeadShelf& shelf, const DeadEntry& entry, DeadJob& job);
void detailRqDead(RedisPipeline& pipeline, const DeadEntry& entry, JobDetail& detail);

}  // namespace spillway

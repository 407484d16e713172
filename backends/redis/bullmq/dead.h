// The failed jobs of a BullMQ queue as dead letters: sorted set `failed` of ids by finishedOn (ms), and the
// job hashes (name, failedReason, atm or attemptsMade, opts.attempts, stacktrace, data, timestamp).
#pragma once

#include "backends/redis/shared/sorted_shelf.h"

namespace spillway {

inline constexpr ShelfScale kBullmqScale{1000, 0};

// DeadJob::version is "score|atm|ats|parentKey", the key with percent signs for what is not plain.
//
// `base`: "bull:orders:". As RedisSystem::describeDead() and detailDead().
void describeBullmqDead(RedisPipeline& pipeline, const QByteArray& base, const QString& queue,
                        const DeadEntry& entry, DeadJob& job);
void detailBullmqDead(RedisPipeline& pipeline, const QByteArray& base, const DeadEntry& entry,
                      JobDetail& detail);

// attempts of a job's options JSON; 1 where it says nothing.
[[nodiscard]] int bullmqMaxAttempts(const QByteArray& opts);

}  // namespace spillway

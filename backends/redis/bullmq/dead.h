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

// The same from the answer of bullmq/plan.lua about one job, without its payload's size, and of the error
// only its beginning. False: the job is not there any more, or the answer is none.
[[nodiscard]] bool takeBullmqDead(const RedisReply& answer, const QString& queue, const DeadEntry& entry,
                                  DeadJob& job);
// Its arguments: how much of each text is read.
[[nodiscard]] QList<QByteArray> bullmqDeadLimits();

// attempts of a job's options JSON; 1 where it says nothing.
[[nodiscard]] int bullmqMaxAttempts(const QByteArray& opts);

}  // namespace spillway

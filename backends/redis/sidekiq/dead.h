// The dead set of Sidekiq as dead letters: sorted set `dead` of job JSON by time of death, float seconds.
#pragma once

#include "backends/redis/shared/sorted_shelf.h"

namespace spillway {

inline constexpr ShelfScale kSidekiqScale{1, 0};

// `queueName`: raw name of a queue to the one for display. A member that is no job gets the id "sha1:…".
void describeSidekiqDead(const DeadEntry& entry, DeadJob& job,
                         const std::function<QString(const QByteArray&)>& queueName);
void detailSidekiqDead(const DeadEntry& entry, JobDetail& detail);
// Searches the whole set with ZSCAN: the id stands only inside the members.
void findSidekiqDead(RedisPipeline& pipeline, const QByteArray& key, const QByteArray& id, DeadEntries& into);

}  // namespace spillway

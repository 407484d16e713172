// A shelf of dead jobs that is a sorted set with the time of death as its score: what most systems keep.
#pragma once

#include "backends/redis/shared/dead_shelf.h"
#include "backends/redis/wire/pipeline.h"

namespace spillway {

// score = seconds since the epoch × perSecond + offset_s × perSecond.
struct ShelfScale {
    double perSecond = 1;  // 1 000: milliseconds
    double offset_s = 0;   // how long after the death the moment lies that the score tells
    [[nodiscard]] ServerTime timeOf(const QByteArray& score) const;
    [[nodiscard]] QByteArray scoreOf(ServerTime time) const;
};

void countSortedShelf(RedisPipeline& pipeline, const QByteArray& key, const DeadSlice& slice,
                      const ShelfScale& scale, Count& count);
// ZRANGEBYSCORE and ZREVRANGEBYSCORE with LIMIT: O(log n + skip + count).
void readSortedShelf(RedisPipeline& pipeline, const QByteArray& key, const DeadSlice& slice,
                     const ShelfScale& scale, DeadEntries& into);
// By the member itself: ZSCORE.
void findOnSortedShelf(RedisPipeline& pipeline, const QByteArray& key, const QByteArray& member,
                       const ShelfScale& scale, DeadEntries& into);

}  // namespace spillway

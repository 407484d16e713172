// How old the entries of a sorted set of dead jobs are, read by rank and by range, each O(log n).
#pragma once

#include "backends/redis/shared/sorted_shelf.h"

namespace spillway {

class RedisDeadAges {
public:
    RedisDeadAges(QByteArray key, ShelfScale scale) : m_key(std::move(key)), m_scale(scale) {}

    // `size` > 0: entries now.
    void ask(RedisPipeline& pipeline, qint64 size, ServerTime now);
    [[nodiscard]] bool known() const { return m_known; }
    void forget() { m_known = false; }
    // As last read; all zero while the set is empty. `retention` and `purge_next_at` are left to the caller.
    [[nodiscard]] DeadAges ages(const Count& size) const;

private:
    void askRank(RedisPipeline& pipeline, qint64 rank, Measured<ServerTime>& into);

    QByteArray m_key;
    ShelfScale m_scale;
    DeadAges m_ages;
    std::array<Count, kDeadAgeBuckets> m_olderThan;  // [i]: older than the start of bucket i + 1
    bool m_known = false;
};

// The older ends of the buckets, seconds; the last one has none.
inline constexpr std::array<double, kDeadAgeBuckets - 1> kDeadAgeEnds_s{3600, 86'400, 7 * 86'400.0,
                                                                        30 * 86'400.0, 90 * 86'400.0};

}  // namespace spillway

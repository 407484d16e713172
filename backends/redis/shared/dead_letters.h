// The questions about dead letters, answered from all systems of one Redis database. Each is bounded.
#pragma once

#include "backends/domain/inquiry.h"
#include "backends/redis/shared/dead_walk.h"

namespace spillway {

class RedisDeadLetters {
public:
    // `now` is the server's clock. What is given must outlive this object.
    RedisDeadLetters(const RedisSystems& systems, RedisInquiryLink link, ServerTime now)
        : m_systems(systems), m_link(std::move(link)), m_now(now) {}

    [[nodiscard]] Outcome<DeadPage> page(const DeadQuery& query) const;
    [[nodiscard]] Outcome<DeadGroups> groups(const DeadGroupsQuery& query) const;
    [[nodiscard]] Outcome<JobDetail> job(const JobQuery& query) const;

    static constexpr qint64 kScanAtMost = 5'000;  // jobs that one question looks at

private:
    // Goes through the shelves; for a job that cannot be looked up.
    [[nodiscard]] Outcome<JobDetail> searched(const JobQuery& query) const;
    [[nodiscard]] Outcome<JobDetail> detail(RedisSystem& system, const DeadShelf& shelf,
                                            const DeadEntry& entry, const QString& systemKey) const;
    [[nodiscard]] Count total(const RedisDeadWalk& walk, const DeadQuery& query, std::size_t matched) const;

    const RedisSystems& m_systems;
    RedisInquiryLink m_link;
    ServerTime m_now;
};

}  // namespace spillway

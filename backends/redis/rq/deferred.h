// The deferred registry of one RQ queue: rq:deferred:<queue>, jobs that wait for other jobs to end well. What
// they wait for stands in the set rq:job::<id>:dependencies. Where one of those has failed or was cancelled,
// the job waits for ever.
#pragma once

#include "backends/redis/shared/blocked.h"

namespace spillway {

class RqDeferred final : public RedisBlocked {
public:
    explicit RqDeferred(const QByteArray& queue);

private:
    [[nodiscard]] QByteArray needsOf(const QByteArray& id) const override;
    [[nodiscard]] RedisCommand askWhetherDead(const QByteArray& need) const override;
    [[nodiscard]] bool isDead(const RedisReply& reply) const override;
    void askWhen(RedisPipeline& pipeline, const QByteArray& id) override;
};

}  // namespace spillway

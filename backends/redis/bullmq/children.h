// The parents of one BullMQ queue that wait for their children: sorted set waiting-children, score = when the
// wait began (ms). The set <parent>:dependencies holds the full keys of the children that have not completed.
// One that failed stays there unless its own options say what its parent shall do: then the parent waits for
// ever.
#pragma once

#include "backends/redis/shared/blocked.h"

namespace spillway {

class BullmqChildren final : public RedisBlocked {
public:
    explicit BullmqChildren(const QByteArray& base);

private:
    [[nodiscard]] QByteArray needsOf(const QByteArray& id) const override;
    [[nodiscard]] RedisCommand askWhetherDead(const QByteArray& need) const override;
    [[nodiscard]] bool isDead(const RedisReply& reply) const override;
    void askOldest(RedisPipeline& pipeline) override;

    QByteArray m_base;
};

}  // namespace spillway

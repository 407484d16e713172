#include "backends/redis/bullmq/children.h"

#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;

BullmqChildren::BullmqChildren(const QByteArray& base)
    : RedisBlocked(base + "waiting-children", u"parents"_s), m_base(base) {}

QByteArray BullmqChildren::needsOf(const QByteArray& id) const {
    return m_base + id + ":dependencies";
}

RedisCommand BullmqChildren::askWhetherDead(const QByteArray& need) const {
    return {"HMGET", need, "finishedOn", "failedReason"};
}

bool BullmqChildren::isDead(const RedisReply& reply) const {
    return reply.items.size() == 2 && !reply.items[0].isNil() && !reply.items[1].isNil();
}

void BullmqChildren::askOldest(RedisPipeline& pipeline) {
    const RedisCommand command{"ZRANGE", set(), "0", "0", "WITHSCORES"};
    pipeline.add(command, [this, command](const RedisReply& reply) {
        if (reply.isError()) noteTimeGap(reasonFromReply(reply, command, u"sorted set"_s));
        if (!reply.isArray() || reply.items.size() != 2) return;
        bool ok = false;
        const double millis = reply.items[1].text.toDouble(&ok);
        if (ok) noteWaitsSince(serverTimeFromSeconds(millis / 1e3), true);
    });
}

}  // namespace spillway

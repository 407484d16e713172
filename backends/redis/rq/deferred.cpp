#include "backends/redis/rq/deferred.h"

#include "backends/redis/rq/fields.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;

RqDeferred::RqDeferred(const QByteArray& queue) : RedisBlocked("rq:deferred:" + queue, u"deferred jobs"_s) {}

// Two colons: RQ puts one behind its prefix, which ends with one.
QByteArray RqDeferred::needsOf(const QByteArray& id) const {
    return "rq:job::" + id + ":dependencies";
}

RedisCommand RqDeferred::askWhetherDead(const QByteArray& need) const {
    return {"HGET", "rq:job:" + need, "status"};
}

// RQ starts what waits for these only where the job was enqueued to run all the same, and then at once.
bool RqDeferred::isDead(const RedisReply& reply) const {
    return reply.text == "failed" || reply.text == "stopped" || reply.text == "canceled";
}

void RqDeferred::askWhen(RedisPipeline& pipeline, const QByteArray& id) {
    const RedisCommand command{"HGET", "rq:job:" + id, "created_at"};
    pipeline.add(command, [this, command](const RedisReply& created) {
        if (created.isError()) noteTimeGap(reasonFromReply(created, command, u"hash"_s));
        if (const auto at = rqTimeFrom(created.text)) noteWaitsSince(*at, false);
    });
}

}  // namespace spillway

#include "backends/redis/acting/actor.h"

namespace spillway {
using namespace Qt::StringLiterals;

std::optional<int> RedisActor::remaining(const DeadJob& job) const {
    if (!job.attempts || !job.max_attempts) return std::nullopt;
    return std::max(1, *job.max_attempts - *job.attempts);
}

std::unique_ptr<RedisActor> redisActorFor(const QString& system) {
    if (system == u"bullmq"_s) return makeBullmqActor();
    if (system == u"sidekiq"_s) return makeSidekiqActor();
    if (system == u"rq"_s) return makeRqActor();
    if (system == u"redis_stream"_s) return makeStreamActor();
    return nullptr;
}

}  // namespace spillway

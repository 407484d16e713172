#include "backends/redis/redis_kinds.h"

#include <algorithm>

#include "backends/redis/bullmq/kind.h"
#include "backends/redis/rq/kind.h"
#include "backends/redis/sidekiq/kind.h"
#include "backends/redis/streams/kind.h"

namespace spillway {

const std::vector<RedisKind>& redisKinds() {
    static const std::vector<RedisKind> all{
        {"bullmq", {":meta", ":events", ":wait", ":delayed", ":failed"}, makeBullmqFinder, makeBullmqActor},
        {"sidekiq", {":queues"}, makeSidekiqFinder, makeSidekiqActor},
        {"rq", {":queues"}, makeRqFinder, makeRqActor},
        {"redis_stream", {}, makeStreamFinder, makeStreamActor},
    };
    return all;
}

std::unique_ptr<RedisActor> redisActorFor(const QString& system) {
    const auto& kinds = redisKinds();
    const auto kind = std::find_if(kinds.begin(), kinds.end(), [&system](const RedisKind& each) {
        return system == QLatin1StringView(each.name);
    });
    return kind == kinds.end() ? nullptr : kind->actor();
}

}  // namespace spillway

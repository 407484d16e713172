#include "backends/redis/redis_kinds.h"

#include <algorithm>

#include "backends/redis/bullmq/kind.h"
#include "backends/redis/rq/kind.h"
#include "backends/redis/sidekiq/kind.h"
#include "backends/redis/streams/kind.h"

namespace spillway {

const std::vector<RedisKind>& redisKinds() {
    static const std::vector<RedisKind> all{
        {"bullmq",
         "BullMQ",
         {":meta", ":events", ":wait", ":delayed", ":failed"},
         makeBullmqFinder,
         makeBullmqActor,
         bullmqSignals,
         {"client|list",
          "exists",
          "get",
          "hexists",
          "hget",
          "hmget",
          "hstrlen",
          "lindex",
          "llen",
          "lrange",
          "memory|usage",
          "mget",
          "pttl",
          "xlen",
          "xrange",
          "xread",
          "xrevrange",
          "zcard",
          "zcount",
          "zrange",
          "zrangebyscore",
          "zrevrange",
          "zrevrangebyscore",
          "zscore"}},
        {"sidekiq",
         "Sidekiq",
         {":queues"},
         makeSidekiqFinder,
         makeSidekiqActor,
         sidekiqSignals,
         {"exists", "get", "hget", "hgetall", "hmget", "lindex", "llen", "lpos", "lrange", "memory|usage",
          "scard", "sscan", "zcard", "zcount", "zrange", "zscan"}},
        {"rq",
         "RQ",
         {":queues"},
         makeRqFinder,
         makeRqActor,
         rqSignals,
         {"exists", "hget", "hmget", "hstrlen", "lindex", "llen", "lrange", "memory|usage", "scard", "sscan",
          "xrevrange", "zcard", "zcount", "zrange", "zrangebyscore", "zscore"}},
        {"redis_stream",
         "Redis Streams",
         {},
         makeStreamFinder,
         makeStreamActor,
         streamSignals,
         {"exists", "memory|usage", "type", "xinfo|consumers", "xinfo|groups", "xinfo|stream", "xlen",
          "xpending", "xrange", "xrevrange"}},
    };
    return all;
}

const QByteArrayList& redisSharedReads() {
    static const QByteArrayList all{
        "client|setname", "hstrlen", "info",   "lrange",        "ping",
        "scan",           "select",  "sscan",  "time",          "type",
        "zcard",          "zcount",  "zrange", "zrangebyscore", "zrevrangebyscore",
        "zscore"};
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

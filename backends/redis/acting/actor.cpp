#include "backends/redis/acting/actor.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// Entries that a consumer holds cannot be put back: Redis only hands them to another consumer by name.
class StreamActor final : public RedisActor {
public:
    [[nodiscard]] QByteArray room() const override { return "redis_stream"; }
    [[nodiscard]] QString gap(ActionKind kind) const override {
        if (kind == ActionKind::release)
            return u"a pending entry can only be given to a consumer by name, and only the application knows "
                   "which one would look at it; let a consumer take it with XAUTOCLAIM"_s;
        return u"Redis Streams keep no dead letters of their own; what the application writes to another "
               "stream only the application can put back"_s;
    }
    [[nodiscard]] std::vector<RedisCommand> writes(ActionKind, const QByteArray&) const override {
        return {};
    }
    [[nodiscard]] QByteArray keyStart(const DeadShelf&) const override { return {}; }
    void prepare(RedisPipeline&, ActionKind, const ActingPlace&, const PlannedJob&, ServerTime,
                 PreparedJob&) const override {}
    void ending(RedisPipeline&, const ActingPlace&, const PlannedJob&, EndingProbe&) override {}
    void standing(RedisPipeline&, ActionKind, const ActingPlace&, const PlannedJob&,
                  Standing&) const override {}
};

}  // namespace

std::optional<int> RedisActor::remaining(const DeadJob& job) const {
    if (!job.attempts || !job.max_attempts) return std::nullopt;
    return std::max(1, *job.max_attempts - *job.attempts);
}

std::unique_ptr<RedisActor> makeStreamActor() {
    return std::make_unique<StreamActor>();
}

std::unique_ptr<RedisActor> redisActorFor(const QString& system) {
    if (system == u"bullmq"_s) return makeBullmqActor();
    if (system == u"sidekiq"_s) return makeSidekiqActor();
    if (system == u"rq"_s) return makeRqActor();
    if (system == u"redis_stream"_s) return makeStreamActor();
    return nullptr;
}

}  // namespace spillway

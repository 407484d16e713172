// What the backend asks of one queue system found in a Redis database. Internal to this folder.
#pragma once

#include "backends/redis/redis_pipeline.h"

namespace spillway {

class RedisSystem {
public:
    virtual ~RedisSystem() = default;

    [[nodiscard]] virtual DetectedSystem detected() const = 0;

    // A poll: startPoll() appends the reads that need no other answer. Handlers may append what follows
    // from theirs to the same pipeline (dependent reads), at most two rounds further.
    // `now` is the server's clock, as well as it is known before this poll.
    virtual void startPoll(RedisPipeline& pipeline, ServerTime now) = 0;
    // After the last round; `now` is the server's clock as read in this poll.
    [[nodiscard]] virtual SystemReading finishPoll(ServerTime now) = 0;

    // A key with this name exists (found by the slow scan that goes on between polls). True: it belongs
    // to this system, which reads it from the next poll on.
    virtual bool adopt(const QByteArray&) { return false; }
    // Names of the client connections, one CLIENT LIST line each; or why they cannot be listed.
    virtual void takeClientNames(const QList<QByteArray>&, const QString&) {}
    [[nodiscard]] virtual bool wantsClientNames() const { return false; }
};

}  // namespace spillway

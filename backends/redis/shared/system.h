// What the backend asks of one queue system found in a Redis database. Internal to this folder.
#pragma once

#include <memory>

#include "backends/domain/lost_job.h"
#include "backends/redis/shared/clients.h"
#include "backends/redis/shared/dead_shelf.h"
#include "backends/redis/wire/pipeline.h"

namespace spillway {

class RedisSystem {
public:
    virtual ~RedisSystem() = default;

    [[nodiscard]] virtual DetectedSystem detected() const = 0;
    // Of all its keys, those to come among them, as ACL rules and MATCH have them: "bull:*".
    [[nodiscard]] virtual QList<QByteArray> keyPatterns() const = 0;

    // A poll: startPoll() appends the reads that need no other answer. Handlers may append what follows
    // from theirs to the same pipeline (dependent reads), at most four rounds further.
    // `now` is the server's clock, as well as it is known before this poll.
    virtual void startPoll(RedisPipeline& pipeline, ServerTime now) = 0;
    // After the last round; `now` is the server's clock as read in this poll.
    [[nodiscard]] virtual SystemReading finishPoll(ServerTime now) = 0;

    // The named client connections; or why they cannot be listed.
    virtual void takeClients(const std::vector<RedisClient>&, const QString&) {}
    [[nodiscard]] virtual bool wantsClients() const { return false; }

    // Jobs that went with their process since the last call; without `system`.
    [[nodiscard]] virtual std::vector<LostJob> takeLost() { return {}; }

    // Questions besides the polls. Same style: append reads, handlers may append further ones; what the
    // references point to stays where it is until the pipeline has run dry. A system without dead letters
    // leaves all of them as they are.

    // The shelves that may hold dead jobs of these queues (display names; empty: all).
    [[nodiscard]] virtual std::vector<DeadShelf> deadShelves(const QStringList&) const { return {}; }
    // The shelf of one queue that is to be acted on; its key may be empty where the queue has no dead jobs.
    [[nodiscard]] virtual std::optional<DeadShelf> actingShelf(const QString& queue) const {
        const auto shelves = deadShelves({queue});
        return shelves.empty() ? std::nullopt : std::optional(shelves.front());
    }
    // How many entries lie between the bounds of `slice`; its position and count do not matter.
    virtual void countDead(RedisPipeline&, const DeadShelf&, const DeadSlice&, Count&) {}
    virtual void readDead(RedisPipeline&, const DeadShelf&, const DeadSlice&, DeadEntries&) {}
    // The entry of one job by its id. False: this shelf can only be searched by reading it.
    virtual bool findDead(RedisPipeline&, const DeadShelf&, const QByteArray& /*id*/, DeadEntries&) {
        return false;
    }
    // Fills all of `job` but `system`. An empty id afterwards: the job has gone meanwhile.
    virtual void describeDead(RedisPipeline&, const DeadShelf&, const DeadEntry&, DeadJob&) {}
    // Adds payload, errors and times to a job that describeDead() has filled.
    virtual void detailDead(RedisPipeline&, const DeadShelf&, const DeadEntry&, JobDetail&) {}
};

using RedisSystems = std::vector<std::unique_ptr<RedisSystem>>;

}  // namespace spillway

// Ids that lists and sorted sets of one queue still keep although their job is gone: evicted, expired or
// deleted by hand. At most kIdsAtMost ids of a place are looked at. A job may end between two reads: what
// seems to be gone counts only if its id is still listed afterwards and the job still is not there.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "backends/redis/wire/pipeline.h"

namespace spillway {

// The second half of such a question: of ids that seemed to have no job, `gone` is called with each that
// `ids` still lists and whose job still is not there. Two rounds. `suspects` may be filled until the first
// one is over; `length` asks for the length of a field that every job has.
void confirmMissing(RedisPipeline& pipeline, const RedisCommand& ids,
                    const std::shared_ptr<QByteArrayList>& suspects,
                    const std::function<RedisCommand(const QByteArray& id)>& length,
                    const std::function<void(const QByteArray& id)>& gone);

class RedisMissingJobs {
public:
    struct Place {
        RedisCommand ids;  // reads at most kIdsAtMost ids
        QString name;      // "in wait"
    };
    // The key of a job's hash by an id as it stands in a place; empty: this is no id of a job.
    using KeyOf = std::function<QByteArray(const QByteArray&)>;

    // `field`: one that the hash of every job has.
    RedisMissingJobs(QByteArray field, KeyOf keyOf) : m_field(std::move(field)), m_keyOf(std::move(keyOf)) {}

    [[nodiscard]] bool due(ServerTime now) const;
    // Three rounds; what was found before is replaced.
    void ask(RedisPipeline& pipeline, ServerTime now, const std::vector<Place>& places);
    // One of kind missing_jobs for each place that has some, as last read.
    void addConditions(const QString& queue, std::vector<Condition>& into) const;

    static constexpr qint64 kIdsAtMost = 50;
    [[nodiscard]] static RedisCommand firstOfList(const QByteArray& key);
    [[nodiscard]] static RedisCommand lastOfList(const QByteArray& key);
    [[nodiscard]] static RedisCommand firstOfSet(const QByteArray& key);

private:
    void take(RedisPipeline& pipeline, const Place& place, const RedisReply& ids);

    QByteArray m_field;
    KeyOf m_keyOf;
    std::optional<ServerTime> m_askedAt;
    std::map<QString, Count> m_missing;  // by the name of the place
};

}  // namespace spillway

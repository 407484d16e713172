#include "backends/redis/shared/finder.h"
#include "backends/redis/bullmq/kind.h"
#include "backends/redis/bullmq/system.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
namespace {

// "bull:orders:meta": base "bull:orders:". BullMQ forbids ':' in queue names, prefixes may have it.
struct QueueKey {
    QByteArray base, prefix, queue, end;
};

std::optional<QueueKey> queueKeyFrom(const QByteArray& key) {
    const auto end = key.lastIndexOf(':');
    const auto colon = key.lastIndexOf(':', end - 1 - key.size());
    if (end < 1 || colon < 1 || colon + 1 == end) return std::nullopt;
    return QueueKey{key.left(end + 1), key.left(colon), key.mid(colon + 1, end - colon - 1),
                    key.mid(end + 1)};
}

// Whether the fields `version` ("bullmq:5.81.5") and `opts.maxLenEvents` of a meta hash are BullMQ's: a queue
// that only FlowProducer and Worker have touched has no version. Bull 3 and 4 have neither.
bool isMarkOfBullmq(const RedisReply& marks) {
    return marks.items.size() == 2 && (marks.items[0].text.startsWith("bullmq") || marks.items[1].isText());
}

class BullmqFinder final : public RedisFinder {
public:
    using RedisFinder::RedisFinder;
    void askAbout(RedisPipeline& pipeline, const QSet<QByteArray>& keys) override;

private:
    void askMeta(RedisPipeline& pipeline, const QueueKey& key);
    void askEvents(RedisPipeline& pipeline, const QueueKey& key);
    void askJobs(RedisPipeline& pipeline, const QueueKey& key);
    void add(const QueueKey& key);

    QHash<QByteArray, BullmqSystem*> m_systems;  // by prefix
};

void BullmqFinder::askAbout(RedisPipeline& pipeline, const QSet<QByteArray>& keys) {
    for (const QByteArray& each : keys) {
        const auto key = queueKeyFrom(each);
        if (!key || !m_finding.wants(key->prefix)) continue;
        const BullmqSystem* system = m_systems.value(key->prefix);
        if (key->end == "meta")
            askMeta(pipeline, *key);
        else if (system && system->knows(key->queue))
            continue;
        else if (key->end == "events")
            askEvents(pipeline, *key);
        else if (key->end == "wait" || key->end == "delayed" || key->end == "failed")
            askJobs(pipeline, *key);
    }
}

// A key that the scan shows and this user may not read: a queue that is there and cannot be seen, which is
// said of it, where the prefix is BullMQ's own or that of queues that can be read.
void BullmqFinder::askMeta(RedisPipeline& pipeline, const QueueKey& key) {
    pipeline.add(
        {"HMGET", key.base + "meta", "version", "opts.maxLenEvents"}, [this, key](const RedisReply& marks) {
            const bool hidden = deniesKey(marks) && (key.prefix == "bull" || m_systems.contains(key.prefix));
            if (hidden || isMarkOfBullmq(marks)) add(key);
        });
}

// Its other keys give a queue away whose meta was evicted: the stream tells whose they are, the rest whether
// any job is left.
void BullmqFinder::askEvents(RedisPipeline& pipeline, const QueueKey& key) {
    pipeline.add({"XREVRANGE", key.base + "events", "+", "-", "COUNT", "1"},
                 [this, &pipeline, key](const RedisReply& last) {
                     if (!last.isArray() || last.items.size() != 1 || last.items[0].items.size() != 2) return;
                     const auto& fields = last.items[0].items[1].items;
                     if (fields.empty() || fields[0].text != "event") return;
                     pipeline.add(BullmqQueue::jobsLeft(key.base), [this, key](const RedisReply& left) {
                         if (integerFrom(left).value_or(0) > 0) add(key);
                     });
                 });
}

// With both gone only the places of jobs are left, which Bull 3 and 4 name alike; what only BullMQ has stands
// beside them, or in a job that was tried: the number of its starts.
void BullmqFinder::askJobs(RedisPipeline& pipeline, const QueueKey& key) {
    const QByteArray& base = key.base;
    pipeline.add({"EXISTS", base + "meta", base + "events"}, [this, &pipeline, key](const RedisReply& index) {
        if (integerFrom(index) != std::optional<qint64>(0)) return;  // they tell better
        pipeline.add({"EXISTS", key.base + "marker", key.base + "prioritized", key.base + "pc",
                      key.base + "waiting-children"},
                     [this, key](const RedisReply& own) {
                         if (integerFrom(own).value_or(0) > 0) add(key);
                     });
        const RedisCommand first = key.end == "wait" ? RedisCommand{"LRANGE", key.base + key.end, "-1", "-1"}
                                                     : RedisCommand{"ZRANGE", key.base + key.end, "0", "0"};
        pipeline.add(first, [this, &pipeline, key](const RedisReply& ids) {
            if (ids.items.size() != 1) return;
            pipeline.add({"HEXISTS", key.base + ids.items[0].text, "ats"},
                         [this, key](const RedisReply& tried) {
                             if (tried.isInteger() && tried.integer == 1) add(key);
                         });
        });
    });
}

void BullmqFinder::add(const QueueKey& key) {
    BullmqSystem*& system = m_systems[key.prefix];
    if (!system) system = m_finding.add<BullmqSystem>(key.prefix);
    system->add(key.queue);
}

}  // namespace

std::unique_ptr<RedisFinder> makeBullmqFinder(RedisFinding& finding) {
    return std::make_unique<BullmqFinder>(finding);
}

}  // namespace spillway

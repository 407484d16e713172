#include "backends/redis/shared/finder.h"
#include "backends/redis/bullmq/kind.h"
#include "backends/redis/bullmq/system.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
namespace {

// "bull:orders:meta" or "bull:orders:events": base "bull:orders:". BullMQ forbids ':' in queue names,
// prefixes may have it.
struct QueueKey {
    QByteArray base, prefix, queue;
    bool events = false;
};

std::optional<QueueKey> queueKeyFrom(const QByteArray& key) {
    const bool events = key.endsWith(":events");
    if (!events && !key.endsWith(":meta")) return std::nullopt;
    const QByteArray name = key.chopped(events ? 7 : 5);
    const auto colon = name.lastIndexOf(':');
    if (colon < 1 || colon + 1 == name.size()) return std::nullopt;
    return QueueKey{name + ':', name.left(colon), name.mid(colon + 1), events};
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
    void add(const QueueKey& key);

    QHash<QByteArray, BullmqSystem*> m_systems;  // by prefix
};

void BullmqFinder::askAbout(RedisPipeline& pipeline, const QSet<QByteArray>& keys) {
    for (const QByteArray& each : keys) {
        const auto key = queueKeyFrom(each);
        if (!key || !m_finding.wants(key->prefix)) continue;
        const BullmqSystem* system = m_systems.value(key->prefix);
        if (!key->events)
            askMeta(pipeline, *key);
        else if (!system || !system->knows(key->queue))
            askEvents(pipeline, *key);
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

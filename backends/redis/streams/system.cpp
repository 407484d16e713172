#include "backends/redis/streams/system.h"
#include "backends/redis/streams/dead.h"

#include <algorithm>

#include "backends/redis/shared/capabilities.h"
#include "backends/redis/shared/key_scan.h"
#include "backends/redis/streams/kind.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qint64 kLeasesPerGroup = 100;
constexpr std::size_t kMostTrims = 50;
constexpr std::size_t kMostWorkers = 500;
constexpr int kPollsBetweenSizes = 50;
constexpr qint64 kLargestEntry = 64 << 10;  // bytes, on average
constexpr int kSearchesInPoll = 50;

}  // namespace

const std::vector<Capability>& streamSignals() {
    static const std::vector<Capability> all{
        {u"ready"_s, true, u"the lag of the group; counted up to 100 where the server does not tell it"_s},
        {u"scheduled"_s, false, {}},
        {u"retrying"_s, false, {}},
        {u"running"_s, true, u"entries delivered and not acknowledged"_s},
        {u"dead"_s, true,
         u"a stream named <stream>:dlq, :dead or the like, where one group reads the stream"_s},
        {u"overdue"_s, false, {}},
        {u"oldest_age_s"_s, true, u"the time in the id of the first undelivered entry"_s},
        {u"dead_oldest_age_s"_s, true, u"the time in the id of the first entry of that stream"_s},
        {u"lost_next_24h"_s, false, {}},
        {u"arrival_rate"_s, true, u"entries read by the group and its lag (Redis 7)"_s},
        {u"drain_rate"_s, true, u"entries read less those pending (Redis 7)"_s},
        {u"retries"_s, false, {}},
        {u"amplification"_s, true,
         u"entries read, and deliveries again while an entry is pending (Redis 7)"_s},
        {u"duplicate_claims"_s, true,
         u"the delivery counts of pending entries: taken away from a consumer that was still heard of"_s},
        {u"paused"_s, false, u"consumer groups cannot be paused"_s},
        {u"workers"_s, true, u"consumers heard of within 5 min"_s},
        {u"leases"_s, true, u"pending entries; Redis knows no end of a claim"_s},
    };
    return all;
}

bool StreamSystem::knows(const QByteArray& key) const {
    return m_notRead.contains(key) ||
           std::any_of(m_streams.begin(), m_streams.end(),
                       [&key](const auto& stream) { return stream->facts.key == key; });
}

void StreamSystem::add(const QByteArray& key) {
    if (knows(key)) return;
    if (m_streams.size() >= kMaxStreams) {
        m_notRead.insert(key);
        return;
    }
    m_streams.push_back(std::make_unique<Stream>());
    m_streams.back()->facts.key = key;
}

void StreamSystem::startPoll(RedisPipeline& pipeline, ServerTime) {
    m_leaseBudget = kMostLeases;
    m_groupsNotShown = 0;
    m_searchesLeft = kSearchesInPoll;
    m_gap.clear();
    for (auto& stream : m_streams) startStream(pipeline, *stream);
}

// The length is read after the groups: it may then be too large, but never too small for the lag.
void StreamSystem::startStream(RedisPipeline& pipeline, Stream& stream) {
    const QByteArray key = stream.facts.key;
    for (StreamGroup& group : stream.groups) group.listed = false;
    searchDead(pipeline, stream);
    askDead(pipeline, stream);
    if (stream.polls++ % kPollsBetweenSizes == 0) {
        pipeline.count({"XLEN", key}, stream.facts.length, u"stream"_s);
        pipeline.add({"MEMORY", "USAGE", key}, [&stream](const RedisReply& reply) {
            const qint64 entries = std::max<qint64>(1, stream.facts.length.valueOr(1));
            stream.facts.huge_entries = integerFrom(reply).value_or(0) / entries > kLargestEntry;
        });
    }
    pipeline.add({"XINFO", "GROUPS", key}, [this, &pipeline, &stream](const RedisReply& reply) {
        takeGroups(pipeline, stream, reply);
    });
    pipeline.count({"XLEN", key}, stream.facts.length, u"stream"_s);
}

void StreamSystem::takeGroups(RedisPipeline& pipeline, Stream& stream, const RedisReply& reply) {
    stream.problem.clear();
    if (!reply.isArray()) {
        stream.gone = !isDenied(reply) && reply.errorCode() != "TOOLARGE";
        stream.problem = reasonFromReply(reply, {"XINFO", "GROUPS", stream.facts.key}, u"stream"_s);
        if (!stream.gone) m_gap = stream.problem;
        return;
    }
    const auto infos = streamGroupsFrom(reply);
    stream.gone = infos.empty();
    stream.facts.shared = infos.size() > 1;
    for (const StreamGroupInfo& info : infos) {
        StreamGroup* group = groupNamed(stream, info.name);
        if (!group) {
            ++m_groupsNotShown;
            continue;
        }
        group->listed = true;
        const qint64 leases = std::min({kLeasesPerGroup, m_leaseBudget, info.pending});
        m_leaseBudget -= leases;
        group->take(pipeline, info, leases);
    }
}

StreamGroup* StreamSystem::groupNamed(Stream& stream, const QByteArray& name) {
    for (StreamGroup& group : stream.groups)
        if (group.name() == name) return &group;
    if (m_groups >= kMaxGroups) return nullptr;
    ++m_groups;
    const QByteArray& key = stream.facts.key;
    const QString shown = visibleText(key) + u'/' + visibleText(name);
    stream.groups.emplace_back(stream.facts, name, m_names.of(key + '\0' + name, shown));
    return &stream.groups.back();
}

void StreamSystem::dropGone() {
    for (auto& stream : m_streams) {
        std::deque<StreamGroup> kept;
        for (StreamGroup& group : stream->groups) {
            if (group.listed || !stream->problem.isEmpty())
                kept.push_back(std::move(group));
            else
                m_names.forget(stream->facts.key + '\0' + group.name());
        }
        stream->groups.swap(kept);
    }
    std::erase_if(m_streams, [](const auto& stream) { return stream->gone; });
    m_groups = 0;
    for (const auto& stream : m_streams) m_groups += stream->groups.size();
}

SystemReading StreamSystem::finishPoll(ServerTime now) {
    dropGone();
    SystemReading reading;
    for (auto& stream : m_streams)
        for (StreamGroup& group : stream->groups) {
            if (!group.listed) continue;
            reading.queues.push_back(group.finishPoll(now));
            for (Condition& condition : group.conditions())
                if (reading.conditions.size() < kMostTrims)
                    reading.conditions.push_back(std::move(condition));
        }
    reading.queues_not_shown = m_notRead.size() + m_groupsNotShown;
    fillWorkers(reading);
    fillLeases(reading);
    reading.identity = identity();
    reading.capabilities = capabilitiesOf(reading, streamSignals());
    if (!reading.leases.gap.isEmpty()) reading.capabilities.set(u"leases"_s, false, reading.leases.gap);
    if (!m_gap.isEmpty()) reading.capabilities.set(u"ready"_s, false, m_gap);
    m_capabilities = reading.capabilities;
    return reading;
}

void StreamSystem::fillWorkers(SystemReading& reading) const {
    WorkersReading& workers = reading.workers;
    qint64 live = 0, busy = 0;
    bool someMayWait = false;
    QString gap;
    for (const auto& stream : m_streams)
        for (const StreamGroup& group : stream->groups) {
            if (!group.consumersGap().isEmpty()) gap = group.consumersGap();
            for (const StreamConsumer& consumer : group.consumers()) {
                Worker worker;
                worker.id = visibleText(consumer.name);
                worker.queues << group.display();
                worker.alive = consumer.idle_s < group.silenceAllowed_s(consumer);
                worker.heartbeat_age_s = Seconds::exact(consumer.idle_s);
                worker.busy = Count::estimated(consumer.pending, u"entries it has not acknowledged"_s);
                worker.concurrency = Count::notObservable(u"consumers do not tell it"_s);
                live += worker.alive ? 1 : 0;
                someMayWait = someMayWait || (!worker.alive && consumer.pending == 0 && group.isDrained());
                busy += worker.alive && consumer.pending > 0 ? 1 : 0;
                workers.list.push_back(std::move(worker));
            }
        }
    std::stable_sort(workers.list.begin(), workers.list.end(),
                     [](const Worker& a, const Worker& b) { return a.alive && !b.alive; });
    if (workers.list.size() > kMostWorkers) workers.list.resize(kMostWorkers);
    const QString heard = u"consumers heard of within 5 min, or within ten turns where entries go round"_s;
    const QString waiting = heard + u"; others wait where there is nothing to read, and are silent"_s;
    workers.live = !gap.isEmpty() ? Count::notObservable(gap)
                   : someMayWait  ? Count::lowerBound(live, waiting)
                                  : Count::estimated(live, heard);
    workers.busy = gap.isEmpty() ? Count::estimated(busy, u"consumers with entries not acknowledged"_s)
                                 : Count::notObservable(gap);
    workers.concurrency =
        Count::notObservable(u"consumers do not tell how many entries they work on at once"_s);
}

void StreamSystem::fillLeases(SystemReading& reading) const {
    LeasesReading& leases = reading.leases;
    qint64 total = 0;
    for (const auto& stream : m_streams)
        for (const StreamGroup& group : stream->groups) {
            const auto& own = group.claims().leases();
            leases.leases.insert(leases.leases.end(), own.begin(), own.end());
            total += group.pending();
            if (!group.pendingGap().isEmpty()) leases.gap = group.pendingGap();
        }
    std::stable_sort(leases.leases.begin(), leases.leases.end(), [](const Lease& a, const Lease& b) {
        if (a.stuck != b.stuck) return a.stuck;
        return a.claimed_at < b.claimed_at;
    });
    leases.total = Count::exact(total);
}

SystemIdentity StreamSystem::identity() const {
    return {u"redis_stream"_s, u"Redis Streams"_s, {}, visibleText(m_prefix)};
}

DetectedSystem StreamSystem::detected() const {
    return {identity(), m_capabilities};
}

QList<QByteArray> StreamSystem::keyPatterns() const {
    QList<QByteArray> patterns;
    for (const auto& stream : m_streams)
        for (const QByteArray& key :
             QList<QByteArray>{stream->facts.key} + deadStreamNames(stream->facts.key))
            patterns << globEscaped(key);
    return patterns;
}

}  // namespace spillway

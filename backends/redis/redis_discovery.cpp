#include "backends/redis/redis_discovery.h"

#include <algorithm>

#include "backends/redis/rq/system.h"
#include "backends/redis/sidekiq/detection.h"
#include "backends/redis/sidekiq/system.h"
#include "backends/redis/streams/system.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr std::chrono::milliseconds kScanBudget{1500};
constexpr std::chrono::milliseconds kStreamScanBudget{700};
constexpr std::chrono::minutes kScanAgainAfter{10};
constexpr std::chrono::seconds kScanSmallAgainAfter{20};
constexpr int kSmallScanSteps = 3;

std::chrono::milliseconds pauseAfter(int steps) {
    return steps <= kSmallScanSteps ? std::chrono::milliseconds(kScanSmallAgainAfter)
                                    : std::chrono::milliseconds(kScanAgainAfter);
}

}  // namespace

bool RedisDiscovery::wanted(const char* system) const {
    return m_onlySystem.isEmpty() || m_onlySystem == QLatin1StringView(system);
}

bool RedisDiscovery::wantedPrefix(const QByteArray& prefix) const {
    return m_onlyNamespace.isEmpty() || m_onlyNamespace.toUtf8() == prefix;
}

Outcome<Done> RedisDiscovery::find(RedisConnection& connection, RedisPipeline pipeline,
                                   const RunOnce& runOnce, QDeadlineTimer deadline) {
    m_scan = RedisKeyScan(m_onlyNamespace.toUtf8());
    const auto keys = m_scan.run(connection, deadline, kScanBudget);
    if (!keys) return keys.failure();
    m_scanEverFinished = m_scan.finished();
    m_nextScan.setRemainingTime(m_scan.finished() ? std::chrono::milliseconds(kScanSmallAgainAfter)
                                                  : std::chrono::milliseconds(0));
    clear();
    m_sidekiqs.clear();
    m_probeGap.clear();
    m_hasRq = false;
    if (m_onlyNamespace.isEmpty()) askForSidekiqIn(pipeline, {});
    askForRqOnce(pipeline);
    askForSystems(pipeline, *keys);
    if (wanted("redis_stream")) {
        m_streamScan = RedisKeyScan::forStreams(m_onlyNamespace.toUtf8());
        const auto streams = m_streamScan.run(connection, deadline, kStreamScanBudget);
        if (!streams) return streams.failure();
        m_nextStreamScan.setRemainingTime(m_streamScan.finished()
                                              ? std::chrono::milliseconds(kScanSmallAgainAfter)
                                              : std::chrono::milliseconds(0));
        askForGroups(pipeline, *streams);
    }
    while (!pipeline.empty())
        if (const auto asked = runOnce(pipeline); !asked) return asked.failure();
    return Done{};
}

// Of the keys that a scan has found: which belong to a queue system that is not known yet?
void RedisDiscovery::askForSystems(RedisPipeline& pipeline, const QList<QByteArray>& keys) {
    for (const QByteArray& key : QSet<QByteArray>(keys.begin(), keys.end())) {
        if (key == "rq:queues") {
            askForRqOnce(pipeline);
            continue;
        }
        if (key.endsWith(":queues")) {
            askForSidekiqIn(pipeline, key.chopped(7));
            continue;
        }
        const bool events = key.endsWith(":events");
        const QByteArray meta = events ? key.chopped(6) + "meta" : key;
        const auto name = BullmqSystem::nameFromMetaKey(meta);
        if (!name || !wanted("bullmq") || !wantedPrefix(name->prefix)) continue;
        if (!events)
            pipeline.add({"HMGET", key, "version", "opts.maxLenEvents"},
                         [this, key](const RedisReply& marks) {
                             if (BullmqSystem::isBullmqMark(marks) || isHiddenQueue(key, marks))
                                 adoptBullmq(key);
                         });
        else if (!knowsBullmq(*name))
            BullmqSystem::askForQueueOfEvents(pipeline, key,
                                              [this](const QByteArray& found) { adoptBullmq(found); });
    }
}

void RedisDiscovery::askForSidekiqIn(RedisPipeline& pipeline, const QByteArray& nameSpace) {
    if (!wanted("sidekiq") || !wantedPrefix(nameSpace) || m_sidekiqs.contains(nameSpace)) return;
    askForSidekiq(
        pipeline, nameSpace,
        [this, nameSpace] {
            m_sidekiqs.insert(nameSpace);
            m_systems.push_back(std::make_unique<SidekiqSystem>(nameSpace));
        },
        [this](const QString& why) { m_probeGap = why; });
}

void RedisDiscovery::askForRqOnce(RedisPipeline& pipeline) {
    if (m_hasRq || !wanted("rq") || !wantedPrefix({})) return;
    askForRq(pipeline, [this] {
        if (!std::exchange(m_hasRq, true)) m_systems.push_back(std::make_unique<RqSystem>());
    });
}

// A key that the scan shows and this user may not read: a queue that is there and cannot be seen, which is
// said of it, where the prefix is BullMQ's own or that of queues that can be read.
bool RedisDiscovery::isHiddenQueue(const QByteArray& metaKey, const RedisReply& refused) const {
    if (refused.errorCode() != "NOPERM" || !refused.text.contains("access")) return false;
    const QByteArray prefix = BullmqSystem::nameFromMetaKey(metaKey)->prefix;
    return prefix == "bull" || std::any_of(m_systems.begin(), m_systems.end(), [&prefix](const auto& system) {
               const auto* bullmq = dynamic_cast<const BullmqSystem*>(system.get());
               return bullmq && bullmq->prefix() == prefix;
           });
}

bool RedisDiscovery::knowsBullmq(const BullmqSystem::Name& name) const {
    return std::any_of(m_systems.begin(), m_systems.end(), [&name](const auto& system) {
        const auto* bullmq = dynamic_cast<const BullmqSystem*>(system.get());
        return bullmq && bullmq->prefix() == name.prefix && bullmq->knows(name.queue);
    });
}

void RedisDiscovery::adoptBullmq(const QByteArray& metaKey) {
    for (const auto& system : m_systems)
        if (system->adopt(metaKey)) return;
    auto system = std::make_unique<BullmqSystem>(BullmqSystem::nameFromMetaKey(metaKey)->prefix);
    system->adopt(metaKey);
    m_systems.push_back(std::move(system));
}

void RedisDiscovery::clear() {
    m_systems.clear();
    m_streams = nullptr;
}

void RedisDiscovery::askForGroups(RedisPipeline& pipeline, const QList<QByteArray>& streams) {
    m_groupsGap.clear();
    for (const QByteArray& key : QSet<QByteArray>(streams.begin(), streams.end())) {
        if (m_streams && m_streams->knows(key)) continue;
        pipeline.add({"XINFO", "GROUPS", key},
                     [this, key](const RedisReply& groups) { takeGroups(key, groups); });
    }
}

void RedisDiscovery::takeGroups(const QByteArray& stream, const RedisReply& groups) {
    // The events of BullMQ are streams that nobody reads in groups: no reason to ask for rights.
    if (groups.errorCode() == "NOPERM" && !stream.endsWith(":events"))
        m_groupsGap = reasonFromReply(groups, {"XINFO", "GROUPS", stream});
    if (groups.items.empty()) return;
    if (!m_streams) {
        auto system = std::make_unique<StreamSystem>(m_onlyNamespace.toUtf8());
        m_streams = system.get();
        m_systems.push_back(std::move(system));
    }
    m_streams->adopt(stream);
}

// The keyspace is looked through again and again, one step with each poll, to find new queues.
void RedisDiscovery::addScanStep(RedisPipeline& pipeline) {
    if (!m_scan.gap().isEmpty() || !m_nextScan.hasExpired()) return addStreamScanStep(pipeline);
    if (m_scan.finished()) {
        m_scan.restart();
        m_scanSteps = 0;
    }
    pipeline.add(m_scan.nextCommand(), [this, &pipeline](const RedisReply& reply) {
        askForSystems(pipeline, m_scan.take(reply));
        ++m_scanSteps;
        if (!m_scan.finished()) return;
        m_scanEverFinished = true;
        m_nextScan.setRemainingTime(pauseAfter(m_scanSteps));
    });
}

// Only when the other scan rests, so that a poll never pays for two steps.
void RedisDiscovery::addStreamScanStep(RedisPipeline& pipeline) {
    if (!wanted("redis_stream") || !m_streamScan.gap().isEmpty() || !m_nextStreamScan.hasExpired()) return;
    if (m_streamScan.finished()) {
        m_streamScan.restart();
        m_streamScanSteps = 0;
    }
    pipeline.add(m_streamScan.nextCommand(), [this, &pipeline](const RedisReply& reply) {
        askForGroups(pipeline, m_streamScan.take(reply));
        ++m_streamScanSteps;
        if (m_streamScan.finished()) m_nextStreamScan.setRemainingTime(pauseAfter(m_streamScanSteps));
    });
}

QString RedisDiscovery::streamGap() const {
    return m_streamScan.gap().isEmpty() ? m_groupsGap : m_streamScan.gap();
}

QString RedisDiscovery::gap() const {
    if (!m_probeGap.isEmpty()) return m_probeGap;
    return m_scan.gap().isEmpty() ? m_groupsGap : m_scan.gap();
}

void RedisDiscovery::noteGap(Capabilities& capabilities) const {
    if (!m_scan.gap().isEmpty())
        capabilities.set(
            u"discovery"_s, false,
            u"BullMQ queues and systems under a key prefix cannot be looked for: "_s + m_scan.gap());
    else if (!m_scanEverFinished)
        capabilities.set(
            u"discovery"_s, false,
            u"the database has very many keys and is looked through slowly; more queues may appear"_s);
    else if (!streamGap().isEmpty())
        capabilities.set(u"discovery"_s, false,
                         u"consumer groups of streams cannot be looked for: "_s + streamGap());
}

}  // namespace spillway

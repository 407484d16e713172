// Which queue systems live in one Redis database: asked at first, then looked for again and again by a slow
// scan that goes on with the polls.
#pragma once

#include <QSet>

#include "backends/redis/bullmq/system.h"
#include "backends/redis/shared/dead_walk.h"
#include "backends/redis/shared/key_scan.h"

namespace spillway {

class StreamSystem;

class RedisDiscovery {
public:
    explicit RedisDiscovery(const ConnectionSettings& settings)
        : m_onlySystem(settings.onlySystem), m_onlyNamespace(settings.onlyNamespace) {}

    using RunOnce = std::function<Outcome<Done>(RedisPipeline&)>;
    // Forgets what is known and looks anew. `pipeline` is an empty one, `runOnce` sends it.
    [[nodiscard]] Outcome<Done> find(RedisConnection& connection, RedisPipeline pipeline,
                                     const RunOnce& runOnce, QDeadlineTimer deadline);
    // One step of the scan, if it is time for one; what it finds is read from the next poll on.
    void addScanStep(RedisPipeline& pipeline);
    void clear();

    [[nodiscard]] const RedisSystems& systems() const { return m_systems; }
    // Why nothing can be looked for; empty: it can.
    [[nodiscard]] QString gap() const;
    // Adds what this means for a system's capabilities.
    void noteGap(Capabilities& capabilities) const;

private:
    [[nodiscard]] bool wanted(const char* system) const;
    [[nodiscard]] bool wantedPrefix(const QByteArray& prefix) const;
    void askForSystems(RedisPipeline& pipeline, const QList<QByteArray>& keys);
    void askForSidekiqIn(RedisPipeline& pipeline, const QByteArray& nameSpace);
    void askForRqOnce(RedisPipeline& pipeline);
    [[nodiscard]] bool isHiddenQueue(const QByteArray& metaKey, const RedisReply& refused) const;
    [[nodiscard]] bool knowsBullmq(const BullmqSystem::Name& name) const;
    void adoptBullmq(const QByteArray& metaKey);
    void askForGroups(RedisPipeline& pipeline, const QList<QByteArray>& streams);
    void takeGroups(const QByteArray& stream, const RedisReply& groups);
    void addStreamScanStep(RedisPipeline& pipeline);
    [[nodiscard]] QString streamGap() const;

    QString m_onlySystem, m_onlyNamespace;
    RedisSystems m_systems;
    QSet<QByteArray> m_sidekiqs;  // the key prefixes of those among them
    bool m_hasRq = false;
    QString m_probeGap;  // why not even the plain keys of Sidekiq can be looked at
    RedisKeyScan m_scan;
    bool m_scanEverFinished = false;
    int m_scanSteps = 0;
    QDeadlineTimer m_nextScan;
    StreamSystem* m_streams = nullptr;  // among the systems
    RedisKeyScan m_streamScan = RedisKeyScan::forStreams();
    QString m_groupsGap;  // why the groups of a stream cannot be looked at
    int m_streamScanSteps = 0;
    QDeadlineTimer m_nextStreamScan;
};

}  // namespace spillway

// Which queue systems live in one Redis database: asked at first, then looked for again and again by slow
// scans that go on with the polls.
#pragma once

#include "backends/redis/shared/finder.h"
#include "backends/redis/shared/key_scan.h"

namespace spillway {

class RedisDiscovery {
public:
    explicit RedisDiscovery(const ConnectionSettings& settings);
    Q_DISABLE_COPY_MOVE(RedisDiscovery)  // the finders refer to it

    using RunOnce = std::function<Outcome<Done>(RedisPipeline&)>;
    // Forgets what is known and looks anew. `pipeline` is an empty one, `runOnce` sends it.
    [[nodiscard]] Outcome<Done> find(RedisConnection& connection, RedisPipeline pipeline,
                                     const RunOnce& runOnce, QDeadlineTimer deadline);
    // Asks about keys that somebody names, where the scan may not have come to them yet.
    [[nodiscard]] Outcome<Done> lookFor(const QSet<QByteArray>& keys, const RunOnce& runOnce);
    // One step of a scan, if it is time for one; what it finds is read from the next poll on.
    void addScanStep(RedisPipeline& pipeline);
    void clear();

    [[nodiscard]] const RedisSystems& systems() const { return m_finding.systems; }
    // Why nothing can be looked for; empty: it can.
    [[nodiscard]] QString gap() const;
    // Adds what this means for a system's capabilities.
    void noteGap(Capabilities& capabilities) const;

private:
    // All systems that one scan can find.
    struct Search {
        RedisKeyScan scan;
        std::vector<std::unique_ptr<RedisFinder>> finders;
        bool ever_finished = false;
        int steps = 0;
        QDeadlineTimer next;

        void ask(RedisPipeline& pipeline, const QList<QByteArray>& keys) const;
        [[nodiscard]] bool stepDue() const;
        void step(RedisPipeline& pipeline);
        [[nodiscard]] QString findersGap() const;
    };
    [[nodiscard]] static Outcome<QList<QByteArray>> scanAtFirst(Search& search, RedisKeyScan scan,
                                                                RedisConnection& connection,
                                                                QDeadlineTimer deadline,
                                                                std::chrono::milliseconds budget);
    void makeFinders();

    QString m_onlySystem;
    RedisFinding m_finding;
    QByteArrayList m_ends;      // of the keys that the first of these looks for
    Search m_byName, m_byType;  // the second finds streams
};

}  // namespace spillway

#include "backends/redis/shared/finder.h"
#include "backends/redis/streams/kind.h"
#include "backends/redis/streams/system.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
namespace {

// Streams that somebody reads in groups.
class StreamFinder final : public RedisFinder {
public:
    using RedisFinder::RedisFinder;
    void askAbout(RedisPipeline& pipeline, const QSet<QByteArray>& keys) override;

private:
    void take(const QByteArray& stream, const RedisReply& groups);

    StreamSystem* m_system = nullptr;
};

void StreamFinder::askAbout(RedisPipeline& pipeline, const QSet<QByteArray>& keys) {
    m_gap.clear();
    for (const QByteArray& key : keys)
        if (!key.startsWith("rq:results:") && !(m_system && m_system->knows(key)))  // one for each job of RQ
            pipeline.add({"XINFO", "GROUPS", key},
                         [this, key](const RedisReply& groups) { take(key, groups); });
}

void StreamFinder::take(const QByteArray& stream, const RedisReply& groups) {
    // The events of BullMQ are streams that nobody reads in groups: no reason to ask for rights.
    if (isDenied(groups) && !stream.endsWith(":events"))
        m_gap = reasonFromReply(groups, {"XINFO", "GROUPS", stream});
    if (groups.items.empty()) return;
    if (!m_system) m_system = m_finding.add<StreamSystem>(m_finding.prefix);
    m_system->add(stream);
}

}  // namespace

std::unique_ptr<RedisFinder> makeStreamFinder(RedisFinding& finding) {
    return std::make_unique<StreamFinder>(finding);
}

}  // namespace spillway

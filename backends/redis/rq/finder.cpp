#include <algorithm>

#include "backends/redis/rq/kind.h"
#include "backends/redis/rq/system.h"
#include "backends/redis/shared/finder.h"

namespace spillway {
namespace {

// One installation in a database: RQ has no other prefix than "rq:".
class RqFinder final : public RedisFinder {
public:
    using RedisFinder::RedisFinder;
    void askPlain(RedisPipeline& pipeline) override;
    void askAbout(RedisPipeline& pipeline, const QSet<QByteArray>& keys) override {
        if (keys.contains("rq:queues")) askPlain(pipeline);
    }

private:
    bool m_found = false;
};

void RqFinder::askPlain(RedisPipeline& pipeline) {
    if (m_found || !m_finding.wants({})) return;
    for (const char* set : {"rq:queues", "rq:workers"})
        pipeline.add({"SSCAN", set, "0", "COUNT", "5"}, [this](const RedisReply& reply) {
            if (!reply.isArray() || reply.items.size() != 2) return;
            const auto& members = reply.items[1].items;
            const bool any = std::any_of(members.begin(), members.end(), [](const RedisReply& member) {
                return member.text.startsWith("rq:queue:") || member.text.startsWith("rq:worker:");
            });
            if (any && !std::exchange(m_found, true)) m_finding.add<RqSystem>();
        });
}

}  // namespace

std::unique_ptr<RedisFinder> makeRqFinder(RedisFinding& finding) {
    return std::make_unique<RqFinder>(finding);
}

}  // namespace spillway

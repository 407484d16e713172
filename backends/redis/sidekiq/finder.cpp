#include "backends/redis/shared/finder.h"
#include "backends/redis/sidekiq/kind.h"
#include "backends/redis/sidekiq/system.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
namespace {

constexpr int kQueuesToTry = 5;

struct Question {
    QByteArray start;
    std::function<void()> found;
    std::function<void(const QString&)> denied;
    bool answered = false;

    void yes() {
        if (!std::exchange(answered, true)) found();
    }
    void lookAtJob(const RedisReply& reply) {
        const QByteArray job = reply.isArray() && !reply.items.empty() ? reply.items[0].text : reply.text;
        if (job.startsWith('{') && job.contains("\"jid\"")) yes();
    }
};

using Asked = std::shared_ptr<Question>;

// Processes register only with Sidekiq; otherwise its jobs give it away: they carry a "jid".
void lookAtJobs(RedisPipeline& pipeline, const Asked& asked, const RedisReply& queues) {
    int tries = 0;
    for (const RedisReply& name : queues.items[1].items) {
        if (++tries > kQueuesToTry) break;
        pipeline.add({"LINDEX", asked->start + "queue:" + name.text, "-1"},
                     [asked](const RedisReply& job) { asked->lookAtJob(job); });
    }
}

// Nothing but an idle installation: counters without any job. Resque has the same counter, but also a
// set of workers; Faktory has none of this name.
void acceptIdle(RedisPipeline& pipeline, const Asked& asked) {
    pipeline.add({"EXISTS", asked->start + "workers", asked->start + "failed"},
                 [asked](const RedisReply& reply) {
                     if (reply.isInteger() && reply.integer == 0) asked->yes();
                 });
}

// Is there a Sidekiq under this key prefix? Told apart from Resque and Faktory, whose keys look alike. Calls
// `found` in this or the next round if it is, or `denied` with the reason if the user may not even ask.
void askForSidekiq(RedisPipeline& pipeline, const QByteArray& nameSpace, const std::function<void()>& found,
                   const std::function<void(const QString&)>& denied) {
    const auto asked = std::make_shared<Question>();
    asked->start = nameSpace.isEmpty() ? QByteArray() : nameSpace + ':';
    asked->found = found;
    asked->denied = denied;
    pipeline.add({"SCARD", asked->start + "processes"}, [asked](const RedisReply& reply) {
        if (reply.isInteger() && reply.integer > 0) asked->yes();
    });
    for (const char* set : {"retry", "schedule", "dead"})
        pipeline.add({"ZRANGE", asked->start + set, "0", "0"},
                     [asked](const RedisReply& reply) { asked->lookAtJob(reply); });
    const RedisCommand queues{"SSCAN", asked->start + "queues", "0", "COUNT", "10"};
    pipeline.add(queues, [&pipeline, asked, queues](const RedisReply& reply) {
        if (isDenied(reply)) asked->denied(reasonFromReply(reply, queues));
        if (reply.isArray() && reply.items.size() == 2 && !asked->answered)
            lookAtJobs(pipeline, asked, reply);
    });
    pipeline.add({"GET", asked->start + "stat:processed"}, [&pipeline, asked](const RedisReply& reply) {
        if (reply.isText() && !asked->answered) acceptIdle(pipeline, asked);
    });
}

// One installation for each key prefix ("app:queues"), and the plain keys.
class SidekiqFinder final : public RedisFinder {
public:
    using RedisFinder::RedisFinder;
    void askPlain(RedisPipeline& pipeline) override {
        if (m_finding.prefix.isEmpty()) askFor(pipeline, {});
    }
    void askAbout(RedisPipeline& pipeline, const QSet<QByteArray>& keys) override {
        for (const QByteArray& key : keys)
            if (key.endsWith(":queues") && key != "rq:queues") askFor(pipeline, key.chopped(7));
    }

private:
    void askFor(RedisPipeline& pipeline, const QByteArray& nameSpace);

    QSet<QByteArray> m_found;  // their prefixes
};

void SidekiqFinder::askFor(RedisPipeline& pipeline, const QByteArray& nameSpace) {
    if (!m_finding.wants(nameSpace) || m_found.contains(nameSpace)) return;
    askForSidekiq(
        pipeline, nameSpace,
        [this, nameSpace] {
            m_found.insert(nameSpace);
            m_finding.add<SidekiqSystem>(nameSpace);
        },
        [this](const QString& why) { m_gap = why; });
}

}  // namespace

std::unique_ptr<RedisFinder> makeSidekiqFinder(RedisFinding& finding) {
    return std::make_unique<SidekiqFinder>(finding);
}

}  // namespace spillway

#include "backends/redis/rq/intermediate.h"

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;

void RqIntermediate::startPoll(RedisPipeline& pipeline) {
    m_ids.clear();
    pipeline.count({"LLEN", m_key}, m_size, u"list"_s, [this, &pipeline] {
        if (*m_size.value == 0) return;
        pipeline.add({"LRANGE", m_key, "0", QByteArray::number(kLookAtMost - 1)},
                     [this](const RedisReply& reply) {
                         for (const RedisReply& id : reply.items) m_ids << id.text;
                     });
    });
}

void RqIntermediate::finishPoll(const QString& display, ServerTime now) {
    m_leases.clear();
    QHash<QByteArray, ServerTime> since;
    for (const QByteArray& id : std::as_const(m_ids)) {
        const ServerTime first = m_since.value(id, now);
        since.insert(id, first);
        const double seen_s = secondsBetween(first, now);
        if (seen_s < kStuck_s) continue;
        Lease lease;
        lease.id = visibleText(id);
        lease.queue = display;
        lease.stuck = true;
        lease.evidence
            << u"taken from the queue and not started for at least %1: its worker died in between"_s.arg(
                   durationText(seen_s));
        lease.fencing = u"RQ itself moves it to the failed jobs when a worker's maintenance finds it"_s;
        m_leases.push_back(std::move(lease));
    }
    m_since = std::move(since);
}

}  // namespace spillway

#include "backends/redis/bullmq/children.h"

#include <algorithm>

#include "backends/domain/human_text.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;

void BullmqChildren::startPoll(RedisPipeline& pipeline, bool mayLook) {
    m_oldest = Measured<ServerTime>::notObservable(u"no job waits for another one"_s);
    pipeline.count({"ZCARD"_ba, m_key}, m_size, u"sorted set"_s, [this, &pipeline, mayLook] {
        if (*m_size.value == 0) return;
        askOldest(pipeline);
        if (mayLook) look(pipeline);
    });
}

void BullmqChildren::askOldest(RedisPipeline& pipeline) {
    const RedisCommand command{"ZRANGE", m_key, "0", "0", "WITHSCORES"};
    pipeline.add(command, [this, command](const RedisReply& reply) {
        if (reply.isError()) m_oldest.method = reasonFromReply(reply, command, u"sorted set"_s);
        if (!reply.isArray() || reply.items.size() != 2) return;
        bool ok = false;
        const double millis = reply.items[1].text.toDouble(&ok);
        if (ok) m_oldest = Measured<ServerTime>::exact(serverTimeFromSeconds(millis / 1e3));
    });
}

void BullmqChildren::look(RedisPipeline& pipeline) {
    pipeline.add({"ZRANGE", m_key, "0", QByteArray::number(kLookAtMost - 1)},
                 [this, &pipeline](const RedisReply& reply) {
                     m_parents.clear();
                     for (const RedisReply& id : reply.items) m_parents.push_back({id.text, {}});
                     for (std::size_t i = 0; i < m_parents.size(); ++i) askChildren(pipeline, i);
                 });
}

void BullmqChildren::askChildren(RedisPipeline& pipeline, std::size_t index) {
    const QByteArray key = m_base + m_parents[index].id + ":dependencies";
    pipeline.add({"SSCAN", key, "0", "COUNT", QByteArray::number(kChildrenAtMost)},
                 [this, &pipeline, index](const RedisReply& reply) {
                     if (!reply.isArray() || reply.items.size() != 2) return;
                     const auto& children = reply.items[1].items;
                     const auto most = std::min<std::size_t>(children.size(), kChildrenAtMost);
                     for (std::size_t i = 0; i < most; ++i)
                         pipeline.add({"HMGET", children[i].text, "finishedOn", "failedReason"},
                                      [this, index, child = children[i].text](const RedisReply& fields) {
                                          if (fields.items.size() == 2 && !fields.items[0].isNil() &&
                                              !fields.items[1].isNil())
                                              m_parents[index].deadChild = child;
                                      });
                 });
}

void BullmqChildren::finishPoll(QueueReading& reading) {
    reading.blocked = m_size;
    reading.oldest_blocked_at =
        m_size.known() ? m_oldest : Measured<ServerTime>::notObservable(m_size.method);
    if (m_size.valueOr(0) == 0) m_parents.clear();
    const auto waitsForDead = [](const Parent& parent) { return !parent.deadChild.isEmpty(); };
    const auto example = std::find_if(m_parents.begin(), m_parents.end(), waitsForDead);
    if (example == m_parents.end()) return;
    const qint64 dead =
        std::min<qint64>(std::count_if(m_parents.begin(), m_parents.end(), waitsForDead), *m_size.value);
    const bool all = static_cast<qint64>(m_parents.size()) >= *m_size.value;
    const QString method = u"among %1 of %2 parents"_s.arg(m_parents.size()).arg(*m_size.value);
    reading.blocked_on_dead = BlockedOnDead{all ? Count::exact(dead) : Count::lowerBound(dead, method),
                                            visibleText(example->id), visibleText(example->deadChild)};
}

}  // namespace spillway

#include "backends/redis/shared/blocked.h"

#include <algorithm>

#include "backends/domain/human_text.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;

void RedisBlocked::startPoll(RedisPipeline& pipeline, bool mayLook) {
    m_oldest = Measured<ServerTime>::notObservable(u"the jobs do not say since when they wait"_s);
    m_isOldest = false;
    pipeline.count({"ZCARD"_ba, m_set}, m_size, u"sorted set"_s, [this, &pipeline, mayLook] {
        if (*m_size.value == 0) return;
        askOldest(pipeline);
        if (!mayLook) return;
        const RedisCommand command{"ZRANGE", m_set, "0", QByteArray::number(kLookAtMost - 1)};
        pipeline.add(command, [this, &pipeline, command](const RedisReply& reply) {
            if (!reply.isArray()) return noteTimeGap(reasonFromReply(reply, command, u"sorted set"_s));
            takeJobs(pipeline, reply);
        });
    });
}

void RedisBlocked::takeJobs(RedisPipeline& pipeline, const RedisReply& reply) {
    m_jobs.clear();
    for (const RedisReply& id : reply.items) m_jobs.push_back({id.text, {}});
    for (std::size_t i = 0; i < m_jobs.size(); ++i) {
        askWhen(pipeline, m_jobs[i].id);
        askNeeds(pipeline, i);
    }
}

void RedisBlocked::askNeeds(RedisPipeline& pipeline, std::size_t index) {
    pipeline.add({"SSCAN", needsOf(m_jobs[index].id), "0", "COUNT", QByteArray::number(kNeedsAtMost)},
                 [this, &pipeline, index](const RedisReply& reply) {
                     if (!reply.isArray() || reply.items.size() != 2) return;
                     const auto& needs = reply.items[1].items;
                     const auto most = std::min<std::size_t>(needs.size(), kNeedsAtMost);
                     for (std::size_t i = 0; i < most; ++i)
                         pipeline.add(askWhetherDead(needs[i].text),
                                      [this, index, need = needs[i].text](const RedisReply& answer) {
                                          if (isDead(answer)) m_jobs[index].dead = need;
                                      });
                 });
}

void RedisBlocked::noteWaitsSince(ServerTime at, bool isOldest) {
    m_isOldest = isOldest;
    if (!m_oldest.known() || at < *m_oldest.value) m_oldest = Measured<ServerTime>::exact(at);
}

void RedisBlocked::finishPoll(QueueReading& reading) {
    reading.blocked = m_size;
    reading.oldest_blocked_at = m_oldest;
    if (!m_size.known()) reading.oldest_blocked_at = Measured<ServerTime>::notObservable(m_size.method);
    if (m_size.valueOr(0) > 0) return noteDead(reading);
    m_jobs.clear();
    if (m_size.known())
        reading.oldest_blocked_at = Measured<ServerTime>::notObservable(u"no job waits for another one"_s);
}

void RedisBlocked::noteDead(QueueReading& reading) const {
    const bool all = static_cast<qint64>(m_jobs.size()) >= *m_size.value;
    const QString method = u"among %1 of %2 %3"_s.arg(m_jobs.size()).arg(*m_size.value).arg(m_noun);
    if (m_oldest.known() && !all && !m_isOldest)
        reading.oldest_blocked_at = Measured<ServerTime>::estimated(*m_oldest.value, method);
    const auto waitsForDead = [](const Job& job) { return !job.dead.isEmpty(); };
    const auto example = std::find_if(m_jobs.begin(), m_jobs.end(), waitsForDead);
    if (example == m_jobs.end()) return;
    const qint64 dead =
        std::min<qint64>(std::count_if(m_jobs.begin(), m_jobs.end(), waitsForDead), *m_size.value);
    reading.blocked_on_dead = BlockedOnDead{all ? Count::exact(dead) : Count::lowerBound(dead, method),
                                            visibleText(example->id), visibleText(example->dead)};
}

}  // namespace spillway

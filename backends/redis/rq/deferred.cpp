#include "backends/redis/rq/deferred.h"

#include <algorithm>

#include "backends/domain/human_text.h"
#include "backends/redis/rq/fields.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

using Time = Measured<ServerTime>;

// RQ starts what waits for these only where the job was enqueued to run all the same, and then at once.
bool isDead(const QByteArray& status) {
    return status == "failed" || status == "stopped" || status == "canceled";
}

}  // namespace

void RqDeferred::startPoll(RedisPipeline& pipeline) {
    m_jobs.clear();
    m_problem.clear();
    pipeline.count({"ZCARD", m_key}, m_size, u"sorted set"_s, [this, &pipeline] {
        if (*m_size.value == 0) return;
        const RedisCommand command{"ZRANGE", m_key, "0", QByteArray::number(kLookAtMost - 1)};
        pipeline.add(command, [this, &pipeline, command](const RedisReply& reply) {
            takeJobs(pipeline, reply, command);
        });
    });
}

void RqDeferred::takeJobs(RedisPipeline& pipeline, const RedisReply& reply, const RedisCommand& command) {
    if (!reply.isArray()) {
        m_problem = reasonFromReply(reply, command, u"sorted set"_s);
        return;
    }
    for (const RedisReply& id : reply.items) m_jobs.push_back({id.text, {}, {}});
    for (std::size_t i = 0; i < m_jobs.size(); ++i) {
        const RedisCommand ask{"HGET", "rq:job:" + m_jobs[i].id, "created_at"};
        pipeline.add(ask, [this, i, ask](const RedisReply& created) {
            if (created.isError()) m_problem = reasonFromReply(created, ask, u"hash"_s);
            m_jobs[i].created_at = rqTimeFrom(created.text);
        });
        askDependencies(pipeline, i);
    }
}

// Two colons: RQ puts one behind its prefix, which ends with one.
void RqDeferred::askDependencies(RedisPipeline& pipeline, std::size_t index) {
    const QByteArray key = "rq:job::" + m_jobs[index].id + ":dependencies";
    pipeline.add({"SSCAN", key, "0", "COUNT", QByteArray::number(kDependenciesAtMost)},
                 [this, &pipeline, index](const RedisReply& reply) {
                     if (!reply.isArray() || reply.items.size() != 2) return;
                     const auto& ids = reply.items[1].items;
                     const auto most = std::min<std::size_t>(ids.size(), kDependenciesAtMost);
                     for (std::size_t i = 0; i < most; ++i)
                         pipeline.add({"HGET", "rq:job:" + ids[i].text, "status"},
                                      [this, index, id = ids[i].text](const RedisReply& status) {
                                          if (isDead(status.text)) m_jobs[index].dead = id;
                                      });
                 });
}

void RqDeferred::finishPoll(QueueReading& reading) const {
    reading.blocked = m_size;
    reading.oldest_blocked_at =
        Time::notObservable(m_size.known() ? u"no job waits for another one"_s : m_size.method);
    if (m_size.valueOr(0) == 0) return;
    const bool all = static_cast<qint64>(m_jobs.size()) >= *m_size.value;
    const QString method = u"among %1 of %2 deferred jobs"_s.arg(m_jobs.size()).arg(*m_size.value);
    reading.oldest_blocked_at =
        Time::notObservable(m_problem.isEmpty() ? u"the jobs do not say when they were made"_s : m_problem);
    qint64 dead = 0;
    const Job* example = nullptr;
    for (const Job& job : m_jobs) {
        Time& oldest = reading.oldest_blocked_at;
        if (job.created_at && (!oldest.known() || *job.created_at < *oldest.value))
            oldest = all ? Time::exact(*job.created_at) : Time::estimated(*job.created_at, method);
        if (job.dead.isEmpty()) continue;
        ++dead;
        if (!example) example = &job;
    }
    if (example)
        reading.blocked_on_dead = BlockedOnDead{all ? Count::exact(dead) : Count::lowerBound(dead, method),
                                                visibleText(example->id), visibleText(example->dead)};
}

}  // namespace spillway

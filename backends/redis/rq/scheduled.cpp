#include "backends/redis/rq/scheduled.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "backends/redis/rq/fields.h"
#include "backends/redis/shared/sorted_slices.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;

void RqScheduled::startPoll(RedisPipeline& pipeline, ServerTime now, bool mayLook) {
    m_overdue = Count::exact(0);
    m_firstDue = Measured<ServerTime>::notObservable(u"no job is scheduled"_s);
    m_lockKnown = m_looked = false;
    const auto late = millisSinceEpoch(now) / 1000 - qint64(kPromotion_s);
    pipeline.count({"ZCARD", m_key}, m_size, u"sorted set"_s, [this, &pipeline, late, mayLook] {
        if (*m_size.value == 0) return;
        pipeline.count({"ZCOUNT", m_key, "-inf", '(' + QByteArray::number(late)}, m_overdue, u"sorted set"_s);
        pipeline.add({"EXISTS", m_lockKey}, [this](const RedisReply& reply) {
            m_lockKnown = reply.isInteger();
            m_locked = reply.integer > 0;
        });
        if (mayLook) look(pipeline);
    });
}

void RqScheduled::look(RedisPipeline& pipeline) {
    m_looked = true;
    m_problem.clear();
    m_jobsBefore = std::exchange(m_jobs, {});
    for (const auto& command : wholeOrSlices(m_key, *m_size.value, kLookAtMost))
        pipeline.add(command, [this, &pipeline, command](const RedisReply& reply) {
            takeSlice(pipeline, reply, command);
        });
}

void RqScheduled::takeSlice(RedisPipeline& pipeline, const RedisReply& reply, const RedisCommand& command) {
    if (!reply.isArray()) {
        m_problem = reasonFromReply(reply, command, u"sorted set"_s);
        return;
    }
    for (std::size_t i = 0; i + 1 < reply.items.size(); i += 2) {
        const QByteArray& id = reply.items[i].text;
        const QByteArray& due = reply.items[i + 1].text;
        const auto seconds = rqExpiryFrom(due);
        if (seconds && (!m_firstDue.known() || *m_firstDue.value > serverTimeFromSeconds(*seconds)))
            m_firstDue = Measured<ServerTime>::exact(serverTimeFromSeconds(*seconds));
        const auto known = m_jobsBefore.constFind(id);
        if (known != m_jobsBefore.cend() && known->due == due) {
            m_jobs.insert(id, *known);
            continue;
        }
        const RedisCommand ask{"HMGET", "rq:job:" + id, "started_at", "number_of_retries"};
        pipeline.add(ask, [this, id, due, ask](const RedisReply& fields) {
            if (!fields.isArray() || fields.items.size() != 2) {
                m_problem = reasonFromReply(fields, ask, u"hash"_s);
                return;
            }
            const bool retry =
                !fields.items[0].text.isEmpty() || integerFrom(fields.items[1]).value_or(0) > 0;
            m_jobs.insert(id, {due, retry});
        });
    }
}

RetryDues RqScheduled::dues(bool complete) const {
    std::map<qint64, qint64> minutes;
    for (const Job& job : m_jobs)
        if (const auto due = rqExpiryFrom(job.due); due && job.retry)
            ++minutes[static_cast<qint64>(*due) / 60];
    std::vector<RetryDue> all;
    for (const auto& [minute, jobs] : minutes)
        all.push_back({serverTimeFromMicros(minute * 60'000'000), jobs});
    if (complete) return RetryDues::exact(all);
    return RetryDues::lowerBound(all, u"only %1 scheduled jobs were looked at"_s.arg(m_jobs.size()));
}

void RqScheduled::finishPoll(QueueReading& reading) {
    m_jobsBefore.clear();
    m_sizeBefore = m_size.valueOr(0);
    reading.scheduled = reading.retrying = reading.overdue = m_size;
    reading.retry_due = RetryDues::notObservable(m_size.method);
    if (!m_size.known()) return;
    reading.overdue = m_overdue;
    const qint64 size = *m_size.value;
    if (size == 0) {
        m_jobs.clear();
        reading.retry_due = RetryDues::exact({});
        return;
    }
    if (m_jobs.isEmpty()) {
        const QString why = m_problem.isEmpty() ? u"looked into with one of the next polls"_s : m_problem;
        reading.scheduled = reading.retrying =
            Count::notObservable(u"scheduled jobs and retries share one registry: "_s + why);
        reading.retry_due = RetryDues::notObservable(reading.retrying.method);
        return;
    }
    const bool complete = m_looked && m_jobs.size() == size;
    const auto retries = std::count_if(m_jobs.cbegin(), m_jobs.cend(), [](const Job& j) { return j.retry; });
    const auto scaled = std::llround(static_cast<double>(retries) / static_cast<double>(m_jobs.size()) *
                                     static_cast<double>(size));
    const QString method = u"share among %1 of %2 scheduled jobs"_s.arg(m_jobs.size()).arg(size);
    reading.retrying = complete ? Count::exact(scaled) : Count::estimated(scaled, method);
    reading.scheduled = complete ? Count::exact(size - scaled) : Count::estimated(size - scaled, method);
    reading.retry_due = dues(complete);
}

}  // namespace spillway

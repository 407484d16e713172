#include "backends/redis/bullmq/delayed.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "backends/redis/shared/sorted_slices.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {
constexpr int kPollsBetweenLooks = 5;
}  // namespace

qint64 BullmqDelayed::lookCost() const {
    if (m_sizeBefore == 0) return 0;
    // A sample of a large set stays good for a while; a small set is read whole to be exact.
    if (m_sizeBefore > kLookAtMost && m_sizeBefore == m_sizeAtLook && m_pollsSinceLook < kPollsBetweenLooks)
        return 0;
    return std::min(m_sizeBefore, kLookAtMost);
}

void BullmqDelayed::startPoll(RedisPipeline& pipeline, bool mayLook, std::function<void()> whenAny) {
    m_looking = false;
    m_problem.clear();
    ++m_pollsSinceLook;
    pipeline.count({"ZCARD"_ba, m_key}, m_size, u"sorted set"_s,
                   [this, &pipeline, mayLook, whenAny = std::move(whenAny)] {
                       if (*m_size.value == 0) return;
                       whenAny();
                       if (mayLook) look(pipeline);
                   });
}

void BullmqDelayed::look(RedisPipeline& pipeline) {
    m_looking = true;
    m_pollsSinceLook = 0;
    m_sizeAtLook = *m_size.value;
    m_before = std::exchange(m_jobs, {});
    for (const auto& command : wholeOrSlices(m_key, m_sizeAtLook, kLookAtMost))
        pipeline.add(command, [this, &pipeline, command](const RedisReply& reply) {
            takeSlice(pipeline, reply, command);
        });
}

void BullmqDelayed::takeSlice(RedisPipeline& pipeline, const RedisReply& reply, const RedisCommand& command) {
    if (!reply.isArray()) {
        m_problem = reasonFromReply(reply, command, u"sorted set"_s);
        return;
    }
    for (std::size_t i = 0; i + 1 < reply.items.size(); i += 2) {
        const QByteArray& id = reply.items[i].text;
        const QByteArray& score = reply.items[i + 1].text;
        const auto known = m_before.constFind(id);
        if (known != m_before.cend() && known->score == score) {
            m_jobs.insert(id, *known);
            continue;
        }
        // atm: attempts made, since version 5; attemptsMade: version 4.
        pipeline.add({"HMGET"_ba, m_base + id, "atm", "attemptsMade"},
                     [this, id, score](const RedisReply& fields) { takeJob(id, score, fields); });
    }
}

void BullmqDelayed::takeJob(const QByteArray& id, const QByteArray& score, const RedisReply& reply) {
    if (!reply.isArray()) {
        m_problem = reasonFromReply(reply, {"HMGET"_ba, m_base + id}, u"hash"_s);
        return;
    }
    const bool retry = std::any_of(reply.items.begin(), reply.items.end(),
                                   [](const RedisReply& made) { return integerFrom(made).value_or(0) > 0; });
    m_jobs.insert(id, {score, retry});
}

bool BullmqDelayed::complete() const {
    return m_looking && m_jobs.size() == *m_size.value;
}

void BullmqDelayed::askMinutes(RedisPipeline& pipeline, ServerTime now) {
    if (m_sizeBefore > kLookAtMost)
        m_minutes.ask(pipeline, now);
    else
        m_minutes.forget();
}

// Of a small set every due time is known; of a large one how many are due in each minute, of which the
// share of retries is taken.
RetryDues BullmqDelayed::retryDue(const Count& retrying) const {
    if (!retrying.known()) return RetryDues::notObservable(retrying.method);
    if (*retrying.value == 0) return {{{}}, retrying.provenance, retrying.method};
    const qint64 size = *m_size.value;
    if (m_jobs.size() < size && m_minutes.known())
        return RetryDues::estimated(
            m_minutes.dues(size, static_cast<double>(*retrying.value) / static_cast<double>(size)),
            u"entries due in each minute, of which "_s + m_method);
    std::map<ServerTime, qint64> minutes;
    for (const Job& job : m_jobs)
        if (job.retry)
            ++minutes[std::chrono::floor<std::chrono::minutes>(
                serverTimeFromSeconds(job.score.toDouble() / kSteps / 1e3))];
    std::vector<RetryDue> due;
    for (const auto& [minute, jobs] : minutes) due.push_back({minute, jobs});
    if (retrying.isExact()) return RetryDues::exact(std::move(due));
    return RetryDues::lowerBound(std::move(due), u"the jobs that were looked at"_s);
}

void BullmqDelayed::finishPoll(QueueReading& reading) {
    m_before.clear();
    m_sizeBefore = m_size.valueOr(0);
    split(reading);
    reading.retry_due = retryDue(reading.retrying);
}

void BullmqDelayed::split(QueueReading& reading) {
    reading.retrying = reading.scheduled = m_size;
    if (!m_size.known()) return;
    const qint64 size = *m_size.value;
    if (size == 0) return;
    if (m_jobs.isEmpty()) {
        const QString why =
            !m_problem.isEmpty()
                ? u"retries and scheduled jobs share one set and cannot be told apart: "_s + m_problem
                : u"retries and scheduled jobs share one set; it is looked into with one of the next polls"_s;
        reading.retrying = reading.scheduled = Count::notObservable(why);
        return;
    }
    const auto retries =
        std::count_if(m_jobs.cbegin(), m_jobs.cend(), [](const Job& job) { return job.retry; });
    const auto scaled = std::llround(static_cast<double>(retries) / static_cast<double>(m_jobs.size()) *
                                     static_cast<double>(size));
    reading.retrying = Count::exact(scaled);
    reading.scheduled = Count::exact(size - scaled);
    if (complete()) return;
    if (m_jobs.size() != m_methodFor.first || size != m_methodFor.second) {
        m_methodFor = {m_jobs.size(), size};
        m_method = u"share among %1 of %2 delayed jobs that were looked at"_s.arg(m_jobs.size()).arg(size);
    }
    reading.retrying = Count::estimated(scaled, m_method);
    reading.scheduled = Count::estimated(size - scaled, m_method);
}

}  // namespace spillway

#include "backends/redis/rq/failed.h"

#include <algorithm>
#include <cmath>

#include "backends/domain/dead_age_bucket.h"
#include "backends/domain/human_text.h"
#include "backends/redis/rq/fields.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

using Time = Measured<ServerTime>;
constexpr int kPollsBetweenLooks = 20;
constexpr qint64 kLossAhead_s = 86'400;

// Of moments in ascending order: the one that `part` of all lie before.
ServerTime momentAt(const std::vector<ServerTime>& moments, double part) {
    const auto last = static_cast<double>(moments.size() - 1);
    return moments[static_cast<std::size_t>(std::floor(last * part))];
}

}  // namespace

void RqFailed::startPoll(RedisPipeline& pipeline, ServerTime now) {
    m_expired = m_lost = Count::exact(0);
    m_purgeNext.reset();
    m_last.clear();
    ++m_pollsSinceLook;
    const auto seconds = millisSinceEpoch(now) / 1000;
    pipeline.count({"ZCARD", m_key}, m_size, u"sorted set"_s, [this, &pipeline, seconds] {
        if (*m_size.value == 0) return;
        const QByteArray after = '(' + QByteArray::number(seconds);
        pipeline.count({"ZCOUNT", m_key, "0", QByteArray::number(seconds)}, m_expired, u"sorted set"_s);
        pipeline.count({"ZCOUNT", m_key, after, QByteArray::number(seconds + kLossAhead_s)}, m_lost,
                       u"sorted set"_s);
        pipeline.add({"ZRANGEBYSCORE", m_key, after, "+inf", "WITHSCORES", "LIMIT", "0", "1"},
                     [this](const RedisReply& reply) {
                         if (reply.items.size() == 2) m_purgeNext = rqExpiryFrom(reply.items[1].text);
                     });
        pipeline.add({"ZRANGE", m_key, "-1", "-1", "WITHSCORES"}, [this, &pipeline](const RedisReply& reply) {
            if (reply.items.size() == 2) m_last = reply.items[1].text;
            if (mustLook()) look(pipeline);
        });
    });
}

bool RqFailed::mustLook() const {
    return m_sizeAtLook != *m_size.value || m_lastAtLook != m_last || m_pollsSinceLook >= kPollsBetweenLooks;
}

void RqFailed::look(RedisPipeline& pipeline) {
    m_pollsSinceLook = 0;
    m_sizeAtLook = *m_size.value;
    m_lastAtLook = m_last;
    m_problem.clear();
    m_jobsBefore = std::exchange(m_jobs, {});
    const auto ask = [&](qint64 from, qint64 to) {
        const RedisCommand command{"ZRANGE", m_key, QByteArray::number(from), QByteArray::number(to),
                                   "WITHSCORES"};
        pipeline.add(command, [this, &pipeline, command](const RedisReply& reply) {
            takeEntries(pipeline, reply, command);
        });
    };
    if (m_sizeAtLook <= kLookAtMost) return ask(0, kLookAtMost - 1);
    for (qint64 i = 0; i < kLookAtMost; ++i) {
        const qint64 rank = i * (m_sizeAtLook - 1) / (kLookAtMost - 1);
        ask(rank, rank);
    }
}

void RqFailed::takeEntries(RedisPipeline& pipeline, const RedisReply& reply, const RedisCommand& command) {
    if (!reply.isArray()) {
        m_problem = reasonFromReply(reply, command, u"sorted set"_s);
        return;
    }
    for (std::size_t i = 0; i + 1 < reply.items.size(); i += 2) {
        const QByteArray& id = reply.items[i].text;
        const QByteArray& expiry = reply.items[i + 1].text;
        const auto known = m_jobsBefore.constFind(id);
        if (known != m_jobsBefore.cend() && known->expiry == expiry) {
            m_jobs.insert(id, *known);
            continue;
        }
        const RedisCommand ask{"HMGET", "rq:job:" + id, "ended_at", "failure_ttl", "created_at"};
        pipeline.add(ask, [this, id, expiry, ask](const RedisReply& fields) {
            if (fields.isArray() && fields.items.size() == 3)
                takeJob(id, expiry, fields);
            else
                m_problem = reasonFromReply(fields, ask, u"hash"_s);
        });
    }
}

void RqFailed::takeJob(const QByteArray& id, const QByteArray& expiry, const RedisReply& fields) {
    Job job{expiry, rqTimeFrom(fields.items[0].text), {}, fields.items[2].isNil() && fields.items[0].isNil()};
    const auto expires = rqExpiryFrom(expiry);
    if (expires && job.died_at)
        job.ttl_s = std::max(0.0, std::round(secondsBetween(*job.died_at, serverTimeFromSeconds(*expires))));
    // A job whose worker was lost has no ended_at.
    const double ttl = static_cast<double>(integerFrom(fields.items[1]).value_or(qint64(kDefaultTtl_s)));
    if (expires && !job.died_at && !job.gone && ttl >= 0) {
        job.died_at = serverTimeFromSeconds(*expires - ttl);
        job.ttl_s = ttl;
    }
    m_jobs.insert(id, job);
}

void RqFailed::findUsualTtl() {
    std::map<qint64, qint64> votes;  // whole seconds, rounded: ended_at is written a moment earlier
    for (const Job& job : std::as_const(m_jobs))
        if (job.ttl_s) ++votes[(static_cast<qint64>(*job.ttl_s) + 30) / 60];
    m_mixedTtls = votes.size() > 1;
    if (votes.empty()) return;
    const auto most = std::max_element(votes.begin(), votes.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    m_usualTtl = most->first > 0 ? static_cast<double>(most->first * 60) : kDefaultTtl_s;
}

void RqFailed::countMissing(ServerTime now) {
    m_missing = std::count_if(m_jobs.cbegin(), m_jobs.cend(), [now](const Job& job) {
        const auto expires = rqExpiryFrom(job.expiry);
        return job.gone && !(expires && serverTimeFromSeconds(*expires) <= now);
    });
}

QString RqFailed::retention() const {
    return u"deleted %1 after its death (failure_ttl)%2"_s.arg(
        durationText(m_usualTtl), m_mixedTtls ? u", some jobs otherwise"_s : QString());
}

void RqFailed::finishPoll(QueueReading& reading, ServerTime now) {
    m_jobsBefore.clear();
    countMissing(now);
    reading.dead = m_size;
    reading.lost_next_24h = m_size.known() ? m_lost : m_size;
    reading.oldest_dead_at = Time::notObservable(m_size.known() ? u"no job is dead"_s : m_size.method);
    DeadAges& ages = reading.dead_ages;
    ages.p50_died_at = ages.p90_died_at = ages.purge_next_at = reading.oldest_dead_at;
    ages.buckets.fill(m_size.known() ? Count::exact(0) : m_size);
    if (!m_size.known()) return;
    // RQ's own count deletes the expired ones first.
    reading.dead = Count::exact(std::max<qint64>(0, *m_size.value - m_expired.valueOr(0)));
    if (*m_size.value == 0) {
        m_jobs.clear();
        m_sizeAtLook = -1;
    }
    if (*reading.dead.value == 0) return;
    findUsualTtl();
    ages.retention = retention();
    ages.purge_next_at = m_purgeNext ? Time::exact(serverTimeFromSeconds(*m_purgeNext))
                                     : Time::notObservable(u"these jobs are kept for ever"_s);
    fillAges(reading, now);
}

void RqFailed::fillAges(QueueReading& reading, ServerTime now) const {
    std::vector<ServerTime> deaths;
    for (const Job& job : m_jobs) {
        const auto expires = rqExpiryFrom(job.expiry);
        const bool expired = expires && serverTimeFromSeconds(*expires) <= now;
        if (job.died_at && !expired) deaths.push_back(*job.died_at);
    }
    DeadAges& ages = reading.dead_ages;
    const QString why = m_problem.isEmpty() ? u"their job hashes have no time of death"_s : m_problem;
    reading.oldest_dead_at.method = ages.p50_died_at.method = ages.p90_died_at.method = why;
    ages.buckets.fill(Count::notObservable(why));
    if (deaths.empty()) return;
    std::sort(deaths.begin(), deaths.end());
    const qint64 dead = *reading.dead.value;
    const bool complete = static_cast<qint64>(deaths.size()) == dead;
    const QString method = u"from %1 of %2 failed jobs"_s.arg(deaths.size()).arg(dead);
    const auto measured = [&](ServerTime at) {
        return complete ? Time::exact(at) : Time::estimated(at, method);
    };
    reading.oldest_dead_at = measured(deaths.front());
    ages.p50_died_at = measured(momentAt(deaths, 0.5));
    ages.p90_died_at = measured(momentAt(deaths, 0.1));
    std::array<qint64, kDeadAgeBuckets> counted{};
    for (const ServerTime& death : deaths)
        ++counted[static_cast<std::size_t>(deadAgeBucket(secondsBetween(death, now)))];
    for (std::size_t i = 0; i < counted.size(); ++i)
        ages.buckets[i] =
            complete ? Count::exact(counted[i])
                     : Count::estimated(counted[i] * dead / static_cast<qint64>(deaths.size()), method);
}

}  // namespace spillway

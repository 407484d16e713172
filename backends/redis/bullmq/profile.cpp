#include "backends/redis/bullmq/profile.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>
#include <numeric>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr std::chrono::seconds kAgainAfter{20};
constexpr std::chrono::hours kDay{24};
constexpr std::chrono::seconds kScheduleGrace{60};
constexpr std::chrono::seconds kUncheckedGrace{90};  // the check runs every 30 s by default
constexpr qint64 kSample = 4;                        // jobs of each list
constexpr qint64 kCompleted = 20;
constexpr qint64 kLargestOptions = 64 << 10;

const QString kKept = u"kept until somebody removes them, unless their removeOnFail says otherwise"_s;

}  // namespace

bool BullmqProfile::due(ServerTime now, const Sizes& sizes) const {
    return !m_readAt || now - *m_readAt >= kAgainAfter || (sizes.dead > 0 && !m_deadAges.known());
}

void BullmqProfile::ask(RedisPipeline& pipeline, ServerTime now, const Sizes& sizes,
                        BullmqCounters& counters) {
    m_readAt = now;
    m_attempts = m_attemptsOf = 0;
    const QByteArray last = QByteArray::number(kSample - 1), tail = QByteArray::number(-kSample);
    sampleAttempts(pipeline, {"LRANGE", m_base + "wait", tail, "-1"});
    if (sizes.running > 0) sampleAttempts(pipeline, {"LRANGE", m_base + "active", tail, "-1"});
    if (sizes.delayed > 0) sampleAttempts(pipeline, {"ZRANGE", m_base + "delayed", "0", last});
    if (sizes.dead > 0) {
        m_deadAges.ask(pipeline, sizes.dead, now);
        askRetention(pipeline, now);
        counters.askDead(pipeline, now);
    } else {
        counters.forgetDead();
    }
    askRunTimes(pipeline);
    askSchedules(pipeline, now);
    if (sizes.running > 0)
        askStalledCheck(pipeline, now);
    else
        m_uncheckedSince.reset();
    pipeline.add({"LLEN", m_base + "paused"},
                 [this](const RedisReply& reply) { m_leftPaused = integerFrom(reply).value_or(0); });
}

void BullmqProfile::sampleAttempts(RedisPipeline& pipeline, const RedisCommand& ids) {
    pipeline.add(ids, [this, &pipeline](const RedisReply& reply) {
        for (const RedisReply& id : reply.items) {
            const QByteArray key = m_base + id.text;
            pipeline.add({"HSTRLEN", key, "opts"}, [this, &pipeline, key](const RedisReply& length) {
                if (const auto bytes = integerFrom(length); bytes && *bytes > 0 && *bytes <= kLargestOptions)
                    pipeline.add({"HGET", key, "opts"}, [this](const RedisReply& opts) {
                        m_attempts += bullmqMaxAttempts(opts.text);
                        ++m_attemptsOf;
                    });
            });
        }
    });
}

// How long the dead are kept is an option of each job: the newest one speaks for all.
void BullmqProfile::askRetention(RedisPipeline& pipeline, ServerTime now) {
    pipeline.add({"ZRANGE", m_base + "failed", "-1", "-1"}, [this, &pipeline, now](const RedisReply& newest) {
        if (!newest.isArray() || newest.items.empty()) return;
        const QByteArray key = m_base + newest.items[0].text;
        pipeline.add({"HSTRLEN", key, "opts"}, [this, &pipeline, key, now](const RedisReply& length) {
            if (integerFrom(length).value_or(0) > kLargestOptions) return;
            pipeline.add({"HGET", key, "opts"}, [this, &pipeline, now](const RedisReply& opts) {
                takeRetention(pipeline, opts.text, now);
            });
        });
    });
}

void BullmqProfile::takeRetention(RedisPipeline& pipeline, const QByteArray& opts, ServerTime now) {
    m_retentionKnown = true;
    m_keepDead_s.reset();
    m_keepDeadCount.reset();
    const QJsonValue keep = QJsonDocument::fromJson(opts).object().value("removeOnFail"_L1);
    if (keep.isDouble()) m_keepDeadCount = keep.toInteger();
    const QJsonObject rule = keep.toObject();
    if (rule.value("count"_L1).isDouble()) m_keepDeadCount = rule.value("count"_L1).toInteger();
    if (!rule.value("age"_L1).isDouble()) return;
    m_keepDead_s = std::clamp(rule.value("age"_L1).toDouble(), 0.0, 1e10);
    const auto age = std::chrono::microseconds(qint64(*m_keepDead_s * 1e6));
    pipeline.count({"ZCOUNT", m_base + "failed", "-inf", kBullmqScale.scoreOf(now + kDay - age)}, m_lost,
                   u"sorted set"_s);
}

void BullmqProfile::askRunTimes(RedisPipeline& pipeline) {
    const QByteArray last = QByteArray::number(kCompleted - 1);
    const RedisCommand command{"ZREVRANGE", m_base + "completed", "0", last};
    pipeline.add(command, [this, &pipeline](const RedisReply& newest) {
        if (newest.items.empty()) return;
        m_runTimes_s.clear();
        for (const RedisReply& id : newest.items)
            pipeline.add(RedisCommand{"HMGET", m_base + id.text} + bullmqTriesFields(),
                         [this, id = id.text](const RedisReply& fields) {
                             if (const auto tries = bullmqTriesFrom(id, fields)) takeCompleted(*tries);
                         });
    });
}

void BullmqProfile::takeCompleted(const BullmqTries& tries) {
    if (tries.started > 1 || !tries.claimed_at || !tries.ended_at || *tries.ended_at < *tries.claimed_at)
        return;
    m_runTimes_s.push_back(secondsBetween(*tries.claimed_at, *tries.ended_at));
}

void BullmqProfile::askSchedules(RedisPipeline& pipeline, ServerTime now) {
    m_late.clear();
    const QByteArray most = QByteArray::number(millisSinceEpoch(now - kScheduleGrace));
    pipeline.add(
        {"ZRANGEBYSCORE", m_base + "repeat", "-inf", most, "WITHSCORES", "LIMIT", "0", "5"},
        [this](const RedisReply& reply) {
            if (!reply.isArray()) return;
            for (std::size_t i = 0; i + 1 < reply.items.size(); i += 2)
                m_late.push_back({reply.items[i].text, kBullmqScale.timeOf(reply.items[i + 1].text)});
        });
}

void BullmqProfile::askStalledCheck(RedisPipeline& pipeline, ServerTime now) {
    pipeline.add({"EXISTS", m_base + "stalled-check"}, [this, now](const RedisReply& reply) {
        if (!reply.isInteger() || reply.integer > 0)
            m_uncheckedSince.reset();
        else if (!m_uncheckedSince)
            m_uncheckedSince = now;
    });
}

QString BullmqProfile::runTimesText() const {
    std::vector<double> sorted = m_runTimes_s;
    std::sort(sorted.begin(), sorted.end());
    return u"mean of the %1 newest completed jobs that needed one attempt; half of them took at most %2, the "
           "longest %3"_s.arg(sorted.size())
               .arg(durationText(sorted[(sorted.size() - 1) / 2]), durationText(sorted.back()));
}

void BullmqProfile::finishPoll(QueueReading& reading) {
    reading.dead_ages = m_deadAges.ages(reading.dead);
    if (reading.dead.valueOr(1) == 0) m_deadAges.forget();
    const bool dead = reading.dead.valueOr(0) > 0;
    const QString unknownRule =
        u"BullMQ keeps failed jobs unless removeOnFail says otherwise, and that is an option of each job"_s;
    reading.lost_next_24h = Count::notObservable(unknownRule);
    reading.dead_ages.retention = kKept;
    reading.dead_ages.purge_next_at = Measured<ServerTime>::notObservable(unknownRule);
    const QString ofNewest = u"by the removeOnFail of the newest failed job"_s;
    if (dead && m_keepDead_s) {
        reading.dead_ages.retention =
            u"deleted %1 after their failure, as soon as another job fails (%2)"_s.arg(
                durationText(*m_keepDead_s), ofNewest);
        reading.lost_next_24h = m_lost.known() ? Count::estimated(*m_lost.value, ofNewest) : m_lost;
        if (reading.oldest_dead_at.known())
            reading.dead_ages.purge_next_at = Measured<ServerTime>::estimated(
                *reading.oldest_dead_at.value + std::chrono::microseconds(qint64(*m_keepDead_s * 1e6)),
                ofNewest);
    } else if (dead && m_keepDeadCount) {
        reading.dead_ages.retention = u"the newest %1 are kept (%2)"_s.arg(*m_keepDeadCount).arg(ofNewest);
        reading.lost_next_24h = Count::notObservable(
            u"every further failure deletes the oldest one above the limit; how many will fail is not known"_s);
    }
    if (m_attemptsOf > 0)
        reading.max_attempts_mean =
            Ratio::estimated(static_cast<double>(m_attempts) / static_cast<double>(m_attemptsOf),
                             u"options of %1 jobs that were looked at"_s.arg(m_attemptsOf));
    else
        reading.max_attempts_mean = Ratio::notObservable(u"no job alive was looked at yet"_s);
    reading.run_time_s = Seconds::notObservable(u"no job that completed at its first attempt is kept"_s);
    if (!m_runTimes_s.empty())
        reading.run_time_s =
            Seconds::estimated(std::accumulate(m_runTimes_s.begin(), m_runTimes_s.end(), 0.0) /
                                   static_cast<double>(m_runTimes_s.size()),
                               runTimesText());
}

void BullmqProfile::addConditions(const QueueReading& reading, ServerTime now,
                                  std::vector<Condition>& into) const {
    for (const Schedule& schedule : m_late)
        into.push_back({ConditionKind::schedule_overdue, reading.queue, visibleText(schedule.id, 100),
                        Count::exact(1), schedule.next,
                        u"its next run stands in the sorted set `repeat` and is over"_s});
    if (m_uncheckedSince && now - *m_uncheckedSince > kUncheckedGrace && reading.running.valueOr(0) > 0)
        into.push_back(
            {ConditionKind::no_leader, reading.queue, u"stalled check"_s, reading.running, m_uncheckedSince,
             u"the key `stalled-check` is missing while jobs are active: no worker would notice "
             "that another one died"_s,
             u"Start a BullMQ worker for this queue, or look why the running ones do not reach Redis: "
             "each of them makes this check."_s});
    if (m_leftPaused > 0 && reading.paused == std::optional(false))
        into.push_back(
            {ConditionKind::never_claimed,
             reading.queue,
             u"paused"_s,
             Count::exact(m_leftPaused),
             {},
             u"left in the list `paused` of a queue that is not paused; workers look only into "
             "`wait`"_s,
             u"Pause the queue and resume it (queue.pause(), queue.resume()): resuming moves them to "
             "where the workers look."_s});
}

}  // namespace spillway

#include "backends/redis/bullmq/queue.h"

#include <algorithm>

#include "backends/domain/human_text.h"
#include "backends/redis/shared/score_time.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

const QString kCreated =
    u"creation time of the next job to run, by the clock of its producer; when a delayed or retried job "
    u"began to "
    "wait is not recorded"_s;
const QString kFailedAt = u"the time of the failure, by the clock of the worker"_s;
const QString kCreatedPrioritized =
    u"creation time of the next prioritized job; older ones of lower priority may "
    "wait behind it"_s;

const QString kLastInFirstOut =
    u"the older one of both ends of the list: the next job was put in front of the others (lifo), and older "
    "ones may wait between"_s;

constexpr qint64 kLimitedByHand = qint64(1) << 52;  // rateLimit() writes the largest safe integer

bool isMarker(const QByteArray& id) {
    return id.startsWith("0:");
}  // version 4 wakes its workers with these

}  // namespace

BullmqQueue::BullmqQueue(const QByteArray& prefix, QByteArray name, QString display)
    : m_name(std::move(name)), m_display(std::move(display)),
      m_base(prefix + ':' + m_name + ':'), m_keys{m_base + "meta",        m_base + "wait",
                                                  m_base + "paused",      m_base + "active",
                                                  m_base + "prioritized", m_base + "delayed",
                                                  m_base + "failed",      m_base + "id",
                                                  m_base + "limiter"},
      m_split(m_base), m_children(m_base), m_events(m_base), m_leases(m_base, m_display), m_counters(m_base),
      m_profile(m_base),
      m_missing("timestamp",
                [base = m_base](const QByteArray& id) { return isMarker(id) ? QByteArray() : base + id; }),
      m_clock(m_base) {}

void BullmqQueue::startPoll(RedisPipeline& pipeline, ServerTime now, const Turns& turns) {
    m_now = now;
    if (turns.missing) askMissing(pipeline);  // by the sizes of the poll before
    m_reading = {};
    m_markers = 0;
    m_limiterTaken = 0;
    m_limiterEnds.reset();
    m_pausedList = Count::exact(0);
    m_reading.overdue = Count::exact(0);
    m_reading.oldest_ready_at = decltype(m_reading.oldest_ready_at)::notObservable(u"no job is waiting"_s);
    m_reading.oldest_dead_at = decltype(m_reading.oldest_dead_at)::notObservable(u"no job is dead"_s);
    pipeline.add({"HMGET"_ba, m_keys.meta, "version"_ba, "paused"_ba, "opts.maxLenEvents"_ba,
                  "concurrency"_ba, "max"_ba},
                 [this, &pipeline](const RedisReply& reply) { takeMeta(pipeline, reply); });
    askWaiting(pipeline);
    pipeline.count({"LLEN"_ba, m_keys.active}, m_reading.running, u"list"_s);
    m_children.startPoll(pipeline, turns.profile);
    m_split.startPoll(pipeline, turns.delayed, [this, &pipeline] { askOverdue(pipeline); });
    if (m_hadFailed) askOldestDead(pipeline);
    pipeline.count({"ZCARD"_ba, m_keys.failed}, m_reading.dead, u"sorted set"_s, [this, &pipeline] {
        if (*m_reading.dead.value > 0 && !m_hadFailed) askOldestDead(pipeline);
    });
    if (m_hasPausedList) askPausedList(pipeline);
    if (turns.leases > 0) m_leases.ask(pipeline, turns.leases, now);
    if (turns.profile) {
        m_profile.ask(pipeline, now, m_sizes, m_counters);
        if (m_events.small()) m_clock.ask(pipeline);
        m_split.askMinutes(pipeline, now);
    }
}

// Places of jobs with how many there were at the poll before.
std::vector<std::pair<QByteArray, qint64>> BullmqQueue::placesBefore() const {
    return {{"wait", m_wait.valueOr(0)},  {"paused", m_pausedList.valueOr(0)},
            {"active", m_sizes.running},  {"prioritized", m_prioritized.valueOr(0)},
            {"delayed", m_sizes.delayed}, {"waiting-children", m_sizes.blocked},
            {"failed", m_sizes.dead}};
}

qint64 BullmqQueue::idsToLookAt() const {
    qint64 ids = 0;
    for (const auto& [place, size] : placesBefore()) ids += std::min(size, RedisMissingJobs::kIdsAtMost);
    return ids;
}

void BullmqQueue::askMissing(RedisPipeline& pipeline) {
    std::vector<RedisMissingJobs::Place> places;
    for (const auto& [place, size] : placesBefore()) {
        if (size == 0) continue;
        const bool list = place == "wait" || place == "paused" || place == "active";
        const QByteArray key = m_base + place;
        places.push_back({list ? RedisMissingJobs::lastOfList(key) : RedisMissingJobs::firstOfSet(key),
                          u"in %1"_s.arg(QString::fromLatin1(place))});
    }
    m_missing.ask(pipeline, m_now, places);
}

void BullmqQueue::takeMeta(RedisPipeline& pipeline, const RedisReply& reply) {
    if (!reply.isArray() || reply.items.size() != 5) return;  // no right to read it: keep what is known
    const QByteArray& mark = reply.items[0].text;
    m_exists = mark.startsWith("bullmq") || reply.items[2].isText();
    if (!m_exists) askWhetherJobsAreLeft(pipeline);
    m_version = mark.mid(mark.indexOf(':') + 1);
    m_reading.paused = !reply.items[1].isNil();
    if (const auto kept = integerFrom(reply.items[2])) m_events.setKept(*kept);
    m_concurrency = integerFrom(reply.items[3]);
    m_limit = integerFrom(reply.items[4]);
    if (*m_reading.paused && !m_hasPausedList) askPausedList(pipeline);
}

// Evicted or deleted by hand, the meta key does not take the jobs with it.
void BullmqQueue::askWhetherJobsAreLeft(RedisPipeline& pipeline) {
    pipeline.add(jobsLeft(m_base),
                 [this](const RedisReply& reply) { m_exists = integerFrom(reply).value_or(1) > 0; });
}

RedisCommand BullmqQueue::jobsLeft(const QByteArray& base) {
    return {
        "EXISTS",         base + "wait",   base + "active",          base + "paused", base + "prioritized",
        base + "delayed", base + "failed", base + "waiting-children"};
}

// The key lives as long as the window of a rate limit.
void BullmqQueue::askLimiter(RedisPipeline& pipeline) {
    pipeline.add({"PTTL"_ba, m_keys.limiter}, [this, &pipeline](const RedisReply& ttl) {
        const auto left_ms = integerFrom(ttl);
        if (!left_ms || *left_ms <= 0) return;
        pipeline.add({"GET"_ba, m_keys.limiter}, [this, left_ms](const RedisReply& taken) {
            if (!integerFrom(taken)) return;
            m_limiterTaken = *integerFrom(taken);
            m_limiterEnds = m_now + std::chrono::milliseconds(*left_ms);
        });
    });
}

void BullmqQueue::askWaiting(RedisPipeline& pipeline) {
    if (m_hadWaiting) {
        askOldest(pipeline, m_keys.wait, -1);
        askLimiter(pipeline);
    }
    pipeline.count({"LLEN"_ba, m_keys.wait}, m_wait, u"list"_s, [this, &pipeline] {
        if (*m_wait.value == 0 || m_hadWaiting) return;
        askOldest(pipeline, m_keys.wait, -1);
        askLimiter(pipeline);
    });
    pipeline.count({"ZCARD"_ba, m_keys.prioritized}, m_prioritized, u"sorted set"_s, [this, &pipeline] {
        if (*m_prioritized.value == 0 || m_wait.valueOr(0) > 0) return;
        askNextPrioritized(pipeline);
        if (!m_hadWaiting) askLimiter(pipeline);
    });
}

void BullmqQueue::askOldest(RedisPipeline& pipeline, const QByteArray& list, qint64 index) {
    const RedisCommand command{"LINDEX"_ba, list, QByteArray::number(index)};
    pipeline.add(command, [this, &pipeline, command, list, index](const RedisReply& reply) {
        if (reply.isError()) m_reading.oldest_ready_at.method = reasonFromReply(reply, command, u"list"_s);
        if (!reply.isText()) return;
        if (isMarker(reply.text)) {
            ++m_markers;
            if (m_markers < 3) askOldest(pipeline, list, index - 1);
            return;
        }
        askCreated(pipeline, reply.text, list);
    });
}

void BullmqQueue::askNextPrioritized(RedisPipeline& pipeline) {
    pipeline.add({"ZRANGE"_ba, m_keys.prioritized, "0", "0"}, [this, &pipeline](const RedisReply& reply) {
        if (reply.isArray() && reply.items.size() == 1) askCreated(pipeline, reply.items[0].text, {});
    });
}

// A job's creation time never changes, so it is asked only once for each job that comes to the front. `list`
// is empty for prioritized jobs.
void BullmqQueue::askCreated(RedisPipeline& pipeline, const QByteArray& id, const QByteArray& list) {
    if (id == m_oldestId) {
        m_reading.oldest_ready_at = m_oldestCreated;
        if (m_oldestIsLifo) askOtherEnd(pipeline, list);
        return;
    }
    const RedisCommand command{"HMGET"_ba, m_base + id, "timestamp", "opts"};
    pipeline.add(command, [this, &pipeline, id, list, command](const RedisReply& reply) {
        if (reply.isArray() && reply.items.size() == 2)
            takeCreated(id, reply, list.isEmpty());
        else
            m_reading.oldest_ready_at.method = reasonFromReply(reply, command, u"hash"_s);
        if (m_oldestId == id && m_oldestIsLifo) askOtherEnd(pipeline, list);
    });
}

void BullmqQueue::takeCreated(const QByteArray& id, const RedisReply& fields, bool prioritized) {
    const auto millis = integerFrom(fields.items[0]);
    if (!millis) {
        m_reading.oldest_ready_at.method =
            u"the next job has no creation time: it was taken or removed meanwhile"_s;
        return;
    }
    m_oldestId = id;
    m_oldestIsLifo = !prioritized && fields.items[1].text.contains("\"lifo\":true");
    m_oldestCreated = {serverTimeFromMillis(*millis),
                       prioritized || m_oldestIsLifo ? Provenance::lower_bound : Provenance::estimated,
                       prioritized      ? kCreatedPrioritized
                       : m_oldestIsLifo ? kLastInFirstOut
                                        : kCreated};
    m_reading.oldest_ready_at = m_oldestCreated;
}

// Jobs that are taken last in, first out leave the oldest one where the others come in.
void BullmqQueue::askOtherEnd(RedisPipeline& pipeline, const QByteArray& list) {
    pipeline.add({"LINDEX"_ba, list, "0"}, [this, &pipeline](const RedisReply& id) {
        if (!id.isText() || isMarker(id.text)) return;
        pipeline.add({"HGET"_ba, m_base + id.text, "timestamp"}, [this](const RedisReply& created) {
            const auto millis = integerFrom(created);
            auto& oldest = m_reading.oldest_ready_at;
            if (millis && oldest.known())
                oldest.value = std::min(*oldest.value, serverTimeFromMillis(*millis));
        });
    });
}

void BullmqQueue::askPausedList(RedisPipeline& pipeline) {
    pipeline.count({"LLEN"_ba, m_keys.paused}, m_pausedList, u"list"_s, [this, &pipeline] {
        if (*m_pausedList.value > 0 && m_reading.paused.value_or(false) && m_wait.valueOr(0) == 0)
            askOldest(pipeline, m_keys.paused, -1);
    });
}

void BullmqQueue::askOldestDead(RedisPipeline& pipeline) {
    const RedisCommand command{"ZRANGE"_ba, m_keys.failed, "0"_ba, "0"_ba, "WITHSCORES"_ba};
    pipeline.add(command, [this, command](const RedisReply& reply) {
        if (reply.isError())
            m_reading.oldest_dead_at.method = reasonFromReply(reply, command, u"sorted set"_s);
        if (!reply.isArray() || reply.items.size() != 2) return;
        bool ok = false;
        const double millis = reply.items[1].text.toDouble(&ok);
        if (ok && isMoment(millis / 1e3))
            m_reading.oldest_dead_at =
                decltype(m_reading.oldest_dead_at)::estimated(serverTimeFromSeconds(millis / 1e3), kFailedAt);
        else
            m_reading.oldest_dead_at.method =
                u"the first entry of the failed set has a score that is no time"_s;
    });
}

// MGET answers nil for a key of another type as well as for a missing one: then GET tells which it is.
void BullmqQueue::takeAdds(RedisPipeline& pipeline, const RedisReply& counter) {
    Count& adds = m_reading.flow.enqueued;
    if (const auto number = integerFrom(counter))
        adds = Count::exact(*number);
    else
        pipeline.count({"GET"_ba, idKey()}, adds, u"string"_s);
}

// Jobs are never added with a due time that lies behind them. So when none was due at some moment, none
// can be overdue before the promotion interval after that moment is over, and nothing has to be asked.
void BullmqQueue::askOverdue(RedisPipeline& pipeline) {
    constexpr auto interval = std::chrono::seconds(qint64(kPromotionInterval_s));
    if (m_noneDueAt && m_now >= *m_noneDueAt && m_now <= *m_noneDueAt + interval) return;
    const auto bound = [](ServerTime due) { return '(' + QByteArray::number(millisSinceEpoch(due) * 4096); };
    pipeline.count({"ZCOUNT"_ba, m_keys.delayed, "-inf"_ba, bound(m_now)}, m_reading.overdue, u"sorted set"_s,
                   [this, &pipeline, bound, interval] {
                       m_noneDueAt.reset();
                       if (*m_reading.overdue.value == 0)
                           m_noneDueAt = m_now;
                       else
                           pipeline.count({"ZCOUNT"_ba, m_keys.delayed, "-inf"_ba, bound(m_now - interval)},
                                          m_reading.overdue, u"sorted set"_s);
                   });
}

Count BullmqQueue::ready() const {
    for (const Count* part : {&m_wait, &m_prioritized, &m_pausedList})
        if (!part->known()) return *part;
    // Without the pause flag a left over `paused` list is out of reach of the workers until a resume.
    const qint64 paused = m_reading.paused.value_or(false) ? *m_pausedList.value : 0;
    return Count::exact(std::max<qint64>(0, *m_wait.value + paused + *m_prioritized.value - m_markers));
}

// A limit that the workers brought with them is written nowhere: then a live worker that takes nothing while
// the window runs is the sign of it.
std::optional<Hold> BullmqQueue::hold(bool served) const {
    if (m_limiterEnds) {
        const bool reached = m_limiterTaken >= m_limit.value_or(kLimitedByHand);
        if (reached || (!m_limit && served && m_reading.running.valueOr(1) == 0))
            return Hold{u"rate limited"_s, m_limiterEnds, false};
    }
    if (m_concurrency && *m_concurrency > 0 && m_reading.running.valueOr(0) >= *m_concurrency)
        return Hold{concurrencyText(), std::nullopt, true};
    return std::nullopt;
}

QString BullmqQueue::concurrencyText() const {
    const auto& claims = m_leases.leases();
    const auto oldest = std::min_element(claims.begin(), claims.end(), [](const Lease& a, const Lease& b) {
        return a.claimed_at < b.claimed_at;
    });
    const QString taken = oldest == claims.end() || !oldest->claimed_at
                              ? QString()
                              : durationText(std::max(0.0, secondsBetween(*oldest->claimed_at, m_now)));
    if (*m_concurrency == 1)
        return u"one at a time by the queue's own concurrency"_s +
               (taken.isEmpty() ? QString() : u"; the running one has taken %1"_s.arg(taken));
    return u"at most %1 at once by the queue's own concurrency"_s.arg(*m_concurrency) +
           (taken.isEmpty() ? QString() : u"; the oldest one has taken %1"_s.arg(taken));
}

QueueReading BullmqQueue::finishPoll(bool served) {
    m_reading.queue = m_display;
    m_reading.ready = ready();
    m_split.finishPoll(m_reading);
    m_children.finishPoll(m_reading);
    if (!m_split.size().known()) m_reading.overdue = m_split.size();
    m_reading.promotion_interval_s = kPromotionInterval_s;
    for (const Lease& lease : m_leases.finishPoll(m_reading.running.valueOr(0)))
        m_events.noteOwner(lease.id.toUtf8(), lease.owner, lease.kind);
    m_reading.held = hold(served);
    m_profile.finishPoll(m_reading);
    m_events.finishPoll(m_reading);
    if (m_leases.fresh() || m_reading.running.valueOr(1) == 0) m_counters.setActive(m_leases.tries());
    m_sizes = {m_reading.running.valueOr(0), m_reading.dead.valueOr(0), m_split.size().valueOr(0),
               m_reading.blocked.valueOr(0)};
    m_hadWaiting = m_wait.valueOr(1) > 0;
    m_hadFailed = m_reading.dead.valueOr(1) > 0;
    m_hasPausedList = m_pausedList.valueOr(1) > 0;
    return m_reading;
}

}  // namespace spillway

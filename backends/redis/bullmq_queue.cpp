#include "backends/redis/bullmq_queue.h"

#include "backends/redis/redis_errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

const QString kCreated =
    u"creation time of the next job to run; when a delayed or retried job began to wait is not "
    "recorded"_s;
const QString kCreatedPrioritized =
    u"creation time of the next prioritized job; older ones of lower priority may "
    "wait behind it"_s;
const QString kAdds =
    u"the queue's id counter: every add, also of flow parents and of ids that already exist"_s;

bool isMarker(const QByteArray& id) {
    return id.startsWith("0:");
}  // version 4 wakes its workers with these

}  // namespace

BullmqQueue::BullmqQueue(const QByteArray& prefix, QByteArray name, QString display)
    : m_name(std::move(name)), m_display(std::move(display)), m_base(prefix + ':' + m_name + ':'),
      m_split(m_base) {}

void BullmqQueue::startPoll(RedisPipeline& pipeline, ServerTime now, bool mayLook) {
    m_reading = {};
    m_now = now;
    m_markers = 0;
    m_pausedList = Count::exact(0);
    m_reading.overdue = Count::exact(0);
    m_reading.oldest_ready_at = decltype(m_reading.oldest_ready_at)::notObservable(u"no job is waiting"_s);
    m_reading.oldest_dead_at = decltype(m_reading.oldest_dead_at)::notObservable(u"no job is dead"_s);
    pipeline.add({"HMGET", key("meta"), "version", "paused"},
                 [this, &pipeline](const RedisReply& reply) { takeMeta(pipeline, reply); });
    askWaiting(pipeline);
    pipeline.count({"LLEN", key("active")}, m_reading.running, u"list"_s);
    m_split.startPoll(pipeline, mayLook, [this, &pipeline] { askOverdue(pipeline); });
    if (m_hadFailed) askOldestDead(pipeline);
    pipeline.count({"ZCARD", key("failed")}, m_reading.dead, u"sorted set"_s, [this, &pipeline] {
        if (*m_reading.dead.value > 0 && !m_hadFailed) askOldestDead(pipeline);
    });
    pipeline.count({"GET", key("id")}, m_reading.flow.enqueued, u"string"_s,
                   [this] { m_reading.flow.enqueued.method = kAdds; });
    if (m_hasPausedList) askPausedList(pipeline);
}

void BullmqQueue::takeMeta(RedisPipeline& pipeline, const RedisReply& reply) {
    if (!reply.isArray() || reply.items.size() != 2) return;  // no right to read it: keep what is known
    const QByteArray& mark = reply.items[0].text;
    m_exists = mark.startsWith("bullmq");
    m_version = mark.mid(mark.indexOf(':') + 1);
    m_reading.paused = !reply.items[1].isNil();
    if (*m_reading.paused && !m_hasPausedList) askPausedList(pipeline);
}

void BullmqQueue::askWaiting(RedisPipeline& pipeline) {
    if (m_hadWaiting) askOldest(pipeline, key("wait"), -1);
    pipeline.count({"LLEN", key("wait")}, m_wait, u"list"_s, [this, &pipeline] {
        if (*m_wait.value > 0 && !m_hadWaiting) askOldest(pipeline, key("wait"), -1);
    });
    pipeline.count({"ZCARD", key("prioritized")}, m_prioritized, u"sorted set"_s, [this, &pipeline] {
        if (*m_prioritized.value > 0 && m_wait.valueOr(0) == 0) askNextPrioritized(pipeline);
    });
}

void BullmqQueue::askOldest(RedisPipeline& pipeline, const QByteArray& list, qint64 index) {
    const RedisCommand command{"LINDEX", list, QByteArray::number(index)};
    pipeline.add(command, [this, &pipeline, command, list, index](const RedisReply& reply) {
        if (reply.isError()) m_reading.oldest_ready_at.method = reasonFromReply(reply, command, u"list"_s);
        if (!reply.isText()) return;
        if (isMarker(reply.text)) {
            ++m_markers;
            if (m_markers < 3) askOldest(pipeline, list, index - 1);
            return;
        }
        askCreated(pipeline, reply.text, false);
    });
}

void BullmqQueue::askNextPrioritized(RedisPipeline& pipeline) {
    pipeline.add({"ZRANGE", key("prioritized"), "0", "0"}, [this, &pipeline](const RedisReply& reply) {
        if (reply.isArray() && reply.items.size() == 1) askCreated(pipeline, reply.items[0].text, true);
    });
}

// A job's creation time never changes, so it is asked only once for each job that comes to the front.
void BullmqQueue::askCreated(RedisPipeline& pipeline, const QByteArray& id, bool prioritized) {
    if (id == m_oldestId) {
        m_reading.oldest_ready_at = m_oldestCreated;
        return;
    }
    const RedisCommand command{"HMGET", key("") + id, "timestamp", "atm"};
    pipeline.add(command, [this, id, prioritized, command](const RedisReply& reply) {
        if (reply.isArray() && reply.items.size() == 2)
            takeCreated(id, reply, prioritized);
        else
            m_reading.oldest_ready_at.method = reasonFromReply(reply, command, u"hash"_s);
    });
}

void BullmqQueue::takeCreated(const QByteArray& id, const RedisReply& fields, bool prioritized) {
    const auto millis = integerFrom(fields.items[0]);
    if (!millis) {
        m_reading.oldest_ready_at.method =
            u"the next job has no creation time: it was taken or removed meanwhile"_s;
        return;
    }
    const bool retried = integerFrom(fields.items[1]).value_or(0) > 0;
    m_oldestId = id;
    m_oldestCreated = {serverTimeFromMillis(*millis),
                       prioritized ? Provenance::lower_bound
                       : retried   ? Provenance::estimated
                                   : Provenance::exact,
                       prioritized ? kCreatedPrioritized : kCreated};
    m_reading.oldest_ready_at = m_oldestCreated;
}

void BullmqQueue::askPausedList(RedisPipeline& pipeline) {
    pipeline.count({"LLEN", key("paused")}, m_pausedList, u"list"_s, [this, &pipeline] {
        if (*m_pausedList.value > 0 && m_reading.paused.value_or(false) && m_wait.valueOr(0) == 0)
            askOldest(pipeline, key("paused"), -1);
    });
}

void BullmqQueue::askOldestDead(RedisPipeline& pipeline) {
    const RedisCommand command{"ZRANGE", key("failed"), "0", "0", "WITHSCORES"};
    pipeline.add(command, [this, command](const RedisReply& reply) {
        if (reply.isError())
            m_reading.oldest_dead_at.method = reasonFromReply(reply, command, u"sorted set"_s);
        if (!reply.isArray() || reply.items.size() != 2) return;
        bool ok = false;
        const double millis = reply.items[1].text.toDouble(&ok);
        if (ok)
            m_reading.oldest_dead_at =
                decltype(m_reading.oldest_dead_at)::exact(serverTimeFromSeconds(millis / 1e3));
    });
}

void BullmqQueue::askOverdue(RedisPipeline& pipeline) {
    const qint64 due = millisSinceEpoch(m_now) - qint64(kPromotionInterval_s * 1000);
    pipeline.count({"ZCOUNT", key("delayed"), "-inf", '(' + QByteArray::number(due * 4096)},
                   m_reading.overdue, u"sorted set"_s);
}

Count BullmqQueue::ready() const {
    for (const Count* part : {&m_wait, &m_prioritized, &m_pausedList})
        if (!part->known()) return *part;
    // Without the pause flag a left over `paused` list is out of reach of the workers until a resume.
    const qint64 paused = m_reading.paused.value_or(false) ? *m_pausedList.value : 0;
    return Count::exact(std::max<qint64>(0, *m_wait.value + paused + *m_prioritized.value - m_markers));
}

QueueReading BullmqQueue::finishPoll() {
    m_reading.queue = m_display;
    m_reading.ready = ready();
    m_split.finishPoll(m_reading);
    if (!m_split.size().known()) m_reading.overdue = m_split.size();
    m_reading.promotion_interval_s = kPromotionInterval_s;
    m_reading.lost_next_24h = Count::notObservable(
        u"BullMQ keeps failed jobs unless removeOnFail says otherwise, and that is an option of each job"_s);
    const QString noTrace = u"BullMQ counts finished jobs only for workers with the metrics option"_s;
    m_reading.flow.completed = m_reading.flow.died = Count::notObservable(noTrace);
    m_reading.flow.executed = m_reading.flow.first_executed = m_reading.flow.retried =
        Count::notObservable(noTrace);
    m_reading.max_attempts_mean = Ratio::notObservable(u"the attempts limit is an option of each job"_s);
    m_hadWaiting = m_wait.valueOr(1) > 0;
    m_hadFailed = m_reading.dead.valueOr(1) > 0;
    m_hasPausedList = m_pausedList.valueOr(1) > 0;
    return m_reading;
}

}  // namespace spillway

#include "backends/redis/sidekiq/queue.h"

#include <algorithm>

#include "backends/redis/sidekiq/payload.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

using Time = Measured<ServerTime>;

constexpr qsizetype kLargestHead = 4096;  // bytes that are sent back to the server with every poll
constexpr qint64 kShallow = 1000;
constexpr qint64 kDeepest = 50'000;  // about 1 ms of the server
constexpr qint64 kLargestJob = 256 << 10;
constexpr qint64 kLargestSampled = 16 << 10;
constexpr qint64 kSampled = 20;
constexpr int kPollsBetweenSizes = 50;

}  // namespace

SidekiqQueue::SidekiqQueue(const QByteArray& start, QByteArray name, QString display)
    : m_name(std::move(name)), m_display(std::move(display)), m_key(start + "queue:" + m_name) {}

void SidekiqQueue::startPoll(RedisPipeline& pipeline, bool sample) {
    m_oldest = Time::notObservable(u"no job is waiting"_s);
    m_position.reset();
    m_newHead.clear();
    m_nextJobs.clear();
    const bool sizeKnown = m_polls % kPollsBetweenSizes != 0;
    if (m_hugeJobs) m_oldest.method = u"the jobs of this queue are too large to be read"_s;
    if (sizeKnown && !m_hugeJobs) {
        askTail(pipeline);
        askPushes(pipeline);
        if (sample && m_bytesEach > 0 && m_bytesEach <= kLargestSampled) askSample(pipeline);
    }
    pipeline.count({"LLEN", m_key}, m_length, u"list"_s, [this, &pipeline, sizeKnown] {
        if (*m_length.value > 0 && !sizeKnown) askSize(pipeline);
    });
}

// Payloads cannot be cut on the server: how large they are must be known before they are asked for.
void SidekiqQueue::askSize(RedisPipeline& pipeline) {
    pipeline.add({"MEMORY", "USAGE", m_key, "SAMPLES", "5"}, [this, &pipeline](const RedisReply& reply) {
        const qint64 each = integerFrom(reply).value_or(0) / std::max<qint64>(1, *m_length.value);
        m_bytesEach = each;
        m_hugeJobs = each > kLargestJob;
        if (m_hugeJobs) {
            m_oldest.method = u"the jobs of this queue are too large to be read"_s;
            return;
        }
        askTail(pipeline);
        askPushes(pipeline);
    });
}

void SidekiqQueue::askTail(RedisPipeline& pipeline) {
    const RedisCommand command{"LINDEX", m_key, "-1"};
    pipeline.add(command, [this, command](const RedisReply& reply) {
        if (reply.isError()) m_oldest.method = reasonFromReply(reply, command, u"list"_s);
        if (!reply.isText()) return;
        const auto job = sidekiqJobFrom(reply.text);
        m_nextMaxAttempts = job ? job->max_attempts : std::nullopt;
        if (job && job->enqueued_at)
            m_oldest = Time::exact(*job->enqueued_at);
        else
            m_oldest.method = u"the next job has no enqueued_at"_s;
    });
}

void SidekiqQueue::askSample(RedisPipeline& pipeline) {
    pipeline.add({"LRANGE", m_key, QByteArray::number(-kSampled), "-1"}, [this](const RedisReply& reply) {
        for (const RedisReply& payload : reply.items)
            if (const auto job = sidekiqJobFrom(payload.text); job && !job->jid.isEmpty())
                m_nextJobs << job->jid;
    });
}

// LPOS and LINDEX go out side by side, so that no push falls between them.
void SidekiqQueue::askPushes(RedisPipeline& pipeline) {
    if (!m_head.isEmpty() && m_pushGap.isEmpty()) {
        const RedisCommand command{"LPOS", m_key, m_head, "MAXLEN", QByteArray::number(m_depth)};
        pipeline.add(command, [this, command](const RedisReply& reply) {
            if (reply.isInteger()) m_position = reply.integer;
            if (reply.isError() && reply.errorCode() != "WRONGTYPE")
                m_pushGap = reasonFromReply(reply, command);
        });
    }
    askHead(pipeline);
}

void SidekiqQueue::askHead(RedisPipeline& pipeline) {
    pipeline.add({"LINDEX", m_key, "0"}, [this](const RedisReply& reply) {
        m_headTooLarge = reply.text.size() > kLargestHead;
        if (reply.isText() && !m_headTooLarge) m_newHead = reply.text;
    });
}

void SidekiqQueue::countPushes() {
    const qint64 length = m_length.valueOr(0);
    m_pushes = {};
    m_pushes.first = m_polls == 0;
    if (m_pushes.first) m_firstLength = length;
    if (m_pushes.first) return;
    if (m_position) {
        m_pushes.at_least = *m_position;
        m_pushes.resolved = true;
    } else if (m_hugeJobs || m_headTooLarge || !m_pushGap.isEmpty()) {
        m_pushes.at_least = std::max<qint64>(0, length - m_lengthBefore);
    } else {
        // All that stands there came after the job which is gone; or that job lies deeper than looked.
        m_pushes.at_least =
            m_head.isEmpty() ? std::max<qint64>(0, length - m_lengthBefore) : std::min(length, m_depth);
    }
}

qint64 SidekiqQueue::retriesAmong(qint64 executed, qint64 left) {
    const qint64 step = std::max<qint64>(0, executed - std::exchange(m_executedBefore, executed));
    m_retriesExecuted += std::clamp<qint64>(left - m_retriesExecuted, 0, step);
    return m_retriesExecuted;
}

void SidekiqQueue::finishPoll(QueueReading& reading) {
    countPushes();
    ++m_polls;
    m_growth = m_length.valueOr(0) - m_lengthBefore;
    m_lengthBefore = m_length.valueOr(0);
    m_head = m_newHead;
    m_depth = std::clamp(4 * m_pushes.at_least + kShallow, kShallow, kDeepest);
    reading.queue = m_display;
    reading.ready = m_length;
    reading.oldest_ready_at = m_oldest;
}

}  // namespace spillway

#include "backends/redis/bullmq/events.h"

#include <algorithm>

#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kPages = 3;  // of one queue in one poll
constexpr qint64 kBytesPerPage = qint64(3) << 20;
constexpr qint64 kLargestEntry = 64 << 10;

}  // namespace

const QByteArray& BullmqEvents::position(ServerTime now) {
    if (!m_since) {
        m_since = now;
        m_position = QByteArray::number(millisSinceEpoch(now)) + "-0";
    }
    m_readNow = 0;
    m_lost.clear();
    m_attempts.startPoll();
    return m_position;
}

void BullmqEvents::read(RedisPipeline& pipeline, ServerTime now, qint64& budget) {
    if (m_bytesPerEntry == 0)
        askSize(pipeline, now, budget);
    else
        readPage(pipeline, now, budget, 1);
}

// Entries carry return values and error texts: how large they are must be known before they are read.
void BullmqEvents::askSize(RedisPipeline& pipeline, ServerTime now, qint64& budget) {
    const auto length = std::make_shared<qint64>(1);
    pipeline.add({"XLEN", m_key}, [length](const RedisReply& reply) {
        *length = std::max<qint64>(1, integerFrom(reply).value_or(1));
    });
    pipeline.add({"MEMORY", "USAGE", m_key, "SAMPLES", "5"}, [this, length, now, &pipeline,
                                                              &budget](const RedisReply& reply) {
        m_bytesPerEntry = std::max<qint64>(1, integerFrom(reply).value_or(0) / *length);
        if (m_bytesPerEntry > kLargestEntry)
            m_gap = u"the entries of the events stream are too large to be read (%1 bytes each)"_s.arg(
                m_bytesPerEntry);
        else
            readPage(pipeline, now, budget, 1);
    });
}

void BullmqEvents::readPage(RedisPipeline& pipeline, ServerTime now, qint64& budget, int page) {
    const qint64 count = std::min({kPage, budget, kBytesPerPage / m_bytesPerEntry});
    if (count < 1 || page > kPages)
        return jumpTo(now, u"more events happened than one poll reads; some were passed over"_s);
    budget -= count;
    const RedisCommand command{"XRANGE", m_key, '(' + m_position, "+", "COUNT", QByteArray::number(count)};
    pipeline.add(command, [this, &pipeline, now, &budget, page, count, command](const RedisReply& reply) {
        if (!reply.isArray()) {
            m_gap = reasonFromReply(reply, command, u"stream"_s);
            return;
        }
        take(reply);
        const auto got = static_cast<qint64>(reply.items.size());
        budget += count - got;
        if (got == count) return readPage(pipeline, now, budget, page + 1);
        m_attempts.ask(pipeline);
    });
}

void BullmqEvents::jumpTo(ServerTime now, const QString& why) {
    m_position = QByteArray::number(millisSinceEpoch(now)) + "-0";
    m_lost = why;
    m_attempts.forgetJobs();
}

void BullmqEvents::take(const RedisReply& reply) {
    for (const RedisReply& entry : reply.items) {
        if (entry.items.size() != 2) continue;
        m_position = entry.items[0].text;
        BullmqEvent event;
        event.at_ms = m_position.left(m_position.indexOf('-')).toLongLong();
        const auto& fields = entry.items[1].items;
        for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
            const QByteArray& value = fields[i + 1].text;
            if (fields[i].text == "event") event.name = value;
            if (fields[i].text == "jobId") event.id = value;
            if (fields[i].text == "prev") event.previous = value;
            if (fields[i].text == "attemptsMade") event.made = value.toLongLong();
        }
        m_attempts.take(event);
    }
    m_readNow += static_cast<qint64>(reply.items.size());
}

void BullmqEvents::finishPoll(QueueReading& reading) {
    if (m_lost.isEmpty() && m_readNow >= m_kept)
        m_lost =
            u"the events stream keeps only %1 entries, fewer than happened between two polls"_s.arg(m_kept);
    m_balance.finishPoll(reading, m_attempts.tally(), m_lost, m_gap);
    if (!m_gap.isEmpty()) {
        reading.flow.executed = reading.flow.first_executed = reading.flow.retried =
            Count::notObservable(m_gap);
        reading.claims.claims = reading.claims.duplicates = Count::notObservable(m_gap);
        return;
    }
    m_attempts.finishPoll(reading, m_lost);
    reading.claims.since = m_since;
}

}  // namespace spillway

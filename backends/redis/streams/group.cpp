#include "backends/redis/streams/group.h"

#include <algorithm>

#include "backends/domain/human_text.h"
#include "backends/redis/shared/server_info.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {
using Time = Measured<ServerTime>;
const QString kHuge = u"the entries of this stream are too large to be read"_s;
}  // namespace

void StreamGroup::take(RedisPipeline& pipeline, const StreamGroupInfo& info, qint64 leases) {
    m_info = info;
    m_consumers.clear();
    m_pendingEntries.clear();
    for (QString* gap : {&m_consumersGap, &m_pendingGap, &m_waitingGap}) gap->clear();
    m_added.reset();
    m_counted.reset();
    m_waiting.reset();
    m_consumersAt.reset();
    m_lagBlurred = false;
    m_first.reset();
    const RedisCommand consumers{"XINFO", "CONSUMERS", m_stream.key, m_name};
    pipeline.add(consumers, [this, consumers](const RedisReply& reply) {
        if (reply.isArray())
            m_consumers = streamConsumersFrom(reply);
        else
            m_consumersGap = reasonFromReply(reply, consumers, u"stream"_s);
    });
    if (m_losses.hasMoved(info))
        pipeline.add({"TIME"},
                     [this](const RedisReply& reply) { m_consumersAt = serverTimeFromReply(reply); });
    if (info.pending > 0 && leases > 0) {
        const RedisCommand pending{"XPENDING", m_stream.key, m_name, "-", "+", QByteArray::number(leases)};
        pipeline.add(pending, [this, &pipeline, pending](const RedisReply& reply) {
            if (!reply.isArray()) {
                m_pendingGap = reasonFromReply(reply, pending, u"stream"_s);
                return;
            }
            m_pendingEntries = pendingEntriesFrom(reply);
            if (!m_stream.huge_entries) m_pending.look(pipeline, m_stream.key, m_name, m_pendingEntries);
        });
    }
    if (info.lag.value_or(1) > 0) askStream(pipeline);
}

// Only whole entries can be asked for, payload and all. One tells the age; some more have to be counted where
// the server does not know the lag.
void StreamGroup::askWaiting(RedisPipeline& pipeline) {
    if (m_stream.huge_entries) {
        m_waitingGap = kHuge;
        return;
    }
    const qint64 wanted = m_info.lag && !m_lagBlurred && m_surplus == 0 ? 1 : kCountAtMost;
    const RedisCommand command{"XRANGE", m_stream.key, m_info.last_delivered.next().text(),
                               "+",      "COUNT",      QByteArray::number(wanted)};
    pipeline.add(command,
                 [this, command, wanted](const RedisReply& reply) { takeWaiting(reply, command, wanted); });
}

void StreamGroup::takeWaiting(const RedisReply& reply, const RedisCommand& command, qint64 wanted) {
    if (!reply.isArray()) {
        m_waitingGap = reasonFromReply(reply, command, u"stream"_s);
        return;
    }
    if (wanted > 1) m_counted = static_cast<qint64>(reply.items.size());
    if (!reply.items.empty() && !reply.items[0].items.empty())
        m_first = streamIdFrom(reply.items[0].items[0].text);
}

// What tells whether the lag is right: a group that was overtaken by a trim counts on as if it had read only
// what it really has, and the server calls what was trimmed away waiting for ever. After an XDEL among the
// waiting entries the server cannot tell the lag at all until they are read.
void StreamGroup::askStream(RedisPipeline& pipeline) {
    if (m_stream.huge_entries) return askWaiting(pipeline);
    pipeline.add({"XINFO", "STREAM", m_stream.key},
                 [this, &pipeline](const RedisReply& reply) { takeStream(pipeline, streamInfoFrom(reply)); });
}

void StreamGroup::takeStream(RedisPipeline& pipeline, const StreamInfo& stream) {
    m_added = stream.added;
    if (stream.last_generated && m_info.last_delivered >= *stream.last_generated)
        m_waiting = 0;
    else if (stream.first && m_info.last_delivered < *stream.first)
        m_waiting = stream.length;
    if (!m_info.lag)
        m_surplus = 0;
    else if (m_waiting)
        m_surplus = std::max<qint64>(0, *m_info.lag - *m_waiting);
    else if (stream.added && stream.length && m_info.entries_read)
        m_lagBlurred = *m_info.entries_read + m_surplus < *stream.added - *stream.length;
    if (m_waiting != std::optional<qint64>(0)) askWaiting(pipeline);
}

Count StreamGroup::beyondTheTrim() const {
    const QString trimmed =
        u"entries were trimmed away before this group read them, and its lag still counts them"_s;
    if (!m_lagBlurred) return Count::estimated(std::max<qint64>(0, *m_info.lag - m_surplus), trimmed);
    if (m_counted)
        return Count::lowerBound(*m_counted, trimmed + u"; only %1 entries were read"_s.arg(kCountAtMost));
    return Count::notObservable(m_waitingGap.isEmpty() ? trimmed : trimmed + u", and "_s + m_waitingGap);
}

Count StreamGroup::ready() const {
    if (m_waiting && m_info.lag) return Count::exact(*m_waiting);
    if (m_info.lag && !m_lagBlurred && m_surplus == 0)
        return Count::exact(std::min(*m_info.lag, m_stream.length.valueOr(*m_info.lag)));
    if (m_counted && *m_counted < kCountAtMost) return Count::exact(*m_counted);
    if (m_info.lag) return beyondTheTrim();
    if (m_added && m_info.entries_read) {
        const qint64 unread = std::max<qint64>(0, *m_added - *m_info.entries_read);
        return Count::estimated(std::min(unread, m_stream.length.valueOr(unread)),
                                u"entries added less entries read; deleted ones among them still count"_s);
    }
    const QString why = u"this server does not tell the lag of the group"_s;
    if (m_counted)
        return Count::lowerBound(*m_counted, why + u"; only %1 entries were read"_s.arg(kCountAtMost));
    return Count::notObservable(m_waitingGap.isEmpty() ? why : why + u", and "_s + m_waitingGap);
}

Time StreamGroup::oldest(const Count& ready, ServerTime now) const {
    if (ready.valueOr(1) == 0) return Time::notObservable(u"no entry is waiting"_s);
    if (!m_waitingGap.isEmpty()) return Time::notObservable(m_waitingGap);
    if (!m_first) return Time::notObservable(u"the waiting entries were deleted or taken meanwhile"_s);
    const auto added = m_first->addedAt(now);
    return added ? Time::exact(*added)
                 : Time::notObservable(u"the ids of the entries are not times: the producer chooses them"_s);
}

QueueReading StreamGroup::finishPoll(ServerTime now) {
    m_claims.take(m_pendingEntries, m_consumers, m_info.pending, m_display, now);
    m_pending.finishPoll(m_info, m_pendingEntries, now);
    if (!m_since) {
        m_since = now;
        m_readAtFirst = m_info.entries_read;
    }
    m_watched_s = secondsBetween(*m_since, now);
    m_losses.take(m_info,
                  {m_consumersGap.isEmpty() ? &m_consumers : nullptr, m_consumersAt, m_pendingEntries}, now);
    QueueReading reading;
    reading.queue = m_display;
    reading.ready = ready();
    reading.running = Count::exact(m_info.pending);
    reading.oldest_ready_at = oldest(reading.ready, now);
    reading.scheduled = reading.overdue = Count::notObservable(u"streams have no delayed entries"_s);
    reading.retrying = Count::notObservable(
        u"an entry whose handler failed stays pending like one that is worked on; see its deliveries"_s);
    reading.retry_due = RetryDues::notObservable(reading.retrying.method);
    fillDead(reading);
    reading.run_time_s = Seconds::notObservable(u"streams do not keep when an entry was acknowledged"_s);
    reading.max_attempts_mean = Ratio::notObservable(u"streams know no limit of attempts"_s);
    fillFlow(reading.flow);
    fillClaims(reading.claims, now);
    return reading;
}

// Found by its name: that its entries are dead ones is a convention, so the number is an estimate.
void StreamGroup::fillDead(QueueReading& reading) const {
    QString gap =
        u"streams have no dead letters; where an application moves them is its own convention, and "
        "none of the usual names (<stream>:dlq, :dead, :failed) is there"_s;
    if (!m_stream.dead_key.isEmpty())
        gap = u"several groups share the dead letters in %1"_s.arg(visibleText(m_stream.dead_key, 80));
    const bool known = !m_stream.dead_key.isEmpty() && !m_stream.shared;
    const QString method =
        known ? u"entries of the stream %1, by its name"_s.arg(visibleText(m_stream.dead_key, 80)) : gap;
    const Count count = m_stream.dead;
    reading.dead = !known          ? Count::notObservable(gap)
                   : count.known() ? Count::estimated(*count.value, method)
                                   : count;
    reading.lost_next_24h =
        Count::notObservable(known ? u"streams do not tell when they are trimmed"_s : gap);
    reading.oldest_dead_at = known && m_stream.oldest_dead ? Time::exact(*m_stream.oldest_dead)
                             : known                       ? Time::notObservable(u"no entry was read"_s)
                                                           : Time::notObservable(gap);
    auto& ages = reading.dead_ages;
    ages.p50_died_at = ages.p90_died_at = ages.purge_next_at =
        Time::notObservable(known ? u"only the oldest entry is read"_s : gap);
    ages.buckets.fill(Count::notObservable(ages.p50_died_at.method));
    if (count.valueOr(1) == 0 && known) ages.buckets.fill(count);
}

void StreamGroup::fillFlow(FlowTotals& flow) const {
    const QString untold =
        u"before Redis 7 groups do not count what they read; later not while deleted entries blur it"_s;
    const auto read = m_info.entries_read;
    flow.enqueued = read && m_info.lag ? Count::exact(*read + *m_info.lag)
                    : m_added          ? Count::exact(*m_added)
                                       : Count::notObservable(untold);
    flow.retried = Count::notObservable(u"a take-over and a retry look alike"_s);
    flow.first_executed = flow.executed = flow.completed = Count::notObservable(untold);
    flow.died = Count::exact(0);  // acknowledging is the only way out of a group
    if (!m_stream.dead_key.isEmpty())
        flow.died = Count::notObservable(u"what goes to the dead-letter stream is acknowledged, too"_s);
    if (!read) return;
    const qint64 delivered = *read - m_losses.skipped();
    flow.first_executed = Count::exact(delivered);
    flow.executed = Count::lowerBound(delivered + m_claims.redeliveries(),
                                      u"deliveries again are seen only while the entry is pending"_s);
    const qint64 done = std::max<qint64>(0, delivered - m_info.pending - m_losses.dropped());
    flow.completed =
        m_info.lag ? Count::exact(done) : Count::estimated(done, u"entries read less those pending"_s);
    if (!m_losses.guessed()) return;
    const QString why =
        u"the group was moved on, or a consumer was removed with what it had not acknowledged"_s;
    flow.first_executed = Count::lowerBound(delivered, why);
    flow.completed = Count::lowerBound(done, why);
}

void StreamGroup::fillClaims(ClaimsReading& claims, ServerTime) {
    claims.since = m_since;
    claims.evidence = ClaimEvidence::counter;
    const QString method =
        u"delivered again between two polls, away from a consumer that was still heard of"_s;
    claims.duplicates = m_pendingGap.isEmpty() ? Count::lowerBound(m_claims.duplicates(), method)
                                               : Count::notObservable(m_pendingGap);
    claims.incidents = m_claims.incidents();
    if (!m_readAtFirst && m_info.entries_read) m_readAtFirst = m_info.entries_read;
    if (m_readAtFirst && m_info.entries_read)
        claims.claims = Count::lowerBound(
            std::max<qint64>(0, *m_info.entries_read - *m_readAtFirst - m_losses.skipped()) +
                m_claims.redeliveries(),
            u"entries read, and deliveries again that were seen"_s);
    else
        claims.claims = Count::notObservable(u"this server does not count what a group has read"_s);
}

double StreamGroup::silenceAllowed_s(const StreamConsumer& consumer) const {
    const qint64 read =
        m_info.entries_read && m_readAtFirst ? *m_info.entries_read - *m_readAtFirst - m_losses.skipped() : 0;
    return streamSilenceAllowed_s(read, m_watched_s, m_consumers.size(), consumer.pending > 0);
}

std::vector<Condition> StreamGroup::conditions() const {
    std::vector<Condition> all;
    if (m_claims.poison()) all.push_back(*m_claims.poison());
    m_pending.addConditions(m_display, all);
    m_losses.addConditions(m_display, all);
    if (!m_info.lag || !m_stream.length.known() || *m_info.lag <= *m_stream.length.value) return all;
    const qint64 lost = *m_info.lag - *m_stream.length.value;
    const QString evidence =
        u"the group has yet to read %1 entries, but the stream holds only %2: MAXLEN, MINID or XTRIM took "
        u"the "
        "others away"_s.arg(exactCountText(*m_info.lag), exactCountText(*m_stream.length.value));
    all.push_back({ConditionKind::trimmed,
                   m_display,
                   {},
                   Count::lowerBound(lost, u"delivered entries may still be in the stream"_s),
                   {},
                   evidence});
    return all;
}

}  // namespace spillway

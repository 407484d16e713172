#include "backends/redis/bullmq/events.h"

#include <QSet>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "backends/domain/human_text.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kPages = 3;  // of one queue in one poll
constexpr qint64 kBytesPerPage = qint64(3) << 20;
constexpr qint64 kLargestEntry = 64 << 10;
constexpr qsizetype kJobsRemembered = 10'000;
constexpr int kAskUnknown = 100;
constexpr std::size_t kRunTimes = 50, kRunTimesNeeded = 5;

const QString kMethod =
    u"events of the queue since Spillway watches; jobs that were put back by a rate limit count as retries"_s;
const QString kShareMethod =
    u"events of the queue; first attempts of jobs added earlier follow the share among those looked at"_s;
const QString kDuplicates =
    u"jobs claimed again after their lock had run out, or while they were active; where the first worker had "
    "died, nothing ran twice"_s;

}  // namespace

const QByteArray& BullmqEvents::position(ServerTime now) {
    if (!m_since) {
        m_since = now;
        m_position = QByteArray::number(millisSinceEpoch(now)) + "-0";
    }
    m_readNow = 0;
    m_lost.clear();
    m_unknown.clear();
    m_unknownAsked = m_unknownFirst = 0;
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
        askUnknown(pipeline);
    });
}

void BullmqEvents::jumpTo(ServerTime now, const QString& why) {
    m_position = QByteArray::number(millisSinceEpoch(now)) + "-0";
    m_lost = why;
    m_jobs.clear();
}

void BullmqEvents::take(const RedisReply& reply) {
    for (const RedisReply& entry : reply.items) {
        if (entry.items.size() != 2) continue;
        m_position = entry.items[0].text;
        QByteArray event, id, previous;
        const auto& fields = entry.items[1].items;
        for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
            if (fields[i].text == "event") event = fields[i + 1].text;
            if (fields[i].text == "jobId") id = fields[i + 1].text;
            if (fields[i].text == "prev") previous = fields[i + 1].text;
        }
        if (!id.isEmpty())
            takeEvent(m_position.left(m_position.indexOf('-')).toLongLong(), event, id, previous);
        m_before = id;
        m_eventBefore = event;
    }
    m_readNow += static_cast<qint64>(reply.items.size());
}

void BullmqEvents::takeEvent(qint64 at_ms, const QByteArray& event, const QByteArray& id,
                             const QByteArray& previous) {
    if (event == "active") return takeActive(at_ms, id);
    if (event == "completed" || event == "failed") return takeDone(at_ms, id, event == "completed");
    if (event == "removed") {
        m_jobs.remove(id);
        return;
    }
    static const QSet<QByteArray> telling{"added", "delayed", "waiting", "waiting-children", "stalled"};
    if (!telling.contains(event)) return;
    // A job that merely comes to wait may have been tried before we watched.
    if (event == "waiting" && previous != "active" && previous != "failed" && previous != "completed") return;
    Job* const job = remember(id, event == "added");
    if (event == "added" && job) *job = {Last::added};
    if (event == "delayed" && (m_eventBefore != "added" || m_before != id)) takePutBack(job, true);
    if (event == "waiting" && previous == "active") takePutBack(job, true);
    if (event == "waiting-children" && previous == "active") takePutBack(job, false);
    // Tried again by a person.
    if (event == "waiting" && (previous == "failed" || previous == "completed")) takePutBack(job, false);
    // Written by the same script right after the job was put back.
    if (event == "stalled") {
        if (m_eventBefore == "waiting" && m_before == id) m_retried = std::max<qint64>(0, m_retried - 1);
        if (job) job->last = Last::stalled;
    }
}

// nullptr: too many jobs are remembered already.
BullmqEvents::Job* BullmqEvents::remember(const QByteArray& id, bool onlyAdded) {
    const auto known = m_jobs.find(id);
    if (known != m_jobs.end()) return &*known;
    if (m_jobs.size() >= (onlyAdded ? kJobsRemembered / 2 : kJobsRemembered)) return nullptr;
    return &*m_jobs.insert(id, {});
}

void BullmqEvents::takePutBack(Job* job, bool counts) {
    if (counts) ++m_retried;
    if (job) job->last = Last::retry;
}

void BullmqEvents::takeActive(qint64 at_ms, const QByteArray& id) {
    ++m_executed;
    const auto known = m_jobs.find(id);
    if (known == m_jobs.end()) {
        ++m_unknown[id];
        if (m_jobs.size() < kJobsRemembered) m_jobs[id] = {Last::active, at_ms};
        return;
    }
    Job& job = *known;
    if (m_unknown.contains(id)) ++m_unknown[id];
    if (job.last == Last::stalled)
        noteDuplicate(id, job, at_ms,
                      u"claimed again after its lock had run out (stalled); the first worker may "
                      "still be running it"_s);
    if (job.last == Last::active)
        noteDuplicate(id, job, at_ms, u"claimed while an earlier claim on it was not over"_s);
    job.first = job.last == Last::added || job.last == Last::waiting;
    if (job.first) ++m_first;
    job.last = Last::active;
    job.active_ms = at_ms;
}

void BullmqEvents::takeDone(qint64 at_ms, const QByteArray& id, bool completed) {
    const auto known = m_jobs.find(id);
    if (known == m_jobs.end()) return;
    if (completed && known->first && known->last == Last::active) {
        m_runTimes_s.push_back(static_cast<double>(at_ms - known->active_ms) / 1e3);
        if (m_runTimes_s.size() > kRunTimes) m_runTimes_s.pop_front();
    }
    m_jobs.erase(known);
}

void BullmqEvents::noteDuplicate(const QByteArray& id, const Job& job, qint64 at_ms, const QString& note) {
    ++m_duplicates;
    if (duplicatesKnown()) ++m_recorded[id];
    DuplicateClaim claim;
    claim.id = visibleText(id);
    claim.kind = job.kind;
    claim.first_owner = job.owner;
    if (job.active_ms > 0) claim.first_claimed_at = serverTimeFromMillis(job.active_ms);
    claim.second_claimed_at = serverTimeFromMillis(at_ms);
    claim.evidence = ClaimEvidence::recorded;
    claim.note = note;
    addIncident(m_incidents, std::move(claim));
}

void BullmqEvents::noteOwner(const QByteArray& id, const QString& owner, const QString& kind) {
    const auto known = m_jobs.find(id);
    if (known == m_jobs.end() || known->last != Last::active) return;
    known->owner = owner;
    known->kind = kind;
    const QString shown = visibleText(id);
    for (DuplicateClaim& claim : m_incidents)
        if (claim.id == shown && claim.second_owner.isEmpty() &&
            claim.second_claimed_at == serverTimeFromMillis(known->active_ms)) {
            claim.second_owner = owner;
            if (claim.kind.isEmpty()) claim.kind = kind;
        }
}

void BullmqEvents::askUnknown(RedisPipeline& pipeline) {
    int asked = 0;
    for (auto it = m_unknown.cbegin(); it != m_unknown.cend() && asked < kAskUnknown; ++it, ++asked) {
        const QByteArray id = it.key();
        const int claimsSince = it.value() - 1;
        pipeline.add({"HGET", m_base + id, "ats"}, [this, id, claimsSince](const RedisReply& reply) {
            ++m_unknownAsked;
            // A job that is gone finished at once: then it was not one of the retries that linger.
            const bool first = integerFrom(reply).value_or(1) - claimsSince <= 1;
            if (first) ++m_unknownFirst;
            if (const auto job = m_jobs.find(id); job != m_jobs.end() && claimsSince == 0) job->first = first;
        });
    }
}

void BullmqEvents::finishPoll(QueueReading& reading) {
    if (!m_gap.isEmpty()) {
        reading.flow.executed = reading.flow.first_executed = reading.flow.retried =
            Count::notObservable(m_gap);
        reading.claims.claims = reading.claims.duplicates = Count::notObservable(m_gap);
        return;
    }
    if (m_unknownAsked > 0)
        m_first += std::llround(static_cast<double>(m_unknown.size()) * static_cast<double>(m_unknownFirst) /
                                static_cast<double>(m_unknownAsked));
    const bool guessed = m_unknownAsked < m_unknown.size();
    if (m_lost.isEmpty() && m_readNow >= m_kept)
        m_lost =
            u"the events stream keeps only %1 entries, fewer than happened between two polls"_s.arg(m_kept);
    const Provenance seen = m_lost.isEmpty() ? Provenance::exact : Provenance::lower_bound;
    const QString method = m_lost.isEmpty() ? kMethod : m_lost;
    reading.flow.executed = {m_executed, seen, method};
    reading.flow.retried = {m_retried, seen, method};
    reading.flow.first_executed = {m_first, guessed ? weaker(seen, Provenance::estimated) : seen,
                                   guessed && m_lost.isEmpty() ? kShareMethod : method};
    reading.claims.claims = {m_executed, seen, method};
    reading.claims.duplicates = m_lost.isEmpty() ? Count::estimated(m_duplicates, kDuplicates)
                                                 : Count::lowerBound(m_duplicates, m_lost);
    if (m_duplicates == 0 && m_lost.isEmpty())
        reading.claims.duplicates = {0, Provenance::exact, kDuplicates};
    reading.claims.since = m_since;
    reading.claims.evidence = ClaimEvidence::recorded;
    reading.claims.incidents.assign(m_incidents.begin(), m_incidents.end());
    for (DuplicateClaim& claim : reading.claims.incidents) claim.queue = reading.queue;
    if (!reading.run_time_s.known() && m_runTimes_s.size() >= kRunTimesNeeded)
        reading.run_time_s = Seconds::estimated(
            std::accumulate(m_runTimes_s.begin(), m_runTimes_s.end(), 0.0) /
                static_cast<double>(m_runTimes_s.size()),
            u"mean of the last %1 jobs that completed at their first attempt"_s.arg(m_runTimes_s.size()));
}

}  // namespace spillway

#include "backends/redis/bullmq/attempts.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qsizetype kJobsRemembered = 10'000;
constexpr int kAskUnknown = 100, kAskPutBack = 100;
constexpr std::size_t kRunTimes = 50, kRunTimesNeeded = 5;

const QString kMethod =
    u"events of the queue since Spillway watches; jobs that were put off without a failure go on with the "
    "same attempt"_s;
const QString kShareMethod =
    u"events of the queue; which of them were retries follows the share among the jobs that were looked at"_s;
const QString kUnsure =
    u"jobs were put back and had gone before their attempts could be read: whether they had failed is not "
    "known"_s;
const QString kDuplicates = u"jobs claimed while an earlier claim on them was live, from the events stream"_s;

QString duplicatesText(qint64 recovered) {
    if (recovered == 0) return kDuplicates;
    return kDuplicates +
           u"; %1 %2 claimed again after their lock had run out, which is how BullMQ recovers a job, and "
           "not counted"_s.arg(recovered)
               .arg(recovered == 1 ? u"was"_s : u"were"_s);
}

// ats, atm, attemptsMade, finishedOn, stc, stalledCounter of a job's hash.
const RedisCommand kFields{"ats", "atm", "attemptsMade", "finishedOn", "stc", "stalledCounter"};

struct Attempts {
    qint64 started = 0, made = 0, stalled = 0;
};

// nullopt: the job is gone. The end of a job counts as an attempt made, too: that one is left out.
std::optional<Attempts> attemptsFrom(const RedisReply& reply) {
    if (!reply.isArray() || reply.items.size() != std::size_t(kFields.size())) return std::nullopt;
    const auto number = [&reply](std::size_t i) { return integerFrom(reply.items[i]); };
    if (!number(0) && !number(1) && !number(2) && !number(3)) return std::nullopt;
    const qint64 made = std::max(number(1).value_or(0), number(2).value_or(0));
    return Attempts{number(0).value_or(1), std::max<qint64>(0, made - (number(3) ? 1 : 0)),
                    std::max(number(4).value_or(0), number(5).value_or(0))};
}

}  // namespace

void BullmqAttempts::startPoll() {
    m_tally = {};
    m_before = {};
    m_unknown.clear();
    m_unknownAsked = m_unknownFirst = m_unknownResumed = 0;
    m_putBack.clear();
    m_guessed = m_unsure = false;
}

void BullmqAttempts::take(const BullmqEvent& event) {
    const QByteArray& name = event.name;
    if (name == "added") {
        ++m_tally.added;
        if (Job* const job = m_jobs.size() < kJobsRemembered / 2 ? remember(event.id) : nullptr) {
            *job = {};
            job->last = Last::added;
            job->made = 0;
        }
    } else if (name == "duplicated" || name == "deduplicated") {
        ++m_tally.refused;
    } else if (name == "waiting") {
        takeWaiting(event);
    } else if (name == "delayed") {
        if (m_before.name != "added" || m_before.id != event.id) takePutBack(event.id);
    } else if (name == "waiting-children" && event.previous == "active") {
        if (Job* const job = remember(event.id)) job->last = Last::put_off;
    } else if (name == "stalled") {
        takeStalled(event.id);
    } else if (name == "active") {
        takeActive(event.at_ms, event.id);
    } else if (name == "completed" || name == "failed") {
        takeEnd(event);
    } else if (name == "retries-exhausted") {
        if (const auto known = m_putBack.find(event.id); known != m_putBack.end())
            known->made_at_end = std::max<qint64>(0, event.made - 1);
    } else if (name == "removed") {
        m_jobs.remove(event.id);
    }
    m_before = event;
}

// A job that merely comes to wait may have been tried before we watched.
void BullmqAttempts::takeWaiting(const BullmqEvent& event) {
    if (event.previous == "active") return takePutBack(event.id);
    if (event.previous != "failed" && event.previous != "completed") return;
    ++m_tally.replayed;
    if (Job* const job = remember(event.id)) {
        *job = {};
        job->last = Last::replayed;
    }
}

// nullptr: too many jobs are remembered already.
BullmqAttempts::Job* BullmqAttempts::remember(const QByteArray& id) {
    const auto known = m_jobs.find(id);
    if (known != m_jobs.end()) return &*known;
    if (m_jobs.size() >= kJobsRemembered) return nullptr;
    return &*m_jobs.insert(id, {});
}

// Counted as a retry until its hash says otherwise.
void BullmqAttempts::takePutBack(const QByteArray& id) {
    const bool known = m_jobs.contains(id);
    Job* const job = remember(id);
    // Its delay was changed, or it is a parent that waits no more: it was not running.
    if (known && job->last != Last::active) return;
    PutBack& putBack = m_putBack[id];
    if (putBack.times++ == 0 && job) putBack.made_before = job->made;
    ++m_retried;
    if (job) job->last = Last::put_back;
}

// Written by the same script right after the job was put back.
void BullmqAttempts::takeStalled(const QByteArray& id) {
    const auto putBack = m_putBack.find(id);
    if (m_before.name == "waiting" && m_before.id == id && putBack != m_putBack.end()) {
        --m_retried;
        if (--putBack->times == 0) m_putBack.erase(putBack);
    }
    if (Job* const job = remember(id)) job->last = Last::stalled;
}

void BullmqAttempts::takeActive(qint64 at_ms, const QByteArray& id) {
    ++m_claims;
    ++m_executed;
    if (const auto unknown = m_unknown.find(id); unknown != m_unknown.end()) ++*unknown;
    const auto known = m_jobs.find(id);
    if (known == m_jobs.end()) {
        if (!m_unknown.contains(id)) m_unknown[id] = 1;
        if (Job* const job = remember(id)) {
            job->last = Last::active;
            job->active_ms = at_ms;
        }
        return;
    }
    Job& job = *known;
    if (job.last == Last::active) noteDuplicate(id, job, at_ms);
    if (job.last == Last::stalled) ++m_recovered;
    if (const auto putBack = m_putBack.find(id); job.last == Last::put_back && putBack != m_putBack.end())
        ++putBack->resumed;
    if (job.last == Last::put_off)
        --m_executed;
    else
        job.first = job.last == Last::added || job.last == Last::waiting || job.last == Last::replayed;
    if (job.first && job.last != Last::put_off) ++m_first;
    job.last = Last::active;
    job.active_ms = at_ms;
}

void BullmqAttempts::takeEnd(const BullmqEvent& event) {
    const bool completed = event.name == "completed";
    ++(completed ? m_tally.completed : m_tally.failed);
    const auto known = m_jobs.find(event.id);
    if (known == m_jobs.end()) return;
    if (completed && known->first && known->last == Last::active) {
        m_runTimes_s.push_back(static_cast<double>(event.at_ms - known->active_ms) / 1e3);
        if (m_runTimes_s.size() > kRunTimes) m_runTimes_s.pop_front();
    }
    m_jobs.erase(known);
}

void BullmqAttempts::noteDuplicate(const QByteArray& id, const Job& job, qint64 at_ms) {
    ++m_duplicates;
    DuplicateClaim claim;
    claim.id = visibleText(id);
    claim.kind = job.kind;
    claim.first_owner = job.owner;
    if (job.active_ms > 0) claim.first_claimed_at = serverTimeFromMillis(job.active_ms);
    claim.second_claimed_at = serverTimeFromMillis(at_ms);
    claim.evidence = ClaimEvidence::recorded;
    claim.note = u"claimed while an earlier claim on it was not over"_s;
    addIncident(m_incidents, std::move(claim));
}

void BullmqAttempts::noteOwner(const QByteArray& id, const QString& owner, const QString& kind) {
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

void BullmqAttempts::ask(RedisPipeline& pipeline) {
    askUnknown(pipeline);
    int asked = 0;
    for (auto it = m_putBack.cbegin(); it != m_putBack.cend() && asked < kAskPutBack; ++it, ++asked)
        pipeline.add(RedisCommand{"HMGET", m_base + it.key()} + kFields,
                     [this, id = it.key()](const RedisReply& fields) {
                         const auto attempts = attemptsFrom(fields);
                         const auto putBack = m_putBack.constFind(id);
                         if (putBack == m_putBack.cend()) return;
                         if (attempts) decide(id, m_putBack.take(id), attempts->made);
                     });
}

void BullmqAttempts::askUnknown(RedisPipeline& pipeline) {
    int asked = 0;
    for (auto it = m_unknown.cbegin(); it != m_unknown.cend() && asked < kAskUnknown; ++it, ++asked)
        pipeline.add(RedisCommand{"HMGET", m_base + it.key()} + kFields,
                     [this, id = it.key(), claims = it.value()](const RedisReply& fields) {
                         takeUnknown(id, claims, fields);
                     });
}

// A job that is gone finished at once: then it was not one of the retries that linger.
void BullmqAttempts::takeUnknown(const QByteArray& id, qint64 claims, const RedisReply& fields) {
    ++m_unknownAsked;
    const Attempts attempts = attemptsFrom(fields).value_or(Attempts{});
    const qint64 startedBefore = attempts.started - claims;
    const qint64 madeBefore = attempts.made - m_putBack.value(id).times;
    const bool first = startedBefore <= 0;
    const bool resumed = !first && madeBefore <= 0 && attempts.stalled == 0;
    if (first) ++m_unknownFirst;
    if (resumed) ++m_unknownResumed;
    const auto job = m_jobs.find(id);
    if (job == m_jobs.end() || claims > 1) return;
    job->first = first;
    job->made = std::max<qint64>(0, madeBefore);
    if (const auto putBack = m_putBack.find(id); putBack != m_putBack.end() && first)
        putBack->made_before = 0;
}

// `made`: attempts accounted for after all that this poll saw.
void BullmqAttempts::decide(const QByteArray& id, const PutBack& putBack, qint64 made) {
    const bool known = putBack.made_before != kUnknown;
    const qint64 retries = known      ? std::clamp<qint64>(made - putBack.made_before, 0, putBack.times)
                           : made > 0 ? putBack.times
                                      : 0;
    m_putBackKnown += putBack.times;
    m_putBackRetries += retries;
    if (const auto job = m_jobs.find(id); job != m_jobs.end())
        job->made = known ? putBack.made_before + retries : made;
    settle(id, putBack, retries);
}

void BullmqAttempts::settle(const QByteArray& id, const PutBack& putBack, qint64 retries) {
    const qint64 off = putBack.times - retries;
    m_retried -= off;
    m_executed -= std::min(off, putBack.resumed);
    const auto job = m_jobs.find(id);
    if (job != m_jobs.end() && job->last == Last::put_back)
        job->last = off > putBack.resumed ? Last::put_off : Last::retry;
}

// Of those that were not looked at.
void BullmqAttempts::spreadUnknown() {
    if (m_unknownAsked == 0) return;
    const double share = static_cast<double>(m_unknown.size()) / static_cast<double>(m_unknownAsked);
    m_first += std::llround(share * static_cast<double>(m_unknownFirst));
    m_executed -= std::llround(share * static_cast<double>(m_unknownResumed));
    m_guessed = m_unknownAsked < m_unknown.size();
}

// Not looked at, or gone before; those that failed for good said how often.
void BullmqAttempts::spreadPutBack() {
    for (const QByteArray& id : m_putBack.keys())
        if (const PutBack putBack = m_putBack[id]; putBack.made_at_end != kUnknown)
            decide(id, m_putBack.take(id), putBack.made_at_end);
    if (m_putBack.isEmpty()) return;
    m_guessed = true;
    m_unsure = m_putBackKnown == 0;
    const double share =
        m_unsure ? 1 : static_cast<double>(m_putBackRetries) / static_cast<double>(m_putBackKnown);
    double retries = 0;
    qint64 settled = 0;
    for (auto it = m_putBack.cbegin(); it != m_putBack.cend(); ++it) {
        retries += share * static_cast<double>(it->times);
        const qint64 here = std::min<qint64>(it->times, std::llround(retries) - settled);
        settled += here;
        settle(it.key(), *it, here);
    }
}

void BullmqAttempts::finishPoll(QueueReading& reading, const QString& lost) {
    spreadUnknown();
    spreadPutBack();
    const Provenance seen = lost.isEmpty() ? Provenance::exact : Provenance::lower_bound;
    const QString method = !lost.isEmpty() ? lost : m_guessed ? kShareMethod : kMethod;
    const Provenance sure = m_guessed ? weaker(seen, Provenance::estimated) : seen;
    FlowTotals& flow = reading.flow;
    if (m_unsure) {
        flow.executed = flow.first_executed = flow.retried = Count::notObservable(kUnsure);
    } else {
        flow.executed = {m_executed, sure, method};
        flow.retried = {m_retried, sure, method};
        flow.first_executed = {m_first, sure, method};
    }
    fillClaims(reading, seen, lost.isEmpty() ? kMethod : lost);
    fillRunTime(reading);
}

void BullmqAttempts::fillClaims(QueueReading& reading, Provenance seen, const QString& method) {
    ClaimsReading& claims = reading.claims;
    claims.claims = {m_claims, seen, method};
    claims.duplicates = {m_duplicates, seen,
                         seen == Provenance::exact ? duplicatesText(m_recovered) : method};
    claims.evidence = ClaimEvidence::recorded;
    claims.incidents.assign(m_incidents.begin(), m_incidents.end());
    for (DuplicateClaim& claim : claims.incidents) claim.queue = reading.queue;
}

void BullmqAttempts::fillRunTime(QueueReading& reading) const {
    if (reading.run_time_s.known() || m_runTimes_s.size() < kRunTimesNeeded) return;
    reading.run_time_s = Seconds::estimated(
        std::accumulate(m_runTimes_s.begin(), m_runTimes_s.end(), 0.0) /
            static_cast<double>(m_runTimes_s.size()),
        u"mean of the last %1 jobs that completed at their first attempt"_s.arg(m_runTimes_s.size()));
}

}  // namespace spillway

#include "backends/redis/rq/workers.h"

#include <algorithm>

#include "backends/domain/human_text.h"
#include "backends/redis/rq/fields.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

const QByteArray kStart = "rq:worker:";
const RedisCommand kFields{"state",
                           "queues",
                           "hostname",
                           "pid",
                           "current_job",
                           "last_heartbeat",
                           "death",
                           "version",
                           "birth",
                           "successful_job_count",
                           "failed_job_count",
                           "total_working_time"};

// A worker beats at least every few minutes (worker_ttl is 420 s unless set); a hash that lost its expiry
// stays for ever, and so would its worker.
constexpr double kSilent_s = 3600;

bool serves(const QList<QByteArray>& queues, const QByteArray& queue) {
    return queues.contains(queue);
}

}  // namespace

void RqWorkers::startPoll(RedisPipeline& pipeline) {
    m_gap.clear();
    for (auto& [key, process] : m_workers) {
        process.listed = process.exists = false;
        ask(pipeline, key);
    }
    pipeline.add({"SSCAN", "rq:workers", "0", "COUNT", QByteArray::number(kMost)},
                 [this, &pipeline](const RedisReply& reply) { takeList(pipeline, reply); });
}

void RqWorkers::takeList(RedisPipeline& pipeline, const RedisReply& reply) {
    if (!reply.isArray() || reply.items.size() != 2 || !reply.items[1].isArray()) {
        m_gap = reasonFromReply(reply, {"SSCAN", "rq:workers"}, u"set"_s);
        return;
    }
    m_more = reply.items[0].text != "0";
    for (const RedisReply& key : reply.items[1].items) {
        if (!key.text.startsWith(kStart)) continue;
        if (m_workers.size() >= kMost && !m_workers.contains(key.text)) {
            m_more = true;
            break;
        }
        const auto [at, isNew] = m_workers.try_emplace(key.text);
        at->second.listed = true;
        if (isNew) ask(pipeline, key.text);
    }
}

void RqWorkers::ask(RedisPipeline& pipeline, const QByteArray& key) {
    pipeline.add(RedisCommand{"HMGET", key} + kFields,
                 [this, key](const RedisReply& reply) { take(key, reply); });
}

void RqWorkers::take(const QByteArray& key, const RedisReply& reply) {
    if (!reply.isArray() || reply.items.size() != static_cast<std::size_t>(kFields.size())) {
        m_gap = reasonFromReply(reply, {"HMGET", key}, u"hash"_s);
        return;
    }
    Process& process = m_workers[key];
    const auto& fields = reply.items;
    process.exists = !fields[8].isNil() || !fields[5].isNil();
    if (!process.exists) return;
    process.state = fields[0].text;
    process.queues = fields[1].text.split(',');
    process.host = fields[2].text;
    process.pid = integerFrom(fields[3]);
    process.job = fields[4].text;
    process.heartbeat = rqTimeFrom(fields[5].text);
    process.dying = !fields[6].isNil();
    if (!fields[7].text.isEmpty()) m_version = visibleText(fields[7].text, 40);
    count(process, integerFrom(fields[9]).value_or(0), integerFrom(fields[10]).value_or(0),
          fields[11].text.toDouble());
}

// A worker that appears after the first poll has done all that it counts since then.
void RqWorkers::count(Process& process, qint64 successes, qint64 failures, double worked_s) {
    const qint64 attempts = successes + failures;
    const bool known = std::exchange(process.counted, true);
    if (known || !m_firstPoll) {
        const qint64 well = std::max<qint64>(0, successes - process.successes);
        m_successes += well;
        if (process.queues.size() == 1) {
            Ended& ended = m_ended[process.queues.front()];
            ended.successes += well;
            ended.attempts += std::max<qint64>(0, attempts - process.attempts);
            ended.worked_s += std::max(0.0, worked_s - process.worked_s);
        }
    }
    process.attempts = attempts;
    process.successes = successes;
    process.worked_s = worked_s;
}

WorkersReading RqWorkers::finishPoll(ServerTime now) {
    m_firstPoll = false;
    std::erase_if(m_workers, [](const auto& entry) { return !entry.second.listed; });
    for (auto& [key, process] : m_workers)
        if (process.heartbeat && secondsBetween(*process.heartbeat, now) > kSilent_s) process.exists = false;
    WorkersReading workers;
    if (!m_gap.isEmpty()) {
        workers.live = workers.concurrency = workers.busy = Count::notObservable(m_gap);
        return workers;
    }
    qint64 live = 0, busy = 0;
    for (const auto& [key, process] : m_workers) {
        workers.list.push_back(describe(key, process, now));
        if (!process.exists) continue;
        ++live;
        if (process.state == "busy") ++busy;
    }
    std::stable_sort(workers.list.begin(), workers.list.end(),
                     [](const Worker& a, const Worker& b) { return a.alive && !b.alive; });
    const QString more = u"more than %1 workers are registered"_s.arg(kMost);
    workers.live = m_more ? Count::lowerBound(live, more) : Count::exact(live);
    workers.busy = m_more ? Count::lowerBound(busy, more) : Count::exact(busy);
    workers.concurrency = workers.live;
    return workers;
}

Worker RqWorkers::describe(const QByteArray& key, const Process& process, ServerTime now) const {
    Worker worker;
    worker.id = visibleText(key.mid(kStart.size()));
    worker.host = visibleText(process.host);
    worker.pid = process.pid;
    for (const QByteArray& queue : process.queues) worker.queues << visibleText(queue);
    worker.alive = process.exists;
    worker.concurrency = Count::exact(1);
    worker.busy = Count::exact(process.exists && process.state == "busy" ? 1 : 0);
    worker.heartbeat_age_s = process.heartbeat
                                 ? Seconds::exact(std::max(0.0, secondsBetween(*process.heartbeat, now)))
                                 : Seconds::notObservable(u"its hash has expired"_s);
    return worker;
}

RqWorkers::Life RqWorkers::lifeOf(const QByteArray& name) const {
    if (name.isEmpty() || !m_gap.isEmpty()) return Life::unknown;
    const auto found = m_workers.find(kStart + name);
    if (found == m_workers.end()) return m_more ? Life::unknown : Life::gone;
    return found->second.exists ? Life::alive : Life::gone;
}

QByteArray RqWorkers::currentJobOf(const QByteArray& name) const {
    const auto found = m_workers.find(kStart + name);
    return found == m_workers.end() ? QByteArray() : found->second.job;
}

QString RqWorkers::whyNotAttempts(const QByteArray& queue) const {
    if (!m_gap.isEmpty()) return m_gap;
    for (const auto& [key, process] : m_workers)
        if (process.exists && process.queues.size() > 1 && serves(process.queues, queue))
            return u"worker %1 serves %2 queues and counts its attempts for all of them together"_s
                .arg(visibleText(key.mid(kStart.size()), 60))
                .arg(process.queues.size());
    return {};
}

Count RqWorkers::attemptsOf(const QByteArray& queue) const {
    const QString gap = whyNotAttempts(queue);
    if (!gap.isEmpty()) return Count::notObservable(gap);
    return Count::estimated(m_ended.value(queue).attempts,
                            u"counters of the workers that serve this queue alone; what a worker did between "
                            "the last poll and its end is not seen"_s);
}

bool RqWorkers::serveAlone(const QByteArray& queue) const {
    return whyNotAttempts(queue).isEmpty() &&
           std::any_of(m_workers.begin(), m_workers.end(), [&queue](const auto& each) {
               return each.second.exists && each.second.queues == QList<QByteArray>{queue};
           });
}

Count RqWorkers::successesOf(const QByteArray& queue) const {
    const Count attempts = attemptsOf(queue);
    return attempts.known() ? Count::estimated(m_ended.value(queue).successes, attempts.method) : attempts;
}

Seconds RqWorkers::runTimeOf(const QByteArray& queue) const {
    const QString gap = whyNotAttempts(queue);
    if (!gap.isEmpty()) return Seconds::notObservable(gap);
    const Ended ended = m_ended.value(queue);
    if (ended.attempts == 0) return Seconds::notObservable(u"no attempt has ended since the first poll"_s);
    return Seconds::estimated(ended.worked_s / static_cast<double>(ended.attempts),
                              u"mean of all attempts since the first poll, failed ones too"_s);
}

}  // namespace spillway

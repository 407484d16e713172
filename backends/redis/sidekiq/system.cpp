#include "backends/redis/sidekiq/system.h"

#include "backends/redis/shared/capabilities.h"
#include "backends/redis/shared/key_scan.h"
#include "backends/redis/shared/unserved.h"
#include "backends/redis/sidekiq/kind.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr double kPromotion_s = 15;  // the scheduler looks about every 5 s, with jitter
constexpr double kDay_s = 86'400;
constexpr double kKeepDead_s = 180 * kDay_s;  // defaults of dead_timeout_in_seconds and dead_max_jobs
constexpr qint64 kDeadNearlyFull = 9'900;
constexpr int kSamplesPerPoll = 50;  // queues whose next jobs are looked at

const QString kRetention =
    u"deleted 180 days after the death, and beyond 10 000 jobs the oldest first, whenever another job dies"_s;

}  // namespace

const std::vector<Capability>& sidekiqSignals() {
    static const std::vector<Capability> all{
        {u"ready"_s, true, u"length of the queue's list"_s},
        {u"scheduled"_s, true,
         u"the schedule set; its jobs name their queue, estimated above 1 000 entries"_s},
        {u"retrying"_s, true, u"the retry set; its jobs name their queue, estimated above 1 000 entries"_s},
        {u"running"_s, true, u"what the processes wrote with their last heartbeat"_s},
        {u"dead"_s, true, u"the dead set; its jobs name their queue, estimated above 1 000 entries"_s},
        {u"overdue"_s, true, u"scheduled and retrying jobs due for more than 15 s"_s},
        {u"oldest_age_s"_s, true, u"since the next job was put into the queue"_s},
        {u"dead_oldest_age_s"_s, true, u"the time of the death in the dead set"_s},
        {u"lost_next_24h"_s, true,
         u"dead jobs of 179 days and more; Sidekiq deletes them at 180 days by default"_s},
        {u"arrival_rate"_s, true,
         u"pushes since the last poll, found by the position of the job that was newest "
         "then, less retries"_s},
        {u"drain_rate"_s, true,
         u"jobs that left the queue and did not come to the retry set; how many of them failed is counted "
         u"for "
         "all queues together"_s},
        {u"retries"_s, true, u"due times in the retry set"_s},
        {u"amplification"_s, true,
         u"jobs taken from the queue, less the retries that left the retry set for it"_s},
        {u"duplicate_claims"_s, true,
         u"only what heartbeats show: the same job in the hands of two live workers, or still running while "
         u"it "
         "waits in the retry set or among the next 20 jobs of its queue"_s},
        {u"leases"_s, true,
         u"what the processes wrote with their last heartbeat; shorter jobs are not seen"_s},
        {u"paused"_s, true, u"Sidekiq Pro's set of paused queues"_s},
        {u"workers"_s, true, u"a process that was told to be quiet is listed, but not counted as live"_s},
        {u"schedules"_s, false,
         u"periodic jobs belong to Sidekiq Enterprise and to add-ons; Spillway does not read what they store"_s},
    };
    return all;
}

namespace {

double secondsOf(ServerTime time) {
    return std::chrono::duration<double>(time.time_since_epoch()).count();
}

}  // namespace

SidekiqSystem::SidekiqSystem(const QByteArray& nameSpace)
    : m_nameSpace(nameSpace), m_start(nameSpace.isEmpty() ? QByteArray() : nameSpace + ':'),
      m_schedule(m_start + "schedule", u"the schedule set"_s), m_retry(m_start + "retry", u"the retry set"_s),
      m_dead(m_start + "dead", u"the dead set"_s), m_processes(m_start) {}

void SidekiqSystem::startPoll(RedisPipeline& pipeline, ServerTime now) {
    const double now_s = secondsOf(now);
    m_queuesGap.clear();
    int samples = kSamplesPerPoll;
    for (SidekiqQueue& queue : m_queues) {
        queue.listed = false;
        const bool busy = m_processes.runningOf(queue.name()).valueOr(0) > 0 && samples-- > 0;
        queue.startPoll(pipeline, busy);
    }
    pipeline.add({"SSCAN", m_start + "queues", "0", "COUNT", QByteArray::number(kMaxQueues)},
                 [this, &pipeline](const RedisReply& reply) { takeQueueNames(pipeline, reply); });
    pipeline.add({"SSCAN", m_start + "paused", "0", "COUNT", QByteArray::number(kMaxQueues)},
                 [this](const RedisReply& reply) { takePaused(reply); });
    pipeline.count({"GET", m_start + "stat:processed"}, m_processed, u"string"_s);
    pipeline.count({"GET", m_start + "stat:failed"}, m_failed, u"string"_s);
    m_schedule.startPoll(pipeline, now_s - kPromotion_s);
    m_retry.startPoll(pipeline, now_s - kPromotion_s);
    m_dead.startPoll(pipeline, now_s - kKeepDead_s + kDay_s);
    m_retry.askMinutes(pipeline, now);
    m_dead.askAges(pipeline, now);
    m_processes.startPoll(pipeline);
}

void SidekiqSystem::takeQueueNames(RedisPipeline& pipeline, const RedisReply& reply) {
    if (!reply.isArray() || reply.items.size() != 2 || !reply.items[1].isArray()) {
        m_queuesGap = reasonFromReply(reply, {"SSCAN", m_start + "queues"}, u"set"_s);
        for (SidekiqQueue& queue : m_queues) queue.listed = true;
        return;
    }
    for (const RedisReply& name : reply.items[1].items) {
        if (!m_byName.contains(name.text)) queueNamed(name.text).startPoll(pipeline);
        queueNamed(name.text).listed = true;
    }
    m_notShown = 0;
    if (reply.items[0].text == "0") return;
    pipeline.add({"SCARD", m_start + "queues"}, [this](const RedisReply& size) {
        m_notShown =
            std::max<qint64>(0, integerFrom(size).value_or(0) - static_cast<qint64>(m_queues.size()));
    });
}

SidekiqQueue& SidekiqSystem::queueNamed(const QByteArray& name) {
    if (SidekiqQueue* known = m_byName.value(name)) return *known;
    m_queues.emplace_back(m_start, name, m_names.of(name));
    m_byName.insert(name, &m_queues.back());
    return m_queues.back();
}

void SidekiqSystem::takePaused(const RedisReply& reply) {
    m_paused.reset();
    if (!reply.isArray() || reply.items.size() != 2 || reply.items[1].items.empty()) return;
    m_paused.emplace();
    for (const RedisReply& name : reply.items[1].items) m_paused->insert(name.text);
}

// A queue whose jobs are all running, scheduled, retrying or dead need not be in the set of queues.
void SidekiqSystem::listQueuesOfJobs() {
    for (const SidekiqSet* set : {&m_schedule, &m_retry, &m_dead})
        for (const QByteArray& name : set->queues())
            if (m_byName.contains(name) || m_queues.size() < kMaxQueues) queueNamed(name).listed = true;
}

void SidekiqSystem::dropGoneQueues() {
    for (const SidekiqQueue& queue : m_queues)
        if (!queue.listed) m_names.forget(queue.name());
    std::erase_if(m_queues, [](const SidekiqQueue& queue) { return !queue.listed; });
    m_byName.clear();
    for (SidekiqQueue& queue : m_queues) m_byName.insert(queue.name(), &queue);
}

SystemReading SidekiqSystem::finishPoll(ServerTime now) {
    if (!m_since) m_since = now;
    for (SidekiqSet* set : {&m_schedule, &m_retry, &m_dead}) set->finishPoll();
    followFailures();
    listQueuesOfJobs();
    dropGoneQueues();
    SystemReading reading;
    reading.workers = m_processes.finishPoll(now, [this](const QByteArray& name) { return displayOf(name); });
    findDoubles();
    for (SidekiqQueue& queue : m_queues) reading.queues.push_back(readingOf(queue, now));
    attributePushes(now);
    followEndings(reading, now);
    for (std::size_t i = 0; i < m_queues.size(); ++i) fillClaims(m_queues[i], reading.queues[i]);
    reading.leases = leases();
    reading.conditions = conditions(now);
    noteUnserved(reading, SidekiqProcesses::kQueuesListed);
    reading.queues_not_shown = m_notShown;
    reading.identity = identity();
    reading.capabilities = capabilitiesOf(reading, sidekiqSignals());
    if (!m_queuesGap.isEmpty()) reading.capabilities.set(u"ready"_s, false, m_queuesGap);
    m_capabilities = reading.capabilities;
    return reading;
}

QueueReading SidekiqSystem::readingOf(SidekiqQueue& queue, ServerTime now) const {
    QueueReading reading;
    const QByteArray& name = queue.name();
    queue.finishPoll(reading);
    if (m_paused) reading.paused = m_paused->contains(name);
    reading.scheduled = m_schedule.countOf(name);
    reading.retrying = m_retry.countOf(name);
    reading.running = m_processes.runningOf(name);
    reading.dead = m_dead.countOf(name);
    reading.oldest_dead_at = m_dead.lowestOf(name);
    reading.lost_next_24h = lostWithinADay(name);
    const Count late = m_schedule.earlyOf(name), lateRetries = m_retry.earlyOf(name);
    reading.overdue = !late.known() ? late : lateRetries;
    if (late.known() && lateRetries.known())
        reading.overdue = {*late.value + *lateRetries.value, weaker(late.provenance, lateRetries.provenance),
                           late.isExact() ? lateRetries.method : late.method};
    reading.promotion_interval_s = kPromotion_s;
    reading.retry_due = m_retry.duesOf(name);
    reading.dead_ages = m_dead.agesOf(name, now);
    reading.dead_ages.retention = kRetention;
    reading.dead_ages.purge_next_at =
        reading.oldest_dead_at.known()
            ? Measured<ServerTime>::estimated(
                  *reading.oldest_dead_at.value + std::chrono::seconds(qint64(kKeepDead_s)), kRetention)
            : reading.oldest_dead_at;
    reading.max_attempts_mean = maxAttempts(name);
    reading.run_time_s = Seconds::notObservable(
        u"Sidekiq keeps no run times of single jobs; from version 7 on it sums them up by job class, not by "
        "queue"_s);
    return reading;
}

Count SidekiqSystem::lostWithinADay(const QByteArray& queue) const {
    const Count byAge = m_dead.earlyOf(queue);
    if (!byAge.known() || m_dead.size().valueOr(0) < kDeadNearlyFull) return byAge;
    return Count::lowerBound(*byAge.value,
                             u"the dead set is full: every further dead job deletes the oldest one"_s);
}

// What one queue cannot tell by itself: where exactly one queue lost sight of its newest job, it got the
// rest of all pushes, which follow from the executions that Sidekiq counts for all queues together.
// Jobs are counted as executed with the next heartbeat, up to 10 s after they left the queue: what seems to
// be missing until then must not count as pushed when it comes.
qint64 SidekiqSystem::withLate(qint64 rest, ServerTime now) {
    rest += m_late;
    m_late = std::min<qint64>(0, rest);
    if (m_late == 0) m_lateSince.reset();
    if (m_late < 0 && !m_lateSince) m_lateSince = now;
    if (m_lateSince && now - *m_lateSince > kLatestHeartbeat) m_late = 0;  // they were deleted, not executed
    return rest;
}

void SidekiqSystem::attributePushes(ServerTime now) {
    m_guessed.clear();
    qint64 grown = 0, resolved = 0, running = 0;
    QList<SidekiqQueue*> unresolved;
    for (SidekiqQueue& queue : m_queues) {
        const SidekiqQueue::Pushes& pushes = queue.pushes();
        running += m_processes.runningOf(queue.name()).valueOr(0);
        grown += queue.growth();
        if (pushes.resolved)
            resolved += pushes.at_least;
        else if (!pushes.first)
            unresolved.append(&queue);
        if (pushes.resolved) queue.addPushed(pushes.at_least);
    }
    std::optional<qint64> all;
    if (m_processed.known() && m_processedBefore)
        all = *m_processed.value - *m_processedBefore + grown + running - m_runningBefore;
    qint64 least = resolved;
    for (const SidekiqQueue* queue : unresolved) least += queue->pushes().at_least;
    std::optional<qint64> rest;
    if (all) rest = withLate(*all - least, now);
    for (SidekiqQueue* queue : unresolved) {
        const bool takesRest = unresolved.size() == 1 && rest;
        queue->addPushed(queue->pushes().at_least + (takesRest ? std::max<qint64>(0, *rest) : 0));
        if (!takesRest && rest.value_or(1) > 0) m_guessed.insert(queue->name());
    }
    m_processedBefore = m_processed.value;
    m_runningBefore = running;
}

// Jobs that wait for their time are part of what is in the system, so that the balance holds: a job that
// becomes due moves from there into the list and is pushed then.
Count SidekiqSystem::enqueued(const SidekiqQueue& queue, const QueueReading& reading) const {
    const Count unknown = Count::notObservable(queue.pushGap());
    if (!queue.pushGap().isEmpty() && m_queues.size() > 1) return unknown;
    const qint64 total = queue.pushed() + reading.scheduled.valueOr(0) + reading.retrying.valueOr(0) -
                         m_endings.cameToRetry(queue.name());
    const QString method =
        u"pushes counted by the position of the newest job of the last poll, less retries; where the retry "
        "set is too large to be followed, a failed attempt counts as leaving and its retry as an arrival"_s;
    return m_guessed.contains(queue.name()) ? Count::lowerBound(total, method)
                                            : Count::estimated(total, method);
}

SystemIdentity SidekiqSystem::identity() const {
    return {u"sidekiq"_s, u"Sidekiq"_s, m_processes.version(), visibleText(m_nameSpace)};
}

DetectedSystem SidekiqSystem::detected() const {
    return {identity(), m_capabilities};
}

QList<QByteArray> SidekiqSystem::keyPatterns() const {
    const QByteArray start = globEscaped(m_start);
    QList<QByteArray> patterns;
    for (const char* key : {"queues", "queue:*", "paused", "schedule", "retry", "dead", "processes", "stat:*",
                            "workers", "failed", "*:*:*"})  // the last: HOST:PID:NONCE of a process
        patterns << start + key;
    return patterns;
}

}  // namespace spillway

// Retries, claims, leases, conditions and dead letters of one Sidekiq installation.
#include "backends/domain/human_text.h"
#include "backends/redis/sidekiq/dead.h"
#include "backends/redis/sidekiq/system.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qint64 kDeadFull = 9'999;  // the trim of each death leaves this many
constexpr qint64 kBytesAtOnce = qint64(2) << 20;
constexpr std::size_t kConditionsAtMost = 50;

}  // namespace

QString SidekiqSystem::displayOf(const QByteArray& queue) {
    return m_names.contains(queue) ? m_names.of(queue) : visibleText(queue);
}

// What failed and did not die went to the retry set; that matters where the set is too large to be read.
void SidekiqSystem::followFailures() {
    if (m_failed.known() && m_failedBefore)
        m_retry.guessTraffic(
            std::max<qint64>(0, *m_failed.value - *m_failedBefore - std::max<qint64>(0, m_dead.growth())));
    m_failedBefore = m_failed.value;
}

// A job that is taken leaves the list: what was pushed and is not there any more was executed. Of those the
// ones that had left the retry set were retries.
void SidekiqSystem::fillExecutions(SidekiqQueue& queue, QueueReading& reading) const {
    FlowTotals& flow = reading.flow;
    if (!flow.enqueued.known() || !reading.ready.known()) {
        flow.executed = flow.first_executed = flow.retried =
            Count::notObservable(flow.enqueued.known() ? reading.ready.method : flow.enqueued.method);
        return;
    }
    const SidekiqSet::Traffic retries = m_retry.trafficOf(queue.name());
    const qint64 executed = std::max<qint64>(0, queue.firstLength() + queue.pushed() - *reading.ready.value);
    const Provenance seen = weaker(flow.enqueued.provenance, Provenance::estimated);
    const QString taken = u"jobs taken from the queue's list: pushes less what is still there"_s;
    const QString traffic =
        m_retry.trafficSeen()
            ? u"entries that came to and left the retry set"_s
            : u"failures less deaths, shared out as the retry set is; it is too large to be "
              "followed entry by entry"_s;
    flow.executed = {executed, seen, taken};
    flow.first_executed = {executed - queue.retriesAmong(executed, retries.left), seen,
                           taken + u", less "_s + traffic};
    flow.retried = {retries.came, Provenance::estimated, traffic};
}

// What has left the list and is not running any more has ended.
void SidekiqSystem::followEndings(SystemReading& reading, ServerTime now) {
    m_endings.startPoll(m_processed, m_failed, m_retry, now);
    const bool none = reading.workers.live == Count::exact(0) && reading.workers.busy.valueOr(1) == 0;
    const bool noWorker = std::exchange(m_noWorkerBefore, none) && none;
    for (std::size_t i = 0; i < m_queues.size(); ++i) {
        SidekiqQueue& queue = m_queues[i];
        const qint64 taken = queue.firstLength() + queue.pushed() - reading.queues[i].ready.valueOr(0);
        m_endings.take(queue.name(), taken - reading.queues[i].running.valueOr(0),
                       m_retry.trafficOf(queue.name()).came, noWorker);
    }
    m_endings.finishPoll();
    for (std::size_t i = 0; i < m_queues.size(); ++i) {
        FlowTotals& flow = reading.queues[i].flow;
        flow.enqueued = enqueued(m_queues[i], reading.queues[i]);
        fillExecutions(m_queues[i], reading.queues[i]);
        m_endings.fill(m_queues[i].name(), flow.executed, flow);
    }
}

void SidekiqSystem::findDoubles() {
    QSet<QString> running;
    m_doubles.startPoll();
    for (const SidekiqRun& run : m_processes.work().runs()) {
        running.insert(run.jid);
        m_doubles.noteRun(run);
    }
    if (!m_retry.readNow()) m_doubles.notRead(m_retry.title());
    for (const QString& jid : m_retry.readNow() ? m_retry.among(running) : QStringList())
        m_doubles.noteWaiting(jid, m_retry.title());
    for (const SidekiqQueue& queue : m_queues)
        for (const QString& jid : queue.nextJobs()) m_doubles.noteWaiting(jid, u"its queue"_s);
    m_doubles.finishPoll();
}

void SidekiqSystem::fillClaims(const SidekiqQueue& queue, QueueReading& reading) const {
    ClaimsReading& claims = reading.claims;
    claims.claims = reading.flow.executed;
    claims.since = m_since;
    claims.evidence = ClaimEvidence::sampled;
    const QString& gap = m_processes.workGap();
    const qint64 seen = m_doubles.countOf(queue.name());
    claims.duplicates = gap.isEmpty()
                            ? Count::lowerBound(seen,
                                                u"Sidekiq counts no deliveries; only jobs are seen that two "
                                                "workers reported at once, or that ran while they waited"_s)
                            : Count::notObservable(gap);
    for (const DuplicateClaim& incident : m_doubles.incidents())
        if (incident.queue.toUtf8() == queue.name()) {
            claims.incidents.push_back(incident);
            claims.incidents.back().queue = reading.queue;
        }
}

Ratio SidekiqSystem::maxAttempts(const QByteArray& queue) const {
    qint64 sum = 0, jobs = 0;
    for (const SidekiqSet* set : {&m_schedule, &m_retry}) {
        sum += set->attemptsOf(queue).sum;
        jobs += set->attemptsOf(queue).jobs;
    }
    if (const auto next = m_byName.value(queue)->nextMaxAttempts()) {
        sum += *next;
        ++jobs;
    }
    if (jobs == 0)
        return Ratio::notObservable(u"no job that says how often it may be retried was looked at"_s);
    return Ratio::estimated(static_cast<double>(sum) / static_cast<double>(jobs),
                            u"`retry` of %1 jobs that were looked at"_s.arg(jobs));
}

LeasesReading SidekiqSystem::leases() {
    LeasesReading all;
    all.gap = m_processes.workGap();
    all.leases = m_processes.work().leases();
    for (Lease& lease : all.leases) lease.queue = displayOf(lease.queue.toUtf8());
    qint64 running = 0;
    for (const QByteArray& queue : m_processes.queues()) running += m_processes.work().runningOf(queue);
    all.total =
        all.gap.isEmpty()
            ? Count::estimated(running, u"as of each worker's last heartbeat; shorter jobs are not seen"_s)
            : Count::notObservable(all.gap);
    return all;
}

std::vector<Condition> SidekiqSystem::conditions(ServerTime now) const {
    std::vector<Condition> all = m_processes.work().conditions();
    const auto zombies = m_processes.zombies();
    all.insert(all.end(), zombies.begin(), zombies.end());
    if (m_dead.size().valueOr(0) >= kDeadFull) all.push_back(fullDeadSet(now));
    if (all.size() > kConditionsAtMost) all.resize(kConditionsAtMost);
    return all;
}

Condition SidekiqSystem::fullDeadSet(ServerTime now) const {
    const auto oldest = m_dead.lowest();
    const QString age =
        oldest ? u"; the oldest one, %1 old, goes next"_s.arg(durationText(secondsBetween(*oldest, now)))
               : QString();
    return {ConditionKind::dead_set_full,
            {},
            {},
            m_dead.size(),
            {},
            u"the dead set holds %1 jobs, its limit by default%2"_s.arg(exactCountText(*m_dead.size().value),
                                                                        age)};
}

// One set for all queues: only the jobs name theirs.
std::vector<DeadShelf> SidekiqSystem::deadShelves(const QStringList&) const {
    DeadShelf shelf{m_start + "dead", {}, {}};
    if (m_dead.bytesPerEntry() > 0)
        shelf.at_once = std::clamp<qint64>(kBytesAtOnce / m_dead.bytesPerEntry(), 1, shelf.at_once);
    shelf.look_ups = 3;
    return {shelf};
}

void SidekiqSystem::countDead(RedisPipeline& pipeline, const DeadShelf& shelf, const DeadSlice& slice,
                              Count& count) {
    countSortedShelf(pipeline, shelf.key, slice, kSidekiqScale, count);
}

void SidekiqSystem::readDead(RedisPipeline& pipeline, const DeadShelf& shelf, const DeadSlice& slice,
                             DeadEntries& into) {
    readSortedShelf(pipeline, shelf.key, slice, kSidekiqScale, into);
}

bool SidekiqSystem::findDead(RedisPipeline& pipeline, const DeadShelf& shelf, const QByteArray& id,
                             DeadEntries& into) {
    findSidekiqDead(pipeline, shelf.key, id, into);
    return true;
}

void SidekiqSystem::describeDead(RedisPipeline&, const DeadShelf&, const DeadEntry& entry, DeadJob& job) {
    describeSidekiqDead(entry, job, [this](const QByteArray& name) { return displayOf(name); });
}

void SidekiqSystem::detailDead(RedisPipeline&, const DeadShelf&, const DeadEntry& entry, JobDetail& detail) {
    detailSidekiqDead(entry, detail);
}

}  // namespace spillway

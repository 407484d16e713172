#include "backends/redis/rq/system.h"

#include <algorithm>

#include "backends/redis/rq/dead.h"
#include "backends/redis/rq/kind.h"
#include "backends/redis/shared/capabilities.h"
#include "backends/redis/shared/sorted_shelf.h"
#include "backends/redis/shared/unserved.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

const QByteArray kQueueStart = "rq:queue:";
constexpr qint64 kLooksAtFirst = 20'000;
constexpr qint64 kLooksPerPoll = 1'000;
constexpr qint64 kLeasesPerQueue = 100;
constexpr std::size_t kMostConditions = 50;

}  // namespace

const std::vector<Capability>& rqSignals() {
    static const std::vector<Capability> all{
        {u"ready"_s, true, u"length of the queue's list"_s},
        {u"scheduled"_s, true, u"the scheduled registry less its retries; estimated above 100 entries"_s},
        {u"retrying"_s, true, u"scheduled jobs that have started before; estimated above 100 entries"_s},
        {u"blocked"_s, true, u"the deferred registry"_s},
        {u"running"_s, true, u"the started registry, also jobs whose worker is gone until RQ notices"_s},
        {u"dead"_s, true, u"the failed registry"_s},
        {u"overdue"_s, true, u"scheduled jobs due for more than 10 s"_s},
        {u"oldest_age_s"_s, true, u"since the next job was put into the queue"_s},
        {u"dead_oldest_age_s"_s, true, u"the jobs' ended_at, or their expiry less failure_ttl"_s},
        {u"lost_next_24h"_s, true, u"expiry times in the failed registry"_s},
        {u"arrival_rate"_s, true, u"from the balance of jobs that left and jobs in the queue"_s},
        {u"drain_rate"_s, true,
         u"successes that the workers counted, or jobs added to the finished registry; and to the failed one"_s},
        {u"retries"_s, true, u"due times of scheduled jobs that have started before"_s},
        {u"amplification"_s, true,
         u"attempts that the workers counted, against the jobs that finished or died"_s},
        {u"duplicate_claims"_s, true,
         u"two executions of one job that are registered at once (from RQ 2 on)"_s},
        {u"paused"_s, true, u"rq:suspended, which stops all workers of all queues"_s},
        {u"workers"_s, true, u"registrations that have not expired"_s},
        {u"leases"_s, true, u"the started registry and the jobs' worker names"_s},
    };
    return all;
}

void RqSystem::startPoll(RedisPipeline& pipeline, ServerTime now) {
    m_queuesGap.clear();
    m_suspended.reset();
    m_lookBudget = std::exchange(m_firstPoll, false) ? kLooksAtFirst : kLooksPerPoll;
    m_leaseBudget = kMostLeases;
    m_workers.startPoll(pipeline);
    pipeline.add({"EXISTS", "rq:suspended"}, [this](const RedisReply& reply) {
        if (reply.isInteger()) m_suspended = reply.integer > 0;
    });
    for (RqQueue& queue : m_queues) {
        queue.listed = false;
        startQueue(pipeline, queue, now);
    }
    pipeline.add({"SSCAN", "rq:queues", "0", "COUNT", QByteArray::number(kMaxQueues)},
                 [this, &pipeline, now](const RedisReply& reply) { takeQueueNames(pipeline, reply, now); });
}

void RqSystem::startQueue(RedisPipeline& pipeline, RqQueue& queue, ServerTime now) {
    const RqQueue::Budget budget{m_lookBudget > 0, std::min(kLeasesPerQueue, m_leaseBudget)};
    m_lookBudget -= queue.lookCost();
    m_leaseBudget -= std::min(budget.leases, queue.claimed());
    queue.startPoll(pipeline, now, budget);
}

void RqSystem::takeQueueNames(RedisPipeline& pipeline, const RedisReply& reply, ServerTime now) {
    m_notShown = 0;
    if (!reply.isArray() || reply.items.size() != 2 || !reply.items[1].isArray()) {
        m_queuesGap = reasonFromReply(reply, {"SSCAN", "rq:queues"}, u"set"_s);
        for (RqQueue& queue : m_queues) queue.listed = true;
        return;
    }
    for (const RedisReply& member : reply.items[1].items) {
        if (!member.text.startsWith(kQueueStart)) continue;
        const QByteArray name = member.text.mid(kQueueStart.size());
        RqQueue* queue = queueNamed(name);
        if (!queue && m_queues.size() >= kMaxQueues) {
            ++m_notShown;
            continue;
        }
        if (!queue) {
            queue = &m_queues.emplace_back(name, m_names.of(name));
            startQueue(pipeline, *queue, now);
        }
        queue->listed = true;
    }
    if (reply.items[0].text == "0") return;
    pipeline.add({"SCARD", "rq:queues"}, [this](const RedisReply& size) {
        m_notShown =
            std::max<qint64>(0, integerFrom(size).value_or(0) - static_cast<qint64>(m_queues.size()));
    });
}

RqQueue* RqSystem::queueNamed(const QByteArray& name) {
    const auto found = std::find_if(m_queues.begin(), m_queues.end(),
                                    [&name](const RqQueue& queue) { return queue.name() == name; });
    return found == m_queues.end() ? nullptr : &*found;
}

void RqSystem::dropGoneQueues() {
    for (const RqQueue& queue : m_queues)
        if (!queue.listed) m_names.forget(queue.name());
    std::erase_if(m_queues, [](const RqQueue& queue) { return !queue.listed; });
}

SystemReading RqSystem::finishPoll(ServerTime now) {
    SystemReading reading;
    reading.workers = m_workers.finishPoll(now);
    dropGoneQueues();
    for (RqQueue& queue : m_queues) {
        reading.queues.push_back(queue.finishPoll(m_workers, now));
        reading.queues.back().paused = m_suspended;
        for (Condition& condition : queue.conditions())
            if (reading.conditions.size() < kMostConditions)
                reading.conditions.push_back(std::move(condition));
    }
    noteUnseenSuccesses(reading);
    noteUnserved(reading);
    fillLeases(reading);
    reading.queues_not_shown = m_notShown;
    reading.identity = identity();
    reading.capabilities = capabilitiesOf(reading, rqSignals());
    if (!m_queuesGap.isEmpty()) reading.capabilities.set(u"ready"_s, false, m_queuesGap);
    if (!reading.leases.gap.isEmpty()) reading.capabilities.set(u"leases"_s, false, reading.leases.gap);
    m_capabilities = reading.capabilities;
    return reading;
}

// Where the workers have counted more successes than the finished registries received, some jobs keep no
// result; of a queue that shares its workers nobody can tell how many.
void RqSystem::noteUnseenSuccesses(SystemReading& reading) const {
    qint64 finished = 0;
    for (const RqQueue& queue : m_queues) finished += queue.finished();
    const qint64 unseen = m_workers.allSuccesses() - finished;
    if (unseen <= 3 + finished / 20) return;
    const QString why =
        u"%1 jobs succeeded and kept no result (result_ttl=0); their workers serve several queues and count "
        "them together"_s.arg(unseen);
    for (std::size_t i = 0; i < m_queues.size(); ++i) {
        if (!m_queues[i].sharesWorkers()) continue;
        FlowTotals& flow = reading.queues[i].flow;
        flow.completed = flow.completed.valueOr(0) > 0 ? Count::lowerBound(*flow.completed.value, why)
                                                       : Count::notObservable(why);
    }
}

void RqSystem::fillLeases(SystemReading& reading) const {
    LeasesReading& leases = reading.leases;
    qint64 total = 0;
    bool exact = true;
    for (const RqQueue& queue : m_queues) {
        const RqStarted& started = queue.started();
        leases.leases.insert(leases.leases.end(), started.leases().begin(), started.leases().end());
        const auto& taken = queue.intermediate().leases();
        leases.leases.insert(leases.leases.end(), taken.begin(), taken.end());
        total += started.running().valueOr(0) + static_cast<qint64>(taken.size());
        exact = exact && started.running().known();
        if (!started.problem().isEmpty()) leases.gap = started.problem();
    }
    std::stable_sort(leases.leases.begin(), leases.leases.end(), [](const Lease& a, const Lease& b) {
        if (a.stuck != b.stuck) return a.stuck;
        return a.claimed_at.value_or(ServerTime::max()) < b.claimed_at.value_or(ServerTime::max());
    });
    if (leases.leases.size() > kMostLeases) leases.leases.resize(kMostLeases);
    leases.total =
        exact ? Count::exact(total) : Count::lowerBound(total, u"some started registries cannot be read"_s);
}

double RqSystem::ttlOf(const QByteArray& queue) const {
    for (const RqQueue& each : m_queues)
        if (each.name() == queue) return each.usualTtl();
    return RqFailed::kDefaultTtl_s;
}

std::vector<DeadShelf> RqSystem::deadShelves(const QStringList& queues) const {
    std::vector<DeadShelf> shelves;
    for (const RqQueue& queue : m_queues)
        if (queues.isEmpty() || queues.contains(queue.display()))
            shelves.push_back({"rq:failed:" + queue.name(), queue.name(), queue.display()});
    return shelves;
}

void RqSystem::countDead(RedisPipeline& pipeline, const DeadShelf& shelf, const DeadSlice& slice,
                         Count& count) {
    countSortedShelf(pipeline, shelf.key, slice, {1, ttlOf(shelf.queue)}, count);
}

void RqSystem::readDead(RedisPipeline& pipeline, const DeadShelf& shelf, const DeadSlice& slice,
                        DeadEntries& into) {
    readSortedShelf(pipeline, shelf.key, slice, {1, ttlOf(shelf.queue)}, into);
}

bool RqSystem::findDead(RedisPipeline& pipeline, const DeadShelf& shelf, const QByteArray& id,
                        DeadEntries& into) {
    findOnSortedShelf(pipeline, shelf.key, id, {1, ttlOf(shelf.queue)}, into);
    return true;
}

void RqSystem::describeDead(RedisPipeline& pipeline, const DeadShelf& shelf, const DeadEntry& entry,
                            DeadJob& job) {
    describeRqDead(pipeline, shelf, entry, job);
}

void RqSystem::detailDead(RedisPipeline& pipeline, const DeadShelf&, const DeadEntry& entry,
                          JobDetail& detail) {
    detailRqDead(pipeline, entry, detail);
}

SystemIdentity RqSystem::identity() const {
    return {u"rq"_s, u"RQ"_s, m_workers.version(), {}};
}

DetectedSystem RqSystem::detected() const {
    return {identity(), m_capabilities};
}

QList<QByteArray> RqSystem::keyPatterns() const {
    return {"rq:*"};
}

}  // namespace spillway

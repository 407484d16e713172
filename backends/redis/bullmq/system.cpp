#include "backends/redis/bullmq/system.h"

#include <QVersionNumber>
#include <algorithm>

#include "backends/domain/human_text.h"
#include "backends/redis/bullmq/kind.h"
#include "backends/redis/bullmq/workers.h"
#include "backends/redis/shared/capabilities.h"
#include "backends/redis/shared/key_scan.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// Entries of delayed sets that one poll may look at, over all queues.
constexpr qint64 kLooksAtFirst = 20'000;
constexpr qint64 kLooksPerPoll = 1'000;
constexpr std::size_t kCountersAtOnce = 100;
constexpr qint64 kLeasesPerPoll = 150;
constexpr std::size_t kProfilesPerPoll = 20;
constexpr qint64 kIdsPerPoll = 600;  // looked at for missing jobs
constexpr qint64 kEventsPerPoll = 40'000;
constexpr std::size_t kConditionsAtMost = 50;
constexpr std::size_t kWorkersAtMost = 500;

}  // namespace

const std::vector<Capability>& bullmqSignals() {
    static const std::vector<Capability> all{
        {u"ready"_s, true, u"waiting and prioritized jobs, while paused also those set aside"_s},
        {u"scheduled"_s, true, u"delayed jobs without an attempt; estimated from a sample above 200"_s},
        {u"retrying"_s, true,
         u"delayed jobs with an attempt behind them; estimated from a sample above 200"_s},
        {u"blocked"_s, true, u"the set waiting-children: parents whose children have not completed"_s},
        {u"running"_s, true, u"the active list, also jobs whose worker is gone until BullMQ notices"_s},
        {u"dead"_s, true, u"the failed set"_s},
        {u"overdue"_s, true, u"delayed jobs due for more than 10 s"_s},
        {u"oldest_age_s"_s, true, u"since the creation of the next job to run"_s},
        {u"dead_oldest_age_s"_s, true, u"the time of the failure"_s},
        {u"lost_next_24h"_s, false, {}},
        {u"arrival_rate"_s, true, u"jobs added, from the queue's events stream"_s},
        {u"drain_rate"_s, true, u"jobs completed or failed for good, from the queue's events stream"_s},
        {u"retries"_s, true, u"due times of delayed jobs with an attempt behind them"_s},
        {u"amplification"_s, true,
         u"the queue's events stream; attempts made (atm) tell failures from jobs that were put off"_s},
        {u"duplicate_claims"_s, true,
         u"jobs that became active while an earlier claim was live, from the events stream; a job whose lock "
         "had run out is recovered, not claimed twice"_s},
        {u"leases"_s, true, u"the active list with the lock of each job; of long lists the oldest claims"_s},
        {u"paused"_s, true, u"the flag in the queue's meta hash"_s},
        {u"workers"_s, true, u"names of client connections; their concurrency is not published"_s},
        {u"schedules"_s, true, u"due times of the job schedulers"_s},
    };
    return all;
}

void BullmqSystem::add(const QByteArray& queue) {
    if (!knows(queue)) m_queues.emplace_back(m_prefix, queue, m_names.of(queue));
}

// What costs much is read of some queues with each poll, one after the other.
std::vector<BullmqQueue::Turns> BullmqSystem::turns(ServerTime now) {
    const std::size_t count = m_polled;
    std::vector<BullmqQueue::Turns> turns(count);
    if (count == 0) return turns;
    const auto goRound = [count](std::size_t& next, const auto& visit) {
        std::size_t turn = 0;
        while (turn < count && visit((next + turn) % count)) ++turn;
        next = (next + turn) % count;
    };
    qint64 looks = m_firstPoll ? kLooksAtFirst : kLooksPerPoll;
    goRound(m_nextLook, [&](std::size_t i) {
        if (looks <= 0) return false;
        const qint64 cost = m_queues[i].lookCost();
        turns[i].delayed = cost > 0;
        looks -= cost;
        return true;
    });
    if (m_firstPoll) return turns;  // nothing is known yet of what there is to look at
    qint64 leases = kLeasesPerPoll;
    goRound(m_nextLease, [&](std::size_t i) {
        if (leases <= 0) return false;
        const qint64 ran = m_queues[i].ranBefore();
        turns[i].leases = ran > 0 ? std::min(ran + 5, leases) : 0;
        leases -= turns[i].leases;
        return true;
    });
    std::size_t profiles = std::max(kProfilesPerPoll, count / 12);
    goRound(m_nextProfile, [&](std::size_t i) {
        if (profiles == 0) return false;
        turns[i].profile = m_queues[i].profileDue(now);
        profiles -= turns[i].profile ? 1 : 0;
        return true;
    });
    qint64 ids = kIdsPerPoll;
    goRound(m_nextMissing, [&](std::size_t i) {
        if (ids <= 0) return false;
        turns[i].missing = m_queues[i].missingDue(now);
        ids -= turns[i].missing ? m_queues[i].idsToLookAt() : 0;
        return true;
    });
    return turns;
}

void BullmqSystem::startPoll(RedisPipeline& pipeline, ServerTime now) {
    const std::size_t count = m_polled = std::min(m_queues.size(), kMaxQueues);
    m_byEvents.clear();
    m_eventBudget = kEventsPerPoll;
    const auto turn = turns(now);
    for (std::size_t i = 0; i < count; ++i) {
        m_queues[i].startPoll(pipeline, now, turn[i]);
        if ((i + 1) % kCountersAtOnce != 0 && i + 1 != count) continue;
        askAdds(pipeline, i - i % kCountersAtOnce, i + 1);
        askEvents(pipeline, now, i - i % kCountersAtOnce, i + 1);
    }
    m_firstPoll = false;
}

// One command tells which of many queues have news; only of those the events are read.
void BullmqSystem::askEvents(RedisPipeline& pipeline, ServerTime now, std::size_t first, std::size_t end) {
    RedisCommand keys, positions;
    for (std::size_t i = first; i < end; ++i) {
        BullmqEvents& events = m_queues[i].events();
        const QByteArray position = events.position(now);
        if (!events.small()) continue;
        keys << events.key();
        positions << position;
        m_byEvents.insert(events.key(), &m_queues[i]);
    }
    if (keys.isEmpty()) return;
    const RedisCommand command = RedisCommand{"XREAD", "COUNT", "1", "STREAMS"} + keys + positions;
    pipeline.add(command, [this, &pipeline, now, keys](const RedisReply& reply) {
        if (!reply.isError()) return takeNews(pipeline, now, reply);
        const QString denied = isDenied(reply) && !deniesKey(reply)
                                   ? reasonFromReply(reply, {"XREAD", keys.front()})
                                   : QString();
        for (const QByteArray& key : keys) {  // one of them is in the way: which one shows by itself
            BullmqEvents& events = m_byEvents[key]->events();
            if (denied.isEmpty())
                events.read(pipeline, now, m_eventBudget);
            else
                events.setGap(denied);
        }
    });
}

void BullmqSystem::takeNews(RedisPipeline& pipeline, ServerTime now, const RedisReply& reply) {
    for (const RedisReply& stream : reply.items)
        if (!stream.items.empty())
            if (BullmqQueue* queue = m_byEvents.value(stream.items[0].text))
                queue->events().read(pipeline, now, m_eventBudget);
}

void BullmqSystem::askAdds(RedisPipeline& pipeline, std::size_t first, std::size_t end) {
    RedisCommand command{"MGET"};
    for (std::size_t i = first; i < end; ++i) command.append(m_queues[i].idKey());
    pipeline.add(command, [this, &pipeline, first, end](const RedisReply& reply) {
        const bool whole = reply.isArray() && reply.items.size() == end - first;  // else MGET is not allowed
        for (std::size_t i = first; i < end; ++i)
            m_queues[i].takeAdds(pipeline, whole ? reply.items[i - first] : RedisReply());
    });
}

SystemReading BullmqSystem::finishPoll(ServerTime now) {
    SystemReading reading;
    QSet<QString> served;
    for (const Worker& worker : m_workers.value_or(std::vector<Worker>()))
        served.unite(QSet<QString>(worker.queues.begin(), worker.queues.end()));
    for (std::size_t i = 0; i < m_polled; ++i) {  // others were found during this poll
        if (!m_queues[i].exists()) continue;
        reading.queues.push_back(m_queues[i].finishPoll(served.contains(m_queues[i].display())));
        if (reading.conditions.size() < kConditionsAtMost)
            m_queues[i].addConditions(reading.queues.back(), now, reading.conditions);
    }
    reading.leases = leases(reading);
    reading.queues_not_shown = static_cast<qint64>(m_queues.size() - m_polled);
    for (const BullmqQueue& queue : m_queues)
        if (!queue.exists()) m_names.forget(queue.name());
    std::erase_if(m_queues, [](const BullmqQueue& queue) { return !queue.exists(); });
    reading.workers = workers(reading);
    reading.identity = identity();
    reading.capabilities = m_capabilities = capabilitiesOf(reading, bullmqSignals());
    if (reading.conditions.size() > kConditionsAtMost) reading.conditions.resize(kConditionsAtMost);
    return reading;
}

LeasesReading BullmqSystem::leases(const SystemReading& reading) const {
    LeasesReading all;
    qint64 running = 0;
    for (const QueueReading& queue : reading.queues) running += queue.running.valueOr(0);
    all.total = Count::exact(running);
    all.whole = true;
    for (const BullmqQueue& queue : m_queues) {
        if (!queue.exists()) continue;
        all.whole = all.whole && queue.leases().whole();
        all.leases.insert(all.leases.end(), queue.leases().leases().begin(), queue.leases().leases().end());
        if (!queue.leases().problem().isEmpty()) all.gap = queue.leases().problem();
    }
    std::stable_sort(all.leases.begin(), all.leases.end(), [](const Lease& a, const Lease& b) {
        return std::tie(b.stuck, a.claimed_at) < std::tie(a.stuck, b.claimed_at);
    });
    if (all.leases.size() > kMostLeases) {
        all.leases.resize(kMostLeases);
        all.whole = false;
    }
    return all;
}

WorkersReading BullmqSystem::workers(const SystemReading& reading) const {
    WorkersReading workers;
    qint64 active = 0;
    for (const QueueReading& queue : reading.queues) active += queue.running.valueOr(0);
    workers.busy = Count::estimated(active, u"active jobs, also those whose worker is gone"_s);
    workers.concurrency = Count::notObservable(u"BullMQ workers do not publish their concurrency"_s);
    const QString method = u"client connections that carry the name of a BullMQ worker"_s;
    if (!m_workers) {
        workers.live = Count::notObservable(m_workersGap);
        return workers;
    }
    const auto live = static_cast<qint64>(m_workers->size());
    if (live == 0 && active > 0)
        workers.live =
            Count::estimated(0, method + u"; a proxy or a server without CLIENT SETNAME hides them"_s);
    else
        workers.live = {live, Provenance::exact, method};
    workers.list.assign(m_workers->begin(),
                        m_workers->begin() + std::min<qint64>(live, qint64(kWorkersAtMost)));
    return workers;
}

void BullmqSystem::takeClients(const std::vector<RedisClient>& clients, const QString& why) {
    m_workersGap = why;
    m_workers.reset();
    if (why.isEmpty()) m_workers = bullmqWorkers(clients, m_prefix, m_names);
}

QString BullmqSystem::versions() const {
    QSet<QByteArray> raw;
    for (const BullmqQueue& queue : m_queues)
        if (!queue.version().isEmpty()) raw.insert(queue.version());
    QStringList all;
    for (const QByteArray& version : raw) all << visibleText(version, 40);
    std::sort(all.begin(), all.end(), [](const QString& a, const QString& b) {
        return QVersionNumber::fromString(a) < QVersionNumber::fromString(b);
    });
    if (all.size() < 2) return all.value(0);
    return u"%1 to %2"_s.arg(all.first(), all.last());
}

SystemIdentity BullmqSystem::identity() const {
    return {u"bullmq"_s, u"BullMQ"_s, versions(), m_prefix == "bull" ? QString() : visibleText(m_prefix)};
}

DetectedSystem BullmqSystem::detected() const {
    return {identity(), m_capabilities};
}

QList<QByteArray> BullmqSystem::keyPatterns() const {
    return {globEscaped(m_prefix) + ":*"};
}

}  // namespace spillway

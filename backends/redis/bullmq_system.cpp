#include "backends/redis/bullmq_system.h"

#include <QVersionNumber>
#include <algorithm>

#include "backends/domain/human_text.h"
#include "backends/redis/redis_capabilities.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// Entries of delayed sets that one poll may look at, over all queues.
constexpr qint64 kLooksAtFirst = 20'000;
constexpr qint64 kLooksPerPoll = 1'000;
constexpr std::size_t kCountersAtOnce = 100;

const std::vector<Capability>& bullmqSignals() {
    static const std::vector<Capability> all{
        {u"ready"_s, true, u"waiting and prioritized jobs, while paused also those set aside"_s},
        {u"scheduled"_s, true, u"delayed jobs without an attempt; estimated from a sample above 200"_s},
        {u"retrying"_s, true,
         u"delayed jobs with an attempt behind them; estimated from a sample above 200"_s},
        {u"running"_s, true, u"the active list, also jobs whose worker is gone until BullMQ notices"_s},
        {u"dead"_s, true, u"the failed set"_s},
        {u"overdue"_s, true, u"delayed jobs due for more than 10 s"_s},
        {u"oldest_age_s"_s, true, u"since the creation of the next job to run"_s},
        {u"dead_oldest_age_s"_s, true, {}},
        {u"lost_next_24h"_s, false, {}},
        {u"arrival_rate"_s, true, u"the queue's id counter; flow parents count when they are added"_s},
        {u"drain_rate"_s, true, u"from the balance of adds and jobs in the queue"_s},
        {u"paused"_s, true, {}},
        {u"workers"_s, true, u"names of client connections; their concurrency is not published"_s},
    };
    return all;
}

}  // namespace

std::optional<BullmqSystem::Name> BullmqSystem::nameFromMetaKey(const QByteArray& key) {
    if (!key.endsWith(":meta")) return std::nullopt;
    const QByteArray base = key.chopped(5);
    const auto colon = base.lastIndexOf(':');
    if (colon < 1 || colon + 1 == base.size()) return std::nullopt;
    return Name{base.left(colon), base.mid(colon + 1)};
}

bool BullmqSystem::isBullmqMark(const RedisReply& version) {
    return version.isText() && version.text.startsWith("bullmq");
}

bool BullmqSystem::adopt(const QByteArray& key) {
    const auto name = nameFromMetaKey(key);
    if (!name || name->prefix != m_prefix) return false;
    if (!m_names.contains(name->queue)) m_queues.emplace_back(m_prefix, name->queue, m_names.of(name->queue));
    return true;
}

void BullmqSystem::startPoll(RedisPipeline& pipeline, ServerTime now) {
    const std::size_t count = m_polled = std::min(m_queues.size(), kMaxQueues);
    qint64 budget = m_firstPoll ? kLooksAtFirst : kLooksPerPoll;
    QSet<std::size_t> looks;
    std::size_t turn = 0;
    for (; turn < count && budget > 0; ++turn) {
        const std::size_t index = (m_nextLook + turn) % count;
        const qint64 cost = m_queues[index].lookCost();
        if (cost > 0) looks.insert(index);
        budget -= cost;
    }
    m_nextLook = count == 0 ? 0 : (m_nextLook + turn) % count;
    for (std::size_t i = 0; i < count; ++i) {
        m_queues[i].startPoll(pipeline, now, looks.contains(i));
        if ((i + 1) % kCountersAtOnce == 0 || i + 1 == count)
            askAdds(pipeline, i - i % kCountersAtOnce, i + 1);
    }
    m_firstPoll = false;
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

SystemReading BullmqSystem::finishPoll(ServerTime) {
    SystemReading reading;
    for (std::size_t i = 0; i < m_polled; ++i)  // others were found during this poll
        if (m_queues[i].exists()) reading.queues.push_back(m_queues[i].finishPoll());
    reading.queues_not_shown = static_cast<qint64>(m_queues.size() - m_polled);
    for (const BullmqQueue& queue : m_queues)
        if (!queue.exists()) m_names.forget(queue.name());
    std::erase_if(m_queues, [](const BullmqQueue& queue) { return !queue.exists(); });
    reading.workers = workers(reading);
    reading.identity = identity();
    reading.capabilities = m_capabilities = capabilitiesOf(reading, bullmqSignals());
    return reading;
}

WorkersReading BullmqSystem::workers(const SystemReading& reading) const {
    WorkersReading workers;
    qint64 active = 0;
    for (const QueueReading& queue : reading.queues) active += queue.running.valueOr(0);
    workers.busy = Count::estimated(active, u"active jobs, also those whose worker is gone"_s);
    workers.concurrency = Count::notObservable(u"BullMQ workers do not publish their concurrency"_s);
    const QString method = u"client connections that carry the name of a BullMQ worker"_s;
    if (!m_workers)
        workers.live = Count::notObservable(m_workersGap);
    else if (*m_workers == 0 && active > 0)
        workers.live =
            Count::estimated(0, method + u"; a proxy or a server without CLIENT SETNAME hides them"_s);
    else
        workers.live = {*m_workers, Provenance::exact, method};
    return workers;
}

// "bull:<base64 of the queue>" and "bull:<base64>:w:<worker name>" are workers, "…:qe" listens to events.
void BullmqSystem::takeClients(const std::vector<RedisClient>& clients, const QString& why) {
    m_workersGap = why;
    m_workers.reset();
    if (!why.isEmpty()) return;
    const QByteArray start = m_prefix + ':';
    m_workers = std::count_if(clients.begin(), clients.end(), [&](const RedisClient& client) {
        const QByteArray& name = client.name;
        if (!name.startsWith(start)) return false;
        const QByteArray rest = name.mid(start.size());
        const auto colon = rest.indexOf(':');
        if (colon >= 0 && !rest.mid(colon).startsWith(":w:")) return false;
        return m_names.contains(QByteArray::fromBase64(colon < 0 ? rest : rest.left(colon)));
    });
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

}  // namespace spillway

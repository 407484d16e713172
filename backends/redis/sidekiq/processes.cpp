#include "backends/redis/sidekiq/processes.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include "backends/domain/human_text.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

const QString kHeartbeat = u"as of each worker's last heartbeat (every 5 to 10 s)"_s;

// `capsules` from 8.0.9 on: {"default": {"concurrency": 10, …}}.
qint64 concurrencyFrom(const QJsonObject& info) {
    qint64 sum = info.value("concurrency"_L1).toInteger(0);
    if (sum > 0) return sum;
    for (const QJsonValue& capsule : info.value("capsules"_L1).toObject())
        sum += capsule.toObject().value("concurrency"_L1).toInteger(0);
    return sum;
}

}  // namespace

void SidekiqProcesses::startPoll(RedisPipeline& pipeline) {
    m_work.startPoll(pipeline, m_start);
    m_gap.clear();
    m_workGap.clear();
    for (auto& [identity, process] : m_processes) {
        process.listed = process.alive = false;
        ask(pipeline, identity);
    }
    pipeline.add({"SSCAN", m_start + "processes", "0", "COUNT", QByteArray::number(kMost)},
                 [this, &pipeline](const RedisReply& reply) { takeList(pipeline, reply); });
}

void SidekiqProcesses::takeList(RedisPipeline& pipeline, const RedisReply& reply) {
    if (!reply.isArray() || reply.items.size() != 2 || !reply.items[1].isArray()) {
        m_gap = reasonFromReply(reply, {"SSCAN", m_start + "processes"}, u"set"_s);
        return;
    }
    m_more = reply.items[0].text != "0";
    for (const RedisReply& identity : reply.items[1].items) {
        if (m_processes.size() >= kMost) break;
        const auto [at, isNew] = m_processes.try_emplace(identity.text);
        at->second.listed = true;
        if (isNew) ask(pipeline, identity.text);
    }
}

void SidekiqProcesses::ask(RedisPipeline& pipeline, const QByteArray& identity) {
    pipeline.add(
        {"HMGET", m_start + identity, "beat", "busy", "concurrency", "quiet"},
        [this, &pipeline, identity](const RedisReply& reply) { takeState(pipeline, identity, reply); });
    for (const char* suffix : {":work", ":workers"}) {  // from 6.5 on, and before
        const RedisCommand command{"HGETALL", m_start + identity + suffix};
        pipeline.add(command, [this, identity, command](const RedisReply& work) {
            takeWork(identity, work, command);
        });
    }
}

void SidekiqProcesses::takeState(RedisPipeline& pipeline, const QByteArray& identity,
                                 const RedisReply& reply) {
    if (!reply.isArray() || reply.items.size() != 4) {
        m_gap = reasonFromReply(reply, {"HMGET", m_start + identity}, u"hash"_s);
        return;
    }
    Process& process = m_processes[identity];
    // The key expires 60 s after the last heartbeat by the server's clock: being there is being alive.
    process.alive = !reply.items[0].isNil();
    if (const double beat = reply.items[0].text.toDouble(); beat > 0 && beat < 1e11)
        process.beat = serverTimeFromSeconds(beat);
    process.busy = integerFrom(reply.items[1]).value_or(0);
    if (const auto concurrency = integerFrom(reply.items[2])) process.concurrency = *concurrency;
    process.quiet = reply.items[3].text == "true";
    if (!process.alive || process.described) return;
    pipeline.add({"HGET", m_start + identity, "info"},
                 [this, identity](const RedisReply& info) { takeInfo(m_processes[identity], info.text); });
}

void SidekiqProcesses::takeInfo(Process& process, const QByteArray& info) {
    const QJsonObject fields = QJsonDocument::fromJson(info).object();
    process.described = true;
    process.host = visibleText(fields.value("hostname"_L1).toString(), 100);
    if (const QJsonValue pid = fields.value("pid"_L1); pid.isDouble()) process.pid = pid.toInteger();
    for (const QJsonValue& queue : fields.value("queues"_L1).toArray())
        if (process.queues.size() < kQueuesListed) process.queues << queue.toString().toUtf8();
    if (process.concurrency == 0) process.concurrency = concurrencyFrom(fields);
    const QString version = fields.value("version"_L1).toString();
    if (!version.isEmpty()) m_version = visibleText(version, 40);
}

void SidekiqProcesses::takeWork(const QByteArray& identity, const RedisReply& reply,
                                const RedisCommand& command) {
    if (reply.isArray())
        m_work.take(identity, reply);
    else
        m_workGap = reasonFromReply(reply, command, u"hash"_s);
}

void SidekiqProcesses::finishWork(ServerTime now) {
    std::map<QByteArray, SidekiqWork::Process> known;
    for (const auto& [identity, process] : m_processes) {
        if (!process.listed) continue;
        std::optional<double> age;
        if (process.beat) age = secondsBetween(*process.beat, now);
        known[identity] = {process.alive, age, process.beat};
    }
    m_work.finishPoll(known, now);
}

Count SidekiqProcesses::concurrencyOf(const Process& process) {
    if (process.alive && process.quiet)
        return {0, Provenance::exact,
                u"it was told to be quiet: it ends what it runs and takes no new jobs"_s};
    return process.concurrency > 0 ? Count::exact(process.concurrency)
                                   : Count::notObservable(u"this process does not publish it"_s);
}

std::vector<Worker> SidekiqProcesses::list(ServerTime now, const QueueName& queueName) const {
    std::vector<Worker> workers;
    for (const auto& [identity, process] : m_processes) {
        Worker worker;
        worker.id = visibleText(identity, 100);
        worker.host = process.host;
        worker.pid = process.pid;
        for (const QByteArray& queue : process.queues) worker.queues << queueName(queue);
        worker.concurrency = concurrencyOf(process);
        worker.busy = process.alive ? Count::estimated(process.busy, kHeartbeat) : Count::exact(0);
        worker.heartbeat_age_s = process.beat
                                     ? Seconds::exact(std::max(0.0, secondsBetween(*process.beat, now)))
                                     : Seconds::notObservable(u"its heartbeat has expired (60 s)"_s);
        worker.alive = process.alive;
        workers.push_back(std::move(worker));
    }
    std::stable_partition(workers.begin(), workers.end(), [](const Worker& worker) { return worker.alive; });
    return workers;
}

std::vector<Condition> SidekiqProcesses::zombies() const {
    std::vector<Condition> conditions;
    for (const auto& [identity, process] : m_processes)
        if (process.alive && process.concurrency > 0 && process.busy > process.concurrency)
            conditions.push_back({ConditionKind::zombie,
                                  {},
                                  visibleText(identity, 100),
                                  Count::exact(process.busy - process.concurrency),
                                  process.beat,
                                  u"its heartbeat says busy %1 with a concurrency of %2"_s.arg(process.busy)
                                      .arg(process.concurrency)});
    return conditions;
}

WorkersReading SidekiqProcesses::finishPoll(ServerTime now, const QueueName& queueName) {
    finishWork(now);
    std::erase_if(m_processes, [](const auto& entry) { return !entry.second.listed; });
    WorkersReading workers;
    workers.list = list(now, queueName);
    if (!m_gap.isEmpty()) {
        workers.live = workers.concurrency = workers.busy = Count::notObservable(m_gap);
        return workers;
    }
    qint64 live = 0, quiet = 0, concurrency = 0, busy = 0;
    bool allPublish = true;
    for (const auto& [identity, process] : m_processes) {
        if (!process.alive) continue;
        busy += process.busy;
        ++(process.quiet ? quiet : live);
        if (process.quiet) continue;
        concurrency += process.concurrency;
        allPublish = allPublish && process.concurrency > 0;
    }
    const QString more = u"more than %1 processes are registered"_s.arg(kMost);
    workers.live = m_more ? Count::lowerBound(live, more) : Count::exact(live);
    if (quiet > 0)
        workers.live.method +=
            u"%1%2 more were told to be quiet and take no new jobs"_s.arg(m_more ? u"; "_s : QString())
                .arg(quiet);
    workers.busy = m_more ? Count::lowerBound(busy, more) : Count::estimated(busy, kHeartbeat);
    workers.concurrency = m_more ? Count::lowerBound(concurrency, more)
                          : allPublish
                              ? Count::exact(concurrency)
                              : Count::lowerBound(concurrency, u"some processes do not publish it"_s);
    return workers;
}

Count SidekiqProcesses::runningOf(const QByteArray& queue) const {
    if (!m_gap.isEmpty()) return Count::notObservable(m_gap);
    if (!m_workGap.isEmpty()) return Count::notObservable(m_workGap);
    return Count::estimated(m_work.runningOf(queue), kHeartbeat + u"; shorter jobs are not seen"_s);
}

}  // namespace spillway

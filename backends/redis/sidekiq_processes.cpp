#include "backends/redis/sidekiq_processes.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include "backends/domain/human_text.h"
#include "backends/redis/redis_errors.h"

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
    m_running.clear();
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
        {"HMGET", m_start + identity, "beat", "busy", "concurrency"},
        [this, &pipeline, identity](const RedisReply& reply) { takeState(pipeline, identity, reply); });
    for (const char* suffix : {":work", ":workers"}) {  // from 6.5 on, and before
        const RedisCommand command{"HGETALL", m_start + identity + suffix};
        pipeline.add(command, [this, command](const RedisReply& work) { takeWork(work, command); });
    }
}

void SidekiqProcesses::takeState(RedisPipeline& pipeline, const QByteArray& identity,
                                 const RedisReply& reply) {
    if (!reply.isArray() || reply.items.size() != 3) {
        m_gap = reasonFromReply(reply, {"HMGET", m_start + identity}, u"hash"_s);
        return;
    }
    Process& process = m_processes[identity];
    // The key expires 60 s after the last heartbeat by the server's clock: being there is being alive.
    process.alive = !reply.items[0].isNil();
    process.busy = integerFrom(reply.items[1]).value_or(0);
    if (const auto concurrency = integerFrom(reply.items[2])) process.concurrency = *concurrency;
    if (!process.alive || process.described) return;
    pipeline.add({"HGET", m_start + identity, "info"},
                 [this, identity](const RedisReply& info) { takeInfo(m_processes[identity], info.text); });
}

void SidekiqProcesses::takeInfo(Process& process, const QByteArray& info) {
    const QJsonObject fields = QJsonDocument::fromJson(info).object();
    process.described = true;
    if (process.concurrency == 0) process.concurrency = concurrencyFrom(fields);
    const QString version = fields.value("version"_L1).toString();
    if (!version.isEmpty()) m_version = visibleText(version, 40);
}

void SidekiqProcesses::takeWork(const RedisReply& reply, const RedisCommand& command) {
    if (!reply.isArray()) {
        m_workGap = reasonFromReply(reply, command, u"hash"_s);
        return;
    }
    for (std::size_t i = 1; i < reply.items.size(); i += 2) {
        const QJsonObject work = QJsonDocument::fromJson(reply.items[i].text).object();
        QByteArray queue = work.value("queue"_L1).toString().toUtf8();
        if (queue.startsWith("queue:")) queue.remove(0, 6);
        if (!queue.isEmpty()) ++m_running[queue];
    }
}

WorkersReading SidekiqProcesses::finishPoll() {
    std::erase_if(m_processes, [](const auto& entry) { return !entry.second.listed; });
    WorkersReading workers;
    if (!m_gap.isEmpty()) {
        workers.live = workers.concurrency = workers.busy = Count::notObservable(m_gap);
        return workers;
    }
    qint64 live = 0, concurrency = 0, busy = 0;
    bool allPublish = true;
    for (const auto& [identity, process] : m_processes) {
        if (!process.alive) continue;
        ++live;
        concurrency += process.concurrency;
        busy += process.busy;
        allPublish = allPublish && process.concurrency > 0;
    }
    const QString more = u"more than %1 processes are registered"_s.arg(kMost);
    workers.live = m_more ? Count::lowerBound(live, more) : Count::exact(live);
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
    return Count::estimated(m_running.value(queue), kHeartbeat + u"; shorter jobs are not seen"_s);
}

}  // namespace spillway

#include "backends/redis/sidekiq/work.h"

#include <QJsonDocument>
#include <algorithm>

#include "backends/domain/human_text.h"
#include "backends/redis/sidekiq/payload.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr double kLate_s = 30;              // heartbeats come every 5 to 10 s
constexpr std::chrono::hours kRemember{1};  // what a vanished process ran
constexpr std::size_t kMostNamed = 5;
constexpr std::size_t kMostAsked = 100;  // lost jobs, whether they were put back
constexpr qsizetype kLargestRemembered = 64 << 10;

const QString kFencing = u"nothing holds a late worker back: Sidekiq keeps no claim that could be refused"_s;

// A JSON string from 6.4 on, an object before.
SidekiqJob jobOf(const QJsonValue& payload) {
    if (payload.isObject()) return sidekiqJobFrom(payload.toObject());
    return sidekiqJobFrom(payload.toString().toUtf8()).value_or(SidekiqJob());
}

}  // namespace

void SidekiqWork::startPoll(RedisPipeline& pipeline, const QByteArray& start) {
    m_items.clear();
    m_running.clear();
    m_putBack.clear();
    std::size_t asked = 0;
    for (const auto& [identity, lost] : m_lost)
        for (const Lease& lease : lost.leases) {
            if (++asked > kMostAsked) return;
            pipeline.add({"EXISTS", sidekiqPutBackMark(start, lease.id)},
                         [this, id = lease.id](const RedisReply& reply) {
                             if (reply.isInteger() && reply.integer == 1) m_putBack.insert(id);
                         });
        }
}

void SidekiqWork::take(const QByteArray& identity, const RedisReply& reply) {
    for (std::size_t i = 0; i + 1 < reply.items.size(); i += 2) {
        const QJsonObject work = QJsonDocument::fromJson(reply.items[i + 1].text).object();
        QByteArray queue = work.value("queue"_L1).toString().toUtf8();
        if (queue.startsWith("queue:")) queue.remove(0, 6);
        if (queue.isEmpty()) continue;
        ++m_running[queue];
        const SidekiqJob job = jobOf(work.value("payload"_L1));
        Lease lease;
        lease.id = job.jid;
        lease.kind = visibleText(job.kind);
        lease.owner =
            u"%1, thread %2"_s.arg(visibleText(identity, 100), visibleText(reply.items[i].text, 40));
        lease.claimed_at = sidekiqTimeFrom(work.value("run_at"_L1));
        lease.attempt = job.failures().value_or(0) + 1;
        lease.fencing = kFencing;
        lease.version = lease.owner;
        // Before 6.4 it is an object, whose bytes are not those that were enqueued.
        QByteArray payload = work.value("payload"_L1).toString().toUtf8();
        if (payload.size() > kLargestRemembered) payload.clear();
        m_items[identity].push_back({queue, std::move(payload), std::move(lease)});
    }
}

void SidekiqWork::finishPoll(const std::map<QByteArray, Process>& processes, ServerTime now) {
    m_conditions.clear();
    listRuns(processes);
    noteLost(processes, now);
    list(processes);
    for (const auto& [identity, items] : m_items) m_before[identity] = items;
    std::erase_if(m_before, [&](const auto& each) {
        return !m_items.contains(each.first) && !m_lost.contains(each.first);
    });
}

void SidekiqWork::listRuns(const std::map<QByteArray, Process>& processes) {
    m_runs.clear();
    for (const auto& [identity, items] : m_items) {
        const auto process = processes.find(identity);
        if (process == processes.end() || !process->second.alive) continue;
        for (const Item& item : items)
            m_runs.push_back({item.lease.id, item.lease.kind, item.lease.owner, item.queue, identity,
                              item.lease.claimed_at, process->second.beat});
    }
}

// A process that signs off leaves the set of processes while its heartbeat is fresh, and puts back what it
// ran. One that dies stays there until its keys expire and anybody cleans the set up.
bool SidekiqWork::vanished(const QByteArray& identity, const std::map<QByteArray, Process>& processes) const {
    const auto process = processes.find(identity);
    if (process != processes.end()) return !process->second.alive;
    const auto age = m_beatAge.find(identity);
    return age != m_beatAge.end() && age->second > kLate_s;
}

void SidekiqWork::noteLost(const std::map<QByteArray, Process>& processes, ServerTime now) {
    for (const auto& [identity, items] : m_before) {
        if (!vanished(identity, processes) || m_lost.contains(identity)) continue;
        Lost& lost = m_lost[identity];
        lost.since = now;
        for (const Item& item : items) {
            Lease lease = item.lease;
            lease.queue = QString::fromUtf8(item.queue);
            lease.stuck = true;
            lease.evidence = {
                u"its process stopped writing heartbeats more than 60 s ago without signing off"_s,
                u"the job has left Redis: without super_fetch this record is the last trace of it"_s};
            if (!item.payload.isEmpty())
                m_newlyLost.push_back({{},
                                       lease.queue,
                                       lease.id,
                                       lease.kind,
                                       item.payload,
                                       lease.owner,
                                       now,
                                       lease.claimed_at});
            lost.leases.push_back(std::move(lease));
        }
    }
    dropReturned();
    std::erase_if(m_lost, [&](const auto& each) {
        const auto process = processes.find(each.first);
        const bool back = process != processes.end() && process->second.alive;
        return back || each.second.leases.empty() || now - each.second.since > kRemember;
    });
    for (const auto& [identity, lost] : m_lost) m_conditions.push_back(conditionOf(identity, lost));
    m_beatAge.clear();
    for (const auto& [identity, process] : processes)
        if (process.beat_age_s) m_beatAge[identity] = *process.beat_age_s;
}

// super_fetch of Sidekiq Pro puts the jobs of a dead process back; another one runs them then. Or a console
// did.
void SidekiqWork::dropReturned() {
    QSet<QString> running;
    for (const SidekiqRun& run : m_runs) running.insert(run.jid);
    for (auto& [identity, lost] : m_lost)
        std::erase_if(lost.leases, [&](const Lease& lease) {
            return running.contains(lease.id) || m_putBack.contains(lease.id);
        });
}

Condition SidekiqWork::conditionOf(const QByteArray& identity, const Lost& lost) {
    QStringList jobs;
    for (std::size_t i = 0; i < std::min(kMostNamed, lost.leases.size()); ++i)
        jobs << u"%1 %2"_s.arg(lost.leases[i].kind, visibleText(lost.leases[i].id, 40));
    if (lost.leases.size() > kMostNamed) jobs << u"%1 more"_s.arg(lost.leases.size() - kMostNamed);
    return {ConditionKind::lost_with_worker,
            {},
            visibleText(identity, 100),
            Count::exact(static_cast<qint64>(lost.leases.size())),
            lost.since,
            u"%1; it ran them at its last heartbeat, and without super_fetch nothing in Redis brings them "
            "back"_s.arg(jobs.join(u", "_s))};
}

void SidekiqWork::list(const std::map<QByteArray, Process>& processes) {
    m_leases.clear();
    for (const auto& [identity, lost] : m_lost)
        m_leases.insert(m_leases.end(), lost.leases.begin(), lost.leases.end());
    for (const auto& [identity, items] : m_items) {
        if (m_lost.contains(identity)) continue;
        const auto process = processes.find(identity);
        const double age = process == processes.end() ? 0 : process->second.beat_age_s.value_or(0);
        for (const Item& item : items) {
            Lease& lease = m_leases.emplace_back(item.lease);
            lease.queue = QString::fromUtf8(item.queue);
            if (age <= kLate_s) continue;
            lease.stuck = true;
            lease.evidence << u"its process has written no heartbeat for %1 (every 5 to 10 s is normal)"_s
                                  .arg(durationText(age));
        }
    }
    std::stable_sort(m_leases.begin(), m_leases.end(), [](const Lease& a, const Lease& b) {
        return std::tie(b.stuck, a.claimed_at) < std::tie(a.stuck, b.claimed_at);
    });
    if (m_leases.size() > kMostLeases) m_leases.resize(kMostLeases);
}

}  // namespace spillway

// What the night of the sketches had besides its backlogs: jobs that ran twice, dead letters of every age,
// claims whose holder is gone, workers. Put onto a reading after the backlogs are told; findings are made
// anew.
#pragma once

#include <algorithm>
#include <memory>

#include "backends/health/findings.h"

namespace spillway::test {

class InventedSignals {
public:
    [[nodiscard]] static ReadingPtr addTo(const ReadingPtr& told) {
        auto reading = std::make_shared<Reading>(*told);
        const auto since = reading->findings.empty() ? reading->observed_at : reading->findings.front().since;
        std::vector<Finding> findings;
        for (auto& system : reading->systems) {
            addLeases(system, reading->observed_at);
            addWorkers(system);
            const FindingContext context{reading->connection, &system, {}};
            for (auto& queue : system.queues) {
                addSignals(queue);
                queue.severity.reset();
                for (auto& finding : findingsForQueue(queue, context)) {
                    if (!queue.severity || finding.severity > *queue.severity)
                        queue.severity = finding.severity;
                    findings.push_back(std::move(finding));
                }
            }
            for (auto& finding : findingsForSystem(context)) {
                for (auto& queue : system.queues)
                    if (queue.reading.queue == finding.queue &&
                        (!queue.severity || finding.severity > *queue.severity))
                        queue.severity = finding.severity;
                findings.push_back(std::move(finding));
            }
        }
        for (auto& finding : findings) finding.since = since;
        std::sort(findings.begin(), findings.end(), worseThan);
        reading->findings = std::move(findings);
        return reading;
    }

private:
    static QString text(const char* latin) { return QString::fromLatin1(latin); }
    static bool is(const QueueHealth& queue, const char* name) { return queue.reading.queue == text(name); }

    // Only what the story itself did not tell.
    static void addSignals(QueueHealth& queue) {
        if (!queue.retry.executions.known()) setRetries(queue);
        if (!queue.duplicates.claims.known() && !is(queue, "reports")) setClaims(queue);
        queue.dead.dead = queue.reading.dead;
        queue.dead.oldest_s = queue.dead_oldest_age_s;
        queue.dead.untouched_s = queue.dead_oldest_age_s;
        if (queue.reading.dead.valueOr(0) > 0 && !queue.dead.p50_s.known()) setAges(queue);
        if (queue.dead.retention.isEmpty()) setRetention(queue);
    }

    static void setRetries(QueueHealth& queue) {
        if (is(queue, "webhooks")) return setRetries(queue, 31'000, 1.22);
        if (is(queue, "payments")) return setRetries(queue, 63'000, 1.08);
        setRetries(queue, is(queue, "reports") ? 7 : 9'000, 1.004);
    }

    static void setClaims(QueueHealth& queue) {
        const bool twice = is(queue, "payments");
        queue.duplicates =
            duplicateClaims(Count::exact(twice ? 120'300 : 300'000), Count::exact(twice ? 112 : 0));
        queue.recent_duplicates = duplicateClaims(Count::exact(2000), Count::exact(twice ? 2 : 0));
    }

    static void setRetries(QueueHealth& queue, qint64 executions, double factor) {
        auto& retry = queue.retry;
        retry.window_s = queue.flow.window_s;
        retry.executions = Count::exact(executions);
        retry.first_attempts = Count::exact(qRound64(static_cast<double>(executions) / factor));
        if (executions < 20) {
            retry.amplification = Ratio::notObservable(text("learning (7 of 20 executions)"));
            return;
        }
        retry.amplification = Ratio::exact(factor);
        retry.retry_share = Ratio::exact(1 - 1 / factor);
    }

    static void setAges(QueueHealth& queue) {
        const double oldest = *queue.dead_oldest_age_s.value;
        const auto total = *queue.reading.dead.value;
        queue.dead.p50_s = Seconds::exact(oldest * 0.31);
        queue.dead.p90_s = Seconds::exact(oldest * 0.87);
        constexpr double limits[] = {3600, 86'400, 7 * 86'400, 30 * 86'400, 90 * 86'400};
        const auto last = static_cast<size_t>(std::upper_bound(std::begin(limits), std::end(limits), oldest) -
                                              std::begin(limits));
        qint64 left = total;
        for (size_t i = 0; i < queue.dead.buckets.size(); ++i) {
            const qint64 here = i < last ? total / 7 : i == last ? left : 0;
            queue.dead.buckets[i] = {here, queue.reading.dead.provenance, queue.reading.dead.method};
            left -= here;
        }
    }

    static void setRetention(QueueHealth& queue) {
        if (queue.reading.dead.valueOr(0) == 0) return;
        if (is(queue, "webhooks")) {
            queue.reading.lost_next_24h = Count::exact(12);
            queue.dead.purge_next_s = Seconds::exact(3 * 3600);
            queue.dead.retention = text("deleted 180 d after death, or beyond 10 000");
        } else if (!is(queue, "emails")) {
            queue.reading.lost_next_24h = Count::exact(0);
            queue.dead.retention = text("deleted 14 d after the last attempt");
            queue.dead.purge_next_s = Seconds::exact(14 * 86'400 - *queue.dead_oldest_age_s.value);
        }
        queue.dead.lost_next_24h = queue.reading.lost_next_24h;
    }

    static void addLeases(SystemHealth& system, ServerTime now) {
        if (system.identity.system == text("mapped:shop.jobs")) {
            system.leases.gap = text("the mapping names no column for the owner of a claim");
            return;
        }
        qint64 total = 0;
        for (auto& queue : system.queues) {
            const auto running = queue.reading.running.valueOr(0);
            total += running;
            const bool some = queue.reading.queue == text("payments");
            queue.stuck = Count::exact(some ? 2 : 0);
            for (qint64 i = 0; i < std::min<qint64>(running, 60); ++i)
                system.leases.leases.push_back(lease(system, queue.reading.queue, i, some && i < 2, now));
        }
        system.leases.total = Count::exact(total);
    }

    static Lease lease(const SystemHealth& system, const QString& queue, qint64 i, bool stuck,
                       ServerTime now) {
        Lease lease;
        lease.id = QStringLiteral("%1-%2").arg(queue.left(3)).arg(88'123 + i * 17);
        lease.queue = queue;
        lease.kind = queue == text("orders") ? text("ReserveStock") : text("ChargeCard");
        lease.owner = QStringLiteral("worker-%1.eu-west.example.com:%2").arg(i % 5 + 1).arg(4100 + i % 5);
        const auto age = std::chrono::milliseconds(stuck ? 47 * 60'000 + i * 60'000 : 400 + i * 730);
        lease.claimed_at = now - age;
        const bool expires = system.identity.system == text("pgboss");
        if (expires) lease.expires_at = *lease.claimed_at + std::chrono::minutes(15);
        lease.attempt = stuck ? 2 : 1;
        lease.stuck = stuck;
        if (stuck) {
            lease.evidence << text("expired 32 min ago by its own expire_in")
                           << text("worker-1.eu-west.example.com shows no connection");
            lease.fencing = text("nothing stops a worker that wakes up from completing it a second time");
        }
        return lease;
    }

    static void addWorkers(SystemHealth& system) {
        if (system.identity.system != text("sidekiq")) return;
        for (int i = 0; i < 5; ++i) {
            Worker worker;
            worker.id = QStringLiteral("worker-%1:%2:6f1c0a9e").arg(i + 1).arg(2210 + i);
            worker.host = QStringLiteral("worker-%1.eu-west.example.com").arg(i + 1);
            worker.pid = 2210 + i;
            worker.queues = {text("webhooks"), text("default")};
            worker.concurrency = Count::exact(10);
            worker.busy = Count::exact(i == 4 ? 0 : 6 + i % 3);
            worker.alive = i != 4;
            worker.heartbeat_age_s = Seconds::exact(i == 4 ? 412 : 1.2 + i);
            system.workers.list.push_back(worker);
        }
        system.workers.live = Count::exact(4);
        system.workers.concurrency = Count::exact(40);
        system.workers.busy = Count::exact(27);
    }
};

}  // namespace spillway::test

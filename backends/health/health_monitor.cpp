#include "backends/health/health_monitor.h"

#include <set>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

Seconds ageOf(const Measured<ServerTime>& since, ServerTime now) {
    if (!since.known()) return Seconds::notObservable(since.method);
    return {std::max(0.0, secondsBetween(*since.value, now)), since.provenance, since.method};
}

QString queueKey(const QString& system, const QString& queue) {
    return system + QChar(0x1f) + queue;
}

void markWorst(std::vector<SystemHealth>& systems, const std::vector<Finding>& open) {
    std::map<QString, Severity> worst;
    for (const auto& finding : open) {
        if (finding.queue.isEmpty()) continue;
        const auto [it, added] = worst.try_emplace(queueKey(finding.system, finding.queue), finding.severity);
        if (!added) it->second = std::max(it->second, finding.severity);
    }
    for (auto& system : systems)
        for (auto& queue : system.queues)
            if (const auto it = worst.find(queueKey(system.identity.key(), queue.reading.queue));
                it != worst.end())
                queue.severity = it->second;
}

}  // namespace

HealthMonitor::HealthMonitor(QString connection, Environment environment, HealthSettings settings)
    : m_connection(std::move(connection)), m_environment(environment), m_settings(settings) {}

QueueHealth HealthMonitor::queueHealth(const QueueReading& queue, const QString& key, ServerTime at) {
    QueueTimeline& timeline = m_timelines[key];
    timeline.add(at, queue);
    QueueHealth health;
    health.reading = queue;
    const auto window = timeline.window(m_settings.window_s);
    health.flow = backlogFlow(window);
    health.retry = retryAmplification(window);
    health.forecast = drainForecast(queue.ready, health.flow);
    health.flow.steps.clear();
    health.oldest_age_s = ageOf(queue.oldest_ready_at, at);
    health.dead_oldest_age_s = ageOf(queue.oldest_dead_at, at);
    return health;
}

ReadingPtr HealthMonitor::add(const ServerReading& reading) {
    auto report = std::make_shared<Reading>();
    report->connection = m_connection;
    report->environment = m_environment;
    report->observed_at = reading.observed_at;
    report->clock_skew_s = reading.clock_skew_s;
    report->server = reading.server;
    report->cost = reading.cost;
    report->invariants = reading.invariants;

    std::vector<Finding> seen = findingsForServer(reading, m_connection, m_settings.thresholds);
    std::set<QString> present;
    for (const auto& system : reading.systems) {
        SystemHealth health{system.identity, system.capabilities, {}, system.queues_not_shown, system.workers,
                            system.leases,   system.conditions};
        for (const auto& queue : system.queues) {
            const QString key = queueKey(system.identity.key(), queue.queue);
            present.insert(key);
            health.queues.push_back(queueHealth(queue, key, reading.observed_at));
        }
        const FindingContext context{m_connection, &health, m_settings.thresholds};
        for (const auto& queue : health.queues)
            for (auto& finding : findingsForQueue(queue, context)) seen.push_back(std::move(finding));
        report->systems.push_back(std::move(health));
    }
    std::erase_if(m_timelines, [&](const auto& entry) { return !present.contains(entry.first); });

    report->findings = m_tracker.update(seen, reading.observed_at);
    markWorst(report->systems, report->findings);
    const auto limit = static_cast<std::size_t>(m_settings.max_findings);
    if (report->findings.size() > limit) {
        report->findings_not_shown = static_cast<int>(report->findings.size() - limit);
        report->findings.resize(limit);
    }
    return report;
}

}  // namespace spillway

// Readings as a story: what a poll of a server found, said in one line for each queue. Forecasts and
// findings come from the real rules, so that a test cannot invent what the program would never say.
#pragma once

#include <algorithm>
#include <memory>

#include "backends/health/findings.h"

namespace spillway::test {

inline ServerTime someNight() {
    return serverTimeFromSeconds(1'772'503'920);
}  // 2026-03-03 02:12:00 UTC

class QueueBuilder {
public:
    explicit QueueBuilder(const QString& name) {
        auto& r = m_health.reading;
        r.queue = name;
        r.ready = r.scheduled = r.retrying = r.running = r.dead = r.overdue = r.blocked = Count::exact(0);
        r.lost_next_24h = Count::notObservable(QStringLiteral("this system never deletes dead jobs"));
        r.oldest_ready_at = r.oldest_dead_at =
            Measured<ServerTime>::notObservable(QStringLiteral("no such job"));
        m_health.oldest_age_s = m_health.dead_oldest_age_s =
            Seconds::notObservable(QStringLiteral("no such job"));
    }
    QueueBuilder& waiting(qint64 n) { return waiting(Count::exact(n)); }
    QueueBuilder& waiting(Count n) {
        m_health.reading.ready = std::move(n);
        return *this;
    }
    QueueBuilder& oldest(double age_s) {
        m_health.oldest_age_s = Seconds::exact(age_s);
        return *this;
    }
    QueueBuilder& rates(double arrivals, double drain, int polls = 60) {
        m_arrivals = arrivals, m_drain = drain, m_polls = polls;
        return *this;
    }
    QueueBuilder& dead(qint64 n, double age_s) { return dead(Count::exact(n), age_s); }
    QueueBuilder& dead(Count n, double age_s) {
        m_health.reading.dead = std::move(n);
        m_health.dead_oldest_age_s = Seconds::exact(age_s);
        return *this;
    }
    QueueBuilder& running(qint64 n) {
        m_health.reading.running = Count::exact(n);
        return *this;
    }
    QueueBuilder& retrying(qint64 n) {
        m_health.reading.retrying = Count::exact(n);
        return *this;
    }
    QueueBuilder& blocked(qint64 n, std::optional<BlockedOnDead> onDead = std::nullopt) {
        m_health.reading.blocked = Count::exact(n);
        m_health.reading.blocked_on_dead = std::move(onDead);
        if (n > 0) m_health.oldest_blocked_s = Seconds::exact(90);
        return *this;
    }
    QueueBuilder& held(const QString& why) {
        m_held = why;
        return *this;
    }
    QueueBuilder& scheduled(qint64 n) {
        m_health.reading.scheduled = Count::exact(n);
        return *this;
    }
    QueueBuilder& paused() {
        m_health.reading.paused = true;
        return *this;
    }
    // Dead jobs by the six buckets of age, and the ages of half and nine tenths of them.
    QueueBuilder& deadAges(const std::array<qint64, kDeadAgeBuckets>& buckets, double p50_s, double p90_s) {
        for (size_t i = 0; i < buckets.size(); ++i) m_health.dead.buckets[i] = Count::exact(buckets[i]);
        m_health.dead.p50_s = Seconds::exact(p50_s), m_health.dead.p90_s = Seconds::exact(p90_s);
        return *this;
    }
    QueueBuilder& deletedSoon(qint64 jobs, double next_s, const QString& rule) {
        m_health.reading.lost_next_24h = m_health.dead.lost_next_24h = Count::exact(jobs);
        m_health.dead.purge_next_s = Seconds::exact(next_s), m_health.dead.retention = rule;
        return *this;
    }
    QueueBuilder& executions(qint64 all, qint64 first) {
        QueueSample before, after;
        before.reading.flow.executed = before.reading.flow.first_executed = Count::exact(0);
        after.reading.flow.executed = Count::exact(all),
        after.reading.flow.first_executed = Count::exact(first);
        m_health.retry = retryAmplification({&before, &after});
        return *this;
    }
    // Retries due in that many minutes from now.
    QueueBuilder& retriesDue(std::vector<std::pair<int, qint64>> minutes) {
        m_due = std::move(minutes);
        return *this;
    }
    QueueBuilder& claims(qint64 claims, qint64 duplicates, qint64 recentClaims, qint64 recentDuplicates) {
        m_health.reading.claims.evidence = ClaimEvidence::recorded;
        m_health.duplicates = duplicateClaims(Count::exact(claims), Count::exact(duplicates));
        m_health.recent_duplicates =
            duplicateClaims(Count::exact(recentClaims), Count::exact(recentDuplicates));
        return *this;
    }
    QueueBuilder& incidents(std::vector<DuplicateClaim> incidents) {
        m_health.incidents = std::move(incidents);
        return *this;
    }
    // A system that keeps no trace of arrivals: they are derived from the balance.
    QueueBuilder& arrivalsEstimated() {
        m_estimated = true;
        return *this;
    }
    QueueBuilder& ratesNotObservable() {
        m_observable = false;
        return *this;
    }

    [[nodiscard]] QueueHealth build(ServerTime now) const {
        QueueHealth health = m_health;
        if (health.oldest_age_s.known())
            health.reading.oldest_ready_at =
                Measured<ServerTime>::exact(before(now, *health.oldest_age_s.value));
        if (health.dead_oldest_age_s.known())
            health.reading.oldest_dead_at =
                Measured<ServerTime>::exact(before(now, *health.dead_oldest_age_s.value));
        health.dead.dead = health.reading.dead;
        health.dead.oldest_s = health.dead_oldest_age_s;
        health.flow = flow();
        if (m_due) addWave(health, now);
        health.forecast = drainForecast(health.reading.ready, health.flow, health.oldest_age_s);
        health.flow.steps.clear();
        if (!m_held.isEmpty()) health.forecast = heldForecast(health.forecast, {m_held, {}, false}, now);
        return health;
    }

private:
    static ServerTime before(ServerTime now, double seconds) {
        return now - std::chrono::microseconds(static_cast<qint64>(seconds * 1e6));
    }
    void addWave(QueueHealth& health, ServerTime now) const {
        std::vector<RetryDue> due;
        const auto first = std::chrono::floor<std::chrono::minutes>(now);
        for (const auto& [minute, jobs] : *m_due) due.push_back({first + std::chrono::minutes(minute), jobs});
        health.reading.retry_due = RetryDues::exact(due);
        health.wave = retryWave(due, now, health.flow.drain);
    }
    [[nodiscard]] BacklogFlow flow() const {
        BacklogFlow flow;
        flow.polls = m_polls, flow.window_s = 300;
        flow.growth = Rate::exact(m_arrivals - m_drain);
        const QString none = QStringLiteral("this system keeps no trace of finished jobs");
        flow.arrival =
            m_observable ? (m_estimated ? Rate::estimated(m_arrivals, QStringLiteral("from the flow balance"))
                                        : Rate::exact(m_arrivals))
                         : Rate::notObservable(none);
        flow.drain = m_observable ? Rate::exact(m_drain) : Rate::notObservable(none);
        for (int i = 0; i + 1 < m_polls; ++i) {
            const double wobble = 1 + 0.3 * ((i / 6 * 7) % 5 - 2);
            flow.steps.push_back(
                {5, m_arrivals * 5, m_drain * wobble * 5, (m_arrivals - m_drain * wobble) * 5});
        }
        return flow;
    }
    QueueHealth m_health;
    double m_arrivals = 0, m_drain = 0;
    int m_polls = 60;
    bool m_observable = true, m_estimated = false;
    QString m_held;
    std::optional<std::vector<std::pair<int, qint64>>> m_due;
};

class ReadingBuilder {
public:
    explicit ReadingBuilder(const QString& connection, ServerTime at = someNight()) {
        m_reading.connection = connection;
        m_reading.observed_at = at;
        m_reading.server = {ServerKind::postgres,       QStringLiteral("PostgreSQL"),
                            QStringLiteral("15.18"),    QStringLiteral("db.example.com:5432"),
                            QStringLiteral("readonly"), QStringLiteral("app"),
                            ServerRole::primary,        true};
        m_reading.cost = {
            4.1, Measured<double>::estimated(2.0, QStringLiteral("time in the server's process")), 2};
        m_reading.clock_skew_s = 0.02;
    }
    ReadingBuilder& environment(Environment environment) {
        m_reading.environment = environment;
        return *this;
    }
    ReadingBuilder& redis(const QString& version) {
        m_reading.server.kind = ServerKind::redis, m_reading.server.product = QStringLiteral("Redis"),
        m_reading.server.version = version;
        return *this;
    }
    ReadingBuilder& system(const QString& name, const QString& title, const QString& version = {},
                           const QString& nameSpace = {}) {
        SystemHealth system;
        system.identity = {name, title, version, nameSpace};
        system.workers = {Count::exact(12), Count::exact(120), Count::exact(118)};
        m_reading.systems.push_back(std::move(system));
        return *this;
    }
    ReadingBuilder& queue(const QueueBuilder& queue) {
        m_reading.systems.back().queues.push_back(queue.build(m_reading.observed_at));
        return *this;
    }
    ReadingBuilder& since(ServerTime since) {
        m_since = since;
        return *this;
    }
    ReadingBuilder& finding(Finding finding) {
        m_extra.push_back(std::move(finding));
        return *this;
    }

    [[nodiscard]] ReadingPtr build() const {
        Reading reading = m_reading;
        for (auto& system : reading.systems)
            for (auto& queue : system.queues) {
                auto found = findingsForQueue(queue, {reading.connection, &system, {}});
                for (auto& finding : found) {
                    finding.since = m_since.value_or(reading.observed_at);
                    if (!queue.severity || finding.severity > *queue.severity)
                        queue.severity = finding.severity;
                    reading.findings.push_back(std::move(finding));
                }
            }
        reading.findings.insert(reading.findings.end(), m_extra.begin(), m_extra.end());
        std::sort(reading.findings.begin(), reading.findings.end(), worseThan);
        return std::make_shared<const Reading>(std::move(reading));
    }

private:
    Reading m_reading;
    std::optional<ServerTime> m_since;
    std::vector<Finding> m_extra;
};

}  // namespace spillway::test

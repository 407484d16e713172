// A queue's life told poll by poll, for tests of health: rates in, QueueSamples out.
#pragma once

#include <cmath>
#include <functional>

#include "backends/health/health_monitor.h"

namespace spillway::test {

inline constexpr ServerTime kEpoch{std::chrono::seconds{1'767'225'600}};  // 2026-01-01T00:00:00Z

inline ServerTime at(double seconds) {
    return kEpoch + std::chrono::microseconds{static_cast<qint64>(std::llround(seconds * 1e6))};
}

struct QueueStory {
    QString queue = QStringLiteral("orders");
    double backlog = 0;   // ready at t = 0
    double arrivals = 0;  // per second
    double drain = 0;     // per second
    double every_s = 5;   // between polls
    int polls = 13;
    bool sees_enqueued = true;
    bool sees_completed = true;
    // Called for each reading before it is used; for what a particular test needs.
    std::function<void(QueueReading&, int poll)> change = {};

    [[nodiscard]] QueueReading reading(int poll) const {
        const double t = poll * every_s;
        QueueReading r;
        r.queue = queue;
        r.paused = false;
        r.ready = Count::exact(std::llround(std::max(0.0, backlog + (arrivals - drain) * t)));
        r.scheduled = r.retrying = r.running = r.dead = r.overdue = r.lost_next_24h = Count::exact(0);
        r.oldest_ready_at = Measured<ServerTime>::notObservable(QStringLiteral("no job waits"));
        r.oldest_dead_at = Measured<ServerTime>::notObservable(QStringLiteral("no dead job"));
        const auto unseen = Count::notObservable(QStringLiteral("not recorded here"));
        r.flow = {.enqueued = sees_enqueued ? Count::exact(1000 + std::llround(arrivals * t)) : unseen,
                  .executed = unseen,
                  .first_executed = unseen,
                  .retried = unseen,
                  .completed = sees_completed ? Count::exact(500 + std::llround(drain * t)) : unseen,
                  .died = sees_completed ? Count::exact(0) : unseen};
        if (change) change(r, poll);
        return r;
    }

    [[nodiscard]] QueueTimeline timeline() const {
        QueueTimeline line;
        for (int poll = 0; poll < polls; ++poll) line.add(at(poll * every_s), reading(poll));
        return line;
    }

    [[nodiscard]] ServerReading serverReading(int poll) const {
        ServerReading r;
        r.observed_at = at(poll * every_s);
        SystemReading system;
        system.identity = {QStringLiteral("pgboss"), QStringLiteral("pg-boss"), QStringLiteral("46"),
                           QStringLiteral("pgboss")};
        const auto unseen = Count::notObservable(QStringLiteral("not recorded here"));
        system.workers = {unseen, unseen, unseen};
        system.queues.push_back(reading(poll));
        r.systems.push_back(std::move(system));
        return r;
    }
};

}  // namespace spillway::test

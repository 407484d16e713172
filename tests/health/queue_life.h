// A queue whose every job is simulated, looked at by a late and uneven poller: the truth for verdicts.
#pragma once

#include <random>

#include "tests/support/reading_story.h"

namespace spillway::test {

struct QueueLife {
    double arrivals = 20;  // per second, Poisson
    double capacity = 20;  // per second, Poisson while jobs wait
    double backlog = 300;  // at the start
    double lull_s = 0;     // > 0: the workers come by only so often, and take `capacity` × lull then
    double every_s = 2;    // between polls
    double late_s = 3;     // and up to so much later
    int polls = 100;
};

// Tells one life to a HealthMonitor; answers the findings shown after each poll.
class LifeTeller {
public:
    LifeTeller(QueueLife life, unsigned seed) : m_life(life), m_random(seed), m_ready(life.backlog) {}

    // The seconds of the first poll that showed this finding; nullopt: none did.
    std::optional<double> firstShown(const QString& rule) {
        HealthMonitor monitor(QStringLiteral("c"), Environment::production, HealthSettings{});
        for (int poll = 0; poll < m_life.polls; ++poll) {
            const auto report = monitor.add(reading());
            for (const Finding& finding : report->findings)
                if (finding.id.startsWith(rule) && finding.severity == Severity::critical) return m_now;
            live(m_life.every_s + late());
        }
        return std::nullopt;
    }

private:
    // One poll in five is late.
    double late() {
        std::uniform_real_distribution<double> some(0, 1);
        return some(m_random) < 0.2 ? some(m_random) * m_life.late_s : 0;
    }
    qint64 drawn(double mean) { return mean > 0 ? std::poisson_distribution<qint64>(mean)(m_random) : 0; }

    void live(double seconds) {
        constexpr double tick = 0.25;
        for (double t = 0; t < seconds; t += tick) {
            const qint64 in = drawn(m_life.arrivals * tick);
            m_enqueued += in;
            m_ready += static_cast<double>(in);
            m_now += tick;
            double able = 0;
            if (m_life.lull_s <= 0) {
                able = static_cast<double>(drawn(m_life.capacity * tick));
            } else if (m_now >= m_nextVisit) {
                able = m_life.capacity * m_life.lull_s * 10;  // takes what is there
                m_nextVisit += m_life.lull_s;
            }
            const double out = std::min(able, m_ready);
            m_ready -= out;
            m_completed += std::llround(out);
        }
    }

    ServerReading reading() {
        QueueStory story;
        ServerReading told = story.serverReading(0);
        told.observed_at = at(m_now);
        QueueReading& queue = told.systems.front().queues.front();
        queue.ready = Count::exact(std::llround(m_ready));
        queue.flow.enqueued = Count::exact(m_enqueued);
        queue.flow.completed = Count::exact(m_completed);
        if (m_ready > 0) {
            const double wait =
                m_life.lull_s > 0 ? std::min(m_now, m_life.lull_s) : m_ready / m_life.arrivals;
            queue.oldest_ready_at = Measured<ServerTime>::exact(at(m_now - wait));
        }
        return told;
    }

    QueueLife m_life;
    std::mt19937 m_random;
    double m_ready;
    double m_now = 0;
    double m_nextVisit = 0;
    qint64 m_enqueued = 0, m_completed = 0;
};

}  // namespace spillway::test

#include "app/acting/live_reading.h"

#include <cmath>

#include "backends/remediation/live_facts.h"

namespace spillway {

void LiveReading::set(const ReadingPtr& reading) {
    const std::lock_guard lock(m_mutex);
    m_reading = reading;
}

void LiveReading::setArmedUntil(std::optional<ServerTime> until) {
    const std::lock_guard lock(m_mutex);
    m_armedUntil = until;
}

void LiveReading::addTo(GuardFacts& facts, const QString& system, const QString& queue) const {
    ReadingPtr reading;
    {
        const std::lock_guard lock(m_mutex);
        reading = m_reading;
        facts.armed_until = m_armedUntil;
    }
    if (!reading) return;
    if (facts.armed_until)
        *facts.armed_until += std::chrono::microseconds(std::llround(reading->clock_skew_s * 1e6));
    for (const auto& in : reading->systems)
        for (const auto& each : in.queues)
            if (in.identity.key() == system && each.reading.queue == queue) addSignals(each, facts);
}

}  // namespace spillway

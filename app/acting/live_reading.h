// The newest poll and the end of the arming, for the guards of an action under way. Any thread.
#pragma once

#include <mutex>

#include "backends/remediation/guards.h"

namespace spillway {

class LiveReading {
public:
    void set(const ReadingPtr& reading);
    // By this machine's clock; nullopt: not armed.
    void setArmedUntil(std::optional<ServerTime> until);
    // Adds what the polls know of the queue, and the arming on the server's clock.
    void addTo(GuardFacts& facts, const QString& system, const QString& queue) const;

private:
    mutable std::mutex m_mutex;
    ReadingPtr m_reading;
    std::optional<ServerTime> m_armedUntil;
};

}  // namespace spillway

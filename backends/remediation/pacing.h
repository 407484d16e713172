// How many jobs may be sent now: a token bucket whose rate grows in steps towards what was asked for. Pure;
// the caller brings the clock.
#pragma once

#include <chrono>

namespace spillway {

struct PacingSettings {
    double rate = 10;  // jobs per second that are aimed at
    double first_rate = 10;
    double growth = 2;  // factor of one step
    std::chrono::seconds step{5};
    int most_in_batch = 500;
};
inline constexpr double kHighestReplayRate = 500;

class Pacing {
public:
    using Time = std::chrono::steady_clock::time_point;
    Pacing(PacingSettings settings, Time now);

    // Jobs that may go in the next batch; 0: wait.
    [[nodiscard]] int allowance(Time now);
    void sent(int jobs);
    // Until at least one job may go.
    [[nodiscard]] std::chrono::milliseconds wait(Time now);
    // At once, up or down; never above kHighestReplayRate, never below one job in ten seconds.
    void setRate(double rate, Time now);
    // Time that passes while paused earns nothing.
    void pause(Time now);
    void resume(Time now);
    [[nodiscard]] bool paused() const { return m_paused; }
    [[nodiscard]] double currentRate() const { return m_rate; }

private:
    void refill(Time now);

    PacingSettings m_settings;
    double m_rate;
    double m_tokens = 1;
    Time m_filled;
    Time m_grown;
    bool m_paused = false;
};

}  // namespace spillway

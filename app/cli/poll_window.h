// Polls one connection for a while: what `status` and `check` look at.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "app/cli/stop_signal.h"
#include "backends/polling/poll_pacing.h"
#include "backends/polling/poller.h"

namespace spillway {

struct PollCosts {
    std::vector<PollCost> polls;
    [[nodiscard]] int count() const { return static_cast<int>(polls.size()); }
    [[nodiscard]] double medianWall_ms() const;
    [[nodiscard]] double maxWall_ms() const;
    [[nodiscard]] Measured<double> medianServer_ms() const;  // not observable without any poll
};

struct PolledWindow {
    ReadingPtr reading;  // the last one; null: no poll ever succeeded
    PollCosts costs;
    std::optional<Failure> failure;  // the newest poll failed, with this
    double age_s = 0;                // of `reading`, when the window ended
};

struct PollWindowSettings {
    std::chrono::milliseconds window{60'000};
    std::chrono::milliseconds interval{2'000};
    // Pause before a refused login is tried again, where polls have worked before; 0: it is not.
    std::chrono::milliseconds refused{0};
    // True: more polls cannot help, e.g. because what is asked for is not there. The window ends.
    std::function<bool(const Reading&)> pointless;
};

// The first poll is at the beginning, the last one when the window ends. A failure before the first
// success ends it at once, and so does one that trying again cannot help; others are retried with
// growing pauses. A server that is overloaded gets three chances from the beginning: it is asked for less.
// Ends early when `stop` is requested.
class PollWindow {
public:
    using Progress = std::function<void(const PolledWindow& soFar, std::chrono::milliseconds left)>;
    PollWindow(Poller& poller, StopSignal& stop, PollWindowSettings settings)
        : m_poller(poller), m_stop(stop), m_settings(settings) {}

    [[nodiscard]] PolledWindow run(const Progress& progress = {});

private:
    void pollOnce(PolledWindow& result);
    [[nodiscard]] bool hopeless(const PolledWindow& result) const;
    [[nodiscard]] std::chrono::milliseconds pause(const PolledWindow& result) const;

    Poller& m_poller;
    StopSignal& m_stop;
    PollWindowSettings m_settings;
    std::chrono::steady_clock::time_point m_succeeded;
    int m_failures = 0;  // in a row
};

}  // namespace spillway

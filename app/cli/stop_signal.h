// SIGINT, SIGTERM and SIGHUP as something a command can wait for.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace spillway {

class StopSignal {
public:
    virtual ~StopSignal() = default;

    // True as soon as somebody asked to stop, false after `time`. Any thread.
    [[nodiscard]] bool waitFor(std::chrono::milliseconds time);
    [[nodiscard]] bool requested();
    void request();
    // Called once, from another thread, when the request comes: to wake what blocks in a server call.
    void onRequest(std::function<void()> wake);

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    bool m_requested = false;
    std::function<void()> m_wake;
};

// Turns these signals of the process into a request. One object at a time; a second Ctrl+C ends the
// process at once, a second SIGTERM or SIGHUP says nothing new.
class TerminalStopSignal final : public StopSignal {
public:
    TerminalStopSignal();
    ~TerminalStopSignal() override;

private:
    void listen();
    int m_pipe[2] = {-1, -1};
    std::thread m_listener;
};

}  // namespace spillway

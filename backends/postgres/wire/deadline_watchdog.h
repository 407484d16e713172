// Ends a blocking socket call of another thread at a deadline, by shutting the socket down.
// libpq has no deadline of its own for a query: against a frozen server, whose kernel still
// acknowledges, neither keepalives nor TCP timeouts ever fire. Nor does it limit an answer: the watchdog also
// ends what has become larger than anything we ask for. A local socket has no count of bytes: there it is
// the program's memory that may not grow so much.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace spillway {

// Holds its own duplicate of the socket, so that it can never hit a descriptor number that has been
// closed and reused. A shut-down socket stays dead: the connection must be thrown away afterwards.
class DeadlineWatchdog {
public:
    explicit DeadlineWatchdog(int socket);
    ~DeadlineWatchdog();
    DeadlineWatchdog(const DeadlineWatchdog&) = delete;
    DeadlineWatchdog& operator=(const DeadlineWatchdog&) = delete;

    static constexpr unsigned long long mostBytes = 64'000'000;  // received while armed

    void arm(std::chrono::steady_clock::time_point deadline);
    void disarm();
    [[nodiscard]] bool fired() const { return m_fired; }
    [[nodiscard]] bool flooded() const { return m_flooded; }
    void shutDownNow() noexcept;  // any thread

private:
    void watch();

    const int m_socket;
    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::chrono::steady_clock::time_point m_deadline = std::chrono::steady_clock::time_point::max();
    bool m_stop = false;
    unsigned long long m_received = 0;  // when it was armed
    std::atomic<bool> m_fired = false, m_flooded = false;
    std::thread m_thread;  // last: starts when everything else is there
};

}  // namespace spillway

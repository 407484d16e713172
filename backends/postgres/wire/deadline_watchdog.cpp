#include "backends/postgres/wire/deadline_watchdog.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace spillway {
using std::chrono::steady_clock;

DeadlineWatchdog::DeadlineWatchdog(int socket)
    : m_socket(::fcntl(socket, F_DUPFD_CLOEXEC, 0)), m_thread([this] { watch(); }) {}

DeadlineWatchdog::~DeadlineWatchdog() {
    {
        const std::lock_guard lock(m_mutex);
        m_stop = true;
    }
    m_wake.notify_one();
    m_thread.join();
    if (m_socket >= 0) ::close(m_socket);
}

void DeadlineWatchdog::arm(steady_clock::time_point deadline) {
    {
        const std::lock_guard lock(m_mutex);
        m_deadline = deadline;
    }
    m_wake.notify_one();
}

void DeadlineWatchdog::disarm() {
    arm(steady_clock::time_point::max());
}

void DeadlineWatchdog::shutDownNow() noexcept {
    if (m_socket >= 0) ::shutdown(m_socket, SHUT_RDWR);
}

void DeadlineWatchdog::watch() {
    std::unique_lock lock(m_mutex);
    while (!m_stop) {
        if (m_deadline == steady_clock::time_point::max()) {
            m_wake.wait(lock);
        } else if (steady_clock::now() >= m_deadline) {
            m_fired = true;
            m_deadline = steady_clock::time_point::max();
            shutDownNow();
        } else {
            m_wake.wait_until(lock, m_deadline);
        }
    }
}

}  // namespace spillway

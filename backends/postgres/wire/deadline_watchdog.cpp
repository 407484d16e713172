#include "backends/postgres/wire/deadline_watchdog.h"

#include <fcntl.h>
#include <linux/tcp.h>  // has the count of bytes, which <netinet/tcp.h> lacks
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>

namespace spillway {
using std::chrono::steady_clock;
using namespace std::chrono_literals;
namespace {

constexpr auto lookForFlood = 10ms;

// 0 where the socket has no such count.
unsigned long long bytesReceived(int socket) {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
    return size >= offsetof(tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received
               ? info.tcpi_bytes_received
               : 0;
}

}  // namespace

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
        m_received = bytesReceived(m_socket);
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
        } else if (const auto received = bytesReceived(m_socket); received > m_received + mostBytes) {
            m_flooded = true;
            m_deadline = steady_clock::time_point::max();
            shutDownNow();
        } else {
            m_wake.wait_until(
                lock, received > 0 ? std::min(m_deadline, steady_clock::now() + lookForFlood) : m_deadline);
        }
    }
}

}  // namespace spillway

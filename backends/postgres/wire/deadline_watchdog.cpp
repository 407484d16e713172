#include "backends/postgres/wire/deadline_watchdog.h"

#include <fcntl.h>
#include <linux/tcp.h>  // has the count of bytes, which <netinet/tcp.h> lacks
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>

namespace spillway {
using std::chrono::steady_clock;
using namespace std::chrono_literals;
namespace {

constexpr auto lookForFlood = 10ms;

// What an answer takes, and how much of it is too much.
struct Taken {
    unsigned long long bytes = 0, most = 0;
};

// Of the whole program: a local socket does not count, so that memory speaks. libpq keeps up to twice what
// came.
Taken residentBytes() {
    long pages = 0;
    if (FILE* const file = std::fopen("/proc/self/statm", "re")) {
        if (std::fscanf(file, "%*d %ld", &pages) != 1) pages = 0;
        std::fclose(file);
    }
    return {static_cast<unsigned long long>(pages) * static_cast<unsigned long long>(::sysconf(_SC_PAGESIZE)),
            3 * DeadlineWatchdog::mostBytes};
}

Taken takenThrough(int socket) {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return residentBytes();
    return size >= offsetof(tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received
               ? Taken{info.tcpi_bytes_received, DeadlineWatchdog::mostBytes}
               : Taken{};
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
        m_received = takenThrough(m_socket).bytes;
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
        } else if (const auto taken = takenThrough(m_socket); taken.bytes > m_received + taken.most) {
            m_flooded = true;
            m_deadline = steady_clock::time_point::max();
            shutDownNow();
        } else {
            m_wake.wait_until(lock, taken.bytes > 0 ? std::min(m_deadline, steady_clock::now() + lookForFlood)
                                                    : m_deadline);
        }
    }
}

}  // namespace spillway

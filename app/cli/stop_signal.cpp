#include "app/cli/stop_signal.h"

#include <fcntl.h>
#include <unistd.h>
#include <csignal>

namespace spillway {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};
volatile std::sig_atomic_t writeEnd = -1;  // all that a signal handler may know

void onSignal(int number) {
    // A parent of several threads that is killed has the kernel say so several times (PR_SET_PDEATHSIG).
    if (number == SIGINT) std::signal(number, SIG_DFL);
    const char byte = 's';
    [[maybe_unused]] const auto written = ::write(writeEnd, &byte, 1);
}

}  // namespace

bool StopSignal::waitFor(std::chrono::milliseconds time) {
    std::unique_lock lock(m_mutex);
    return m_changed.wait_for(lock, time, [this] { return m_requested; });
}

bool StopSignal::requested() {
    return waitFor(std::chrono::milliseconds{0});
}

void StopSignal::request() {
    const std::lock_guard lock(m_mutex);  // held while waking: the one to wake cannot go away meanwhile
    if (m_requested) return;
    m_requested = true;
    m_changed.notify_all();
    if (m_wake) m_wake();
}

void StopSignal::onRequest(std::function<void()> wake) {
    const std::lock_guard lock(m_mutex);
    m_wake = std::move(wake);
    if (m_requested && m_wake) m_wake();
}

TerminalStopSignal::TerminalStopSignal() {
    if (::pipe2(m_pipe, O_CLOEXEC) != 0) return;
    writeEnd = m_pipe[1];
    m_listener = std::thread([this] { listen(); });
    for (const int number : kSignals) std::signal(number, onSignal);
}

TerminalStopSignal::~TerminalStopSignal() {
    if (!m_listener.joinable()) return;
    for (const int number : kSignals) std::signal(number, SIG_DFL);
    writeEnd = -1;
    const char byte = 'q';
    [[maybe_unused]] const auto written = ::write(m_pipe[1], &byte, 1);
    m_listener.join();
    ::close(m_pipe[0]);
    ::close(m_pipe[1]);
}

void TerminalStopSignal::listen() {
    for (char byte = 0; byte != 'q' && ::read(m_pipe[0], &byte, 1) != 0;)
        if (byte == 's') request();
}

}  // namespace spillway

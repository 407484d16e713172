#include "app/demo/workload_thread.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace spillway {

WorkloadThread::WorkloadThread(std::unique_ptr<Workload> workload,
                               std::function<void(const QString&)> onFailure)
    : m_workload(std::move(workload)), m_onFailure(std::move(onFailure)),
      m_thread([this](const std::stop_token& stop) { play(stop); }) {}

void WorkloadThread::play(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    auto last = std::chrono::steady_clock::now();
    try {
        while (!stop.stop_requested()) {
            std::unique_lock lock(mutex);
            wake.wait_for(lock, stop, m_workload->pause(), [] { return false; });
            const auto now = std::chrono::steady_clock::now();
            // After a suspended laptop the missed hours are not made up for.
            const double seconds = std::min(2.0, std::chrono::duration<double>(now - last).count());
            last = now;
            if (!stop.stop_requested()) m_workload->step(seconds);
        }
    } catch (const std::exception& error) {
        if (!stop.stop_requested()) m_onFailure(QString::fromUtf8(error.what()));
    }
}

}  // namespace spillway

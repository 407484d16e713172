// Plays one workload on a thread of its own until the object goes.
#pragma once

#include <functional>
#include <memory>
#include <thread>

#include "app/demo/workload.h"

namespace spillway {

class WorkloadThread {
public:
    // The workload has been prepared. `onFailure` is called from the thread, once, with what the server
    // said; the workload is over then.
    WorkloadThread(std::unique_ptr<Workload> workload, std::function<void(const QString&)> onFailure);

private:
    void play(const std::stop_token& stop);
    std::unique_ptr<Workload> m_workload;
    std::function<void(const QString&)> m_onFailure;
    std::jthread m_thread;  // last: it uses the others, and is joined first
};

}  // namespace spillway

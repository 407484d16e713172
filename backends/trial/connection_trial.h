// Tries a connection in steps: name → TCP → TLS → login → rights → queue systems.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "backends/domain/queue_backend.h"
#include "backends/domain/trial.h"

namespace spillway {

// Blocks, for two connect deadlines and a detection at most; belongs to one thread, but for interrupt().
class TrialRun {
public:
    // `backend`: of these settings, not yet open.
    TrialRun(ConnectionSettings settings, std::unique_ptr<QueueBackend> backend);

    // Every stage is told as soon as it has ended. A stage that failed leaves those after it skipped.
    [[nodiscard]] ConnectionTrial run(const std::function<void(const StageResult&)>& told = {});
    void interrupt() noexcept;  // any thread; the stage under way fails as cancelled

private:
    struct State;

    ConnectionSettings m_settings;
    std::unique_ptr<QueueBackend> m_backend;
    std::atomic<bool> m_interrupted = false;
};

}  // namespace spillway

// One demo for each user: who it is, and the lock that lives as long as it does.
#pragma once

#include <optional>

#include "app/demo/demo_endpoints.h"
#include "app/demo/process_identity.h"

namespace spillway {

class DemoState {
public:
    // $XDG_RUNTIME_DIR/spillway, or $XDG_STATE_HOME/spillway, or ~/.local/state/spillway; made with 0700.
    [[nodiscard]] static QString directory();
    [[nodiscard]] static QString logFile() { return directory() + QStringLiteral("/demo.log"); }

    // The demo that runs now and is ready. Files of a dead one are ignored.
    [[nodiscard]] static std::optional<DemoEndpoints> running();
    // The process that holds the lock, also while it is still starting or already stopping.
    [[nodiscard]] static std::optional<ProcessIdentity> holder();

    // Takes the lock; not ok() while another process holds it. Released with the object or the process.
    DemoState();
    ~DemoState();
    DemoState(const DemoState&) = delete;
    DemoState& operator=(const DemoState&) = delete;
    [[nodiscard]] bool ok() const { return m_lock >= 0; }
    [[nodiscard]] bool publish(const DemoEndpoints& endpoints);  // from now on running() answers it

private:
    int m_lock = -1;
};

}  // namespace spillway

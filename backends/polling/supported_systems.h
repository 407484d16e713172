// Every queue system that Spillway reads, with what can be seen of it and done with it at best: some
// version of it, all rights, nothing too large. The same lists that detection works with. Pure.
#pragma once

#include <vector>

#include "backends/domain/capabilities.h"
#include "backends/domain/connection_settings.h"
#include "backends/domain/outcome.h"

namespace spillway {

struct SupportedSystem {
    QString name;   // as --system has it
    QString title;  // for people
    ServerKind server = ServerKind::postgres;
    Capabilities
        capabilities;  // signals under the names of `status` JSON, then replay, replay_lost, release, undo
};

// Failure kind internal where our own definitions cannot be read. A mapped table is not among them: what it
// shows follows from its columns.
[[nodiscard]] Outcome<std::vector<SupportedSystem>> supportedSystems();

}  // namespace spillway

// Processor time of the server process behind a connection, where it runs on this machine: what a poll
// really costs the server, free of the noise that the wall clock carries. Linux only.
#pragma once

#include <optional>

namespace spillway {

// Milliseconds on a processor since that process began. nullopt unless `socket` is a unix socket whose
// listener is the parent of `backendPid` here: behind a forwarded socket the same number may be anybody.
[[nodiscard]] std::optional<double> localServerCpu_ms(int socket, int backendPid);

}  // namespace spillway

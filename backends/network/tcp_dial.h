// From a host name, or the path of a socket, to a connected descriptor. Plain POSIX calls that block in
// slices of 20 ms, so that `interrupted` (set from any thread) and the deadline act soon; no event loop.
#pragma once

#include <sys/socket.h>

#include <QDeadlineTimer>
#include <atomic>
#include <vector>

#include "backends/domain/outcome.h"

namespace spillway {

struct NetworkEndpoint {
    sockaddr_storage address{};
    socklen_t length = 0;

    [[nodiscard]] QString text() const;          // "10.0.0.5", "::1"; empty for a socket
    [[nodiscard]] bool isOfThisMachine() const;  // a socket, or a loopback address
};

// Failure: unreachable for an unknown host, timeout, cancelled.
[[nodiscard]] Outcome<std::vector<NetworkEndpoint>> lookUpHost(const QString& host, quint16 port,
                                                               QDeadlineTimer deadline,
                                                               const std::atomic<bool>& interrupted);
// nullopt: the path is too long for this system.
[[nodiscard]] std::optional<NetworkEndpoint> socketEndpoint(const QByteArray& path);

struct Dialed {
    int descriptor = -1;  // non-blocking; belongs to the caller
    int error = 0;        // errno of the last endpoint; ETIMEDOUT, ECANCELED
};
// One endpoint after another, each with its part of the time: one that swallows packets must not use it up.
[[nodiscard]] Dialed dialFirst(const std::vector<NetworkEndpoint>& endpoints, QDeadlineTimer deadline,
                               const std::atomic<bool>& interrupted);

}  // namespace spillway

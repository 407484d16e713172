// From an address to an open byte stream: name lookup, connect, TLS. Blocks in slices of at most 50 ms,
// so that `interrupted` (set from any thread) and the deadline act soon; needs no event loop.
#pragma once

#include <QDeadlineTimer>
#include <QIODevice>
#include <atomic>
#include <memory>

#include "backends/domain/outcome.h"
#include "backends/redis/wire/url.h"

namespace spillway {

inline constexpr int kSliceMs = 20;

[[nodiscard]] Failure interruptedFailure();

// The device is a QTcpSocket, QSslSocket (certificate and host checked) or QLocalSocket, and belongs to
// the calling thread.
[[nodiscard]] Outcome<std::shared_ptr<QIODevice>> dialRedis(const RedisAddress& address,
                                                            QDeadlineTimer deadline,
                                                            const std::atomic<bool>& interrupted);

}  // namespace spillway

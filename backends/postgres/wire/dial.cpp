#include "backends/postgres/wire/dial.h"

#include <poll.h>

#include <chrono>
#include <memory>
#include <new>

#include "backends/postgres/wire/pqxx_compat.h"

namespace spillway {
using std::chrono::milliseconds;
using std::chrono::steady_clock;
namespace {

using RawConnection = std::unique_ptr<PGconn, void (*)(PGconn*)>;

// Empty: the connection is ready.
std::string finishedBefore(PGconn* connection, steady_clock::time_point deadline,
                           const std::atomic<bool>& stop) {
    if (PQstatus(connection) == CONNECTION_BAD) return PQerrorMessage(connection);
    auto wanted = PGRES_POLLING_WRITING;
    while (wanted != PGRES_POLLING_OK) {
        if (wanted == PGRES_POLLING_FAILED) return PQerrorMessage(connection);
        const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
        if (left.count() <= 0) return "timeout expired";
        if (stop) return "stopped";
        pollfd socket{PQsocket(connection),
                      static_cast<short>(wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
        if (::poll(&socket, 1, static_cast<int>(std::min(left, milliseconds{100}).count())) > 0)
            wanted = PQconnectPoll(connection);
    }
    return {};
}

}  // namespace

PGconn* dial(const LibpqConnection& target, const std::atomic<bool>& stop, QString& reached) {
    std::string trouble;
    for (const auto& attempt : target.attempts) {
        const auto deadline = steady_clock::now() + std::chrono::seconds(target.timeout_s);
        RawConnection connection(PQconnectStart(attempt.c_str()), &PQfinish);
        if (!connection) throw std::bad_alloc();
        trouble = finishedBefore(connection.get(), deadline, stop);
        if (trouble.empty()) {
            reached = QString::fromUtf8(PQhost(connection.get())) + QLatin1Char(':') +
                      QString::fromUtf8(PQport(connection.get()));
            return connection.release();
        }
        if (stop) break;
    }
    throw pqxx::broken_connection(trouble);
}

}  // namespace spillway

// Drift watch: runs the user's invariants, each at its own cadence and under its own time limit, in READ ONLY
// transactions of a session of its own, so that nothing they do can disturb a poll. Used from one thread,
// except interrupt().
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "backends/domain/queue_reading.h"
#include "backends/postgres/wire/connection.h"

namespace spillway {

class DriftWatch {
public:
    explicit DriftWatch(const ConnectionSettings& settings);

    // Checks what is due and returns every invariant as of its last check; one that was never checked is left
    // out. An invariant that fails is a reading with `checked` false. Never throws. `now`: of the poll, for
    // those that could not even be asked.
    [[nodiscard]] std::vector<InvariantReading> check(ServerTime now);
    void interrupt() noexcept;  // any thread; sticky

private:
    struct Watched {
        Invariant invariant;
        std::optional<std::chrono::steady_clock::time_point> checked;
        std::optional<InvariantReading> last;
    };

    [[nodiscard]] std::vector<Watched*> due();
    InvariantReading checkOne(const Invariant& invariant, ServerTime now);

    PostgresConnection m_connection;
    std::vector<Watched> m_watched;
};

// What the rows of an invariant mean: one row with one number that must be 0, or with two that must agree.
[[nodiscard]] InvariantReading judgedInvariant(const QString& name, const Rows& rows, ServerTime checkedAt);

}  // namespace spillway

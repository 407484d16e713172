// Adds up the rows that each poll finds in its time window into totals that only grow. A value: a poll
// works on a copy and keeps it only when the whole poll succeeded, so no window is lost or counted twice.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "backends/domain/clock.h"
#include "backends/domain/queue_reading.h"
#include "backends/postgres/query_rows.h"

namespace spillway {

class FlowAccumulator {
public:
    struct Window {
        ServerTime since, until;  // since < row <= until
    };

    // The window of this poll. It ends a settle time before `now`, so that a row whose transaction was
    // still committing is not missed; it is empty at the first poll, and after a gap longer than any
    // timeline bridges or a clock that went back, where the totals start again at 0.
    Window begin(ServerTime now);
    // Only these columns of the row: another question may answer the rest.
    void add(const std::string& queue, const Row& row, const std::vector<std::string>& columns);
    // 0 until there was a row. A capped window makes the total a lower bound.
    [[nodiscard]] Count total(const std::string& queue, const std::string& column) const;

private:
    struct Totals {
        std::map<std::string, qint64> columns;
        std::map<std::string, bool> capped;
    };
    std::optional<ServerTime> m_until;
    std::map<std::string, Totals> m_totals;
};

}  // namespace spillway

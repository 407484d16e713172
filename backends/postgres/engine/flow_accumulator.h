// Adds up the rows that each poll finds in its time window into totals that only grow. A value: a poll
// works on a copy and keeps it only when the whole poll succeeded, so no window is lost or counted twice.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "backends/domain/clock.h"
#include "backends/domain/queue_reading.h"
#include "backends/postgres/wire/query_rows.h"

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
    // After windows that were not read: the next one is empty, and the totals begin at 0.
    void startAnew() { m_until.reset(); }
    // Only these columns of the row: another question may answer the rest.
    void add(const std::string& queue, const Row& row, const std::vector<std::string>& columns);
    // 0 until there was a row. A lower bound where the newest window was capped, or as long as
    // finished rows are kept.
    [[nodiscard]] Count total(const std::string& queue, const std::string& column) const;
    // How many rows of one column the window that begin() opened may hold, by what the one before held: one
    // number for each queue that had any. Empty after the first window.
    [[nodiscard]] const std::vector<double>& expected() const { return m_expected; }

private:
    struct Totals {
        std::map<std::string, qint64> columns;
        std::map<std::string, bool> capped;  // in the newest window
        qint64 most = 0;                     // of one column in the newest window
        bool fleeting = false;               // rows may have come and gone within the newest window
    };
    void expect(double seconds);

    std::optional<ServerTime> m_until;
    double m_length_s = 0;  // of the newest window
    std::vector<double> m_expected;
    std::map<std::string, Totals> m_totals;
};

}  // namespace spillway

// Adds up the events of a claim log, a bounded number in each poll, into totals that only grow. A value:
// a poll works on a copy and keeps it only when the whole poll succeeded.
#pragma once

#include <map>
#include <set>
#include <string>

#include "backends/domain/claims.h"
#include "backends/postgres/wire/query_rows.h"

namespace spillway {

class ClaimAccumulator {
public:
    // Where the next read begins, and positions before it that were not there yet: a transaction that
    // began earlier may commit later.
    [[nodiscard]] qint64 after() const { return m_after; }
    [[nodiscard]] std::string missingPositions() const;  // as a bigint[]
    // Jobs of listed incidents whose overlap has no end yet, as a text[].
    [[nodiscard]] std::string openJobs() const;

    // The rows of one read, in the parts of mapped_claims.cpp. A log that was emptied or made anew starts the
    // totals again.
    void add(const Rows& rows, const QString& constantQueue);
    // Of a queue that the log may not have named yet.
    [[nodiscard]] ClaimsReading reading(const std::string& queue) const;

    // Every claim is an execution; a first attempt is the claim of a free job with no attempts before it.
    // Not observable until the log is read to its end: what is caught up with happened earlier.
    struct Executions {
        Count executed;
        Count first_executed;
    };
    [[nodiscard]] Executions executions(const std::string& queue) const;

    // Of one read; and how far back the first one goes: what happened before that is not part of the totals.
    static constexpr qint64 fewestEvents = 2'000, mostEvents = 40'000;
    static constexpr qint64 lookBack = 1'000'000;
    [[nodiscard]] bool isBehind() const { return m_after < m_newest; }

private:
    struct Totals {
        qint64 claims = 0;
        qint64 first = 0;
        qint64 duplicates = 0;
        std::vector<DuplicateClaim> incidents;  // newest first
    };
    [[nodiscard]] bool takeReach(const Row& row);
    void takeSums(const Row& row, Totals& totals);
    void takeGap(qint64 from, qint64 to);
    void takeDuplicate(const Row& row, const std::string& queue);
    void takeLate(const Row& row, const std::string& queue);
    void end(const Row& row);

    qint64 m_after = 0;
    qint64 m_newest = 0;
    std::optional<ServerTime> m_since;
    std::map<qint64, int> m_missing;  // position -> polls it has been missing
    std::map<std::string, Totals> m_totals;
};

}  // namespace spillway

// From stored pieces to the points of a chart. Pure.
#pragma once

#include <array>

#include "backends/history/chunk_codec.h"

namespace spillway::history {

// [from, to) is read from this tier; both are multiples of its width.
struct TierPart {
    HistoryTier tier = HistoryTier::raw;
    qint64 from = 0;
    qint64 to = 0;
    bool operator==(const TierPart&) const = default;
};

// Where each tier's oldest piece starts; nullopt: it has none.
using TierStarts = std::array<std::optional<qint64>, kHistoryTiers>;

// The finest tier of which no more than one bucket falls on a point, or a coarser one for the time that
// the finer ones no longer have. Oldest part first; the edges are widened to whole buckets.
[[nodiscard]] std::vector<TierPart> tierParts(qint64 from, qint64 to, int maxPoints,
                                              const TierStarts& starts);

struct TimedCell {
    qint64 at = 0;
    Cell cell;
};

// Appends the chunk's cells of one metric that lie in the part.
void collect(const Chunk& chunk, qint64 metric, const TierPart& part, std::vector<TimedCell>& into);

// The width that gives at most `maxPoints` points over [from, to): a multiple of the tier's width.
[[nodiscard]] qint64 gridWidth(qint64 from, qint64 to, int maxPoints, HistoryTier coarsest);

// The outer edges moved to the grid, so that the first and the last point are whole, too.
[[nodiscard]] std::vector<TierPart> widened(std::vector<TierPart> parts, qint64 widthMs);

// Merges cells into points on a grid that does not move with the window. Cells may be out of order in
// time (a clock went backwards); of equal times the later one is `last`.
// Width 0: every cell stays a point of its own.
[[nodiscard]] std::vector<HistoryBucket> points(std::vector<TimedCell> cells, qint64 widthMs);

}  // namespace spillway::history

#include "backends/history/tier_reading.h"

#include <algorithm>

namespace spillway::history {
namespace {
qint64 floorTo(qint64 ms, qint64 width) {
    const qint64 rest = ms % width;
    return ms - rest - (rest < 0 ? width : 0);
}
qint64 ceilTo(qint64 ms, qint64 width) {
    return -floorTo(-ms, width);
}
HistoryTier tierAt(int index) {
    return static_cast<HistoryTier>(index);
}
std::optional<qint64> startOf(const TierStarts& starts, int tier) {
    return starts[static_cast<size_t>(tier)];
}

int tierForWidth(double pointMs) {
    int tier = 0;
    while (tier + 1 < kHistoryTiers && pointMs >= static_cast<double>(tierWidthMs(tierAt(tier + 1)))) ++tier;
    return tier;
}

// The next coarser tier that reaches back further than this one by more than its own first bucket.
std::optional<int> olderTier(const TierStarts& starts, int tier) {
    for (int coarser = tier + 1; coarser < kHistoryTiers; ++coarser) {
        const auto older = startOf(starts, coarser);
        if (!older) continue;
        const auto own = startOf(starts, tier);
        if (!own || *older < floorTo(*own, tierWidthMs(tierAt(coarser)))) return coarser;
    }
    return std::nullopt;
}

HistoryBucket bucketOf(qint64 at, const Cell& cell) {
    return {.at = serverTimeFromMillis(at),
            .min = cell.min,
            .max = cell.max,
            .last = cell.last,
            .mean = cell.sum / cell.count,
            .sum = cell.sum,
            .count = cell.count,
            .provenance = cell.provenance,
            .gap_before = cell.gap_before,
            .gap_inside = cell.gap_inside};
}
}  // namespace

std::vector<TierPart> tierParts(qint64 from, qint64 to, int maxPoints, const TierStarts& starts) {
    std::vector<TierPart> parts;
    qint64 end = to;
    std::optional<int> tier = tierForWidth(static_cast<double>(to - from) / maxPoints);
    while (tier && end > from) {
        const auto older = olderTier(starts, *tier);
        const qint64 width = tierWidthMs(tierAt(*tier));
        qint64 begin = older && !startOf(starts, *tier) ? end : floorTo(from, width);
        // The boundary lies on the coarser tier's grid, so that no sample counts twice.
        if (older && begin < end)
            begin = std::max(begin, ceilTo(*startOf(starts, *tier), tierWidthMs(tierAt(*older))));
        if (begin < end) {
            parts.insert(parts.begin(), {tierAt(*tier), begin, ceilTo(end, width)});
            end = begin;
        }
        tier = older;
    }
    return parts;
}

void collect(const Chunk& chunk, qint64 metric, const TierPart& part, std::vector<TimedCell>& into) {
    for (const Column& column : chunk.columns) {
        if (column.metric != metric) continue;
        for (size_t i = 0; i < column.cells.size(); ++i)
            if (column.cells[i].count > 0 && chunk.times[i] >= part.from && chunk.times[i] < part.to)
                into.push_back({chunk.times[i], column.cells[i]});
    }
}

qint64 gridWidth(qint64 from, qint64 to, int maxPoints, HistoryTier coarsest) {
    const qint64 tier = tierWidthMs(coarsest);
    const qint64 range = ceilTo(to, tier) - floorTo(from, tier);
    // One point less than asked, because the grid seldom starts where the window does.
    return std::max(tier, ceilTo(range / std::max(1, maxPoints - 1) + 1, tier));
}

std::vector<TierPart> widened(std::vector<TierPart> parts, qint64 widthMs) {
    if (parts.empty()) return parts;
    parts.front().from = floorTo(parts.front().from, widthMs);
    parts.back().to = ceilTo(parts.back().to, widthMs);
    return parts;
}

std::vector<HistoryBucket> points(std::vector<TimedCell> cells, qint64 widthMs) {
    const auto earlier = [](const TimedCell& a, const TimedCell& b) { return a.at < b.at; };
    if (!std::is_sorted(cells.begin(), cells.end(), earlier))
        std::stable_sort(cells.begin(), cells.end(), earlier);
    std::vector<HistoryBucket> buckets;
    for (size_t i = 0; i < cells.size();) {
        const qint64 at = widthMs > 0 ? floorTo(cells[i].at, widthMs) : cells[i].at;
        Cell merged = cells[i].cell;
        for (++i; widthMs > 0 && i < cells.size() && cells[i].at < at + widthMs; ++i)
            merged.absorb(cells[i].cell);
        buckets.push_back(bucketOf(at, merged));
    }
    return buckets;
}

}  // namespace spillway::history

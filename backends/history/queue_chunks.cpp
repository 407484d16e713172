#include "backends/history/queue_chunks.h"

#include <algorithm>

namespace spillway::history {
namespace {
constexpr size_t kRecentPolls = 9;
// Pieces of one to two kilobytes: about two days of hours, an hour of minutes, some minutes of polls.
constexpr std::array<size_t, kHistoryTiers> kSlots{128, 64, 48};

qint64 slotOf(qint64 ms, HistoryTier tier) {
    const qint64 width = tierWidthMs(tier);
    const qint64 rest = ms % width;
    return ms - rest - (rest < 0 ? width : 0);
}

Column& columnOf(Chunk& chunk, qint64 metric) {
    const auto found = std::find_if(chunk.columns.begin(), chunk.columns.end(),
                                    [metric](const Column& column) { return column.metric == metric; });
    if (found != chunk.columns.end()) return *found;
    chunk.columns.push_back({metric, std::vector<Cell>(chunk.times.size())});
    return chunk.columns.back();
}

void closeIfNoRoom(Chunk& open, qint64 slot, std::vector<Chunk>& closed) {
    const bool full = !open.empty() && slot > open.times.back() &&
                      open.times.size() >= kSlots[static_cast<size_t>(open.tier)];
    if (!full && (open.empty() || slot >= open.times.back())) return;
    closed.push_back(std::move(open));
    open = Chunk{.tier = closed.back().tier, .times = {}, .columns = {}};
}

void addSlot(Chunk& open, qint64 slot) {
    if (!open.empty() && open.times.back() == slot) return;
    open.times.push_back(slot);
    for (Column& column : open.columns) column.cells.resize(open.times.size());
}
}  // namespace

qint64 UsualInterval::add(qint64 ms) {
    if (m_lastMs && ms > *m_lastMs) {
        m_recent.push_back(ms - *m_lastMs);
        if (m_recent.size() > kRecentPolls) m_recent.erase(m_recent.begin());
    }
    m_lastMs = ms;
    if (m_usualMs == 0 && !m_recent.empty()) m_usualMs = m_recent.front();
    const qint64 longest = m_usualMs * 5 / 2;
    if (m_recent.size() >= 3) {
        auto sorted = m_recent;
        const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
        std::nth_element(sorted.begin(), middle, sorted.end());
        m_usualMs = *middle;
    }
    return longest;
}

QueueChunks::QueueChunks() {
    for (size_t tier = 0; tier < kHistoryTiers; ++tier) m_open[tier].tier = static_cast<HistoryTier>(tier);
}

void QueueChunks::resume(Chunk open) {
    if (open.tier == HistoryTier::raw)
        for (const Column& column : open.columns)
            for (size_t i = 0; i < column.cells.size(); ++i)
                if (column.cells[i].count > 0) m_lastSeen[column.metric] = open.times[i];
    m_open[static_cast<size_t>(open.tier)] = std::move(open);
}

std::vector<Column> QueueChunks::cellsOf(qint64 ms, const std::vector<Entry>& entries, qint64 longestMs) {
    std::vector<Column> cells;
    for (const Entry& entry : entries) {
        const auto seen = m_lastSeen.find(entry.metric);
        const bool gap = seen == m_lastSeen.end() || ms <= seen->second || ms - seen->second > longestMs;
        m_lastSeen[entry.metric] = ms;
        cells.push_back({entry.metric, {Cell::sample(entry.value, entry.provenance, gap)}});
    }
    return cells;
}

void QueueChunks::add(qint64 ms, const std::vector<Entry>& entries, qint64 longestMs,
                      std::vector<Chunk>& closed) {
    const Chunk& raw = open(HistoryTier::raw);
    if (entries.empty() || (!raw.empty() && raw.times.back() == ms)) return;
    const auto cells = cellsOf(ms, entries, longestMs);
    for (Chunk& chunk : m_open) {
        const qint64 slot = slotOf(ms, chunk.tier);
        closeIfNoRoom(chunk, slot, closed);
        addSlot(chunk, slot);
        for (const Column& column : cells)
            columnOf(chunk, column.metric).cells.back().absorb(column.cells.front());
    }
}

}  // namespace spillway::history

#include "backends/history/queue_chunks.h"

#include <algorithm>
#include <utility>

namespace spillway::history {
namespace {
constexpr size_t kRecentPolls = 9;
// Pieces of one to two kilobytes: about two days of hours, an hour of minutes, some minutes of polls.
constexpr std::array<size_t, kHistoryTiers> kSlots{128, 64, 48};
// The newest slots that are not packed: packing means to unpack and pack the whole piece.
constexpr std::array<size_t, kHistoryTiers> kUnsettled{8, 2, 1};

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

void addSlot(Chunk& open, qint64 slot) {
    if (!open.empty() && open.times.back() == slot) return;
    open.times.push_back(slot);
    for (Column& column : open.columns) column.cells.resize(open.times.size());
}

// `later` begins behind the end of `chunk`.
void append(Chunk& chunk, const Chunk& later) {
    const size_t before = chunk.times.size();
    chunk.times.insert(chunk.times.end(), later.times.begin(), later.times.end());
    for (Column& column : chunk.columns) column.cells.resize(chunk.times.size());
    for (const Column& column : later.columns)
        std::copy(column.cells.begin(), column.cells.end(),
                  columnOf(chunk, column.metric).cells.begin() + static_cast<std::ptrdiff_t>(before));
}

// What is left is all but that slot; metrics that have nothing in it do not come along.
Chunk takeNewestSlot(Chunk& chunk) {
    Chunk newest{.tier = chunk.tier, .times = {chunk.times.back()}, .columns = {}};
    chunk.times.pop_back();
    for (Column& column : chunk.columns) {
        if (column.cells.back().count > 0) newest.columns.push_back({column.metric, {column.cells.back()}});
        column.cells.pop_back();
    }
    return newest;
}

bool hasRoom(const OpenPiece& open, qint64 slot) {
    if (open.empty() || slot == open.newestMs()) return true;
    return slot > open.newestMs() && open.slotCount() < kSlots[static_cast<size_t>(open.tier())];
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

Chunk OpenPiece::chunk() const {
    if (m_settled.isEmpty()) return m_newest;
    Chunk whole = decodeChunk(m_settled).value_or(Chunk{.tier = tier(), .times = {}, .columns = {}});
    append(whole, m_newest);
    return whole;
}

void OpenPiece::resume(Chunk chunk) {
    *this = OpenPiece(chunk.tier);
    m_newest = std::move(chunk);
    if (empty()) return;
    m_startMs = m_newest.startMs();
    settle();
}

void OpenPiece::add(qint64 slot, const std::vector<Column>& cells) {
    if (empty()) m_startMs = slot;
    const bool opens = empty() || slot != newestMs();
    if (opens && m_newest.times.size() >= kUnsettled[static_cast<size_t>(tier())]) settle();
    addSlot(m_newest, slot);
    for (const Column& column : cells)
        columnOf(m_newest, column.metric).cells.back().absorb(column.cells.front());
}

void OpenPiece::settle() {
    Chunk whole = chunk();
    m_newest = takeNewestSlot(whole);
    m_settledSlots = whole.times.size();
    if (!whole.empty()) m_settled = encodeChunk(whole);
}

void QueueChunks::resume(Chunk open) {
    if (open.tier == HistoryTier::raw)
        for (const Column& column : open.columns)
            for (size_t i = 0; i < column.cells.size(); ++i)
                if (column.cells[i].count > 0) (void)noteSeen(column.metric, open.times[i], 0);
    m_open[static_cast<size_t>(open.tier)].resume(std::move(open));
}

bool QueueChunks::noteSeen(qint64 metric, qint64 ms, qint64 longestMs) {
    const auto seen = std::find_if(m_lastSeen.begin(), m_lastSeen.end(),
                                   [metric](const LastSeen& last) { return last.metric == metric; });
    if (seen == m_lastSeen.end()) {
        m_lastSeen.push_back({metric, ms});
        return true;
    }
    const qint64 before = std::exchange(seen->ms, ms);
    return ms <= before || ms - before > longestMs;
}

std::vector<Column> QueueChunks::cellsOf(qint64 ms, const std::vector<Entry>& entries, qint64 longestMs) {
    std::vector<Column> cells;
    cells.reserve(entries.size());
    for (const Entry& entry : entries) {
        const bool gap = noteSeen(entry.metric, ms, longestMs);
        cells.push_back({entry.metric, {Cell::sample(entry.value, entry.provenance, gap)}});
    }
    return cells;
}

void QueueChunks::add(qint64 ms, const std::vector<Entry>& entries, qint64 longestMs,
                      std::vector<Chunk>& closed) {
    const OpenPiece& raw = open(HistoryTier::raw);
    if (entries.empty() || (!raw.empty() && raw.newestMs() == ms)) return;
    const auto cells = cellsOf(ms, entries, longestMs);
    for (OpenPiece& piece : m_open) {
        const qint64 slot = slotOf(ms, piece.tier());
        if (!hasRoom(piece, slot)) {
            closed.push_back(piece.chunk());
            piece = OpenPiece(piece.tier());
        }
        piece.add(slot, cells);
    }
}

}  // namespace spillway::history

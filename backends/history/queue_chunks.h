// The newest piece of one queue's history in every tier. Each poll goes into all tiers at once, so that
// minutes and hours need no rescan. One thread.
#pragma once

#include <array>
#include <map>

#include "backends/history/chunk_codec.h"

namespace spillway::history {

struct Entry {
    qint64 metric = 0;
    double value = 0;
    Provenance provenance = Provenance::exact;
};

// The usual time between two polls of one connection: the median of the last nine.
class UsualInterval {
public:
    explicit UsualInterval(qint64 knownMs = 0) : m_usualMs(knownMs) {}
    // A poll at `ms`; answers how far apart two samples may lie without a gap (2.5 × the usual).
    qint64 add(qint64 ms);
    [[nodiscard]] qint64 usualMs() const { return m_usualMs; }

private:
    std::vector<qint64> m_recent;
    std::optional<qint64> m_lastMs;
    qint64 m_usualMs;
};

class QueueChunks {
public:
    QueueChunks();

    // Goes on from what was open when the last run ended. Later pieces of the same tier win.
    void resume(Chunk open);

    // A second poll of the same millisecond is left out. A clock that went backwards closes what it
    // would have to go back behind. A sample further than `longestMs` from its metric's last one, or
    // before it, or the first one, has a gap before it. Pieces that are full go to `closed`.
    void add(qint64 ms, const std::vector<Entry>& entries, qint64 longestMs, std::vector<Chunk>& closed);

    // The present piece; empty before the first poll.
    [[nodiscard]] const Chunk& open(HistoryTier tier) const { return m_open[static_cast<size_t>(tier)]; }

private:
    [[nodiscard]] std::vector<Column> cellsOf(qint64 ms, const std::vector<Entry>& entries, qint64 longestMs);

    std::array<Chunk, kHistoryTiers> m_open;
    std::map<qint64, qint64> m_lastSeen;  // metric → ms
};

}  // namespace spillway::history

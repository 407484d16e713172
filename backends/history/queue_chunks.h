// The newest piece of one queue's history in every tier. Each poll goes into all tiers at once, so that
// minutes and hours need no rescan. One thread.
#pragma once

#include <array>

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

// A piece that still grows. All but its newest slots are kept as they will be stored: a tenth of the memory.
class OpenPiece {
public:
    explicit OpenPiece(HistoryTier tier) { m_newest.tier = tier; }

    [[nodiscard]] HistoryTier tier() const { return m_newest.tier; }
    [[nodiscard]] bool empty() const { return m_newest.empty(); }
    [[nodiscard]] size_t slotCount() const { return m_settledSlots + m_newest.times.size(); }
    [[nodiscard]] qint64 startMs() const { return m_startMs; }               // once it is not empty
    [[nodiscard]] qint64 newestMs() const { return m_newest.times.back(); }  // likewise
    [[nodiscard]] Chunk chunk() const;                                       // the whole of it

    void resume(Chunk chunk);
    // Into its newest slot, or a new one behind it. `cells`: one a metric.
    void add(qint64 slot, const std::vector<Column>& cells);

private:
    void settle();

    QByteArray m_settled;  // see encodeChunk(); empty: nothing yet
    size_t m_settledSlots = 0;
    qint64 m_startMs = 0;
    Chunk m_newest;  // empty only before the first slot
};

class QueueChunks {
public:
    // Goes on from what was open when the last run ended. Later pieces of the same tier win.
    void resume(Chunk open);

    // A second poll of the same millisecond is left out. A clock that went backwards closes what it
    // would have to go back behind. A sample further than `longestMs` from its metric's last one, or
    // before it, or the first one, has a gap before it. Pieces that are full go to `closed`.
    void add(qint64 ms, const std::vector<Entry>& entries, qint64 longestMs, std::vector<Chunk>& closed);

    // The present piece; empty before the first poll.
    [[nodiscard]] const OpenPiece& open(HistoryTier tier) const { return m_open[static_cast<size_t>(tier)]; }

private:
    struct LastSeen {
        qint64 metric = 0;
        qint64 ms = 0;
    };
    // Whether it was not seen in the last `longestMs`.
    [[nodiscard]] bool noteSeen(qint64 metric, qint64 ms, qint64 longestMs);
    [[nodiscard]] std::vector<Column> cellsOf(qint64 ms, const std::vector<Entry>& entries, qint64 longestMs);

    std::array<OpenPiece, kHistoryTiers> m_open{OpenPiece(HistoryTier::raw), OpenPiece(HistoryTier::minute),
                                                OpenPiece(HistoryTier::hour)};
    std::vector<LastSeen> m_lastSeen;
};

}  // namespace spillway::history

// A piece of one queue's history in one tier: slots in time × metrics. Pure.
//
// On disk: checksum, layout version, tier, times as differences of differences, then per metric its id,
// length and cells. Metrics share the times, so that one poll's time is stored once. Values are scaled
// to whole numbers where a short decimal gives them back exactly, and differ little from their
// neighbours then; other values keep all their bits. Encoding loses nothing.
#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <optional>
#include <vector>

#include "backends/history/history_values.h"

namespace spillway::history {

// One slot of one metric. In the raw tier it is one sample: count 1.
struct Cell {
    double min = 0;
    double max = 0;
    double last = 0;
    double sum = 0;
    quint32 count = 0;  // 0: nothing was observed
    Provenance provenance = Provenance::exact;
    bool gap_before = false;
    bool gap_inside = false;

    [[nodiscard]] static Cell sample(double value, Provenance provenance, bool gapBefore) {
        return {value, value, value, value, 1, provenance, gapBefore, false};
    }
    void absorb(const Cell& later);
    bool operator==(const Cell&) const = default;
};

struct Column {
    qint64 metric = 0;
    std::vector<Cell> cells;  // one per time
    bool operator==(const Column&) const = default;
};

struct Chunk {
    HistoryTier tier = HistoryTier::raw;
    std::vector<qint64> times;  // ms; multiples of the tier's width, rising
    std::vector<Column> columns;

    [[nodiscard]] bool empty() const { return times.empty(); }
    [[nodiscard]] qint64 startMs() const { return times.front(); }
    [[nodiscard]] qint64 endMs() const { return times.back() + tierWidthMs(tier) - 1; }
    bool operator==(const Chunk&) const = default;
};

inline constexpr size_t kMaxSlots = 4096;

[[nodiscard]] QByteArray encodeChunk(const Chunk& chunk);

// nullopt: damaged, or written by a newer program. With `wanted`, other metrics are skipped.
[[nodiscard]] std::optional<Chunk> decodeChunk(QByteArrayView bytes,
                                               const std::vector<qint64>* wanted = nullptr);

}  // namespace spillway::history

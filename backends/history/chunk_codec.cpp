#include "backends/history/chunk_codec.h"

#include <QtEndian>
#include <algorithm>

#include "backends/history/byte_stream.h"
#include "backends/history/decimal_value.h"

namespace spillway::history {
namespace {
constexpr quint8 kLayout = 1;
constexpr qsizetype kChecksumBytes = 4;
constexpr size_t kMaxCells = 1 << 20;  // no chunk of ours comes near; a forged one may not eat the memory

// First byte of a metric's values: how they are written, and for the scaled ways the decimals.
enum class Way : quint8 { doubles = 0, differences = 1, second_differences = 2 };

quint8 flagsOf(const Cell& cell) {
    if (cell.count == 0) return 0;
    return static_cast<quint8>((static_cast<int>(cell.provenance) + 1) | (cell.gap_before ? 4 : 0) |
                               (cell.gap_inside ? 8 : 0));
}

// Runs of equal flags; absent cells are a run of 0.
void writeFlags(const std::vector<Cell>& cells, ByteWriter& out) {
    for (size_t i = 0; i < cells.size();) {
        const quint8 flags = flagsOf(cells[i]);
        const size_t start = i;
        while (i < cells.size() && flagsOf(cells[i]) == flags) ++i;
        out.byte(flags);
        out.number(i - start);
    }
}

std::vector<Cell> readFlags(size_t slotCount, ByteReader& in) {
    std::vector<Cell> cells;
    cells.reserve(slotCount);
    while (cells.size() < slotCount && !in.failed()) {
        const quint8 flags = in.byte();
        const quint64 run = in.number();
        if (run == 0 || run > slotCount - cells.size() || flags > 15 || (flags != 0 && flags % 4 == 0))
            in.fail();
        if (in.failed()) break;
        Cell cell;
        cell.count = flags == 0 ? 0 : 1;
        cell.provenance = flags == 0 ? Provenance::exact : static_cast<Provenance>((flags & 3) - 1);
        cell.gap_before = flags & 4;
        cell.gap_inside = flags & 8;
        cells.insert(cells.end(), run, cell);
    }
    return cells;
}

// The present cells' values as whole numbers.
struct Scaled {
    std::vector<qint64> last, below, above, rest;
};

// The decimals that all values need; -1: some have no short decimal. Raw cells hold one value only.
int decimalsOfAll(const std::vector<Cell>& cells, bool raw) {
    int decimals = 0;
    const auto fits = [&decimals](double value) {
        if (toScaled(value, decimals)) return true;
        const auto more = decimalsOf(value);
        decimals = std::max(decimals, more.value_or(0));
        return more.has_value();
    };
    for (const Cell& cell : cells)
        if (cell.count > 0 &&
            (!fits(cell.last) || (!raw && (!fits(cell.min) || !fits(cell.max) || !fits(cell.sum)))))
            return -1;
    return decimals;
}

// min and max as distances from last; the sum as twice its distance from count × the middle, which is
// near zero for anything that moves evenly. All of it modulo 2^64, hence without loss.
std::optional<Scaled> scaledValues(const std::vector<Cell>& cells, int decimals, bool raw) {
    Scaled scaled;
    for (const Cell& cell : cells) {
        if (cell.count == 0) continue;
        const auto last = toScaled(cell.last, decimals);
        if (!last) return std::nullopt;
        scaled.last.push_back(*last);
        if (raw) continue;
        const auto min = toScaled(cell.min, decimals);
        const auto max = toScaled(cell.max, decimals);
        const auto sum = toScaled(cell.sum, decimals);
        if (!min || !max || !sum) return std::nullopt;
        scaled.below.push_back(wrappingMinus(*last, *min));
        scaled.above.push_back(wrappingMinus(*max, *last));
        scaled.rest.push_back(
            wrappingMinus(wrappingTimes(2, *sum), wrappingTimes(cell.count, wrappingPlus(*min, *max))));
    }
    return scaled;
}

QByteArray scaledBytes(const Scaled& scaled, int decimals, Way way, bool raw) {
    ByteWriter out;
    out.byte(static_cast<quint8>(static_cast<int>(way) << 4 | decimals));
    out.numbers(differences(scaled.last, static_cast<int>(way)));
    if (raw) return out.taken();
    out.numbers(scaled.below);
    out.numbers(scaled.above);
    out.numbers(scaled.rest);
    return out.taken();
}

QByteArray doubleBytes(const std::vector<Cell>& cells, bool raw) {
    ByteWriter out;
    out.byte(static_cast<quint8>(Way::doubles));
    const std::vector<double Cell::*> fields{&Cell::last, &Cell::min, &Cell::max, &Cell::sum};
    for (size_t f = 0; f < (raw ? 1 : fields.size()); ++f) {
        std::vector<double> values;
        for (const Cell& cell : cells)
            if (cell.count > 0) values.push_back(cell.*fields[f]);
        out.doubles(values);
    }
    return out.taken();
}

QByteArray valueBytes(const std::vector<Cell>& cells, bool raw) {
    const int decimals = decimalsOfAll(cells, raw);
    const auto scaled = decimals < 0 ? std::nullopt : scaledValues(cells, decimals, raw);
    if (!scaled) return doubleBytes(cells, raw);
    auto first = scaledBytes(*scaled, decimals, Way::differences, raw);
    auto second = scaledBytes(*scaled, decimals, Way::second_differences, raw);
    return second.size() < first.size() ? second : first;
}

QByteArray columnBytes(const Column& column, bool raw) {
    ByteWriter out;
    writeFlags(column.cells, out);
    std::vector<qint64> counts;
    for (const Cell& cell : column.cells)
        if (cell.count > 0) counts.push_back(cell.count);
    if (counts.empty()) return out.taken();
    if (!raw) out.numbers(differences(std::move(counts), 1));
    out.bytes(valueBytes(column.cells, raw));
    return out.taken();
}

std::vector<Cell*> present(std::vector<Cell>& cells) {
    std::vector<Cell*> some;
    for (Cell& cell : cells)
        if (cell.count > 0) some.push_back(&cell);
    return some;
}

void readDoubles(const std::vector<Cell*>& cells, bool raw, ByteReader& in) {
    const std::vector<double Cell::*> fields{&Cell::last, &Cell::min, &Cell::max, &Cell::sum};
    for (size_t f = 0; f < fields.size(); ++f) {
        if (raw && f > 0) break;
        const auto values = in.doubles(cells.size());
        for (size_t i = 0; i < cells.size(); ++i) cells[i]->*fields[f] = values[i];
    }
    if (raw)
        for (Cell* cell : cells) cell->min = cell->max = cell->sum = cell->last;
}

void readScaled(const std::vector<Cell*>& cells, Way way, int decimals, bool raw, ByteReader& in) {
    const auto last = fromDifferences(in.numbers(cells.size()), static_cast<int>(way));
    for (size_t i = 0; i < cells.size(); ++i) {
        cells[i]->last = fromScaled(last[i], decimals);
        cells[i]->min = cells[i]->max = cells[i]->sum = cells[i]->last;
    }
    if (raw) return;
    const auto below = in.numbers(cells.size());
    const auto above = in.numbers(cells.size());
    const auto rest = in.numbers(cells.size());
    for (size_t i = 0; i < cells.size(); ++i) {
        const qint64 min = wrappingMinus(last[i], below[i]);
        const qint64 max = wrappingPlus(last[i], above[i]);
        const qint64 twice = wrappingPlus(rest[i], wrappingTimes(cells[i]->count, wrappingPlus(min, max)));
        cells[i]->min = fromScaled(min, decimals);
        cells[i]->max = fromScaled(max, decimals);
        cells[i]->sum = fromScaled(twice / 2, decimals);
    }
}

void readCounts(const std::vector<Cell*>& cells, ByteReader& in) {
    const auto counts = fromDifferences(in.numbers(cells.size()), 1);
    for (size_t i = 0; i < cells.size(); ++i) {
        if (counts[i] < 1 || counts[i] > 0xffffffffLL) in.fail();
        cells[i]->count = static_cast<quint32>(counts[i]);
    }
}

Column readColumn(qint64 metric, size_t slotCount, bool raw, ByteReader in, bool& failed) {
    Column column{metric, readFlags(slotCount, in)};
    const auto cells = in.failed() ? std::vector<Cell*>{} : present(column.cells);
    if (!cells.empty()) {
        if (!raw) readCounts(cells, in);
        const quint8 head = in.byte();
        const int decimals = head & 0x0f;
        if (head >> 4 > 2 || decimals > kMaxDecimals) in.fail();
        if (!in.failed() && head == 0)
            readDoubles(cells, raw, in);
        else if (!in.failed() && head >> 4 != 0)
            readScaled(cells, static_cast<Way>(head >> 4), decimals, raw, in);
        else
            in.fail();
    }
    failed = failed || in.failed() || in.left() != 0;
    return column;
}

bool readTimes(Chunk& chunk, size_t slotCount, ByteReader& in) {
    chunk.times = fromDifferences(in.numbers(slotCount), 2);
    const qint64 width = tierWidthMs(chunk.tier);
    constexpr qint64 kFarthest = 1LL << 52;  // some 140 000 years
    for (qint64& time : chunk.times) {
        if (time > kFarthest / width || time < -kFarthest / width) return false;
        time *= width;
    }
    return !in.failed() && std::is_sorted(chunk.times.begin(), chunk.times.end());
}

}  // namespace

void Cell::absorb(const Cell& later) {
    if (later.count == 0) return;
    if (count == 0) {
        *this = later;
        return;
    }
    min = std::min(min, later.min);
    max = std::max(max, later.max);
    last = later.last;
    sum = decimalSum(sum, later.sum);
    count += later.count;
    provenance = weaker(provenance, later.provenance);
    gap_inside = gap_inside || later.gap_before || later.gap_inside;
}

QByteArray encodeChunk(const Chunk& chunk) {
    ByteWriter out;
    out.byte(kLayout);
    out.byte(static_cast<quint8>(chunk.tier));
    out.number(chunk.times.size());
    std::vector<qint64> times = chunk.times;
    for (qint64& time : times) time /= tierWidthMs(chunk.tier);
    out.numbers(differences(std::move(times), 2));
    for (const Column& column : chunk.columns) {
        const QByteArray bytes = columnBytes(column, chunk.tier == HistoryTier::raw);
        out.number(static_cast<quint64>(column.metric));
        out.number(static_cast<quint64>(bytes.size()));
        out.bytes(bytes);
    }
    QByteArray sum(kChecksumBytes, '\0');
    const QByteArray body = out.taken();
    qToLittleEndian(checksum(body), sum.data());
    return sum + body;
}

std::optional<Chunk> decodeChunk(QByteArrayView bytes, const std::vector<qint64>* wanted) {
    if (bytes.size() < kChecksumBytes) return std::nullopt;
    const auto body = bytes.sliced(kChecksumBytes);
    if (qFromLittleEndian<quint32>(bytes.data()) != checksum(body)) return std::nullopt;
    ByteReader in(body);
    const quint8 layout = in.byte();
    const quint8 tier = in.byte();
    const quint64 slotCount = in.number();
    if (in.failed() || layout != kLayout || tier >= kHistoryTiers || slotCount == 0 || slotCount > kMaxSlots)
        return std::nullopt;
    Chunk chunk;
    chunk.tier = static_cast<HistoryTier>(tier);
    if (!readTimes(chunk, slotCount, in)) return std::nullopt;
    bool failed = false;
    while (in.left() > 0 && !in.failed() && !failed) {
        if (chunk.columns.size() * slotCount > kMaxCells) return std::nullopt;
        const auto metric = static_cast<qint64>(in.number());
        const auto part = in.bytes(in.number());
        if (in.failed() || (wanted && std::find(wanted->begin(), wanted->end(), metric) == wanted->end()))
            continue;
        chunk.columns.push_back(readColumn(metric, slotCount, tier == 0, ByteReader(part), failed));
    }
    if (failed || in.failed()) return std::nullopt;
    return chunk;
}

}  // namespace spillway::history

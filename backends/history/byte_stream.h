// Bytes of a chunk: variable length integers with runs of zero, and doubles by their changed bytes.
// The reader never reads past its end: after the first fault it answers zeros and `failed()` is true.
#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <bit>
#include <string>
#include <vector>

namespace spillway::history {

class ByteWriter {
public:
    void byte(quint8 value) { m_bytes.push_back(static_cast<char>(value)); }
    void number(quint64 value);  // 7 bits a byte, low ones first
    // Small magnitudes are short, negative ones as well. A run of zeros costs two bytes.
    void numbers(const std::vector<qint64>& values);
    void doubles(const std::vector<double>& values);
    void bytes(QByteArrayView value) { m_bytes.append(value.data(), static_cast<size_t>(value.size())); }
    [[nodiscard]] qsizetype size() const { return static_cast<qsizetype>(m_bytes.size()); }
    [[nodiscard]] QByteArray taken() const { return {m_bytes.data(), size()}; }

private:
    std::string m_bytes;  // several times faster than QByteArray, a byte at a time
};

class ByteReader {
public:
    explicit ByteReader(QByteArrayView bytes) : m_bytes(bytes) {}
    [[nodiscard]] quint8 byte();
    [[nodiscard]] quint64 number();
    // Exactly `count` values, or a fault. `count` is the caller's to bound.
    [[nodiscard]] std::vector<qint64> numbers(size_t count);
    [[nodiscard]] std::vector<double> doubles(size_t count);
    [[nodiscard]] QByteArrayView bytes(quint64 length);
    [[nodiscard]] qsizetype left() const { return m_bytes.size() - m_at; }
    void fail() { m_failed = true; }
    [[nodiscard]] bool failed() const { return m_failed; }

private:
    QByteArrayView m_bytes;
    qsizetype m_at = 0;
    bool m_failed = false;
};

[[nodiscard]] quint32 checksum(QByteArrayView bytes);

// Differences that wrap around instead of overflowing, so that any two values have one.
[[nodiscard]] constexpr qint64 wrappingMinus(qint64 a, qint64 b) {
    return static_cast<qint64>(static_cast<quint64>(a) - static_cast<quint64>(b));
}
[[nodiscard]] constexpr qint64 wrappingPlus(qint64 a, qint64 b) {
    return static_cast<qint64>(static_cast<quint64>(a) + static_cast<quint64>(b));
}
[[nodiscard]] constexpr qint64 wrappingTimes(qint64 a, qint64 b) {
    return static_cast<qint64>(static_cast<quint64>(a) * static_cast<quint64>(b));
}

// `order` 1: each value minus the one before; 2: the change of that.
[[nodiscard]] std::vector<qint64> differences(std::vector<qint64> values, int order);
[[nodiscard]] std::vector<qint64> fromDifferences(std::vector<qint64> differences, int order);

}  // namespace spillway::history

#include "backends/history/byte_stream.h"

#include <QtEndian>

namespace spillway::history {
namespace {
quint64 zigzag(qint64 value) {
    return (static_cast<quint64>(value) << 1) ^ static_cast<quint64>(value >> 63);
}
qint64 unzigzag(quint64 value) {
    return static_cast<qint64>((value >> 1) ^ (~(value & 1) + 1));
}
}  // namespace

void ByteWriter::number(quint64 value) {
    while (value >= 0x80) {
        byte(static_cast<quint8>(value | 0x80));
        value >>= 7;
    }
    byte(static_cast<quint8>(value));
}

void ByteWriter::numbers(const std::vector<qint64>& values) {
    for (size_t i = 0; i < values.size();) {
        number(zigzag(values[i]));
        if (values[i++] != 0) continue;
        const size_t start = i;
        while (i < values.size() && values[i] == 0) ++i;
        number(i - start);
    }
}

// One head byte a value: how many bytes of the XOR with the value before are left out at the top and at
// the bottom; then the bytes between.
void ByteWriter::doubles(const std::vector<double>& values) {
    quint64 before = 0;
    for (const double value : values) {
        const auto bits = std::bit_cast<quint64>(value);
        const quint64 changed = bits ^ before;
        before = bits;
        const int top = std::countl_zero(changed) / 8;
        const int bottom = changed == 0 ? 0 : std::countr_zero(changed) / 8;
        byte(static_cast<quint8>(top << 4 | bottom));
        for (int i = bottom; i < 8 - top; ++i) byte(static_cast<quint8>(changed >> (8 * i)));
    }
}

quint8 ByteReader::byte() {
    if (m_failed || m_at >= m_bytes.size()) {
        m_failed = true;
        return 0;
    }
    return static_cast<quint8>(m_bytes[m_at++]);
}

quint64 ByteReader::number() {
    quint64 value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        const quint8 next = byte();
        value |= static_cast<quint64>(next & 0x7f) << shift;
        if (next < 0x80) return m_failed ? 0 : value;
    }
    m_failed = true;
    return 0;
}

std::vector<qint64> ByteReader::numbers(size_t count) {
    std::vector<qint64> values;
    values.reserve(count);
    while (values.size() < count && !m_failed) {
        values.push_back(unzigzag(number()));
        if (values.back() != 0) continue;
        const quint64 more = number();
        if (more > count - values.size())
            m_failed = true;
        else
            values.resize(values.size() + more, 0);
    }
    values.resize(count, 0);
    return values;
}

std::vector<double> ByteReader::doubles(size_t count) {
    std::vector<double> values;
    values.reserve(count);
    quint64 bits = 0;
    while (values.size() < count && !m_failed) {
        const quint8 head = byte();
        const int top = head >> 4;
        const int bottom = head & 0x0f;
        if (top + bottom > 8) m_failed = true;
        for (int i = bottom; i < 8 - top && !m_failed; ++i) bits ^= static_cast<quint64>(byte()) << (8 * i);
        values.push_back(std::bit_cast<double>(bits));
    }
    values.resize(count, 0);
    return values;
}

QByteArrayView ByteReader::bytes(quint64 length) {
    if (m_failed || length > static_cast<quint64>(left())) {
        m_failed = true;
        return {};
    }
    const auto part = m_bytes.sliced(m_at, static_cast<qsizetype>(length));
    m_at += static_cast<qsizetype>(length);
    return part;
}

// Eight bytes a step; finds damage, resists no attacker.
quint32 checksum(QByteArrayView bytes) {
    quint64 sum = 0x9e3779b97f4a7c15ULL ^ static_cast<quint64>(bytes.size());
    const auto mix = [&sum](quint64 word) { sum = std::rotl((sum ^ word) * 0xff51afd7ed558ccdULL, 29); };
    qsizetype at = 0;
    for (; at + 8 <= bytes.size(); at += 8) mix(qFromLittleEndian<quint64>(bytes.data() + at));
    quint64 rest = 0;
    for (; at < bytes.size(); ++at) rest = rest << 8 | static_cast<quint8>(bytes[at]);
    mix(rest);
    mix(0);
    return static_cast<quint32>(sum >> 32) ^ static_cast<quint32>(sum);
}

std::vector<qint64> differences(std::vector<qint64> values, int order) {
    for (; order > 0; --order)
        for (size_t i = values.size(); i-- > 1;) values[i] = wrappingMinus(values[i], values[i - 1]);
    return values;
}

std::vector<qint64> fromDifferences(std::vector<qint64> values, int order) {
    for (; order > 0; --order)
        for (size_t i = 1; i < values.size(); ++i) values[i] = wrappingPlus(values[i], values[i - 1]);
    return values;
}

}  // namespace spillway::history

// Chunks come back bit for bit; damaged ones are refused without reading past their end.
#include <QTest>
#include <QtEndian>
#include <cmath>
#include <limits>
#include <random>

#include "backends/history/byte_stream.h"
#include "backends/history/chunk_codec.h"
#include "backends/history/decimal_value.h"

using namespace spillway;
using namespace spillway::history;
using namespace Qt::StringLiterals;

namespace {
double randomValue(std::mt19937_64& random, int style) {
    const auto whole = static_cast<qint64>(random() % 2'000'001) - 1'000'000;
    switch (style) {
        case 0:
            return 7;
        case 1:
            return static_cast<double>(whole);
        case 2:
            return rounded(static_cast<double>(whole) / 977.0);
        case 3:
            return static_cast<double>(whole) * 1e-7 / 3;  // no short decimal
        default:
            return std::bit_cast<double>(random() & 0xffefffffffffffffULL);  // any finite bits
    }
}

Cell randomCell(std::mt19937_64& random, int style, bool raw) {
    if (random() % 5 == 0) return {};
    Cell cell =
        Cell::sample(randomValue(random, style), static_cast<Provenance>(random() % 3), random() % 8 == 0);
    for (auto more = raw ? 0 : random() % 4; more > 0; --more)
        cell.absorb(Cell::sample(randomValue(random, style), static_cast<Provenance>(random() % 3),
                                 random() % 8 == 0));
    return cell;
}

Chunk randomChunk(std::mt19937_64& random) {
    Chunk chunk;
    chunk.tier = static_cast<HistoryTier>(random() % 3);
    const qint64 width = tierWidthMs(chunk.tier);
    qint64 at = 1'767'225'600'000 / width;
    for (auto count = random() % 130 + 1; count > 0; --count)
        chunk.times.push_back((at += 1 + static_cast<qint64>(random() % 3000)) * width);
    for (auto columns = random() % 6; columns > 0; --columns) {
        Column column{static_cast<qint64>(columns * 37), {}};
        const int style = static_cast<int>(random() % 5);
        for (size_t i = 0; i < chunk.times.size(); ++i)
            column.cells.push_back(randomCell(random, style, chunk.tier == HistoryTier::raw));
        chunk.columns.push_back(std::move(column));
    }
    return chunk;
}

QByteArray withRightChecksum(QByteArray bytes) {
    qToLittleEndian(checksum(QByteArrayView(bytes).sliced(4)), bytes.data());
    return bytes;
}
}  // namespace

class ChunkCodecTest : public QObject {
    Q_OBJECT
private slots:
    void numbersOfEverySizeComeBack() {
        const std::vector<qint64> values{0,
                                         0,
                                         0,
                                         1,
                                         -1,
                                         63,
                                         64,
                                         -64,
                                         -65,
                                         0,
                                         std::numeric_limits<qint64>::max(),
                                         std::numeric_limits<qint64>::min(),
                                         0,
                                         0};
        ByteWriter out;
        out.numbers(values);
        const QByteArray bytes = out.taken();
        ByteReader in(bytes);
        QCOMPARE(in.numbers(values.size()), values);
        QVERIFY(!in.failed());
        QCOMPARE(in.left(), 0);
        for (const int order : {1, 2}) QCOMPARE(fromDifferences(differences(values, order), order), values);
    }

    void aRunOfZerosIsShort() {
        ByteWriter out;
        out.numbers(std::vector<qint64>(4000, 0));
        QVERIFY(out.size() <= 3);
    }

    void decimals_data() {
        QTest::addColumn<double>("value");
        QTest::addColumn<double>("kept");
        QTest::addColumn<int>("decimals");
        QTest::newRow("zero") << 0.0 << 0.0 << 0;
        QTest::newRow("whole") << 50'000'000.0 << 50'000'000.0 << 0;
        QTest::newRow("2^52-1") << 4503599627370495.0 << 4503599627370495.0 << 0;
        QTest::newRow("rate") << 4873.33333333 << 4873.33 << 2;
        QTest::newRow("small") << 0.0123456789 << 0.0123457 << 7;
        QTest::newRow("92 days") << 7'948'812.3456 << 7'948'812.3 << 1;
        QTest::newRow("negative") << -12.345678 << -12.3457 << 4;
        QTest::newRow("below the last decimal") << 1e-12 << 0.0 << 0;
    }
    void decimals() {
        QFETCH(double, value);
        QFETCH(int, decimals);
        QTEST(rounded(value), "kept");
        QCOMPARE(decimalsOf(rounded(value)), std::optional(decimals));
    }

    void largeNumbersKeepEveryBit() {
        for (const double value :
             {9007199254740991.0, -9007199254740993.0, 1e300, -1e-300, 4503599627370497.5}) {
            QVERIFY(!decimalsOf(value));
            Chunk chunk{HistoryTier::raw, {1, 2}, {}};
            chunk.columns.push_back({1, {Cell::sample(value, Provenance::exact, false), {}}});
            QCOMPARE(decodeChunk(encodeChunk(chunk)), std::optional(chunk));
        }
    }

    void sumsOfDecimalsAreExact() {
        double sum = 0;
        for (int i = 0; i < 10'000; ++i) sum = decimalSum(sum, 0.1);
        QCOMPARE(sum, 1000.0);
        QVERIFY(!decimalsOf(1.0 / 3));
    }

    void randomChunksComeBackBitForBit() {
        for (unsigned seed = 0; seed < 500; ++seed) {
            std::mt19937_64 random(seed);
            const Chunk chunk = randomChunk(random);
            const auto decoded = decodeChunk(encodeChunk(chunk));
            QVERIFY2(decoded.has_value(), qPrintable(QString::number(seed)));
            QVERIFY2(*decoded == chunk, qPrintable(QString::number(seed)));
        }
    }

    void onlyTheWantedMetricsAreRead() {
        Chunk chunk{HistoryTier::raw, {1000, 2000}, {}};
        for (const qint64 metric : {4, 5, 6})
            chunk.columns.push_back({metric, {Cell::sample(1, Provenance::exact, true), {}}});
        const std::vector<qint64> wanted{6, 4};
        const auto decoded = decodeChunk(encodeChunk(chunk), &wanted);
        QCOMPARE(decoded->columns.size(), 2U);
        QCOMPARE(decoded->columns[0], chunk.columns[0]);
        QCOMPARE(decoded->columns[1], chunk.columns[2]);
    }

    void aNewerLayoutIsRefused() {
        QByteArray bytes = encodeChunk({HistoryTier::raw, {1}, {}});
        QVERIFY(decodeChunk(withRightChecksum(bytes)));
        bytes[4] = 2;
        QVERIFY(!decodeChunk(withRightChecksum(bytes)));
    }

    void everyFlippedBitAndEveryCutIsFound() {
        std::mt19937_64 random(11);
        Chunk chunk = randomChunk(random);
        while (chunk.columns.empty()) chunk = randomChunk(random);
        const QByteArray good = encodeChunk(chunk);
        for (qsizetype at = 0; at < good.size(); ++at) {
            QByteArray bad = good;
            bad[at] = static_cast<char>(bad[at] ^ (1 << (at % 8)));
            QVERIFY2(!decodeChunk(bad), qPrintable(QString::number(at)));
            QVERIFY2(!decodeChunk(QByteArrayView(good).first(at)), qPrintable(QString::number(at)));
        }
    }

    // Past the checksum the decoder still must not crash, overread or eat memory; the sanitizer builds
    // watch. What it accepts must be a chunk that it can write again.
    void forgedBytesDoNoHarm() {
        int accepted = 0;
        for (unsigned seed = 0; seed < 6'000; ++seed) {
            std::mt19937_64 random(seed);
            QByteArray bytes = encodeChunk(randomChunk(random));
            for (auto flips = random() % 4 + 1; flips > 0; --flips) {
                const auto at = 4 + static_cast<qsizetype>(random() % static_cast<quint64>(bytes.size() - 4));
                bytes[at] = static_cast<char>(random());
            }
            if (random() % 4 == 0)
                bytes.truncate(4 + static_cast<qsizetype>(random() % static_cast<quint64>(bytes.size() - 3)));
            const auto decoded = decodeChunk(withRightChecksum(bytes));
            if (!decoded) continue;
            ++accepted;
            for (const Column& column : decoded->columns)
                QCOMPARE(column.cells.size(), decoded->times.size());
            QVERIFY(decodeChunk(encodeChunk(*decoded)).has_value());
        }
        QVERIFY(accepted > 100);    // the flips do reach behind the head
        QVERIFY(accepted < 6'000);  // and some are refused
    }

    void manyColumnsDoNotEatTheMemory() {
        ByteWriter out;
        out.byte(1);
        out.byte(0);
        out.number(4096);
        out.numbers(std::vector<qint64>(4096, 0));
        for (int i = 0; i < 50'000; ++i) {  // each names 4096 absent cells in three bytes
            out.number(static_cast<quint64>(i));
            out.number(3);
            out.byte(0);
            out.number(4096);
        }
        QVERIFY(!decodeChunk(withRightChecksum(QByteArray(4, '\0') + out.taken())));
    }
};

QTEST_GUILESS_MAIN(ChunkCodecTest)
#include "tst_chunk_codec.moc"

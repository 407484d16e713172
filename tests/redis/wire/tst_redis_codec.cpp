// The reply reader against what no honest server sends: it must end cleanly and cost little.
#include <QtTest>

#include "backends/redis/wire/codec.h"

using namespace spillway;

class TestRedisCodec : public QObject {
    Q_OBJECT
private slots:
    void commandsKeepEveryByte();
    void repliesArriveInAnyPieces();
    void nonsenseIsRefused_data();
    void nonsenseIsRefused();
    void randomBytesNeverCrash();
    void limitsHold();
    void aHugeTextIsKnownByItsHeader();
};

namespace {

// Feeds in pieces; returns what came out, and the problem if any.
std::vector<RedisReply> read(RedisReplyReader& reader, const QByteArray& bytes, qsizetype piece) {
    std::vector<RedisReply> replies;
    for (qsizetype at = 0; at < bytes.size(); at += piece) {
        if (!reader.feed(bytes.mid(at, piece))) break;
        while (auto reply = reader.next()) replies.push_back(std::move(*reply));
    }
    return replies;
}

}  // namespace

void TestRedisCodec::commandsKeepEveryByte() {
    QByteArray wire;
    appendEncoded(wire, {"LLEN", QByteArray("a\0\r\nb", 5)});
    appendEncoded(wire, {"GET", QByteArray()});
    QCOMPARE(wire, QByteArray("*2\r\n$4\r\nLLEN\r\n$5\r\na\0\r\nb\r\n*2\r\n$3\r\nGET\r\n$0\r\n\r\n", 44));
}

void TestRedisCodec::repliesArriveInAnyPieces() {
    const QByteArray wire =
        "+OK\r\n:42\r\n$-1\r\n*3\r\n$3\r\na\r\n\r\n*2\r\n:1\r\n-ERR no\r\n$0\r\n\r\n*0\r\n-LOADING x\r\n";
    for (const qsizetype piece : {1, 2, 3, 7, 1000}) {
        RedisReplyReader reader;
        const auto replies = read(reader, wire, piece);
        QCOMPARE(replies.size(), std::size_t(6));
        QCOMPARE(replies[0].text, "OK");
        QCOMPARE(replies[1].integer, 42);
        QVERIFY(replies[2].isNil());
        QCOMPARE(replies[3].items.size(), std::size_t(3));
        QCOMPARE(replies[3].items[0].text, "a\r\n");
        QCOMPARE(replies[3].items[1].items[1].errorCode(), "ERR");
        QCOMPARE(replies[3].items[2].text, "");
        QVERIFY(replies[4].isArray() && replies[4].items.empty());
        QCOMPARE(replies[5].errorCode(), "LOADING");
    }
}

void TestRedisCodec::nonsenseIsRefused_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("web server") << QByteArray("HTTP/1.1 400 Bad Request\r\n\r\n");
    QTest::newRow("TLS alert") << QByteArray("\x15\x03\x01\x00\x02\x02\x46", 7);
    QTest::newRow("two billion elements") << QByteArray("*2147483647\r\n");
    QTest::newRow("more than fits 64 bits") << QByteArray("*99999999999999999999\r\n");
    QTest::newRow("negative array") << QByteArray("*-7\r\n");
    QTest::newRow("negative string") << QByteArray("$-7\r\n");
    QTest::newRow("huge string length") << QByteArray("$99999999999999999999\r\nx");
    QTest::newRow("length is a word") << QByteArray("$abc\r\n");
    QTest::newRow("number is a word") << QByteArray(":twelve\r\n");
    QTest::newRow("nested too deep") << QByteArray("*1\r\n").repeated(100);
}

void TestRedisCodec::nonsenseIsRefused() {
    QFETCH(QByteArray, bytes);
    RedisReplyReader reader;
    const auto replies = read(reader, bytes, 1000);
    QVERIFY(replies.empty());
    QVERIFY(reader.problem() != RedisReplyReader::Problem::none);
    QVERIFY(!reader.feed("+OK\r\n"));  // and stays refused
}

void TestRedisCodec::randomBytesNeverCrash() {
    quint32 state = 1;
    const auto random = [&state] { return state = state * 1664525 + 1013904223, state >> 16; };
    const QByteArray alphabet = "*$:+-0123456789\r\n\r\nab";
    int refused = 0;
    for (int run = 0; run < 3000; ++run) {
        QByteArray bytes;
        for (quint32 i = random() % 200; i > 0; --i) bytes += alphabet[random() % alphabet.size()];
        RedisReplyReader reader;
        (void)read(reader, bytes, 1 + random() % 20);
        refused += reader.problem() != RedisReplyReader::Problem::none;
    }
    QVERIFY(refused > 1000);  // most of it is nonsense, and was seen to be
}

void TestRedisCodec::limitsHold() {
    RedisReplyReader one({.bytes_per_reply = 1000, .bytes_in_all = 100'000, .elements_per_reply = 100});
    (void)read(one, "$5000\r\n" + QByteArray(2000, 'x'), 100);
    QCOMPARE(one.problem(), RedisReplyReader::Problem::too_large);

    RedisReplyReader line({.bytes_per_reply = 1000, .bytes_in_all = 100'000, .elements_per_reply = 100});
    (void)read(line, '+' + QByteArray(2000, 'x'), 100);
    QCOMPARE(line.problem(), RedisReplyReader::Problem::too_large);

    RedisReplyReader nested({.bytes_per_reply = 1000, .bytes_in_all = 100'000, .elements_per_reply = 100});
    (void)read(nested, "*90\r\n" + ("*5\r\n" + QByteArray(":1\r\n").repeated(5)).repeated(20), 1);
    QCOMPARE(nested.problem(), RedisReplyReader::Problem::too_large);

    RedisReplyReader all({.bytes_per_reply = 1000, .bytes_in_all = 5'000, .elements_per_reply = 100});
    QVERIFY(read(all, QByteArray("+OK\r\n").repeated(2000), 500).size() >= 900);
    QCOMPARE(all.problem(), RedisReplyReader::Problem::too_large);
}

// It is refused before its bytes come, and where it stands is known.
void TestRedisCodec::aHugeTextIsKnownByItsHeader() {
    for (const qsizetype piece : {1, 5, 1000}) {
        RedisReplyReader reader(
            {.bytes_per_reply = 1000, .bytes_in_all = 100'000, .elements_per_reply = 100});
        QCOMPARE(read(reader, "+OK\r\n*5\r\n$1\r\na\r\n$2\r\n17\r\n$999", piece).size(), std::size_t(1));
        QCOMPARE(reader.textUnderWay(), qint64(0));  // the length itself may go on
        QVERIFY(read(reader, "\r\nxyz", piece).empty());
        QCOMPARE(reader.problem(), RedisReplyReader::Problem::none);
        QCOMPARE(reader.textUnderWay(), qint64(999));
        QCOMPARE(reader.textsBefore(), qint64(2));

        RedisReplyReader huge({.bytes_per_reply = 1000, .bytes_in_all = 100'000, .elements_per_reply = 100});
        QVERIFY(read(huge, "*5\r\n$1\r\na\r\n$5000\r\nx", piece).empty());
        QCOMPARE(huge.problem(), RedisReplyReader::Problem::too_large);
        QCOMPARE(huge.textUnderWay(), qint64(5000));
        QCOMPARE(huge.textsBefore(), qint64(1));
    }
}

QTEST_GUILESS_MAIN(TestRedisCodec)
#include "tst_redis_codec.moc"

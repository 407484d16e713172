// Fields of RQ's hashes and of streams as values, hostile ones too. No server.
#include <QtTest>

#include "backends/redis/rq/fields.h"
#include "backends/redis/shared/server_info.h"
#include "backends/redis/streams/fields.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestRedisFields : public QObject {
    Q_OBJECT
private slots:
    void rqTimesAreRead_data();
    void rqTimesAreRead();
    void rqMembersAreTakenApart_data();
    void rqMembersAreTakenApart();
    void rqErrorsAreUnpackedWithinBounds();
    void streamIdsAreRead_data();
    void streamIdsAreRead();
    void repliesOfAnyShape();
    void replicaLag_data();
    void replicaLag();
};

void TestRedisFields::rqTimesAreRead_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<qint64>("micros");
    QTest::newRow("ISO") << QByteArray("2026-01-02T03:04:05.678901Z") << Q_INT64_C(1767323045678901);
    QTest::newRow("no fraction") << QByteArray("2026-01-02T03:04:05Z") << Q_INT64_C(1767323045000000);
    QTest::newRow("short fraction") << QByteArray("2026-01-02T03:04:05.5Z") << Q_INT64_C(1767323045500000);
    QTest::newRow("seconds") << QByteArray("1767323045.5") << Q_INT64_C(1767323045500000);
    QTest::newRow("empty") << QByteArray() << Q_INT64_C(-1);
    QTest::newRow("rubbish") << QByteArray("\xff\xfe not a time at all.") << Q_INT64_C(-1);
}

void TestRedisFields::rqTimesAreRead() {
    QFETCH(QByteArray, text);
    QFETCH(qint64, micros);
    const auto time = rqTimeFrom(text);
    QCOMPARE(time ? time->time_since_epoch().count() : -1, micros);
}

void TestRedisFields::rqMembersAreTakenApart_data() {
    QTest::addColumn<QByteArray>("member");
    QTest::addColumn<QByteArray>("job");
    QTest::addColumn<QByteArray>("execution");
    const QByteArray execution = "0123456789abcdef0123456789abcdef";
    QTest::newRow("version 1") << QByteArray("a-b") << QByteArray("a-b") << QByteArray();
    QTest::newRow("version 2") << QByteArray("a-b:" + execution) << QByteArray("a-b") << execution;
    QTest::newRow("colon in the id") << QByteArray("mail:17") << QByteArray("mail:17") << QByteArray();
    QTest::newRow("empty") << QByteArray() << QByteArray() << QByteArray();
    QTest::newRow("only an execution")
        << QByteArray(':' + execution) << QByteArray(':' + execution) << QByteArray();
}

void TestRedisFields::rqMembersAreTakenApart() {
    QFETCH(QByteArray, member);
    QFETCH(QByteArray, job);
    QFETCH(QByteArray, execution);
    QCOMPARE(rqExecutionFrom(member), (RqExecution{job, execution}));
}

void TestRedisFields::rqErrorsAreUnpackedWithinBounds() {
    const QString trace =
        u"Traceback (most recent call last):\n  File \"a.py\", line 3, in run\n    raise X\n"
        "ValueError: card declined\nfor good\n"_s;
    const auto zlib = [](const QByteArray& text) { return qCompress(text).mid(4); };
    const QString error = rqErrorFrom(zlib(trace.toUtf8()));
    QVERIFY2(error.startsWith(u"ValueError: card declined\nTraceback"_s), qPrintable(error));
    QCOMPARE(rqErrorFromBase64(zlib(trace.toUtf8()).toBase64()), error);
    QCOMPARE(rqErrorFrom("Moved to FailedJobRegistry at 2026"), u"Moved to FailedJobRegistry at 2026"_s);
    QCOMPARE(rqErrorFrom({}), QString());
    const QByteArray bomb = zlib(QByteArray(64 << 20, 'x'));
    QVERIFY(bomb.size() < 100'000);
    QCOMPARE(rqErrorFrom(bomb).size(), 2000);
    QVERIFY(!rqErrorFrom(zlib(trace.toUtf8()).left(40)).isEmpty());  // cut off
    QCOMPARE(rqKindFrom("shop.mail.send('a', b=2)"), u"shop.mail.send"_s);
    QCOMPARE(rqKindFrom("Send all mails (nightly)"), QString());
    QCOMPARE(rqKindFrom("\xff\xfe("), QString());
}

void TestRedisFields::streamIdsAreRead_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("id");
    QTest::addColumn<QByteArray>("next");
    QTest::newRow("usual") << QByteArray("1795318550047-3") << QByteArray("1795318550047-3")
                           << QByteArray("1795318550047-4");
    QTest::newRow("no sequence") << QByteArray("17") << QByteArray("17-0") << QByteArray("17-1");
    QTest::newRow("last of its millisecond")
        << QByteArray("5-18446744073709551615") << QByteArray("5-18446744073709551615") << QByteArray("6-0");
    QTest::newRow("rubbish") << QByteArray("x-\xff") << QByteArray() << QByteArray();
    QTest::newRow("empty") << QByteArray() << QByteArray() << QByteArray();
}

void TestRedisFields::streamIdsAreRead() {
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, id);
    QFETCH(QByteArray, next);
    const auto read = streamIdFrom(text);
    QCOMPARE(read ? read->text() : QByteArray(), id);
    QCOMPARE(read ? read->next().text() : QByteArray(), next);
}

// XINFO of another server, or of one that lies: nothing is taken that is not there.
void TestRedisFields::repliesOfAnyShape() {
    const auto text = [](const QByteArray& t) { return RedisReply{RedisReply::Type::string, 0, t, {}}; };
    const auto number = [](qint64 n) { return RedisReply{RedisReply::Type::integer, n, {}, {}}; };
    const auto array = [](std::vector<RedisReply> items) {
        return RedisReply{RedisReply::Type::array, 0, {}, std::move(items)};
    };
    QVERIFY(streamGroupsFrom({}).empty());
    QVERIFY(streamGroupsFrom(array({text("name"), array({}), number(3)})).empty());
    const auto old = streamGroupsFrom(array({array({text("name"), text("g"), text("pending"), number(4)})}));
    QCOMPARE(old.size(), std::size_t(1));
    QCOMPARE(old[0].pending, 4);
    QVERIFY(!old[0].lag && !old[0].entries_read);  // before Redis 7
    QVERIFY(pendingEntriesFrom(array({array({text("1-1"), text("c")}), text("x"), number(1)})).empty());
    QVERIFY(streamConsumersFrom(array({array({text("idle"), number(1)})})).empty());
    QVERIFY(!streamInfoFrom(array({text("entries-added")})).added);
}

void TestRedisFields::replicaLag_data() {
    QTest::addColumn<QByteArray>("info");
    QTest::addColumn<Provenance>("provenance");
    QTest::addColumn<double>("lag");
    QTest::newRow("primary") << QByteArray("role:master\r\n") << Provenance::not_observable << -1.0;
    QTest::newRow("up") << QByteArray("master_link_status:up\r\nmaster_last_io_seconds_ago:3\r\n")
                        << Provenance::estimated << 3.0;
    QTest::newRow("down") << QByteArray("master_link_status:down\r\nmaster_link_down_since_seconds:95\r\n")
                          << Provenance::lower_bound << 95.0;
    QTest::newRow("never up") << QByteArray(
                                     "master_link_status:down\r\nmaster_link_down_since_seconds:-1\r\n")
                              << Provenance::not_observable << -1.0;
}

void TestRedisFields::replicaLag() {
    QFETCH(QByteArray, info);
    const Seconds lag = replicaLagFrom(infoFrom({RedisReply::Type::string, 0, info, {}}));
    QTEST(lag.provenance, "provenance");
    QTEST(lag.valueOr(-1), "lag");
}

QTEST_GUILESS_MAIN(TestRedisFields)
#include "tst_redis_fields.moc"

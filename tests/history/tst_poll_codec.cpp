#include <QTest>

#include "backends/history/poll_codec.h"

using namespace spillway;
using namespace spillway::history;
using namespace Qt::StringLiterals;

namespace {

RecordedPoll somePoll() {
    RecordedPoll poll{serverTimeFromMillis(1'767'225'600'123), 0xfedcba98, {}, {}};
    RecordedQueue full{u"mapped:jobs"_s, u"größte ✓"_s, {}, serverTimeFromMillis(1'767'000'000'001), {}};
    qint64 n = -3;
    for (Count* const count : countsOf(full.reading))
        *count = {n += 1'000'000'007, Provenance::estimated, {}};
    full.reading.dead = {};
    full.reading.flow.died = Count::lowerBound(0, {});
    full.memory = {1, 2, 3, 4, 12.345, 0.5};
    poll.happened = {{u"pgboss"_s,
                      {ConditionKind::removed_unworked, u"orders"_s, u"x"_s, Count::lowerBound(40, {}),
                       serverTimeFromMillis(1'767'225'500'000), u"seen waiting"_s, u"enqueue again"_s,
                       serverTimeFromMillis(1'767'225'590'000)}}};
    poll.queues = {full, {u"bullmq"_s, u""_s, {}, std::nullopt, {}}};
    return poll;
}

}  // namespace

class PollCodecTest : public QObject {
    Q_OBJECT
private slots:
    void comesBackWhole() {
        const RecordedPoll poll = somePoll();
        const auto back = decodePoll(poll.at, encodePoll(poll));
        QVERIFY(back.has_value());
        QCOMPARE(*back == poll, true);
    }

    void damageIsNoPoll() {
        const QByteArray bytes = encodePoll(somePoll());
        QVERIFY(!decodePoll({}, {}));
        for (qsizetype i = 0; i < bytes.size(); ++i) {
            QByteArray damaged = bytes;
            damaged[i] = static_cast<char>(damaged[i] ^ 0x20);
            QVERIFY2(!decodePoll({}, damaged), qPrintable(QString::number(i)));
            QVERIFY(!decodePoll({}, bytes.left(i)));
        }
    }

    // Five hundred queues for ten minutes must stay a small part of the file.
    void isSmall() {
        RecordedPoll poll;
        for (int i = 0; i < 500; ++i) {
            RecordedQueue queue{u"bullmq"_s, u"queue-%1"_s.arg(i), {}, std::nullopt, {}};
            for (Count* const count : countsOf(queue.reading)) *count = Count::exact(i * 977 % 1000);
            poll.queues.push_back(queue);
        }
        QVERIFY2(encodePoll(poll).size() < 25'000, qPrintable(QString::number(encodePoll(poll).size())));
    }
};

QTEST_APPLESS_MAIN(PollCodecTest)
#include "tst_poll_codec.moc"

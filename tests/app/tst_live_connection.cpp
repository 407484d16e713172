// A connection that nobody watches: what it tries again, and what it leaves.
#include <QtTest>

#include "app/live/live_connection.h"
#include "tests/support/fake_backend.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class LiveConnectionTest : public QObject {
    Q_OBJECT
private slots:
    void aRefusedLoginIsTriedAgain_data();
    void aRefusedLoginIsTriedAgain();
    void aConnectionHasAPaceOfItsOwn();
};

void LiveConnectionTest::aRefusedLoginIsTriedAgain_data() {
    QTest::addColumn<int>("pause");
    QTest::newRow("where nobody watches") << 20;
    QTest::newRow("where somebody may ask for it") << 0;
}

void LiveConnectionTest::aRefusedLoginIsTriedAgain() {
    QFETCH(int, pause);
    const auto server = fakeServerWithQueue(u"orders"_s, 10, 1, 1, 6);
    server->readings[1] = fakeFailure(FailureKind::authentication);
    PollPacing pacing{.interval = 10ms};
    pacing.refused = std::chrono::milliseconds{pause};
    LiveConnection live({}, std::make_unique<FakeBackend>(server), pacing);
    int polled = 0;
    std::vector<qint64> retries;
    connect(&live, &LiveConnection::polled, this, [&] { ++polled; });
    connect(&live, &LiveConnection::failed, this,
            [&](const Failure&, std::chrono::milliseconds in) { retries.push_back(in.count()); });
    live.pollNow();
    QTRY_COMPARE(retries.size(), size_t(1));
    QCOMPARE(retries.front(), qint64(pause == 0 ? -1 : pause));
    if (pause == 0) return;
    QTRY_VERIFY(polled >= 3);  // it answers again
    QCOMPARE(server->opened, 2);
}

// Slower and faster than the window's own; what a busy machine adds falsifies neither.
void LiveConnectionTest::aConnectionHasAPaceOfItsOwn() {
    ConnectionSettings settings;
    settings.environment = Environment::development;
    const auto timeOfThree = [&settings](std::chrono::milliseconds usual) {
        LiveConnection live(settings,
                            std::make_unique<FakeBackend>(fakeServerWithQueue(u"orders"_s, 10, 1, 1, 6)),
                            PollPacing{.interval = usual, .cost_factor = 0, .longest = usual});
        QSignalSpy polled(&live, &LiveConnection::polled);
        QElapsedTimer time;
        time.start();
        live.pollNow();
        return QTest::qWaitFor([&] { return polled.count() >= 3; }, 20'000) ? time.elapsed() : -1;
    };
    settings.pollInterval = 400ms;
    const qint64 slow = timeOfThree(5ms);
    QVERIFY2(slow >= 700, qPrintable(QString::number(slow)));  // two pauses; a coarse timer is early by 5 %
    settings.pollInterval = 5ms;
    const qint64 fast = timeOfThree(1h);
    QVERIFY2(fast >= 0, "an hour was waited for");
}

QTEST_GUILESS_MAIN(LiveConnectionTest)
#include "tst_live_connection.moc"

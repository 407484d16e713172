// The window of polls: when it starts, ends, retries and gives up.
#include <QElapsedTimer>
#include <QTest>

#include "app/cli/poll_window.h"
#include "tests/support/fake_backend.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;
using std::chrono::milliseconds;

namespace {

PolledWindow run(const std::shared_ptr<FakeServer>& server, PollWindowSettings settings, StopSignal& stop,
                 const PollWindow::Progress& progress = {}) {
    Poller poller({}, std::make_unique<FakeBackend>(server));
    return PollWindow(poller, stop, settings).run(progress);
}

}  // namespace

class PollWindowTest : public QObject {
    Q_OBJECT
private slots:
    void pollsAtTheBeginningAndAtTheEnd();
    void sixPollsFitWhateverTheyCost();
    void aFailureBeforeTheFirstSuccessEndsIt();
    void anOverloadedServerGetsThreeChances_data();
    void anOverloadedServerGetsThreeChances();
    void aLostConnectionIsTriedAgain();
    void aWrongPasswordIsNotTriedAgain();
    void aRefusedLoginIsTriedAgainWhereItWorkedBefore_data();
    void aRefusedLoginIsTriedAgainWhereItWorkedBefore();
    void theLastDataStaysWithItsAge();
    void stopsEarlyWhenAsked();
    void costsAreSummedUp();
};

void PollWindowTest::pollsAtTheBeginningAndAtTheEnd() {
    StopSignal stop;
    QElapsedTimer timer;
    timer.start();
    const auto polled =
        run(fakeServerWithQueue(u"orders"_s, 10, 1, 1), {milliseconds{300}, milliseconds{100}}, stop);
    QVERIFY(timer.elapsed() >= 300);
    QVERIFY(polled.reading);
    QVERIFY2(polled.costs.count() >= 3 && polled.costs.count() <= 5,
             qPrintable(QString::number(polled.costs.count())));
    QVERIFY(!polled.failure);
}

void PollWindowTest::sixPollsFitWhateverTheyCost() {
    auto server = fakeServerWithQueue(u"orders"_s, 10, 1, 1);
    for (auto& reading : server->readings)
        reading.value().cost.server_ms = Measured<double>::exact(500);  // governor: 100 s
    StopSignal stop;
    const auto polled = run(server, {milliseconds{600}, milliseconds{20}}, stop);
    QVERIFY2(polled.costs.count() >= 6 && polled.costs.count() <= 8,
             qPrintable(QString::number(polled.costs.count())));
}

void PollWindowTest::aFailureBeforeTheFirstSuccessEndsIt() {
    auto server = fakeServerWithQueue(u"orders"_s, 10, 1, 1);
    server->openFailure = fakeFailure(FailureKind::unreachable);
    StopSignal stop;
    const auto polled = run(server, {milliseconds{60'000}, milliseconds{100}}, stop);
    QVERIFY(!polled.reading);
    QCOMPARE(polled.failure->kind, FailureKind::unreachable);
    QCOMPARE(server->opened, 1);
}

void PollWindowTest::anOverloadedServerGetsThreeChances_data() {
    QTest::addColumn<int>("overloaded");
    QTest::newRow("once") << 1;
    QTest::newRow("for ever") << 9;
}

void PollWindowTest::anOverloadedServerGetsThreeChances() {
    QFETCH(int, overloaded);
    auto server = fakeServerWithQueue(u"orders"_s, 10, 1, 1, 3);
    for (int i = 0; i < overloaded; ++i)
        server->readings.insert(server->readings.begin(), fakeFailure(FailureKind::overloaded));
    StopSignal stop;
    const auto polled = run(server, {milliseconds{1'500}, milliseconds{50}}, stop);
    QCOMPARE(polled.reading != nullptr, overloaded == 1);
    QCOMPARE(polled.failure.has_value(), overloaded != 1);
    if (overloaded != 1) QVERIFY2(server->read <= 3, qPrintable(QString::number(server->read)));
}

void PollWindowTest::aLostConnectionIsTriedAgain() {
    auto server = fakeServerWithQueue(u"orders"_s, 10, 1, 1, 3);
    server->readings.insert(server->readings.begin() + 1, fakeFailure(FailureKind::timeout));
    StopSignal stop;
    const auto polled = run(server, {milliseconds{300}, milliseconds{50}}, stop);
    QVERIFY(polled.reading);
    QVERIFY(!polled.failure);
    QCOMPARE(server->opened, 2);
}

void PollWindowTest::aWrongPasswordIsNotTriedAgain() {
    auto server = fakeServerWithQueue(u"orders"_s, 10, 1, 1, 3);
    server->readings.insert(server->readings.begin() + 1, fakeFailure(FailureKind::authentication));
    StopSignal stop;
    const auto polled = run(server, {milliseconds{60'000}, milliseconds{20}}, stop);
    QVERIFY(polled.reading);
    QCOMPARE(polled.failure->kind, FailureKind::authentication);
    QCOMPARE(server->read, 2);
}

void PollWindowTest::aRefusedLoginIsTriedAgainWhereItWorkedBefore_data() {
    QTest::addColumn<int>("pause");
    QTest::newRow("slowly") << 30;
    QTest::newRow("not at all") << 0;
}

// A password is changed, a certificate renewed, a GRANT CONNECT lost for a moment.
void PollWindowTest::aRefusedLoginIsTriedAgainWhereItWorkedBefore() {
    QFETCH(int, pause);
    auto server = fakeServerWithQueue(u"orders"_s, 10, 1, 1, 6);
    server->readings[1] = fakeFailure(FailureKind::authentication);
    StopSignal stop;
    PollWindowSettings settings{milliseconds{600}, milliseconds{20}};
    settings.refused = milliseconds{pause};
    const auto polled = run(server, settings, stop);
    QVERIFY(polled.reading);
    QCOMPARE(polled.failure.has_value(), pause == 0);
    QCOMPARE(server->opened, pause == 0 ? 1 : 2);
    QCOMPARE(polled.costs.count() > 1, pause > 0);
}

void PollWindowTest::theLastDataStaysWithItsAge() {
    auto server = fakeServerWithQueue(u"orders"_s, 10, 1, 1, 1);
    server->readings.push_back(fakeFailure(FailureKind::timeout));
    StopSignal stop;
    const auto polled = run(server, {milliseconds{400}, milliseconds{50}}, stop);
    QVERIFY(polled.reading);
    QCOMPARE(polled.failure->kind, FailureKind::timeout);
    QVERIFY2(polled.age_s > 0.2 && polled.age_s < 5, qPrintable(QString::number(polled.age_s)));
}

void PollWindowTest::stopsEarlyWhenAsked() {
    auto server = fakeServerWithQueue(u"orders"_s, 10, 1, 1);
    StopSignal stop;
    QElapsedTimer timer;
    timer.start();
    const auto polled =
        run(server, {milliseconds{60'000}, milliseconds{20}}, stop, [&](const PolledWindow& soFar, auto) {
            if (soFar.costs.count() == 3) stop.request();
        });
    QVERIFY(timer.elapsed() < 10'000);
    QCOMPARE(polled.costs.count(), 3);
    QVERIFY(server->interrupted);
}

void PollWindowTest::costsAreSummedUp() {
    PollCosts none;
    QCOMPARE(none.medianServer_ms().provenance, Provenance::not_observable);
    PollCosts some;
    for (const double ms : {1.0, 100.0, 3.0})
        some.polls.push_back(
            {.wall_ms = ms, .server_ms = Measured<double>::estimated(ms / 10, u"guess"_s), .round_trips = 1});
    QCOMPARE(some.medianWall_ms(), 3.0);
    QCOMPARE(some.maxWall_ms(), 100.0);
    QCOMPARE(*some.medianServer_ms().value, 0.3);
    QCOMPARE(some.medianServer_ms().provenance, Provenance::estimated);
}

QTEST_GUILESS_MAIN(PollWindowTest)
#include "tst_poll_window.moc"

// The poller against a server that answers as told: when it connects, detects, gives up and comes back.
#include <QSemaphore>
#include <QSignalSpy>
#include <QTest>

#include "backends/polling/backend_thread.h"
#include "tests/support/fake_backend.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {

ConnectionSettings settings() {
    ConnectionSettings s;
    s.name = u"shop"_s;
    return s;
}

std::unique_ptr<QueueBackend> backendOf(const std::shared_ptr<FakeServer>& server) {
    return std::make_unique<FakeBackend>(server);
}

// Blocks in read() until it is interrupted, as a frozen server makes a real backend do.
class FrozenBackend final : public QueueBackend {
public:
    explicit FrozenBackend(std::shared_ptr<QSemaphore> entered) : m_entered(std::move(entered)) {}
    Outcome<ServerInfo> open() override { return ServerInfo{}; }
    Outcome<std::vector<DetectedSystem>> detect() override { return std::vector<DetectedSystem>(1); }
    Outcome<ServerReading> read() override {
        m_entered->release();
        m_gate.acquire();
        return fakeFailure(FailureKind::cancelled);
    }
    Outcome<DeadPage> deadPage(const DeadQuery&) override { return fakeFailure(FailureKind::cancelled); }
    Outcome<DeadGroups> deadGroups(const DeadGroupsQuery&) override {
        return fakeFailure(FailureKind::cancelled);
    }
    Outcome<JobDetail> deadJob(const JobQuery&) override { return fakeFailure(FailureKind::cancelled); }
    void interrupt() noexcept override { m_gate.release(); }

private:
    std::shared_ptr<QSemaphore> m_entered;
    QSemaphore m_gate;
};

}  // namespace

class PollerTest : public QObject {
    Q_OBJECT
private slots:
    void connectsAndDetectsOnce() {
        const auto server = fakeServerWithQueue(u"orders"_s, 100, 5, 5);
        Poller poller(settings(), backendOf(server));
        for (int i = 0; i < 3; ++i) QVERIFY(poller.pollOnce().ok());
        QCOMPARE(server->opened.load(), 1);
        QCOMPARE(server->detected.load(), 1);
        QCOMPARE(server->read.load(), 3);
        QCOMPARE(poller.server().version, u"15.18"_s);
    }

    void afterAFailureItStartsFromANewConnection() {
        const auto server = fakeServerWithQueue(u"orders"_s, 100, 5, 5);
        server->readings.push_front(fakeFailure(FailureKind::timeout));
        Poller poller(settings(), backendOf(server));
        const auto lost = poller.pollOnce();
        QVERIFY(!lost.ok());
        QCOMPARE(lost.failure().kind, FailureKind::timeout);
        QVERIFY(poller.pollOnce().ok());
        QCOMPARE(server->opened.load(), 2);
        QCOMPARE(server->detected.load(), 2);
    }

    void aChangedSchemaIsDetectedAnewWithinThePoll() {
        const auto server = fakeServerWithQueue(u"orders"_s, 100, 5, 5);
        server->readings.push_front(fakeFailure(FailureKind::changed));
        Poller poller(settings(), backendOf(server));
        QVERIFY(poller.pollOnce().ok());
        QCOMPARE(server->opened.load(), 1);
        QCOMPARE(server->detected.load(), 2);
    }

    void aServerWithoutQueuesSaysSoAndIsAskedAgain() {
        const auto server = fakeServerWithQueue(u"orders"_s, 100, 5, 5);
        const auto systems = std::exchange(server->systems, {});
        Poller poller(settings(), backendOf(server));
        const auto empty = poller.pollOnce();
        QCOMPARE(empty.failure().kind, FailureKind::no_system);
        QVERIFY(empty.failure().nextStep.contains(u"--mapping"_s));
        QCOMPARE(server->read.load(), 0);
        server->systems = systems;  // somebody installed one
        QVERIFY(poller.pollOnce().ok());
    }

    void eachPollAnswersWithExactlyOneSignal() {
        const auto server = fakeServerWithQueue(u"orders"_s, 100, 5, 5);
        server->readings.push_front(fakeFailure(FailureKind::overloaded));
        Poller poller(settings(), backendOf(server));
        QSignalSpy polled(&poller, &Poller::polled);
        QSignalSpy failed(&poller, &Poller::failed);
        poller.poll();
        QCOMPARE(polled.count() * 10 + failed.count(), 1);
        poller.poll();
        QCOMPARE(polled.count() * 10 + failed.count(), 11);
    }

    void aThreadPollsAndItsAnswerArrivesHere() {
        const auto server = fakeServerWithQueue(u"orders"_s, 100, 5, 5);
        BackendThread thread(settings(), backendOf(server));
        QSignalSpy polled(&thread, &BackendThread::polled);
        thread.requestPoll();
        QTRY_COMPARE(polled.count(), 1);
        QCOMPARE(polled.at(0).at(0).value<ReadingPtr>()->connection, u"shop"_s);
    }

    void aBlockedThreadEndsWhenItIsNoLongerWanted() {
        const auto entered = std::make_shared<QSemaphore>();
        auto thread = std::make_unique<BackendThread>(settings(), std::make_unique<FrozenBackend>(entered));
        thread->requestPoll();
        QVERIFY(entered->tryAcquire(1, 5000));
        thread.reset();  // would hang here

        auto* retired = new BackendThread(settings(), std::make_unique<FrozenBackend>(entered));
        QSignalSpy gone(retired, &QObject::destroyed);
        retired->requestPoll();
        QVERIFY(entered->tryAcquire(1, 5000));
        retired->retire();
        QTRY_COMPARE(gone.count(), 1);
    }
};

QTEST_GUILESS_MAIN(PollerTest)
#include "tst_poller.moc"

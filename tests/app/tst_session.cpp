// Several connections at once, each with its own fate.
#include <QSignalSpy>
#include <QTest>

#include "app/console/session.h"
#include "tests/support/fake_backend.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class SessionTest : public QObject {
    Q_OBJECT
private:
    std::map<QString, std::shared_ptr<FakeServer>> m_servers;

    std::unique_ptr<Session> session() {
        const auto make = [this](const ConnectionSettings& s) -> std::unique_ptr<QueueBackend> {
            return std::make_unique<FakeBackend>(m_servers.at(s.name));
        };
        return std::make_unique<Session>(make,
                                         PollPacing{.interval = 5ms, .cost_factor = 0, .longest = 50ms});
    }
    static ConnectionSettings named(const QString& name, Environment environment = Environment::production) {
        ConnectionSettings s;
        s.name = name;
        s.url = u"postgresql://me:secret@host/db"_s;
        s.environment = environment;
        return s;
    }
    static const ConnectionView& view(const Session& s, const QString& name) {
        return *findConnection(s.views(), name);
    }

private slots:
    void init() {
        m_servers = {{u"a"_s, fakeServerWithQueue(u"orders"_s, 100, 5, 5)},
                     {u"b"_s, fakeServerWithQueue(u"mails"_s, 7, 1, 1)}};
    }

    void connectionsLiveSideBySide() {
        const auto s = session();
        QSignalSpy first(s.get(), &Session::firstReading);
        s->open(named(u"a"_s));
        QCOMPARE(view(*s, u"a"_s).state, ConnectionState::connecting);
        QVERIFY(!view(*s, u"a"_s).display_url.contains(u"secret"_s));
        s->open(named(u"b"_s, Environment::staging));
        QTRY_COMPARE(first.count(), 2);
        QCOMPARE(view(*s, u"b"_s).state, ConnectionState::live);
        QCOMPARE(view(*s, u"b"_s).environment, Environment::staging);
        QTRY_VERIFY(m_servers[u"a"_s]->read > 5);
    }

    void aLostConnectionKeepsItsDataAndComesBack() {
        auto& readings = m_servers[u"a"_s]->readings;
        readings.insert(readings.begin() + 1, fakeFailure(FailureKind::unreachable));
        const auto s = session();
        QSignalSpy changed(s.get(), &Session::viewsChanged);
        bool wasStale = false;
        connect(s.get(), &Session::viewsChanged, this, [&](const ConnectionViews& views) {
            if (views[0].state != ConnectionState::stale) return;
            wasStale = views[0].last && views[0].failure && views[0].retry_at;
        });
        s->open(named(u"a"_s));
        QTRY_VERIFY(wasStale);
        QTRY_COMPARE(view(*s, u"a"_s).state, ConnectionState::live);
        QVERIFY(!view(*s, u"a"_s).failure);
        QCOMPARE(m_servers[u"a"_s]->opened.load(), 2);
    }

    void aWrongPasswordIsNotTriedAgainByItself() {
        m_servers[u"a"_s]->openFailure = fakeFailure(FailureKind::authentication);
        const auto s = session();
        QSignalSpy failed(s.get(), &Session::firstFailure);
        s->open(named(u"a"_s));
        s->open(named(u"b"_s));
        QTRY_COMPARE(failed.count(), 1);
        QCOMPARE(view(*s, u"a"_s).state, ConnectionState::failed);
        QVERIFY(!view(*s, u"a"_s).retry_at);
        QTRY_VERIFY(m_servers[u"b"_s]->read > 5);  // time passes: the other one polls on
        QCOMPARE(m_servers[u"a"_s]->opened.load(), 1);
        s->retry(u"a"_s);
        QTRY_COMPARE(m_servers[u"a"_s]->opened.load(), 2);
    }

    void aClosedConnectionIsGone() {
        const auto s = session();
        s->open(named(u"a"_s));
        s->open(named(u"b"_s));
        QTRY_VERIFY(view(*s, u"a"_s).last != nullptr);
        s->close(u"a"_s);
        s->close(u"never heard of"_s);
        QCOMPARE(s->views().size(), std::size_t{1});
        QTRY_VERIFY(m_servers[u"a"_s]->interrupted.load());
    }

    void closingFromWithinASignalIsSafe() {
        const auto s = session();
        connect(s.get(), &Session::firstReading, s.get(), &Session::close);
        s->open(named(u"a"_s));
        QTRY_VERIFY(s->views().empty());
    }

    void openingTheSameNameReplacesIt() {
        const auto s = session();
        s->open(named(u"a"_s));
        s->open(named(u"a"_s, Environment::development));
        QCOMPARE(s->views().size(), std::size_t{1});
        QTRY_COMPARE(view(*s, u"a"_s).environment, Environment::development);
    }
};

QTEST_GUILESS_MAIN(SessionTest)
#include "tst_session.moc"

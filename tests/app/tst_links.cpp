// Links to places of the window: written, read, handed to the window that runs, followed.
#include <QClipboard>
#include <QGuiApplication>
#include <QLocalServer>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

#include "app/console/link_desk.h"
#include "app/console/single_window.h"
#include "tests/support/invented_scene.h"
#include "widgets/charts/time_view.h"
#include "widgets/models/place_link.h"
#include "widgets/pages/overview_page.h"
#include "widgets/pages/queue_page.h"
#include "widgets/pages/workspace.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using test::InventedScene;

class LinksTest : public QObject {
    Q_OBJECT

    static QueueRef orders() { return {u"prod-pg"_s, u"pgboss"_s, u"orders"_s}; }

private slots:
    void aLinkLeadsBackToItsPlace_data() {
        QTest::addColumn<PlaceLink>("place");
        QTest::addColumn<QString>("text");
        const auto row = [](const char* name, const PlaceLink& place, const QString& text) {
            QTest::newRow(name) << place << text;
        };
        row("connection", {{u"prod-pg"_s, {}, {}}, Place::overview, {}, {}}, u"spillway://prod-pg"_s);
        row("range", {orders(), Place::queue, 360, {}},
            u"spillway://prod-pg/orders?system=pgboss&range=6h"_s);
        row("times", {orders(), Place::queue, {}, std::pair{1.7e9, 1.7e9 + 600}},
            u"spillway://prod-pg/orders?system=pgboss&from=2023-11-14T22:13:20Z&until=2023-11-14T22:23:20Z"_s);
        row("any system", {{u"c"_s, {}, u"q"_s}, Place::queue, {}, {}}, u"spillway://c/q"_s);
        row("dead letters of all", {{u"c"_s, {}, {}}, Place::dead_letters, {}, {}},
            u"spillway://c?page=dead-letters"_s);
        row("leases", {orders(), Place::leases, {}, {}},
            u"spillway://prod-pg/orders?system=pgboss&page=leases"_s);
        row("hostile names",
            {{u"a/b?c&d=e#f %é"_s, u"bullmq:x&y"_s, u"../\n<b>?range=1h"_s}, Place::queue, 15, {}},
            u"spillway://a%2Fb%3Fc%26d%3De%23f%20%25%C3%A9/..%2F%0A%3Cb%3E%3Frange%3D1h"
            "?system=bullmq%3Ax%26y&range=15m"_s);
    }
    void aLinkLeadsBackToItsPlace() {
        QFETCH(PlaceLink, place);
        QFETCH(QString, text);
        QCOMPARE(linkTo(place), text);
        const auto read = placeFromLink(text);
        QVERIFY2(read, read ? "" : qPrintable(read.failure().sentence()));
        QVERIFY(*read == place);
    }

    void whatLeadsNowhereSaysWhy_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("why");
        QTest::newRow("scheme") << u"https://prod/orders"_s << u"does not begin"_s;
        QTest::newRow("nothing") << u"spillway://"_s << u"names no connection"_s;
        QTest::newRow("only a query") << u"spillway://?range=1h"_s << u"names no connection"_s;
        QTest::newRow("path") << u"spillway://prod/a/b"_s << u"%2F"_s;
        QTest::newRow("page") << u"spillway://prod?page=replay"_s << u"no page \"replay\""_s;
        QTest::newRow("range") << u"spillway://prod/q?range=3h"_s << u"\"3h\" is no range"_s;
        QTest::newRow("one time") << u"spillway://prod/q?from=2026-01-01T00:00:00Z"_s << u"two times"_s;
        QTest::newRow("backwards") << u"spillway://p/q?from=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z"_s
                                   << u"in order"_s;
        QTest::newRow("long") << u"spillway://prod/"_s + QString(3000, u'x') << u"longer than 2000"_s;
    }
    void whatLeadsNowhereSaysWhy() {
        QFETCH(QString, text);
        QFETCH(QString, why);
        const auto read = placeFromLink(text);
        QVERIFY(!read);
        QCOMPARE(read.failure().kind, FailureKind::usage);
        QVERIFY2(read.failure().sentence().contains(why), qPrintable(read.failure().sentence()));
    }

    void theWindowThatRunsTakesIt() {
        QTemporaryDir folder;
        const QString name = folder.filePath(u"window"_s);
        QVERIFY(!SingleWindow::handOver(name, u"spillway://a"_s));  // none runs
        SingleWindow first(name);
        QVERIFY(first.listens());
        QSignalSpy arrived(&first, &SingleWindow::linkArrived);
        // The other program, in a thread of its own: it blocks.
        bool taken = false;
        std::unique_ptr<QThread> other(
            QThread::create([&] { taken = SingleWindow::handOver(name, u"spillway://prod-pg/ä b"_s); }));
        other->start();
        QTRY_VERIFY(other->isFinished());
        QVERIFY(taken);
        QTRY_COMPARE(arrived.size(), 1);
        QCOMPARE(arrived[0][0].toString(), u"spillway://prod-pg/ä b"_s);
        const SingleWindow second(name);
        QVERIFY(!second.listens());  // the first one stays the one
        QVERIFY(first.listens());
    }

    void aKilledWindowIsNoObstacle() {
        QTemporaryDir folder;
        const QString name = folder.filePath(u"window"_s);
        QFile left(name);  // as its socket stays behind
        QVERIFY(left.open(QIODevice::WriteOnly));
        left.close();
        const SingleWindow next(name);
        QVERIFY(next.listens());
    }

    void itIsFollowedOnceItsConnectionIsRead() {
        Workspace window;
        window.resize(1200, 800);
        window.show();
        QStringList opened;
        LinkDesk desk(&window, [&](const QString& name) {
            opened << name;
            return name == "prod-pg"_L1;
        });
        QSignalSpy failed(&desk, &LinkDesk::failed);
        desk.follow(u"spillway://prod-pg/orders?range=6h"_s);
        QCOMPARE(opened, QStringList{u"prod-pg"_s});
        QVERIFY(window.queuePage()->queue().isEmpty());
        const ConnectionViews views = InventedScene().at(0);
        window.setConnections(views);
        desk.setConnections(views);
        QCOMPARE(window.queuePage()->queue(), orders());  // the system was found
        QCOMPARE(window.queuePage()->view().range(), 6 * 3600.0);
        window.showOverview();
        desk.setConnections(InventedScene().at(0));
        QCOMPARE(window.shown().queue, QString());  // followed once
        desk.follow(u"spillway://nobody/orders"_s);
        QCOMPARE(failed.size(), 1);
        QVERIFY(failed[0][1].value<Failure>().sentence().contains(u"\"nobody\""_s));
        desk.follow(u"spillway://prod-pg/orders?page=nonsense"_s);
        QCOMPARE(failed.size(), 2);
    }

    void aConnectionThatFailsLeadsNowhereLater() {
        Workspace window;
        LinkDesk desk(&window, [](const QString&) { return true; });
        desk.follow(u"spillway://prod-pg/orders"_s);
        ConnectionView view;
        view.name = u"prod-pg"_s;
        view.state = ConnectionState::failed;
        view.failure = Failure{FailureKind::unreachable, u"Nobody answers."_s, {}, {}};
        desk.setConnections({view});
        const ConnectionViews views = InventedScene().at(0);
        window.setConnections(views);
        desk.setConnections(views);  // an hour later it answers
        QVERIFY(window.queuePage()->queue().isEmpty());
    }

    void whatIsShownCanBeCopied() {
        Workspace window;
        window.resize(1200, 800);
        window.show();
        LinkDesk desk(&window, [](const QString&) { return false; });
        const ConnectionViews views = InventedScene().at(0);
        window.setConnections(views);
        desk.setConnections(views);
        window.showQueue(orders());
        desk.copy();
        QCOMPARE(QGuiApplication::clipboard()->text(), u"spillway://prod-pg/orders?system=pgboss&range=1h"_s);
        window.queuePage()->showSpan(1.7e9, 1.7e9 + 600);
        desk.copy();
        const QString link = QGuiApplication::clipboard()->text();
        window.showOverview();
        window.showQueue({u"prod-pg"_s, u"pgboss"_s, u"emails"_s});
        desk.follow(link);
        QCOMPARE(window.queuePage()->queue(), orders());
        QCOMPARE(window.queuePage()->view().visible(), (std::pair{1.7e9, 1.7e9 + 600}));
        window.showDeadLetters(orders());
        desk.copy();
        QCOMPARE(QGuiApplication::clipboard()->text(),
                 u"spillway://prod-pg/orders?system=pgboss&page=dead-letters"_s);
    }
};

QTEST_MAIN(LinksTest)
#include "tst_links.moc"

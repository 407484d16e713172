// One person's way through the real window, against a real Redis: paste a URL, read the verdict, open the
// queue. And the way of somebody whose URL is wrong.
#include <QLabel>
#include <QLineEdit>
#include <QLocalSocket>
#include <QPointer>
#include <QPushButton>
#include <QShortcut>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include "app/console/main_window.h"
#include "app/console/session_history.h"
#include "app/demo/private_redis.h"
#include "tests/support/program_run.h"
#include "widgets/charts/backlog_card.h"
#include "widgets/charts/time_view.h"
#include "widgets/dialogs/connect_dialog.h"
#include "widgets/pages/first_start_page.h"
#include "widgets/pages/overview_page.h"
#include "widgets/pages/queue_page.h"
#include "widgets/pages/workspace.h"
#include "widgets/parts/connection_tree.h"
#include "widgets/verdict/verdict_banner.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {

// A BullMQ queue that only ever grows: ten jobs every 200 ms, and its worker takes none.
class GrowingQueue {
public:
    explicit GrowingQueue(const QString& socketPath) {
        m_socket.connectToServer(socketPath);
        m_socket.waitForConnected(5000);
        send("HSET bull:orders:meta version bullmq:6.7.0");
        send("CLIENT SETNAME bull:b3JkZXJz");  // as a worker of "orders" names itself: one is there, but idle
        QObject::connect(&m_timer, &QTimer::timeout, &m_socket, [this] { addTen(); });
        m_timer.start(200);
    }
    [[nodiscard]] int added() const { return m_added; }

private:
    void addTen() {
        for (int i = 0; i < 10; ++i) {
            const QByteArray id = QByteArray::number(++m_added);
            send("INCR bull:orders:id");
            send("HSET bull:orders:" + id + " timestamp " +
                 QByteArray::number(QDateTime::currentMSecsSinceEpoch()));
            send("LPUSH bull:orders:wait " + id);
        }
    }
    void send(const QByteArray& command) { m_socket.write(command + "\r\n"); }

    QLocalSocket m_socket;
    QTimer m_timer;
    int m_added = 0;
};

QString allText(const QWidget& widget) {
    QStringList texts;
    for (const auto* label : widget.findChildren<QLabel*>())
        if (label->isVisibleTo(&widget)) texts << label->text();
    return texts.join(u'\n');
}

QPushButton* button(const QWidget& in, const QString& text) {
    for (auto* candidate : in.findChildren<QPushButton*>())
        if (candidate->isVisible() && candidate->text().contains(text)) return candidate;
    return nullptr;
}

}  // namespace

class WindowJourneyTest : public QObject {
    Q_OBJECT
private:
    QTemporaryDir m_home;
    std::unique_ptr<Theme> m_theme;

    std::unique_ptr<MainWindow> window() {
        auto shown = std::make_unique<MainWindow>(ConnectionStore(m_home.filePath(u"connections.toml"_s)),
                                                  FoundPlaces{QProcessEnvironment(), {}, {}}, m_theme.get());
        shown->show();
        return shown;
    }
    static void pasteUrl(MainWindow& window, const QString& url) {
        FirstStartPage* page = window.workspace()->firstStartPage();
        auto* line = page->findChild<QLineEdit*>();
        QTest::keyClicks(line, url);
        QTest::mouseClick(button(*page, u"Connect"_s), Qt::LeftButton);
    }

private slots:
    void initTestCase() {
        qputenv("XDG_CONFIG_HOME", m_home.path().toUtf8());
        m_theme = std::make_unique<Theme>(*qApp, ThemeMode::dark);
    }

    void fromAUrlToTheVerdictToTheQueue() {
        auto redis = PrivateRedis::start();
        QVERIFY(redis.ok());
        const GrowingQueue queue((*redis)->socketPath());
        QTRY_VERIFY(queue.added() > 40);
        const auto shown = window();
        Workspace* workspace = shown->workspace();
        QVERIFY(workspace->firstStartPage()->isVisible());
        pasteUrl(*shown, (*redis)->url());

        QTRY_VERIFY(workspace->overviewPage()->isVisible());
        QTRY_COMPARE(workspace->overviewPage()->table()->model()->rowCount(), 1);
        auto* banner = workspace->findChild<VerdictBanner*>();
        // Nothing leaves: stalled, once that has lasted half a minute.
        QTRY_VERIFY_WITH_TIMEOUT(allText(*banner).contains(u"orders"_s), 120'000);
        QVERIFY2(allText(*banner).contains(u"Critical"_s), qPrintable(allText(*banner)));
        QVERIFY2(allText(*banner).contains(u"nothing has left"_s), qPrintable(allText(*banner)));

        QTest::mouseClick(button(*banner, u"Open orders"_s), Qt::LeftButton);
        QTRY_VERIFY(workspace->queuePage()->isVisible());
        QCOMPARE(workspace->queuePage()->queue().queue, u"orders"_s);
        QVERIFY(allText(*workspace->queuePage()).contains(u"stalled"_s));
        QTRY_VERIFY(workspace->queuePage()->backlogCard()->chart()->visibleCsv().count(u'\n') > 3);

        shown->session().close(shown->session().views().at(0).name);
        QTRY_VERIFY(workspace->firstStartPage()->isVisible());
    }

    // Recorded without a window, drawn by the window that opens later; a mark of the command line shows.
    void theWindowOpensWithWhatWasRecorded() {
        auto redis = PrivateRedis::start();
        QVERIFY(redis.ok());
        const GrowingQueue queue((*redis)->socketPath());
        QTRY_VERIFY(queue.added() > 40);
        const QString file = m_home.filePath(u"history.sqlite"_s);
        QProcess recorder;
        recorder.start(spillwayctl(),
                       {u"record"_s, (*redis)->url(), u"--history"_s, file, u"--interval"_s, u"100ms"_s,
                        u"--for"_s, u"2s"_s},
                       QIODevice::ReadOnly);
        QTRY_COMPARE_WITH_TIMEOUT(recorder.state(), QProcess::NotRunning, 20'000);
        QCOMPARE(recorder.exitCode(), 0);
        const QDateTime recorded = QDateTime::currentDateTimeUtc();
        QTest::qWait(1500);  // nobody records

        const auto shown = window();
        shown->keepHistory({.path = file});
        pasteUrl(*shown, (*redis)->url());
        QTRY_COMPARE(shown->workspace()->overviewPage()->table()->model()->rowCount(), 1);
        const QString name = shown->session().views().at(0).name;
        shown->workspace()->showQueue({name, u"bullmq"_s, u"orders"_s});
        QueuePage* page = shown->workspace()->queuePage();
        const auto firstDrawn = [page] {
            const QString row = page->backlogCard()->chart()->visibleCsv().section(u'\n', 1, 1);
            return QDateTime::fromString(row.section(u',', 0, 0), Qt::ISODateWithMs);
        };
        QTRY_VERIFY2(firstDrawn().isValid() && firstDrawn() < recorded,
                     qPrintable(page->backlogCard()->chart()->visibleCsv()));
        QTRY_VERIFY2(allText(*shown->workspace()).contains(u"history "_s),
                     qPrintable(allText(*shown->workspace())));

        const auto marked =
            runSpillwayctl({u"mark"_s, u"deploy 4f2c"_s, u"--queue"_s, u"orders"_s, u"--history"_s, file});
        QVERIFY2(marked.code == 0, qPrintable(marked.err));
        shown->session().history()->refresh();  // it does so every 30 s
        QTRY_COMPARE(page->view().marks().size(), 1U);
        QCOMPARE(page->view().marks().front().text, u"deploy 4f2c"_s);
    }

    void f1ListsEveryShortcutThatIsInstalled() {
        const auto shown = window();
        shown->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(shown.get()));
        QTest::keyClick(shown.get(), Qt::Key_F1);
        const QPointer<QMessageBox> box = shown->findChild<QMessageBox*>();
        QVERIFY(box);
        const QString text = box->text();
        int installed = 0;
        for (const auto* shortcut : shown->findChildren<QShortcut*>()) {
            if (shortcut->whatsThis().isEmpty() && shortcut->parent() != shown->workspace()) continue;
            ++installed;
            const QString keys = shortcut->key().toString(QKeySequence::NativeText);
            QVERIFY2(text.contains(keys + u'\t'), qPrintable(keys));
        }
        for (const auto* action : shown->actions())
            QVERIFY2(text.contains(action->shortcut().toString() + u'\t'), qPrintable(action->text()));
        QVERIFY(installed >= 10 && shown->actions().size() >= 5);
        box->close();
    }

    void aFailedConnectKeepsItsDialog() {
        auto redis = PrivateRedis::start();
        QVERIFY(redis.ok());
        const GrowingQueue queue((*redis)->socketPath());
        QTRY_VERIFY(queue.added() > 10);
        const auto shown = window();
        shown->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(shown.get()));
        QTest::keyClick(shown.get(), Qt::Key_N, Qt::ControlModifier);
        QPointer<ConnectDialog> dialog = shown->findChild<ConnectDialog*>();
        QVERIFY(dialog);
        dialog->setRequest({u"unix:///no/such.sock"_s, u"cache"_s, Environment::staging, {}, true});
        button(*dialog, u"Connect"_s)->click();
        QTRY_VERIFY2(allText(*dialog).contains(u"/no/such.sock"_s), qPrintable(allText(*dialog)));
        QVERIFY(dialog->isVisible() && shown->session().views().empty());

        dialog->setRequest({(*redis)->url(), u"cache"_s, Environment::staging, {}, true});
        button(*dialog, u"Connect"_s)->click();
        QTRY_VERIFY(!dialog);
        QTRY_COMPARE(shown->workspace()->overviewPage()->table()->model()->rowCount(), 1);

        emit shown->workspace()->tree()->editRequested(u"cache"_s);
        dialog = shown->findChild<ConnectDialog*>();
        QVERIFY(dialog && dialog->request().url == (*redis)->url());
        ConnectionRequest changed = dialog->request();
        changed.name = u"cache-2"_s;
        changed.environment = Environment::development;
        dialog->setRequest(changed);
        button(*dialog, u"Connect"_s)->click();
        QTRY_VERIFY(!dialog);
        QCOMPARE(shown->session().views().size(), 1U);
        QCOMPARE(shown->session().views().front().name, u"cache-2"_s);
        const auto saved = ConnectionStore(m_home.filePath(u"connections.toml"_s)).list();
        QCOMPARE(saved->size(), 1U);
        QCOMPARE(saved->front().environment, Environment::development);
    }

    void aRefusedPasswordIsAskedForAgain() {
        auto redis = PrivateRedis::start();
        QVERIFY(redis.ok());
        const GrowingQueue queue((*redis)->socketPath());
        QTRY_VERIFY(queue.added() > 10);
        QLocalSocket admin;
        admin.connectToServer((*redis)->socketPath());
        QVERIFY(admin.waitForConnected(5000));
        admin.write("CONFIG SET requirepass s3cret\r\n");
        QVERIFY(admin.waitForReadyRead(5000));
        const auto shown = window();
        pasteUrl(*shown, (*redis)->url());
        QTRY_VERIFY(shown->findChild<ConnectDialog*>());
        const QPointer<ConnectDialog> dialog = shown->findChild<ConnectDialog*>();
        ConnectionRequest request = dialog->request();
        QCOMPARE(request.url, (*redis)->url());
        request.password = u"wrong"_s;
        dialog->setRequest(request);
        button(*dialog, u"Connect"_s)->click();
        QTRY_VERIFY(button(*dialog, u"Connect"_s)->isEnabled());  // refused, and it asks again
        QVERIFY2(allText(*dialog).contains(u"refused"_s), qPrintable(allText(*dialog)));
        request.password = u"s3cret"_s;
        dialog->setRequest(request);
        button(*dialog, u"Connect"_s)->click();
        QTRY_VERIFY(!dialog);
        QTRY_VERIFY(shown->workspace()->overviewPage()->isVisible());
        QTRY_COMPARE(shown->workspace()->overviewPage()->table()->model()->rowCount(), 1);
    }

    void aWrongUrlStaysAtTheDoorAndSaysWhatWouldWork() {
        const auto shown = window();
        pasteUrl(*shown, u"mysql://root:hunter2@db/shop"_s);
        const QString text = allText(*shown->workspace()->firstStartPage());
        QVERIFY2(text.contains(u"postgresql://"_s), qPrintable(text));
        QVERIFY(!text.contains(u"hunter2"_s));
        QVERIFY(shown->session().views().empty());
    }

    void aDeadServerStaysAtTheDoorAndIsTriedAgain() {
        const auto shown = window();
        const QString socket = m_home.filePath(u"redis.sock"_s);
        pasteUrl(*shown, u"unix://"_s + socket);
        FirstStartPage* page = shown->workspace()->firstStartPage();
        QTRY_VERIFY2(allText(*page).contains(u"redis.sock"_s), qPrintable(allText(*page)));
        QTRY_COMPARE(shown->session().views().at(0).state, ConnectionState::failed);
        QVERIFY(shown->session().views().at(0).retry_at);
        QVERIFY(page->isVisible());
        QTest::mouseClick(button(*page, u"Cancel"_s), Qt::LeftButton);
        QTRY_VERIFY(shown->session().views().empty());
    }
};

QTEST_MAIN(WindowJourneyTest)
#include "tst_window_journey.moc"

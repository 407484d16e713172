// One person's way through the real window, against a real Redis: paste a URL, read the verdict, open the
// queue. And the way of somebody whose URL is wrong.
#include <QComboBox>
#include <QFileInfo>
#include <QJsonDocument>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QLocalSocket>
#include <QPointer>
#include <QPushButton>
#include <QShortcut>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include "app/console/keychain.h"
#include "app/console/main_window.h"
#include "app/console/session_histories.h"
#include "app/demo/demo_endpoints.h"
#include "app/demo/private_redis.h"
#include "backends/checklist/checklist_store.h"
#include "tests/support/program_run.h"
#include "widgets/charts/backlog_card.h"
#include "widgets/charts/time_view.h"
#include "widgets/checklist/checklist_page.h"
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

// A BullMQ queue that only ever grows: ten jobs every 200 ms, and its worker takes none. The first has waited
// for two minutes: that it is stalled needs no watching for half a minute.
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
                 QByteArray::number(QDateTime::currentMSecsSinceEpoch() - (m_added == 1 ? 120'000 : 0)));
            send("LPUSH bull:orders:wait " + id);
        }
    }
    void send(const QByteArray& command) { m_socket.write(command + "\r\n"); }

    QLocalSocket m_socket;
    QTimer m_timer;
    int m_added = 0;
};

// As the desktop's, in memory: no test may touch the person's own.
class MemoryKeychain : public Keychain {
public:
    explicit MemoryKeychain(QMap<QString, QString>& passwords) : m_passwords(passwords) {}
    void read(const QString& connection, QObject*, std::function<void(QString)> done) override {
        done(m_passwords.value(connection));
    }
    void keep(const QString& connection, const QString& password, QObject*,
              std::function<void(QString)> done) override {
        m_passwords[connection] = password;
        done({});
    }
    void forget(const QString& connection) override { m_passwords.remove(connection); }

private:
    QMap<QString, QString>& m_passwords;
};

QString allText(const QWidget& widget) {
    QStringList texts;
    for (const auto* label : widget.findChildren<QLabel*>())
        if (label->isVisibleTo(&widget)) texts << label->text().replace(QChar::Nbsp, u' ');
    return texts.join(u'\n');
}

// Of the demo that runs under this $XDG_RUNTIME_DIR.
QString demoFolder(const QString& runtime) {
    QFile state(runtime + u"/spillway/demo.json"_s);
    if (!state.open(QIODevice::ReadOnly)) return {};
    const auto demo = demoFromJson(QJsonDocument::fromJson(state.readAll()).object());
    return demo ? demo->directory : QString();
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
        qputenv("XDG_DATA_HOME", m_home.path().toUtf8());
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

    // From a finished checklist: the mark is in the history and on the charts, and the page says what came
    // after it.
    void aDeployIsMarkedFromTheWindowAndCompared() {
        auto redis = PrivateRedis::start();
        QVERIFY(redis.ok());
        const GrowingQueue queue((*redis)->socketPath());
        QTRY_VERIFY(queue.added() > 40);
        const auto now = serverTimeFromMillis(QDateTime::currentMSecsSinceEpoch());
        Checklist one{.id = newChecklistId(), .title = u"Faster orders"_s, .commit = u"4f2c91d0"_s};
        one.jobs = {u"orders"_s};
        one.queue = u"orders"_s;
        one.connection = connectionFromUrl((*redis)->url())->displayUrl();
        one.author = u"Ada"_s;
        one.created = now;
        using Q = ChecklistQuestion;
        QVERIFY(giveAnswer(one, Q::shared_state, AnswerChoice::no, u"reads only"_s, now).ok());
        QVERIFY(giveAnswer(one, Q::rollback, AnswerChoice::yes, u"deploy the last one again"_s, now).ok());
        QVERIFY(ChecklistStore(ChecklistStore::defaultFolder()).create(one).ok());

        const auto shown = window();
        shown->keepHistory({.path = m_home.filePath(u"deploys.sqlite"_s)});
        auto* environment = shown->workspace()->firstStartPage()->findChild<QComboBox*>();
        environment->setCurrentIndex(environment->count() - 1);  // development: polled more often
        pasteUrl(*shown, (*redis)->url());
        QTRY_COMPARE(shown->workspace()->overviewPage()->table()->model()->rowCount(), 1);
        const QueueRef orders{shown->session().views().at(0).name, u"bullmq"_s, u"orders"_s};
        shown->workspace()->showQueue(orders);
        QueuePage* charts = shown->workspace()->queuePage();
        QTRY_VERIFY_WITH_TIMEOUT(charts->backlogCard()->chart()->visibleCsv().count(u'\n') > 4, 60'000);

        ChecklistPage* page = shown->workspace()->checklistPage();
        QTest::keyClick(shown.get(), Qt::Key_6, Qt::ControlModifier);
        QTRY_VERIFY(page->isVisible());
        auto* list = page->findChild<QListWidget*>();
        QTRY_COMPARE(list->count(), 1);
        emit list->itemActivated(list->item(0));
        QTRY_VERIFY2(button(*page, u"eploy now"_s) && button(*page, u"eploy now"_s)->isEnabled(),
                     qPrintable(allText(*page)));
        QTest::mouseClick(button(*page, u"eploy now"_s), Qt::LeftButton);
        QTRY_VERIFY2(page->current() && page->current()->deployed, qPrintable(allText(*page)));
        QTRY_VERIFY2(button(*page, u"Deployed"_s), qPrintable(allText(*page)));
        QTRY_COMPARE(charts->view().marks().size(), 1U);
        QCOMPARE(charts->view().marks().front().text, u"deploy 4f2c91d0"_s);
        // The queue only grows: worse than before, and said so within two of its looks.
        QTRY_VERIFY2_WITH_TIMEOUT(allText(*page).contains(u"Since 4f2c91d0 waiting jobs rose from"_s),
                                  qPrintable(allText(*page)), 40'000);
        const auto marks = runSpillwayctl(
            {u"history"_s, u"marks"_s, u"--history"_s, m_home.filePath(u"deploys.sqlite"_s), u"--json"_s});
        QVERIFY2(marks.out.contains(u"deploy 4f2c91d0"_s), qPrintable(marks.out + marks.err));
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

    // Kept though it is down, and tried again by itself; under another name its password goes with it.
    void aServerThatIsDownCanBeSaved() {
        QMap<QString, QString> passwords{{u"night-cache"_s, u"s3cret"_s}};
        const ConnectionStore store(m_home.filePath(u"connections.toml"_s));
        const auto shown = window();
        shown->useKeychain(std::make_unique<MemoryKeychain>(passwords));
        emit shown->workspace()->connectDialogRequested();
        QPointer<ConnectDialog> dialog = shown->findChild<ConnectDialog*>();
        QVERIFY(dialog && !button(*dialog, u"Save anyway"_s));
        const QString url = u"unix://"_s + m_home.filePath(u"down.sock"_s);
        dialog->setRequest({url, {}, Environment::staging, {}, false});
        button(*dialog, u"Connect"_s)->click();
        QTRY_VERIFY(button(*dialog, u"Save anyway"_s));
        QVERIFY(!button(*dialog, u"Save anyway"_s)->isEnabled());  // it has no name yet
        dialog->setRequest({url, u"night-cache"_s, Environment::staging, {}, false});
        button(*dialog, u"Save anyway"_s)->click();
        QTRY_VERIFY(!dialog);
        QVERIFY(store.find(u"night-cache"_s).ok());
        QTRY_COMPARE(shown->session().views().size(), 1U);
        QTRY_VERIFY(shown->session().views().front().retry_at);

        emit shown->workspace()->tree()->editRequested(u"night-cache"_s);
        dialog = shown->findChild<ConnectDialog*>();
        QVERIFY(dialog);
        ConnectionRequest renamed = dialog->request();
        renamed.name = u"day-cache"_s;
        dialog->setRequest(renamed);
        button(*dialog, u"Connect"_s)->click();
        QTRY_VERIFY(button(*dialog, u"Save anyway"_s));
        button(*dialog, u"Save anyway"_s)->click();
        QTRY_VERIFY(!dialog);
        QVERIFY(!store.find(u"night-cache"_s).ok());
        QCOMPARE(store.find(u"day-cache"_s)->environment, Environment::staging);
        QCOMPARE(passwords, (QMap<QString, QString>{{u"day-cache"_s, u"s3cret"_s}}));
        QVERIFY(store.remove(u"day-cache"_s).ok());
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

    // As packaging/run shows it: with what the demo itself recorded, and nothing of it in the person's
    // history.
    void theDemoOpensWithItsOwnHistory() {
        QTemporaryDir runtime;
        QFile::setPermissions(runtime.path(), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        qputenv("XDG_RUNTIME_DIR", runtime.path().toUtf8());
        qputenv("SPILLWAY_DEMO_DEPLOY_AFTER", "4s");
        const QString own = m_home.filePath(u"own.sqlite"_s);
        QString folder;
        {
            const auto shown = window();
            shown->keepHistory({.path = own});
            QTest::mouseClick(button(*shown->workspace()->firstStartPage(), u"Open the demo"_s),
                              Qt::LeftButton);
            QTRY_COMPARE_WITH_TIMEOUT(shown->session().views().size(), 3U, 120'000);
            folder = demoFolder(runtime.path());
            QVERIFY(QFileInfo::exists(folder));
            QTRY_VERIFY_WITH_TIMEOUT(findConnection(shown->session().views(), QString(kDemoPostgres))->last,
                                     60'000);
            shown->workspace()->showQueue(
                {kDemoPostgres, u"mapped:payments:public.payments"_s, u"payments"_s});
            const auto& view = shown->workspace()->queuePage()->view();
            QTimer refresh;  // it does so every 30 s
            connect(&refresh, &QTimer::timeout, shown->session().history(), &SessionHistories::refresh);
            refresh.start(1000);
            const auto marked = [&] {
                return std::any_of(view.marks().begin(), view.marks().end(),
                                   [](const ChartMark& mark) { return mark.text == u"deploy 4f2c"_s; });
            };
            QTRY_VERIFY_WITH_TIMEOUT(marked(), 90'000);
            shown->workspace()->showQueue({kDemoPostgres, u"pgboss:pgboss"_s, u"orders"_s});
            QVERIFY(view.marks().empty());  // that deploy is none of its business
            QTRY_VERIFY2_WITH_TIMEOUT(
                allText(*shown->workspace()).contains(u"recorded by another instance"_s),
                qPrintable(allText(*shown->workspace())), 30'000);

            for (const auto* name : {&kDemoPostgres, &kDemoRedis, &kDemoStaging})
                shown->session().close(QString(*name));
            QTRY_VERIFY(shown->workspace()->firstStartPage()->isVisible());
            QTest::mouseClick(button(*shown->workspace()->firstStartPage(), u"Open the demo"_s),
                              Qt::LeftButton);
            QTRY_COMPARE_WITH_TIMEOUT(shown->session().views().size(), 3U, 30'000);  // the same one again
            QCOMPARE(demoFolder(runtime.path()), folder);
        }
        QTRY_VERIFY(!QFileInfo::exists(folder));  // the window is closed: the demo has gone with it
        const auto kept =
            runSpillwayctl({u"history"_s, u"export"_s, u"--history"_s, own, u"--metric"_s, u"ready"_s});
        QVERIFY2(!kept.out.contains(u"demo-"_s), qPrintable(kept.out));
        qunsetenv("SPILLWAY_DEMO_DEPLOY_AFTER");
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

// Pictures of the window with invented figures, for the README and for judging the look. Written to
// SPILLWAY_SCREENSHOTS (a folder), by default below the build folder.
#include <QAbstractItemView>
#include <QCompleter>
#include <QListWidget>
#include <QPushButton>
#include <QTabWidget>
#include <QTableView>
#include <QtTest>

#include "tests/checklist/checklist_builder.h"
#include "tests/support/invented_dead_letters.h"
#include "tests/support/invented_scene.h"
#include "widgets/charts/backlog_card.h"
#include "widgets/checklist/checklist_page.h"
#include "widgets/dead/job_inspector.h"
#include "widgets/dialogs/connect_dialog.h"
#include "widgets/dialogs/connection_manager.h"
#include "widgets/dialogs/preferences_dialog.h"
#include "widgets/dialogs/trial_pane.h"
#include "widgets/pages/dead_letters_page.h"
#include "widgets/pages/first_start_page.h"
#include "widgets/pages/overview_page.h"
#include "widgets/pages/queue_page.h"
#include "widgets/pages/workspace.h"
#include "widgets/parts/go_to_queue.h"
#include "widgets/parts/theme.h"

using namespace spillway;
using test::InventedScene;
using namespace Qt::StringLiterals;

class ScreenshotTest : public QObject {
    Q_OBJECT
    std::unique_ptr<Theme> m_theme;
    QDir m_folder;

    void save(QWidget& widget, const QString& name) {
        QCoreApplication::processEvents();
        const QPixmap picture = widget.grab();
        QVERIFY2(picture.save(m_folder.filePath(name)), qPrintable(name));
        QCOMPARE(picture.size(), widget.size() * picture.devicePixelRatio());
    }
    static QPushButton* buttonOf(const QWidget& in, const QString& text) {
        for (auto* each : in.findChildren<QPushButton*>())
            if (QString(each->text()).remove(u'&') == text) return each;
        return nullptr;
    }
    static void tell(InventedScene& scene, Workspace& window, double from, double step) {
        for (double ago = from; ago >= 0; ago -= step) window.setConnections(scene.at(ago));
    }

private slots:
    void initTestCase() {
        m_theme = std::make_unique<Theme>(*qApp, ThemeMode::dark);
        m_folder = QDir(qEnvironmentVariable("SPILLWAY_SCREENSHOTS",
                                             QString::fromUtf8(SPILLWAY_BINARY_DIR "/../screenshots")));
        QVERIFY(m_folder.mkpath(u"."_s));
    }

    void window_data() {
        QTest::addColumn<ThemeMode>("mode");
        QTest::addColumn<QSize>("size");
        QTest::newRow("dark") << ThemeMode::dark << QSize(1440, 900);
        QTest::newRow("light") << ThemeMode::light << QSize(1440, 900);
        QTest::newRow("dark-small") << ThemeMode::dark << QSize(1024, 700);
        QTest::newRow("light-small") << ThemeMode::light << QSize(1024, 700);
    }

    void window() {
        QFETCH(ThemeMode, mode);
        QFETCH(QSize, size);
        const QString name = QString::fromLatin1(QTest::currentDataTag());
        m_theme->setMode(mode);
        InventedScene scene;
        Workspace window;
        window.resize(size);
        window.show();
        window.showQueue({u"prod-pg"_s, u"pgboss"_s, u"orders"_s});
        tell(scene, window, 62 * 60, 15);
        for (ChartCard* card : window.queuePage()->cards()) card->chart()->replotNow();
        save(window, u"queue-%1.png"_s.arg(name));
        window.showOverview();
        save(window, u"overview-%1.png"_s.arg(name));
        ConnectionViews views = scene.views();
        views[0] = withFailure(views[0],
                               {FailureKind::unreachable,
                                u"Cannot reach db.example.com:5432: connection refused."_s,
                                {},
                                u"Check that the server runs and that the port is right."_s},
                               QDateTime::currentDateTime().addSecs(8));
        views[0].last_at = QDateTime::currentDateTime().addSecs(-200);
        window.setConnections(views);
        save(window, u"stale-%1.png"_s.arg(name));
    }

    void deadLettersAndLeases_data() { window_data(); }
    void deadLettersAndLeases() {
        QFETCH(ThemeMode, mode);
        QFETCH(QSize, size);
        const QString name = QString::fromLatin1(QTest::currentDataTag());
        m_theme->setMode(mode);
        InventedScene scene;
        Workspace window;
        const test::InventedDeadLetters server(test::someNight());
        connect(&window, &Workspace::inquiryMade, &window,
                [&](const QString&, quint64 ticket, const Inquiry& inquiry) {
                    window.takeAnswer(ticket, server.answer(inquiry));
                });
        window.resize(size);
        window.show();
        tell(scene, window, 120, 15);
        window.showDeadLetters({u"prod-pg"_s, u"pgboss"_s, u"payments"_s});
        DeadLettersPage* page = window.deadLettersPage();
        QTRY_COMPARE(page->table()->model()->rowCount(), 31);
        save(window, u"dead-letters-%1.png"_s.arg(name));
        page->table()->setFocus();
        page->table()->setCurrentIndex(page->table()->model()->index(2, 0));
        QTest::keyClick(page->table(), Qt::Key_Return);
        QTRY_VERIFY(page->inspector()->isVisible());
        save(window, u"dead-letter-job-%1.png"_s.arg(name));
        window.showLeases({});
        save(window, u"leases-%1.png"_s.arg(name));
    }

    void emptyStates_data() { window_data(); }
    void emptyStates() {
        QFETCH(ThemeMode, mode);
        QFETCH(QSize, size);
        const QString name = QString::fromLatin1(QTest::currentDataTag());
        m_theme->setMode(mode);
        Workspace window;
        window.resize(size);
        window.show();
        window.setConnections({});
        window.firstStartPage()->setFound(
            {{u"PostgreSQL on this machine"_s, u"socket /var/run/postgresql"_s, {}},
             {u"prod"_s, u"from pg_service.conf"_s, {}}});
        save(window, u"first-%1.png"_s.arg(name));
        window.firstStartPage()->showFailure(
            u"postgresql://readonly@db.example.com/app"_s,
            {FailureKind::authentication, u"db.example.com:5432 refused the login of role readonly."_s,
             u"FATAL:  password authentication failed for user \"readonly\""_s,
             u"Check the password, or PGPASSFILE."_s},
            {});
        save(window, u"first-failed-%1.png"_s.arg(name));
        ConnectionView view;
        view.name = u"prod-pg"_s;
        window.setConnections({withFailure(
            view,
            {FailureKind::unreachable, u"Cannot reach db.example.com:5432."_s, u"connection refused"_s,
             u"Check that the server runs and that the port is right."_s},
            QDateTime::currentDateTime().addSecs(8))});
        save(window, u"unreachable-%1.png"_s.arg(name));
    }

    void goToQueue() {
        m_theme->setMode(ThemeMode::dark);
        InventedScene scene;
        GoToQueue box;
        box.setFixedWidth(320);
        box.setConnections(scene.at(0));
        box.show();
        QTest::keyClicks(&box, u"s"_s);
        QTRY_VERIFY(box.completer()->popup()->isVisible());
        save(*box.completer()->popup(), u"go-to-queue.png"_s);
        box.completer()->popup()->hide();
    }

    void managerAndPreferences_data() { window_data(); }
    void managerAndPreferences() {
        QFETCH(ThemeMode, mode);
        QFETCH(QSize, size);
        const QString name = QString::fromLatin1(QTest::currentDataTag());
        m_theme->setMode(mode);
        ConnectionManager manager;
        manager.resize(QSize(980, 640).boundedTo(size - QSize(120, 160)));
        SavedConnection prod{.name = u"orders-prod"_s, .url = u"postgresql://readonly@db.internal/orders"_s};
        prod.folder = u"payments"_s;
        prod.colour = u"#56b4e9"_s;
        prod.deadLetterQueues = {u"*-dlq"_s, u"*:dead"_s};
        prod.invariants = {{.name = u"paid orders have a receipt"_s,
                            .sql = u"SELECT count(*) FROM orders WHERE paid AND receipt IS NULL"_s}};
        prod.objectives = {{.queues = u"orders-*"_s}};
        SavedConnection other{
            .name = u"cache"_s, .url = u"redis://cache.internal"_s, .environment = Environment::staging};
        manager.setConnections({prod, other}, u"orders-prod"_s);
        manager.setUnheard(
            {u"/home/ana/.config/spillway/connections.toml, line 7: \"colour\" of [orders-prod] is "
             "no key of Spillway and has no effect. Is \"color\" meant?"_s});
        manager.show();
        auto* tabs = manager.findChild<QTabWidget*>();
        TrialPane* trial = manager.form()->trial();
        trial->showRunning();
        trial->showStage({TrialStage::name, StageEnd::ok, u"db.internal is 10.0.0.7."_s, {}, {}, 3});
        trial->showStage(
            {TrialStage::tcp, StageEnd::ok, u"db.internal:5432 accepts connections."_s, {}, {}, 2});
        trial->showStage({TrialStage::tls, StageEnd::skipped, u"Not asked for."_s, {}, {}, 0});
        const Failure refused{FailureKind::authentication, u"The server refused the login of readonly."_s,
                              u"FATAL: password authentication failed for user \"readonly\""_s,
                              u"Check the password, or PGPASSFILE."_s};
        trial->showStage({TrialStage::login, StageEnd::failed, refused.what, refused.serverSaid, {}, 9});
        trial->showFailed(refused);
        for (int tab = 0; tab < tabs->count(); ++tab) {
            tabs->setCurrentIndex(tab);
            QTest::qWait(0);
            save(manager, u"manager-%1-%2.png"_s.arg(tab).arg(name));
        }
        PreferencesDialog preferences({.redaction_rules = {u"email"_s, u"$.user.card"_s}});
        preferences.show();
        save(preferences, u"preferences-%1.png"_s.arg(name));
    }

    void checklists_data() { window_data(); }
    void checklists() {
        QFETCH(ThemeMode, mode);
        QFETCH(QSize, size);
        const QString name = QString::fromLatin1(QTest::currentDataTag());
        m_theme->setMode(mode);
        InventedScene scene;
        ChecklistPage page;
        page.resize(size - QSize(240, 200));
        page.show();
        page.setConnections(scene.at(0));
        page.begin();
        save(page, u"checklist-new-%1.png"_s.arg(name));
        Checklist blocked = test::answeredChecklist();
        blocked.jobs = {u"emails"_s};
        blocked.queue = u"emails"_s;
        test::answer(blocked, ChecklistQuestion::concurrent_load, AnswerChoice::no);
        test::answer(blocked, ChecklistQuestion::rollback, AnswerChoice::no);
        Checklist passed = test::goodChecklist();
        passed.id = u"c-0123abce"_s;
        page.setChecklists({blocked, passed}, {});
        auto* list = page.findChild<QListWidget*>();
        for (int row = 0; row < list->count(); ++row) {
            emit list->itemClicked(list->item(row));
            save(page, u"checklist-%1-%2.png"_s.arg(row).arg(name));
        }
        auto* back = buttonOf(page, u"Back"_s);
        for (int step = 5; back && back->isEnabled(); --step) {
            back->click();
            save(page, u"checklist-step-%1-%2.png"_s.arg(step).arg(name));
        }
    }

    void connectDialog() {
        ConnectDialog dialog;
        dialog.show();
        dialog.setRequest({u"postgresql://readonly@db.example.com/app"_s, u"prod-pg"_s,
                           Environment::production, u"secret"_s, true});
        dialog.trial()->showFailed(
            {FailureKind::tls, u"The server's certificate does not fit db.example.com."_s,
             u"server certificate for \"db\" does not match host name"_s,
             u"Use the name in the certificate, or set sslmode=verify-ca if that is enough."_s});
        save(dialog, u"connect-dialog.png"_s);
        QVERIFY(!dialog.request().url.contains(u"secret"_s));
    }
};

QTEST_MAIN(ScreenshotTest)
#include "tst_screenshots.moc"

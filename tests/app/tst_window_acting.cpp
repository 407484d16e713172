// Replay and release by hand in the real window, on the real pg-boss with its real worker.
#include <QCheckBox>
#include <QDoubleSpinBox>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>

#include "app/console/main_window.h"
#include "tests/postgres/postgres_fixture.h"
#include "tests/postgres/systems/real_pgboss.h"
#include "widgets/acting/acting_desk.h"
#include "widgets/acting/action_dialog.h"
#include "widgets/acting/action_text.h"
#include "widgets/acting/arm_dialog.h"
#include "widgets/acting/note_list.h"
#include "widgets/acting/plan_pane.h"
#include "widgets/acting/run_pane.h"
#include "widgets/dead/job_list.h"
#include "widgets/pages/activity_page.h"
#include "widgets/pages/dead_letters_page.h"
#include "widgets/pages/leases_page.h"
#include "widgets/pages/workspace.h"
#include "widgets/parts/environment_frame.h"
#include "widgets/parts/safe_label.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestWindowActing : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() {
        const auto missing = RealPgBoss::missing();
        SKIP_UNLESS(missing.isEmpty(), qPrintable(missing));
        const auto trouble = m_fixture.start();
        QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
        qputenv("XDG_CONFIG_HOME", m_home.path().toUtf8());
        m_theme = std::make_unique<Theme>(*qApp, ThemeMode::dark);
        m_pictures = QDir(qEnvironmentVariable("SPILLWAY_SCREENSHOTS"));
    }
    void init() {
        m_fixture.freshDatabase(u"app"_s);
        m_boss = std::make_unique<RealPgBoss>(m_fixture.server(), u"pgboss12"_s, u"pgboss"_s, u"app"_s);
        m_boss->call(u"createQueue"_s, {u"orders"_s});
        VERIFY_BOSS(*m_boss);
        m_state = std::make_unique<QTemporaryDir>();
    }
    void cleanup() {
        m_window.reset();
        m_boss.reset();
    }

    void aReplayFromTheReasonToTheAudit() {
        makeDead(14);
        m_boss->work(u"orders"_s, false, {{u"batchSize"_s, 5}, {u"pollingIntervalSeconds"_s, 0.5}});
        VERIFY_BOSS(*m_boss);
        openWindow();
        DeadLettersPage* dead = workspace()->deadLettersPage();
        workspace()->showDeadLetters(orders());
        QTRY_COMPARE(dead->table()->model()->rowCount(), 14);
        QTRY_VERIFY2(dead->jobList()->replayButton()->isEnabled(),
                     qPrintable(dead->jobList()->replayButton()->accessibleDescription()));
        QCOMPARE(actingSessions(), 0);
        QTest::mouseClick(dead->jobList()->replayButton(), Qt::LeftButton);
        arm();
        QTRY_VERIFY(workspace()->frame()->isArmed());
        PlanPane* plan = dialog()->planPane();
        QTRY_COMPARE(plan->plan().jobs.size(), size_t{14});
        overrideIfNeeded(Guard::live_worker);  // pg-boss writes down its workers now and then
        // Between 11 and 1 000 jobs on production the name of the queue is typed.
        QVERIFY(!plan->goButton()->isEnabled());
        QVERIFY2(plan->goButton()->accessibleDescription().contains(u"Type the name of the queue"_s),
                 qPrintable(plan->goButton()->accessibleDescription()));
        QTest::keyClicks(plan->confirmField(), u"orders"_s);
        QVERIFY2(plan->goButton()->isEnabled(), qPrintable(plan->gap()));
        picture(u"acting-plan"_s);
        plan->rateBox()->setValue(100);  // a new plan
        QVERIFY(!plan->goButton()->isEnabled());
        QTRY_COMPARE(plan->plan().rate, 100.0);
        overrideIfNeeded(Guard::live_worker);
        QVERIFY2(plan->goButton()->isEnabled(), qPrintable(plan->gap()));
        QTest::mouseClick(plan->goButton(), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(action() && action()->ended(), 60'000);
        QVERIFY2(action()->report && action()->report->state == ActionState::done,
                 qPrintable(actionWords(*action()).title + actionWords(*action()).why));
        QCOMPARE(action()->report->counts.moved, 14);
        picture(u"acting-report"_s);
        QTRY_COMPARE(
            m_fixture.sql(
                "SELECT count(*) || ' ' || max(retry_count) FROM pgboss.job WHERE state = 'completed'"),
            "14 1");
        ActivityPage* page = workspace()->activityPage();
        workspace()->showActivity();
        QTRY_COMPARE(page->table()->model()->rowCount(), 1);
        QTRY_VERIFY2(page->detail()->toPlainText().contains(u"card service is back"_s),
                     qPrintable(page->detail()->toPlainText()));
        QVERIFY(page->chain()->text().contains(u"whole"_s));
        picture(u"acting-activity"_s);
        QTest::mouseClick(workspace()->frame()->disarmButton(), Qt::LeftButton);
        QTRY_VERIFY(!workspace()->frame()->isArmed());
        QTRY_COMPARE(actingSessions(), 0);
    }

    void aCanaryThatDiesAgainHaltsAndTheRestIsNotTouched() {
        makeDead(12);
        m_boss->work(u"orders"_s, true, {{u"batchSize"_s, 5}, {u"pollingIntervalSeconds"_s, 0.5}});
        VERIFY_BOSS(*m_boss);
        openWindow();
        workspace()->showDeadLetters(orders());
        DeadLettersPage* dead = workspace()->deadLettersPage();
        QTRY_COMPARE(dead->table()->model()->rowCount(), 12);
        dead->table()->selectionModel()->select(dead->table()->model()->index(3, 0),
                                                QItemSelectionModel::Select | QItemSelectionModel::Rows);
        QVERIFY(dead->jobList()->replayButton()->text().contains(u"1 job"_s));
        dead->table()->clearSelection();
        QTRY_VERIFY(dead->jobList()->replayButton()->isEnabled());
        dead->replay();
        arm();
        PlanPane* plan = dialog()->planPane();
        QTRY_COMPARE(plan->plan().jobs.size(), size_t{12});
        overrideIfNeeded(Guard::live_worker);
        QTest::keyClicks(plan->confirmField(), u"orders"_s);
        QVERIFY2(plan->goButton()->isEnabled(), qPrintable(plan->gap()));
        QTest::mouseClick(plan->goButton(), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(action() && action()->ended(), 60'000);
        QVERIFY(action()->report);
        QCOMPARE(action()->report->state, ActionState::halted);
        QCOMPARE(action()->report->counts.moved, 1);
        picture(u"acting-halted"_s);
        QCOMPARE(m_fixture.sql("SELECT count(*) FROM pgboss.job WHERE retry_limit > 0"), "1");
    }

    // Its worker was killed: the claim has expired, and nobody would give it back before the next
    // maintenance.
    void aStuckLeaseIsReleasedWithItsEvidence() {
        m_boss->call(u"send"_s, {u"orders"_s, QJsonObject{{u"n"_s, 1}}, QJsonObject{{u"retryLimit"_s, 3}}});
        m_boss->call(u"fetch"_s, {u"orders"_s});
        VERIFY_BOSS(*m_boss);
        m_boss.reset();  // its maintenance would give the job back by itself
        m_fixture.sql("UPDATE pgboss.job SET started_on = now() - interval '40 minutes'");
        openWindow();
        workspace()->showLeases(orders());
        LeasesPage* leases = workspace()->leasesPage();
        QTRY_VERIFY2(leases->releaseButton()->isEnabled(),
                     qPrintable(leases->releaseButton()->accessibleDescription()));
        QTest::mouseClick(leases->releaseButton(), Qt::LeftButton);
        arm();
        PlanPane* plan = dialog()->planPane();
        QTRY_COMPARE(plan->plan().jobs.size(), size_t{1});
        QTRY_VERIFY(plan->isVisible());
        overrideIfNeeded(Guard::live_worker);
        overrideIfNeeded(Guard::lease_evidence);
        QVERIFY2(plan->goButton()->isEnabled(), qPrintable(plan->gap()));
        picture(u"acting-release"_s);
        QTest::mouseClick(plan->goButton(), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(action() && action()->ended(), 30'000);
        QVERIFY2(action()->report && action()->report->counts.moved == 1,
                 qPrintable(actionWords(*action()).title + actionWords(*action()).why));
        QCOMPARE(m_fixture.sql("SELECT state FROM pgboss.job"), "retry");
    }

private:
    void makeDead(int jobs) {
        for (int i = 0; i < jobs; ++i)
            m_boss->call(u"send"_s,
                         {u"orders"_s, QJsonObject{{u"n"_s, i}}, QJsonObject{{u"retryLimit"_s, 0}}});
        m_boss->request({{u"step"_s, u"orders"_s}, {u"batch"_s, jobs}, {u"fails"_s, 1}});
        VERIFY_BOSS(*m_boss);
    }
    void openWindow() {
        ActingSetup setup;
        setup.journal = m_state->filePath(u"actions.sqlite"_s);
        m_window =
            std::make_unique<MainWindow>(ConnectionStore(m_home.filePath(u"connections.toml"_s)),
                                         FoundPlaces{QProcessEnvironment(), {}, {}}, m_theme.get(), setup);
        m_window->resize(1280, 800);
        m_window->show();
        m_settings = m_fixture.settings();
        m_settings.name = u"shop"_s;
        m_window->open(m_settings);
        QTRY_VERIFY(!m_window->session().views().empty() && m_window->session().views().front().last);
    }
    void arm() {
        ArmDialog* arming = nullptr;
        QTRY_VERIFY((arming = workspace()->actingDesk()->armDialog()));
        QVERIFY(!arming->armButton()->isEnabled());
        QTest::keyClicks(arming->reasonField(), u"card service is back"_s);
        QTest::mouseClick(arming->armButton(), Qt::LeftButton);
        QTRY_VERIFY(dialog());
    }
    void overrideIfNeeded(Guard guard) {
        if (QCheckBox* box = dialog()->planPane()->notes()->overrideBox(guard); box && !box->isChecked())
            box->setChecked(true);
    }
    // Dark and light, for judging the look, where SPILLWAY_SCREENSHOTS names a folder.
    void picture(const QString& name) {
        if (!qEnvironmentVariableIsSet("SPILLWAY_SCREENSHOTS")) return;
        QVERIFY(m_pictures.mkpath(u"."_s));
        for (const auto& [mode, word] :
             {std::pair{ThemeMode::light, u"light"_s}, {ThemeMode::dark, u"dark"_s}}) {
            m_theme->setMode(mode);
            for (int i = 0; i < 3; ++i) QCoreApplication::processEvents();
            QVERIFY(dialog()->grab().save(m_pictures.filePath(u"%1-%2.png"_s.arg(name, word))));
            QVERIFY(m_window->grab().save(m_pictures.filePath(u"%1-window-%2.png"_s.arg(name, word))));
        }
    }
    // Of the console: polling has one of its own.
    int actingSessions() {
        return static_cast<int>(
            QString::fromStdString(
                m_fixture.sql(
                    "SELECT greatest(count(*) - 1, 0) FROM pg_stat_activity WHERE datname = 'app' AND pid <> "
                    "pg_backend_pid() AND application_name ILIKE '%spillway%'"))
                .toInt());
    }
    [[nodiscard]] Workspace* workspace() const { return m_window->workspace(); }
    [[nodiscard]] ActionDialog* dialog() const { return workspace()->actingDesk()->actionDialog(u"shop"_s); }
    [[nodiscard]] const ActionView* action() const { return workspace()->actingDesk()->action(u"shop"_s); }
    [[nodiscard]] QueueRef orders() const {
        const auto& systems = m_window->session().views().front().last->systems;
        return {u"shop"_s, systems.front().identity.key(), u"orders"_s};
    }

    QTemporaryDir m_home;
    QDir m_pictures;
    PostgresFixture m_fixture;
    ConnectionSettings m_settings;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<RealPgBoss> m_boss;
    std::unique_ptr<QTemporaryDir> m_state;
    std::unique_ptr<MainWindow> m_window;
};

QTEST_MAIN(TestWindowActing)
#include "tst_window_acting.moc"

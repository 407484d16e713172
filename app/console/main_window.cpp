#include "app/console/main_window.h"

#include <QAction>
#include <QClipboard>
#include <QCloseEvent>
#include <QGuiApplication>
#include <QIcon>
#include <QPushButton>
#include <QScreen>
#include <QSettings>

#include "app/connections/redaction_file.h"
#include "app/connections/url_secret.h"
#include "app/console/checklist_desk.h"
#include "app/console/connection_desk.h"
#include "app/console/drill_desk.h"
#include "app/console/finding_desk.h"
#include "app/console/keychain.h"
#include "app/console/link_desk.h"
#include "app/console/preferences_desk.h"
#include "app/console/report_desk.h"
#include "app/console/session_histories.h"
#include "app/console/window_help.h"
#include "app/demo/demo_control.h"
#include "backends/diagnostics/diagnostics.h"
#include "backends/trial/transport_trust.h"
#include "widgets/acting/acting_desk.h"
#include "widgets/dialogs/connect_dialog.h"
#include "widgets/pages/activity_page.h"
#include "widgets/pages/first_start_page.h"
#include "widgets/pages/queue_page.h"
#include "widgets/pages/workspace.h"
#include "widgets/parts/connection_tree.h"
#include "widgets/parts/environment_frame.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kFrameWidth = 8, kFrameHeight = 40;  // of the desktop around a window, with its title bar

QSettings windowSettings() {
    return QSettings(u"spillway"_s, u"window"_s);
}

}  // namespace

MainWindow::MainWindow(ConnectionStore store, FoundPlaces places, Theme* theme, QWidget* parent)
    : MainWindow(std::move(store), std::move(places), theme, ActingSetup{}, parent) {}

MainWindow::MainWindow(ConnectionStore store, FoundPlaces places, Theme* theme, const ActingSetup& acting,
                       QWidget* parent)
    : QMainWindow(parent), m_store(std::move(store)), m_places(std::move(places)),
      m_keychain(std::make_unique<DesktopKeychain>()), m_theme(theme),
      m_acting(acting, [this](const QString& name) { return m_session.settingsOf(name); }),
      m_activity(acting.journal, acting.actor), m_journal(acting.journal), m_workspace(new Workspace(this)),
      m_checklists(new ChecklistDesk(ChecklistStore::defaultFolder(), this)),
      m_drills(new DrillDesk([this](const QString& name) { return m_session.settingsOf(name); }, this)),
      m_findings(new FindingDesk(m_workspace, this)),
      m_connections(new ConnectionDesk(
          m_store, m_places, [this] { return m_keychain.get(); }, this)),
      m_preferences(new PreferencesDesk(redactionFileBeside(m_store.file()), this)),
      m_links(new LinkDesk(
          m_workspace, [this](const QString& name) { return openSavedByName(name); }, this)) {
    setWindowTitle(u"Spillway"_s);
    setWindowIcon(QIcon(u":/spillway/icons/spillway.svg"_s));
    setCentralWidget(m_workspace);
    m_session.watchOwnActions(acting.journal);
    wireWorkspace();
    wireFirstStart();
    wireSession();
    wireActing();
    wireConnections();
    followPreferences(m_preferences->preferences());
    addActions();
    restoreWindow();
    showFound();
    m_workspace->setConnections({});
}

MainWindow::~MainWindow() = default;

void MainWindow::useKeychain(std::unique_ptr<Keychain> keychain) {
    m_keychain = std::move(keychain);
}

void MainWindow::showFound() {
    std::vector<FoundConnection> found;
    if (const auto saved = m_store.list()) found = savedConnections(*saved);
    for (auto& one : foundConnections(m_places)) found.push_back(std::move(one));
    m_workspace->firstStartPage()->setFound(found);
    m_workspace->tree()->setUnheard(m_store.unheard());
}

void MainWindow::wireWorkspace() {
    connect(m_workspace, &Workspace::connectDialogRequested, this, [this] { showConnectDialog({}); });
    connect(m_workspace, &Workspace::retryRequested, &m_session, &Session::retry);
    connect(m_workspace, &Workspace::editRequested, this, &MainWindow::editConnection);
    connect(m_workspace, &Workspace::closeRequested, &m_session, &Session::close);
    connect(m_workspace, &Workspace::refreshRequested, &m_session, &Session::refreshAll);
    connect(m_workspace, &Workspace::inquiryMade, &m_session, &Session::ask);
    m_checklists->serve(m_workspace->checklistPage());
    m_drills->serve(m_workspace->checklistPage());
    connect(m_workspace->checklistPage(), &ChecklistPage::deployWanted, this, [this](const QString& id) {
        if (!m_session.history())
            m_workspace->checklistPage()->takeMarkFailure(id, u"This window keeps no history."_s);
    });
    connect(&m_session, &Session::answered, m_workspace, &Workspace::takeAnswer);
}

void MainWindow::keepHistory(const HistorySettings& settings) {
    m_session.keepHistory(settings);
    SessionHistories* history = m_session.history();
    m_findings->serve(history);
    m_connections->lookInto([history](const QString& name) { return history->pathOf(name); });
    m_reports = new ReportDesk([this](const QString& name) { return m_session.settingsOf(name); },
                               [history](const QString& name) { return history->pathOf(name); }, m_journal,
                               redactionFileBeside(m_store.file()), this);
    connect(m_workspace, &Workspace::momentWanted, history, &SessionHistories::askMoment);
    connect(history, &SessionHistories::reachRead, m_workspace, &Workspace::setReach);
    connect(history, &SessionHistories::momentFailed, m_workspace, &Workspace::takeMomentFailure);
    connect(history, &SessionHistories::momentRead, m_workspace,
            [this](double at, const std::vector<ReadingPtr>& readings) {
                m_workspace->takeMoment(at, m_session.viewsOf(readings));
            });
    connect(m_workspace, &Workspace::reportWanted, m_reports, &ReportDesk::write);
    connect(m_reports, &ReportDesk::written, m_workspace, &Workspace::tellWritten);
    connect(m_reports, &ReportDesk::failed, m_workspace, &Workspace::tellFailure);
    connect(m_workspace, &Workspace::pastWanted, history, &SessionHistories::askPast);
    connect(m_workspace, &Workspace::trendsWanted, history, &SessionHistories::askTrends);
    connect(history, &SessionHistories::trendRead, m_workspace, &Workspace::takeTrend);
    connect(&m_acting, &SessionActing::markWanted, history, &SessionHistories::addActionMark);
    connect(m_workspace, &Workspace::markMade, history, &SessionHistories::addMark);
    ChecklistPage* checklists = m_workspace->checklistPage();
    connect(checklists, &ChecklistPage::deployWanted, history, &SessionHistories::placeDeploy);
    connect(checklists, &ChecklistPage::comparisonWanted, history, &SessionHistories::compareDeploy);
    connect(history, &SessionHistories::compared, checklists, &ChecklistPage::takeComparison);
    connect(history, &SessionHistories::markPlaced, checklists, &ChecklistPage::takeMark);
    connect(history, &SessionHistories::markFailed, checklists, &ChecklistPage::takeMarkFailure);
    connect(history, &SessionHistories::pastRead, m_workspace, &Workspace::takePast);
    connect(history, &SessionHistories::marksRead, m_workspace, &Workspace::setMarks);
    connect(history, &SessionHistories::stateChanged, m_workspace, &Workspace::setHistory);
}

void MainWindow::wireFirstStart() {
    FirstStartPage* page = m_workspace->firstStartPage();
    connect(page, &FirstStartPage::connectRequested, this, &MainWindow::knock);
    connect(page, &FirstStartPage::detailsRequested, this,
            [this](const ConnectionRequest& request) { showConnectDialog(request); });
    connect(page, &FirstStartPage::demoRequested, this, &MainWindow::startDemo);
    connect(page, &FirstStartPage::cancelRequested, this, [this, page] {
        page->clearProgress();
        m_session.close(std::exchange(m_knocking, {}));
        delete m_demo;
    });
}

void MainWindow::wireSession() {
    connect(&m_session, &Session::viewsChanged, this, &MainWindow::showConnections);
    connect(&m_session, &Session::viewsChanged, m_findings, &FindingDesk::setConnections);
    connect(&m_session, &Session::viewsChanged, m_links, &LinkDesk::setConnections);
    connect(m_links, &LinkDesk::failed, m_workspace, &Workspace::tellFailure);
    connect(&m_session, &Session::viewsChanged, this, &MainWindow::showTransports);
    connect(&m_session, &Session::firstReading, this, [this](const QString& name) {
        if (name == m_knocking) m_knocking.clear();
        showConnections();
    });
    connect(&m_session, &Session::firstFailure, this, [this](const QString& name, const Failure& failure) {
        if (failure.kind == FailureKind::authentication) askPassword(name, failure);
    });
}

void MainWindow::wireActing() {
    ActingDesk* desk = m_workspace->actingDesk();
    ActivityPage* page = m_workspace->activityPage();
    connect(&m_session, &Session::readingTaken, &m_acting, &SessionActing::takeReading);
    connect(&m_session, &Session::viewsChanged, this, [this](const ConnectionViews& views) {
        const ArmingViews armings = m_acting.armings();
        for (const auto& arming : armings)
            if (!findConnection(views, arming.connection)) m_acting.disarm(arming.connection);
    });
    connect(desk, &ActingDesk::armWanted, &m_acting, &SessionActing::arm);
    connect(desk, &ActingDesk::disarmWanted, &m_acting, &SessionActing::disarm);
    connect(desk, &ActingDesk::planWanted, &m_acting, &SessionActing::plan);
    connect(desk, &ActingDesk::applyWanted, &m_acting, &SessionActing::apply);
    connect(desk, &ActingDesk::resumeWanted, &m_acting, &SessionActing::resume);
    connect(desk, &ActingDesk::pauseWanted, &m_acting, &SessionActing::pause);
    connect(desk, &ActingDesk::goOnWanted, &m_acting, &SessionActing::goOn);
    connect(desk, &ActingDesk::rateWanted, &m_acting, &SessionActing::setRate);
    connect(desk, &ActingDesk::cancelWanted, &m_acting, &SessionActing::cancel);
    connect(&m_acting, &SessionActing::armingsChanged, desk, &ActingDesk::setArmings);
    connect(&m_acting, &SessionActing::armingFailed, desk, &ActingDesk::takeArmingFailure);
    connect(&m_acting, &SessionActing::planMade, desk, &ActingDesk::takePlan);
    connect(&m_acting, &SessionActing::planFailed, desk, &ActingDesk::takePlanFailure);
    connect(&m_acting, &SessionActing::actionChanged, desk, &ActingDesk::setAction);
    connect(&m_acting, &SessionActing::idle, this, [this] {
        if (m_quitting) close();
    });
    connect(desk, &ActingDesk::actionEnded, &m_activity, &ActivityThread::read);
    connect(page, &ActivityPage::readWanted, &m_activity, &ActivityThread::read);
    connect(page, &ActivityPage::abandonWanted, &m_activity, &ActivityThread::abandon);
    connect(&m_activity, &ActivityThread::activityRead, m_workspace, &Workspace::setActivity);
    connect(&m_activity, &ActivityThread::abandonFailed, this, [this](const Failure& failure) {
        tell(QMessageBox::Warning, u"Not abandoned"_s, failure.sentence());
    });
    m_activity.read();
}

void MainWindow::confirmQuit() {
    auto* box =
        new QMessageBox(QMessageBox::Warning, u"An action is under way"_s,
                        u"It can stop after the batch under way, and Spillway quits then. What it has "
                        "not touched stays as it is."_s,
                        QMessageBox::Cancel, this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    QPushButton* stop = box->addButton(u"Stop it and quit"_s, QMessageBox::AcceptRole);
    connect(stop, &QPushButton::clicked, this, [this] {
        m_quitting = true;
        m_acting.acts() ? m_acting.cancelAll() : void(close());
    });
    box->open();
}

void MainWindow::showConnections() {
    const ConnectionView* tried = findConnection(m_session.views(), m_knocking);
    if (!tried) {
        m_workspace->setConnections(m_session.views());
        return;
    }
    if (tried->failure)
        m_workspace->firstStartPage()->showFailure(tried->display_url, *tried->failure,
                                                   tried->retry_at.value_or(QDateTime()));
}

void MainWindow::showTransports(const ConnectionViews& views) {
    QStringList names;
    for (const auto& view : views) names << view.name;
    if (names == m_judged) return;  // it may read pg_service.conf: not with every poll
    m_judged = names;
    std::map<QString, TransportBadge> badges;
    for (const auto& view : views)
        if (const auto settings = m_session.settingsOf(view.name))
            if (const auto trust = transportTrust(*settings); !trust.badge.isEmpty())
                badges[view.name] = {trust.badge, trust.why};
    for (auto* frame : m_workspace->findChildren<EnvironmentFrame*>()) frame->setTransports(badges);
}

void MainWindow::startDemo() {
    FirstStartPage* page = m_workspace->firstStartPage();
    page->showDemoProgress(u"Starting a private PostgreSQL and Redis with live workloads…"_s);
    if (m_demo) return m_demo->start();
    m_demo = new DemoLauncher({}, this);
    const auto forget = [this] {
        m_demo->deleteLater();
        m_demo.clear();
    };
    connect(m_demo, &DemoLauncher::ready, this, &MainWindow::openDemo);
    connect(m_demo, &DemoLauncher::ended, this, forget);
    connect(m_demo, &DemoLauncher::failed, this, [page, forget](const Failure& failure) {
        page->showFailure(u"the demo"_s, failure, {});
        forget();
    });
    m_demo->start();
}

// It records its own queues, with the mark of its deploy; what the window's own history knows of connections
// of these names is of earlier demos.
void MainWindow::openDemo(const DemoEndpoints& demo) {
    m_workspace->firstStartPage()->clearProgress();
    QStringList names;
    const auto connections = demoConnections(demo);
    for (const auto& settings : connections) names << settings.name;
    // Only to look: whoever came first would record, and the demo would have no history of its own.
    m_session.keepApart(names, {.path = demo.historyFile,
                                .only_read = true,
                                .make_folder = false,
                                .retry_every = std::chrono::seconds{2}});
    for (const auto& settings : connections) m_session.open(settings);
}

void MainWindow::addActions() {
    const auto add = [this](const QString& text, const QKeySequence& keys, auto slot) {
        auto* action = new QAction(text, this);
        action->setShortcut(keys);
        connect(action, &QAction::triggered, this, slot);
        addAction(action);
    };
    add(u"Keyboard shortcuts"_s, QKeySequence(Qt::Key_F1), [this] { showShortcuts(*this); });
    add(u"Connect…"_s, QKeySequence(Qt::CTRL | Qt::Key_N), [this] { showConnectDialog({}); });
    add(u"Connections…"_s, QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O),
        [this] { m_connections->show(m_session.views()); });
    add(u"Preferences…"_s, QKeySequence(Qt::CTRL | Qt::Key_Comma), [this] { m_preferences->show(); });
    add(u"Dark, light, as the system"_s, QKeySequence(Qt::Key_F8), &MainWindow::cycleTheme);
    add(u"Full screen"_s, QKeySequence(Qt::Key_F11),
        [this] { setWindowState(windowState() ^ Qt::WindowFullScreen); });
    add(u"About Spillway"_s, QKeySequence(), [this] { showAbout(*this); });
    add(u"Copy a link to what is shown"_s, QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_L),
        [this] { m_links->copy(); });
    add(u"Copy diagnostics"_s, QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_D), &MainWindow::copyDiagnostics);
    add(u"Quit"_s, QKeySequence(Qt::CTRL | Qt::Key_Q), [this] { close(); });
    connect(m_workspace->frame(), &EnvironmentFrame::helpRequested, this,
            [this](const QPoint& at) { showHelpMenu(*this, at); });
}

// What is open, with what it last said; nobody is asked anew.
void MainWindow::copyDiagnostics() {
    std::vector<DiagnosedConnection> connections;
    for (const auto& view : m_session.views()) {
        DiagnosedConnection one{m_session.settingsOf(view.name).value_or(ConnectionSettings{}), {}, {}, {}};
        if (view.last) {
            one.server = view.last->server;
            for (const auto& system : view.last->systems) one.systems.push_back(system.identity);
        }
        if (view.failure) one.trouble = view.failure->sentence();
        connections.push_back(std::move(one));
    }
    QGuiApplication::clipboard()->setText(diagnosticsText(u"spillway"_s, connections));
    auto* box = new QMessageBox(QMessageBox::NoIcon, u"Copied"_s,
                                u"Versions, connections without secrets and the last lines of the log are on "
                                "the clipboard."_s,
                                QMessageBox::Close, this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

void MainWindow::cycleTheme() {
    const auto next = [](ThemeMode mode) {
        switch (mode) {
            case ThemeMode::automatic:
                return ThemeMode::dark;
            case ThemeMode::dark:
                return ThemeMode::light;
            case ThemeMode::light:
                break;
        }
        return ThemeMode::automatic;
    };
    m_theme->setMode(next(m_theme->mode()));
    m_preferences->keepTheme(static_cast<int>(m_theme->mode()));
}

void MainWindow::restoreWindow() {
    const QSettings settings = windowSettings();
    const QSize room = screen()->availableGeometry().size() - QSize(kFrameWidth, kFrameHeight);
    setMinimumSize(QSize(1024, 700).boundedTo(room));
    resize(QSize(1440, 900).boundedTo(room));
    restoreGeometry(settings.value(u"geometry"_s).toByteArray());
    m_workspace->restoreTables(settings.value(u"tables"_s).toMap());
}

void MainWindow::reopenLast() {
    for (const auto& name : windowSettings().value(u"open"_s).toStringList()) (void)openSavedByName(name);
}

bool MainWindow::openSavedByName(const QString& name) {
    const auto saved = m_store.find(name);
    if (!saved) return false;
    ConnectionRequest request;
    request.name = name;
    request.url = saved->url;
    openRequest(request);
    return true;
}

void MainWindow::followLink(const QString& link) {
    if (isMinimized()) showNormal();
    raise();
    activateWindow();
    m_links->follow(link);
}

void MainWindow::closeEvent(QCloseEvent* event) {
    if (m_acting.acts()) {
        event->ignore();
        return confirmQuit();
    }
    QSettings settings = windowSettings();
    QStringList open;
    for (const auto& view : m_session.views())
        if (m_store.find(view.name)) open << view.name;
    settings.setValue(u"open"_s, open);
    settings.setValue(u"geometry"_s, saveGeometry());
    settings.setValue(u"tables"_s, m_workspace->saveTables());
    event->accept();
}

}  // namespace spillway

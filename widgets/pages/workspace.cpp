#include "widgets/pages/workspace.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QPainter>
#include <QPushButton>
#include <QShortcut>
#include <QSplitter>
#include <QToolButton>
#include <QVBoxLayout>
#include <QWindow>

#include "widgets/acting/acting_desk.h"
#include "widgets/checklist/checklist_page.h"
#include "widgets/pages/activity_page.h"
#include "widgets/pages/dead_letters_page.h"
#include "widgets/pages/first_start_page.h"
#include "widgets/pages/leases_page.h"
#include "widgets/pages/overview_page.h"
#include "widgets/pages/queue_page.h"
#include "widgets/parts/column_fit.h"
#include "widgets/parts/connection_tree.h"
#include "widgets/parts/environment_frame.h"
#include "widgets/parts/go_to_queue.h"
#include "widgets/parts/sight.h"
#include "widgets/parts/status_line.h"
#include "widgets/parts/time_bar.h"
#include "widgets/search/search_dialog.h"
#include "widgets/verdict/finding_list.h"
#include "widgets/verdict/verdict_banner.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {
constexpr int kFrame = 4;  // pixels of the environment's colour around an armed window
constexpr int kColumnGap = 12;
constexpr int kNarrow = 900;  // pixels of width: below it the tree is folded away
constexpr int kLeastMainWidth = 640, kLeastMainHeight = 420;

}  // namespace

Workspace::Workspace(QWidget* parent)
    : QWidget(parent), m_frame(new EnvironmentFrame), m_tree(new ConnectionTree), m_banner(new VerdictBanner),
      m_tabs(new QTabBar), m_report(new QPushButton(u"Report…"_s)), m_past(new QPushButton(u"Look back"_s)),
      m_time(new TimeBar), m_goTo(new GoToQueue), m_overview(new OverviewPage), m_queue(new QueuePage),
      m_dead(new DeadLettersPage), m_leases(new LeasesPage), m_activity(new ActivityPage),
      m_checklists(new ChecklistPage), m_desk(new ActingDesk(this)), m_status(new StatusLine),
      m_firstStart(new FirstStartPage), m_treeButton(new QToolButton), m_pages(new QStackedWidget),
      m_whole(new QStackedWidget), m_scroll(new QScrollArea) {
    m_whole->addWidget(m_firstStart);
    m_whole->addWidget(buildBody());
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_frame);
    m_scroll->setWidget(m_whole);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    column->addWidget(m_scroll, 1);
    column->addWidget(m_status);
    wire();
    wirePages();
    wireDesk();
    addShortcuts();
}

QWidget* Workspace::buildBody() {
    auto* body = new QSplitter(Qt::Horizontal);
    body->setHandleWidth(kColumnGap);
    body->setContentsMargins(kColumnGap, kColumnGap, kColumnGap, 4);
    body->setChildrenCollapsible(false);
    body->addWidget(m_tree);
    body->addWidget(buildMain());
    body->setStretchFactor(0, 0);
    body->setStretchFactor(1, 1);
    body->setSizes({216, 1200});
    m_tree->setMinimumWidth(150);
    return body;
}

QWidget* Workspace::buildMain() {
    m_pages->addWidget(m_overview);
    m_pages->addWidget(m_queue);
    m_pages->addWidget(m_dead);
    m_pages->addWidget(m_leases);
    m_pages->addWidget(m_activity);
    m_pages->addWidget(m_checklists);
    auto* main = new QWidget;
    main->setMinimumSize(kLeastMainWidth, kLeastMainHeight);
    auto* column = new QVBoxLayout(main);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(10);
    column->addWidget(m_banner);
    column->addWidget(m_time);
    column->addWidget(buildTabRow());
    column->addWidget(m_pages, 1);
    return main;
}

QWidget* Workspace::buildTabRow() {
    m_tabs->setDrawBase(false);
    m_tabs->setExpanding(false);
    m_tabs->setUsesScrollButtons(true);
    m_tabs->setElideMode(Qt::ElideNone);
    m_treeButton->setText(u"☰"_s);
    m_treeButton->setAutoRaise(true);
    m_treeButton->setAccessibleName(u"Show or hide the connections"_s);
    m_treeButton->setToolTip(u"Show or hide the connections   Ctrl+B"_s);
    m_treeButton->hide();
    connect(m_treeButton, &QToolButton::clicked, this, &Workspace::toggleTree);
    m_tabs->setAccessibleName(u"Pages"_s);
    m_tabs->addTab(u"Overview"_s);
    m_tabs->addTab(u"Queue"_s);
    m_tabs->addTab(u"Dead letters"_s);
    m_tabs->addTab(u"Leases && workers"_s);
    m_tabs->addTab(u"Activity"_s);
    m_tabs->addTab(u"Checklist"_s);
    auto* holder = new QWidget;
    auto* row = new QHBoxLayout(holder);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_treeButton);
    row->addWidget(m_tabs);
    row->addStretch(0);  // the field takes its room first
    row->addWidget(m_past);
    row->addWidget(m_report);
    m_past->setCheckable(true);
    m_past->setToolTip(u"How did it look at 02:41? The recorded past instead of now (Ctrl+T)"_s);
    m_past->hide();
    m_time->hide();
    connect(m_past, &QPushButton::clicked, this, [this](bool on) { on ? lookBack(0) : lookAtNow(); });
    connect(m_time, &TimeBar::nowWanted, this, &Workspace::lookAtNow);
    connect(m_time, &TimeBar::momentChanged, this, &Workspace::momentWanted);
    m_report->setToolTip(u"Write up what happened in a time, as HTML or Markdown"_s);
    m_report->setAccessibleName(u"Incident report"_s);
    m_report->hide();
    connect(m_report, &QPushButton::clicked, this, &Workspace::openReport);
    row->addWidget(m_goTo, 1);
    return holder;
}

void Workspace::wire() {
    connect(m_tabs, &QTabBar::currentChanged, this, [this](int page) {
        m_pages->setCurrentIndex(page);
        // Who walks through tabs or tree with the keyboard goes on there.
        if (!m_tabs->hasFocus() && !m_tree->view()->hasFocus()) m_pages->currentWidget()->setFocus();
        markShown();
    });
    connect(m_tree, &ConnectionTree::chosen, this, &Workspace::followTree);
    connect(m_goTo, &GoToQueue::queueActivated, this, &Workspace::showQueue);
    connect(m_goTo, &GoToQueue::searchWanted, this, &Workspace::openSearch);
    connect(m_banner, &VerdictBanner::placeActivated, this, &Workspace::showPlace);
    connect(m_banner, &VerdictBanner::moreActivated, this, [this] {
        showOverview();
        m_overview->showFindings();
    });
    connect(m_tree, &ConnectionTree::connectRequested, this, &Workspace::connectDialogRequested);
    connect(m_tree, &ConnectionTree::manageRequested, this, &Workspace::connectionsWanted);
    connect(m_tree, &ConnectionTree::retryRequested, this, &Workspace::retryRequested);
    connect(m_tree, &ConnectionTree::editRequested, this, &Workspace::editRequested);
    connect(m_tree, &ConnectionTree::closeRequested, this, &Workspace::closeRequested);
}

void Workspace::wirePages() {
    connect(m_overview, &OverviewPage::queueActivated, this, &Workspace::showQueue);
    connect(m_overview, &OverviewPage::placeActivated, this, &Workspace::showPlace);
    connect(m_overview, &OverviewPage::replayRequested, this, &Workspace::replayQueue);
    connect(m_overview, &OverviewPage::connectRequested, this, &Workspace::connectDialogRequested);
    connect(m_overview, &OverviewPage::retryRequested, this, &Workspace::retryRequested);
    connect(m_overview, &OverviewPage::trendsWanted, this, &Workspace::trendsWanted);
    connect(m_queue, &QueuePage::overviewRequested, this, [this] { showOverview(); });
    connect(m_queue, &QueuePage::retryRequested, this, &Workspace::retryRequested);
    connect(m_queue, &QueuePage::pastWanted, this, &Workspace::pastWanted);
    connect(m_queue, &QueuePage::markWanted, this, &Workspace::addMarker);
    m_queue->setRetryGap([this](const QueueRef& queue) { return m_desk->gap(ActionKind::replay, queue); });
    connect(m_queue, &QueuePage::retryNowRequested, m_desk, &ActingDesk::begin);
    connect(m_queue, &QueuePage::findingActivated, this, &Workspace::showFinding);
    connect(m_overview, &OverviewPage::findingActivated, this, &Workspace::showFinding);
    connect(m_dead, &DeadLettersPage::inquiryMade, this, &Workspace::inquiryMade);
    connect(m_dead, &DeadLettersPage::connectRequested, this, &Workspace::connectDialogRequested);
    connect(m_dead, &DeadLettersPage::retryRequested, this, &Workspace::retryRequested);
    connect(m_dead, &DeadLettersPage::scopeChosen, this, &Workspace::takeAlong);
    connect(m_leases, &LeasesPage::scopeChosen, this, &Workspace::takeAlong);
    connect(m_leases, &LeasesPage::queueActivated, this, &Workspace::showQueue);
    connect(m_leases, &LeasesPage::connectRequested, this, &Workspace::connectDialogRequested);
    connect(m_leases, &LeasesPage::retryRequested, this, &Workspace::retryRequested);
}

void Workspace::wireDesk() {
    m_dead->setReplayGap([this](const QueueRef& queue) { return m_desk->gap(ActionKind::replay, queue); });
    m_leases->setPutBackGap([this](const QueueRef& queue) { return m_desk->gap(ActionKind::replay, queue); });
    m_leases->setReleaseGap(
        [this](const QueueRef& queue) { return m_desk->gap(ActionKind::release, queue); });
    m_activity->setResumeGap([this](const ActivityRow& row) { return m_desk->resumeGap(row); });
    connect(m_dead, &DeadLettersPage::replayRequested, m_desk, &ActingDesk::begin);
    connect(m_leases, &LeasesPage::releaseRequested, m_desk, &ActingDesk::begin);
    m_activity->setUndoGap([this](const ActivityRow& row) { return m_desk->resumeGap(row); });
    connect(m_activity, &ActivityPage::resumeWanted, m_desk, &ActingDesk::resume);
    connect(m_activity, &ActivityPage::undoWanted, m_desk, &ActingDesk::undo);
    connect(m_activity, &ActivityPage::showWanted, m_desk, &ActingDesk::show);
    connect(m_frame, &EnvironmentFrame::armRequested, m_desk, &ActingDesk::arm);
    connect(m_frame, &EnvironmentFrame::disarmRequested, m_desk, &ActingDesk::disarmWanted);
    connect(m_frame, &EnvironmentFrame::armedChanged, this, [this](bool armed) {
        layout()->setContentsMargins(armed ? kFrame : 0, 0, armed ? kFrame : 0, armed ? kFrame : 0);
        update();
    });
    connect(m_desk, &ActingDesk::activityWanted, this, &Workspace::showActivity);
    connect(m_desk, &ActingDesk::changed, this, [this] {
        m_frame->setArmings(m_desk->armings());
        m_dead->refreshReplay();
        m_leases->refreshRelease();
        m_activity->setRunning(m_desk->running());
        m_activity->refreshButtons();
    });
    connect(m_desk, &ActingDesk::actionEnded, this, [this] {
        if (m_dead->isVisible()) m_dead->reload();
    });
    for (FindingList* list : findChildren<FindingList*>()) {
        connect(list, &FindingList::replayRequested, this, &Workspace::replayFinding);
        connect(list, &FindingList::acknowledgeRequested, this, &Workspace::acknowledge);
        connect(list, &FindingList::endedWanted, this, &Workspace::endedFindingsWanted);
        connect(list, &FindingList::runActivated, this, &Workspace::showRun);
    }
}

void Workspace::replayFinding(const Finding& finding) {
    replayQueue(targetOf(finding));
}

void Workspace::replayQueue(const QueueRef& queue) {
    showDeadLetters(queue);
    if (m_desk->gap(ActionKind::replay, queue).isEmpty()) m_dead->replay();
}

void Workspace::setActivity(const ActivityView& activity) {
    m_activity->setActivity(activity);
    const int open = m_activity->interrupted();
    m_tabs->setTabText(Activity, open > 0 ? u"Activity (%1 interrupted)"_s.arg(open) : u"Activity"_s);
}

void Workspace::showActivity() {
    open(Activity);
}

void Workspace::toggleTree() {
    m_tree->setVisible(m_tree->isHidden());
    if (m_tree->isVisible()) m_tree->view()->setFocus(Qt::ShortcutFocusReason);
}

// Only a change decides: what a person chose stays.
void Workspace::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    const bool narrow = width() < kNarrow;
    if (narrow == !m_treeButton->isHidden()) return;
    m_treeButton->setVisible(narrow);
    m_tree->setVisible(!narrow);
}

void Workspace::paintEvent(QPaintEvent*) {
    if (!m_frame->isArmed()) return;
    QPainter painter(this);
    painter.setClipRegion(QRegion(rect()) - rect().adjusted(kFrame, 0, -kFrame, -kFrame));
    painter.fillRect(rect(), m_frame->color());
}

// The words are what F1 shows.
void Workspace::addShortcuts() {
    const auto on = [this](const QKeySequence& keys, const QString& words, auto action) {
        auto* shortcut = new QShortcut(keys, this);
        shortcut->setWhatsThis(words);
        connect(shortcut, &QShortcut::activated, this, action);
    };
    for (int page = Overview; page <= Checklists; ++page)
        on(QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + page)),
           m_tabs->tabText(page).replace(u"&&"_s, u"&"_s), [this, page] { m_tabs->setCurrentIndex(page); });
    on(Qt::CTRL | Qt::Key_K, u"go to a queue"_s, [this] { m_goTo->setFocus(Qt::ShortcutFocusReason); });
    on(Qt::CTRL | Qt::SHIFT | Qt::Key_F, u"search queues, workers and dead letters"_s,
       [this] { openSearch(); });
    on(Qt::CTRL | Qt::Key_F, u"filter the table"_s, [this] { focusFilter(); });
    on(Qt::CTRL | Qt::Key_B, u"show or hide the connections"_s, [this] { toggleTree(); });
    on(Qt::CTRL | Qt::Key_M, u"mark this moment on the charts"_s, [this] { addMarker(); });
    on(Qt::CTRL | Qt::Key_T, u"look back, or at now again"_s, [this] {
        if (!m_past->isHidden()) m_past->click();
    });
    on(Qt::CTRL | Qt::Key_R, u"write an incident report"_s, [this] {
        if (!m_report->isHidden()) openReport();
    });
    on(Qt::Key_F5, u"poll all connections now"_s, [this] { refresh(); });
}

void Workspace::focusFilter() {
    if (m_tabs->currentIndex() == DeadLetters) return m_dead->focusFilter();
    if (m_tabs->currentIndex() == Leases) return m_leases->focusFilter();
    m_tabs->setCurrentIndex(Overview);
    m_overview->focusFilter();
}

void Workspace::refresh() {
    if (m_tabs->currentIndex() == DeadLetters) m_dead->reload();
    emit refreshRequested();
}

void Workspace::setConnections(const ConnectionViews& views) {
    m_live = views;
    if (!looksBack()) return display(views);
    keepUp();
    m_desk->setConnections(views);  // an action goes on in the present
    followNow();
}

void Workspace::display(const ConnectionViews& views) {
    m_views = views;
    m_behind = m_exposed && isOutOfSight(*this);
    if (!m_behind) return showViews();
    keepUp();
}

// Charts have no hole when they are looked at again.
void Workspace::keepUp() {
    m_queue->keepUp(m_live);
    if (!looksBack()) m_overview->keepUp(m_live);
}

void Workspace::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    window()->installEventFilter(this);
    if (QWindow* handle = window()->windowHandle()) handle->installEventFilter(this);
}

bool Workspace::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::Expose || event->type() == QEvent::WindowStateChange) {
        const bool seen = isVisible() && !isOutOfSight(*this);
        m_exposed = m_exposed || seen;
        if (seen && std::exchange(m_behind, false)) showViews();
    }
    return QWidget::eventFilter(watched, event);
}

void Workspace::showViews() {
    m_whole->setCurrentIndex(m_views.empty() ? 0 : 1);
    m_tree->setConnections(m_views);
    m_banner->setConnections(m_views);
    m_goTo->setConnections(m_views);
    if (m_search) m_search->setConnections(m_live);
    m_overview->setConnections(m_views);
    m_queue->setConnections(m_views);
    m_dead->setConnections(m_views);
    m_leases->setConnections(m_views);
    m_desk->setConnections(m_views);
    m_dead->refreshReplay();
    m_leases->refreshRelease();
    m_activity->refreshButtons();
    m_checklists->setConnections(m_views);
    markShown();
}

QueueRef Workspace::shown() const {
    switch (m_tabs->currentIndex()) {
        case Queue:
            return m_queue->queue();
        case DeadLetters:
            return m_dead->scope();
        case Leases:
            return m_leases->scope();
        default:
            return m_overview->scope();
    }
}

void Workspace::open(int page) {
    m_tabs->setCurrentIndex(page);
    markShown();
}

void Workspace::markShown() {
    m_tree->setCurrent(shown());
    updateFrame();
}

// The page that is not in front shows the same when it comes to the front.
void Workspace::takeAlong(const QueueRef& scope) {
    if (!scope.queue.isEmpty()) m_queue->setQueue(scope);
    if (!scope.connection.isEmpty()) {
        m_dead->setScope(scope);
        m_leases->setScope(scope);
    }
    markShown();
}

void Workspace::showOverview(const QueueRef& scope) {
    const QueueRef of{scope.connection, scope.system, {}};
    m_overview->showOnly(of);
    takeAlong(of);
    open(Overview);
}

void Workspace::showQueue(const QueueRef& queue) {
    takeAlong(queue);
    open(Queue);
}

void Workspace::showDeadLetters(const QueueRef& scope) {
    m_dead->setScope(scope);
    takeAlong(scope);
    open(DeadLetters);
}

void Workspace::showLeases(const QueueRef& scope) {
    m_leases->setScope(scope);
    takeAlong(scope);
    open(Leases);
}

void Workspace::showPlace(Place place, const QueueRef& target) {
    switch (place) {
        case Place::queue:
            return showQueue(target);
        case Place::dead_letters:
            return showDeadLetters(target);
        case Place::leases:
            return showLeases(target);
        case Place::overview:
            break;
    }
    showOverview(target);
}

void Workspace::showFinding(const Finding& finding) {
    showPlace(placeOf(finding), targetOf(finding));
}

// Who looks at dead letters or workers and picks a queue in the tree wants to see those of that queue.
void Workspace::followTree(const QueueRef& scope) {
    if (m_tabs->currentIndex() == DeadLetters) return showDeadLetters(scope);
    if (m_tabs->currentIndex() == Leases) return showLeases(scope);
    if (scope.queue.isEmpty()) return showOverview(scope);
    showQueue(scope);
}

void Workspace::takeAnswer(quint64 ticket, const Answer& answer) {
    m_dead->takeAnswer(ticket, answer);
    if (m_search) m_search->dead().takeAnswer(ticket, answer);
}

void Workspace::takePast(const QueueRef& queue, const QueuePast& past) {
    m_queue->takePast(queue, past);
}

void Workspace::takeTrend(const QueueRef& queue, const QueuePast& past) {
    m_overview->takeTrend(queue, past);
}

void Workspace::setMarks(const std::vector<ChartMark>& marks) {
    m_queue->setMarks(marks);
}

void Workspace::setHistory(const QString& text, const QString& hint) {
    m_status->setHistory(text, hint);
}

std::vector<std::pair<QString, ColumnFit*>> Workspace::tables() const {
    return {{u"dead"_s, m_dead->columns()},
            {u"leases"_s, m_leases->leaseColumns()},
            {u"workers"_s, m_leases->workerColumns()},
            {u"activity"_s, m_activity->columns()}};
}

QVariantMap Workspace::saveTables() const {
    QVariantMap states{{u"overview"_s, m_overview->saveState()}};
    for (const auto& [name, columns] : tables()) states.insert(name, columns->saveState());
    return states;
}

void Workspace::restoreTables(const QVariantMap& states) {
    m_overview->restoreState(states.value(u"overview"_s).toByteArray());
    for (const auto& [name, columns] : tables()) columns->restoreState(states.value(name).toByteArray());
}

void Workspace::updateFrame() {
    const QString current = shown().connection;
    m_frame->setConnections(m_views, current);
    m_status->setConnections(m_views, current);
}

void Workspace::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Escape) return showOverview();
    QWidget::keyPressEvent(event);
}

}  // namespace spillway

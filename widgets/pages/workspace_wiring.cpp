// Who speaks with whom in the window, and its shortcuts.
#include <QLayout>
#include <QShortcut>
#include <QTreeView>

#include "widgets/acting/acting_desk.h"
#include "widgets/pages/activity_page.h"
#include "widgets/pages/dead_letters_page.h"
#include "widgets/pages/leases_page.h"
#include "widgets/pages/overview_page.h"
#include "widgets/pages/queue_page.h"
#include "widgets/pages/workspace.h"
#include "widgets/parts/connection_tree.h"
#include "widgets/parts/environment_frame.h"
#include "widgets/parts/go_to_queue.h"
#include "widgets/verdict/finding_list.h"
#include "widgets/verdict/verdict_banner.h"

namespace spillway {
using namespace Qt::StringLiterals;

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

}  // namespace spillway

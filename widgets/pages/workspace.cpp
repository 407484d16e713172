#include "widgets/pages/workspace.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QShortcut>
#include <QSplitter>
#include <QVBoxLayout>

#include "widgets/pages/first_start_page.h"
#include "widgets/pages/overview_page.h"
#include "widgets/pages/queue_page.h"
#include "widgets/parts/connection_tree.h"
#include "widgets/parts/environment_frame.h"
#include "widgets/parts/go_to_queue.h"
#include "widgets/parts/status_line.h"
#include "widgets/parts/verdict_banner.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {
enum Page { Overview, Queue };
constexpr int kGap = 12;
}  // namespace

Workspace::Workspace(QWidget* parent)
    : QWidget(parent), m_frame(new EnvironmentFrame), m_tree(new ConnectionTree), m_banner(new VerdictBanner),
      m_tabs(new QTabBar), m_goTo(new GoToQueue), m_overview(new OverviewPage), m_queue(new QueuePage),
      m_status(new StatusLine), m_firstStart(new FirstStartPage), m_pages(new QStackedWidget),
      m_whole(new QStackedWidget) {
    m_whole->addWidget(m_firstStart);
    m_whole->addWidget(buildBody());
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_frame);
    column->addWidget(m_whole, 1);
    column->addWidget(m_status);
    wire();
    addShortcuts();
}

QWidget* Workspace::buildBody() {
    auto* body = new QSplitter(Qt::Horizontal);
    body->setHandleWidth(kGap);
    body->setContentsMargins(kGap, kGap, kGap, 4);
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
    auto* main = new QWidget;
    auto* column = new QVBoxLayout(main);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(10);
    column->addWidget(m_banner);
    column->addWidget(buildTabRow());
    column->addWidget(m_pages, 1);
    return main;
}

QWidget* Workspace::buildTabRow() {
    m_tabs->setDrawBase(false);
    m_tabs->setExpanding(false);
    m_tabs->setAccessibleName(u"Pages"_s);
    m_tabs->addTab(u"Overview"_s);
    m_tabs->addTab(u"Queue"_s);
    auto* holder = new QWidget;
    auto* row = new QHBoxLayout(holder);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_tabs);
    row->addStretch(1);
    row->addWidget(m_goTo);
    m_goTo->setFixedWidth(220);
    return holder;
}

void Workspace::wire() {
    connect(m_tabs, &QTabBar::currentChanged, m_pages, &QStackedWidget::setCurrentIndex);
    connect(m_overview, &OverviewPage::queueActivated, this, &Workspace::showQueue);
    connect(m_tree, &ConnectionTree::queueActivated, this, &Workspace::showQueue);
    connect(m_goTo, &GoToQueue::queueActivated, this, &Workspace::showQueue);
    connect(m_banner, &VerdictBanner::queueActivated, this, &Workspace::showQueue);
    connect(m_banner, &VerdictBanner::connectionActivated, this, &Workspace::showOverview);
    connect(m_tree, &ConnectionTree::connectionActivated, this, &Workspace::showOverview);
    connect(m_queue, &QueuePage::overviewRequested, this, [this] { showOverview(); });
    connect(m_tree, &ConnectionTree::connectRequested, this, &Workspace::connectDialogRequested);
    connect(m_overview, &OverviewPage::connectRequested, this, &Workspace::connectDialogRequested);
    connect(m_tree, &ConnectionTree::retryRequested, this, &Workspace::retryRequested);
    connect(m_overview, &OverviewPage::retryRequested, this, &Workspace::retryRequested);
    connect(m_queue, &QueuePage::retryRequested, this, &Workspace::retryRequested);
    connect(m_tree, &ConnectionTree::closeRequested, this, &Workspace::closeRequested);
}

void Workspace::addShortcuts() {
    const auto on = [this](const QKeySequence& keys, auto action) {
        auto* shortcut = new QShortcut(keys, this);
        connect(shortcut, &QShortcut::activated, this, action);
    };
    on(Qt::CTRL | Qt::Key_1, [this] { m_tabs->setCurrentIndex(Overview); });
    on(Qt::CTRL | Qt::Key_2, [this] { m_tabs->setCurrentIndex(Queue); });
    on(Qt::CTRL | Qt::Key_K, [this] { m_goTo->setFocus(Qt::ShortcutFocusReason); });
    on(Qt::CTRL | Qt::Key_F, [this] {
        m_tabs->setCurrentIndex(Overview);
        m_overview->focusFilter();
    });
    on(Qt::Key_F5, [this] { emit refreshRequested(); });
}

void Workspace::setConnections(const ConnectionViews& views) {
    m_views = views;
    if (!findConnection(views, m_current)) m_current.clear();
    m_whole->setCurrentIndex(views.empty() ? 0 : 1);
    m_tree->setConnections(views);
    m_banner->setConnections(views);
    m_goTo->setConnections(views);
    m_overview->setConnections(views);
    m_queue->setConnections(views);
    updateFrame();
}

void Workspace::showOverview(const QString& connection) {
    m_current = connection;
    m_overview->showOnly(connection);
    m_tabs->setCurrentIndex(Overview);
    updateFrame();
}

void Workspace::showQueue(const QueueRef& queue) {
    m_current = queue.connection;
    m_queue->setQueue(queue);
    m_tree->setCurrentQueue(queue);
    m_tabs->setCurrentIndex(Queue);
    updateFrame();
}

void Workspace::updateFrame() {
    m_frame->setConnections(m_views, m_current);
    m_status->setConnections(m_views, m_current);
}

void Workspace::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Escape) return showOverview();
    QWidget::keyPressEvent(event);
}

}  // namespace spillway

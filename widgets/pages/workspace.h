// Everything inside the window: environment band, connection tree, verdict, tabs with pages, status line,
// put together so that they speak with one another. The main window owns one, feeds it with
// setConnections() and answers its signals; nothing else needs wiring.
// Shortcuts: Ctrl+1, Ctrl+2 pages · Ctrl+K go to queue · Ctrl+F filter · F5 refresh · Esc back to overview.
#pragma once

#include <QStackedWidget>
#include <QTabBar>
#include <QWidget>

#include "widgets/models/connection_request.h"
#include "widgets/models/connection_view.h"
#include "widgets/models/queue_ref.h"

namespace spillway {

class ConnectionTree;
class EnvironmentFrame;
class FirstStartPage;
class GoToQueue;
class OverviewPage;
class QueuePage;
class StatusLine;
class VerdictBanner;

class Workspace : public QWidget {
    Q_OBJECT
public:
    explicit Workspace(QWidget* parent = nullptr);

    // With an empty list the first start page shows.
    void setConnections(const ConnectionViews& views);
    void showOverview(const QString& connection = {});  // empty: all connections
    void showQueue(const QueueRef& queue);

    [[nodiscard]] FirstStartPage* firstStartPage() const { return m_firstStart; }
    [[nodiscard]] OverviewPage* overviewPage() const { return m_overview; }
    [[nodiscard]] QueuePage* queuePage() const { return m_queue; }
    [[nodiscard]] GoToQueue* goToQueue() const { return m_goTo; }

signals:
    void connectDialogRequested();  // "+ Connect…" of tree and empty states
    void retryRequested(const QString& connection);
    void closeRequested(const QString& connection);
    void refreshRequested();  // F5

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    QWidget* buildBody();
    QWidget* buildMain();
    QWidget* buildTabRow();
    void addShortcuts();
    void wire();
    void updateFrame();

    ConnectionViews m_views;
    QString m_current;  // connection that is looked at; empty: all
    EnvironmentFrame* m_frame;
    ConnectionTree* m_tree;
    VerdictBanner* m_banner;
    QTabBar* m_tabs;
    GoToQueue* m_goTo;
    OverviewPage* m_overview;
    QueuePage* m_queue;
    StatusLine* m_status;
    FirstStartPage* m_firstStart;
    QStackedWidget* m_pages;  // overview, queue
    QStackedWidget* m_whole;  // first start, console
};

}  // namespace spillway

// Everything inside the window: environment band, connection tree, verdict, tabs with pages, status line,
// put together so that they speak with one another. The main window owns one, feeds it with
// setConnections() and answers its signals; nothing else needs wiring.
// Shortcuts: Ctrl+1 to Ctrl+6 pages · Ctrl+K go to queue · Ctrl+F filter · Ctrl+M marker · Ctrl+B the tree ·
// F5 refresh · Esc back to overview.
//
// Nothing in here reaches a server or a disk. What a page wants to know beyond the polls it asks for with
// inquiryMade() or pastWanted(), and it waits without blocking; an answer that comes late, twice or never
// does no harm. Whoever gets no answer from a server says so with a Failure.
#pragma once

#include <QScrollArea>
#include <QStackedWidget>
#include <QTabBar>
#include <QVariantMap>
#include <QWidget>

#include "backends/domain/finding.h"
#include "backends/domain/inquiry.h"
#include "widgets/charts/queue_past.h"
#include "widgets/dialogs/report_dialog.h"
#include "widgets/models/acting_view.h"
#include "widgets/models/connection_request.h"
#include "widgets/models/connection_view.h"
#include "widgets/models/finding_place.h"
#include "widgets/models/place_link.h"
#include "widgets/models/queue_ref.h"

class QToolButton;

namespace spillway {

class ActingDesk;
class ActivityPage;
class ChecklistPage;
class ColumnFit;
class ConnectionTree;
class DeadLettersPage;
class EnvironmentFrame;
class FirstStartPage;
class GoToQueue;
class LeasesPage;
class OverviewPage;
class QueuePage;
class SearchDialog;
struct SearchHit;
class StatusLine;
class TimeBar;
class VerdictBanner;

class Workspace : public QWidget {
    Q_OBJECT
public:
    explicit Workspace(QWidget* parent = nullptr);

    // With an empty list the first start page shows. While nobody can see the window they are only kept.
    void setConnections(const ConnectionViews& views);
    // Every page that can takes the scope along, and the tree always marks what is shown.
    void showOverview(const QueueRef& scope = {});  // of a system or a connection; empty: all connections
    void showQueue(const QueueRef& queue);
    void showDeadLetters(const QueueRef& scope);  // without queue or system: all of them
    void showLeases(const QueueRef& scope);       // likewise
    [[nodiscard]] QueueRef shown() const;         // what the page in front is about
    void showActivity();
    // Of the page in front, and of the whole connection where several are shown; without a connection when
    // none is open.
    [[nodiscard]] PlaceLink shownLink() const;
    void showLink(const PlaceLink& link);
    void showPlace(Place place, const QueueRef& target);
    void showFinding(const Finding& finding);    // where it is looked into
    void replayFinding(const Finding& finding);  // its queue's dead letters: a plan first
    void replayQueue(const QueueRef& queue);     // likewise
    void keepsHistory();  // findings can be acknowledged and reported, and ended ones listed
    void acknowledge(const Finding& finding);  // asks until when, or takes back; then acknowledged()
    // Shows the recorded past: momentWanted() for each moment chosen, until lookAtNow(). Polling goes on.
    void lookBack(double at);  // 0: some minutes ago
    void lookAtNow();
    [[nodiscard]] bool looksBack() const;
    [[nodiscard]] TimeBar* timeBar() const { return m_time; }
    // Over queues, workers and dead letters of every connection.
    void openSearch(const QString& text = {});
    [[nodiscard]] SearchDialog* searchDialog() const { return m_search; }  // null until it is opened
    void openReport();  // asks of what and when, then reportWanted()
    void addMarker();   // asks for its text, then markMade()

    // Columns, widths and order of every table, by its name; to be kept by the caller over restarts.
    [[nodiscard]] QVariantMap saveTables() const;
    void restoreTables(const QVariantMap& states);

    [[nodiscard]] ConnectionTree* tree() const { return m_tree; }
    [[nodiscard]] FirstStartPage* firstStartPage() const { return m_firstStart; }
    [[nodiscard]] OverviewPage* overviewPage() const { return m_overview; }
    [[nodiscard]] QueuePage* queuePage() const { return m_queue; }
    [[nodiscard]] DeadLettersPage* deadLettersPage() const { return m_dead; }
    [[nodiscard]] LeasesPage* leasesPage() const { return m_leases; }
    [[nodiscard]] ActivityPage* activityPage() const { return m_activity; }
    // Arming, plans and actions; wired to whoever can act. Without it the window only observes.
    [[nodiscard]] ActingDesk* actingDesk() const { return m_desk; }
    [[nodiscard]] EnvironmentFrame* frame() const { return m_frame; }
    [[nodiscard]] ChecklistPage* checklistPage() const { return m_checklists; }
    [[nodiscard]] GoToQueue* goToQueue() const { return m_goTo; }

public slots:
    void setActivity(const spillway::ActivityView& activity);
    // The answer to inquiryMade(); a ticket that nobody waits for any more is ignored.
    void takeAnswer(quint64 ticket, const spillway::Answer& answer);
    // The answer to pastWanted(), and the marks on every chart (all of them, each time).
    void takePast(const spillway::QueueRef& queue, const spillway::QueuePast& past);
    void takeTrend(const spillway::QueueRef& queue, const spillway::QueuePast& past);  // to trendsWanted()
    void setMarks(const std::vector<spillway::ChartMark>& marks);
    // The answer to momentWanted(): the connections with the readings of then; a late one is ignored.
    void takeMoment(double at, const spillway::ConnectionViews& views);
    void takeMomentFailure(const spillway::Failure& failure);
    void setReach(double oldest);  // seconds since 1970: how far back anything is recorded
    // The answer to endedFindingsWanted().
    void takeEndedFindings(const std::vector<spillway::FindingRun>& runs);
    void tellFailure(const QString& title, const spillway::Failure& failure);
    void tellWritten(const QStringList& paths, const QString& note);
    // For the status line: "history 7 d", and a sentence about it.
    void setHistory(const QString& text, const QString& hint);

signals:
    // To be put to the connection's server. Tickets are unique in the window and never 0; a later ticket of
    // the same kind of question makes the earlier one stale.
    void inquiryMade(const QString& connection, quint64 ticket, const spillway::Inquiry& inquiry);
    // A chart shows this span (seconds since 1970, server clock) and wants what the history knows of it.
    void pastWanted(const spillway::QueueRef& queue, double from, double to);
    // Likewise the overview, of the quarter of an hour before `at` and only of the metric "ready".
    void trendsWanted(const std::vector<spillway::QueueRef>& queues, double at);
    // A person marks this moment on the charts; an empty queue: the whole connection.
    void markMade(const QString& connection, const QString& queue, const QString& text);
    // Said by a person of this finding, or of all on its queue; by whom and when is for others to fill in.
    void acknowledged(const spillway::Acknowledgement& said);
    void momentWanted(double at);  // seconds since 1970, server clock
    void reportWanted(const spillway::ReportWish& wish);
    void endedFindingsWanted(double from, double to);  // seconds since 1970
    void connectionsWanted();                          // "Manage…"
    void connectDialogRequested();                     // "+ Connect…" of tree and empty states
    void retryRequested(const QString& connection);
    void editRequested(const QString& connection);  // "Edit…" of the tree
    void closeRequested(const QString& connection);
    void refreshRequested();  // F5

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void paintEvent(QPaintEvent* event) override;  // the frame while armed
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;  // the window comes back into sight

private:
    enum Page { Overview, Queue, DeadLetters, Leases, Activity, Checklists };  // in the order of the tabs

    QWidget* buildBody();
    QWidget* buildMain();
    QWidget* buildTabRow();
    void wireDesk();
    void addShortcuts();
    void toggleTree();
    void wire();
    void wirePages();
    void followTree(const QueueRef& scope);
    void takeAlong(const QueueRef& scope);
    void open(int page);
    void display(const ConnectionViews& views);
    void keepUp();
    void followNow();
    void showRun(const FindingRun& run);
    void showHit(const SearchHit& hit);
    void markShown();
    [[nodiscard]] std::vector<std::pair<QString, ColumnFit*>> tables() const;
    void focusFilter();
    void refresh();
    void updateFrame();
    void showViews();

    ConnectionViews m_views;  // as shown
    ConnectionViews m_live;   // as polled
    double m_oldest = 0;      // of the history
    bool m_behind = false;    // they changed while nobody could see them
    bool m_exposed = false;   // it was seen once
    EnvironmentFrame* m_frame;
    ConnectionTree* m_tree;
    VerdictBanner* m_banner;
    QTabBar* m_tabs;
    QPushButton* m_report;
    QPushButton* m_past;
    TimeBar* m_time;
    GoToQueue* m_goTo;
    SearchDialog* m_search = nullptr;
    OverviewPage* m_overview;
    QueuePage* m_queue;
    DeadLettersPage* m_dead;
    LeasesPage* m_leases;
    ActivityPage* m_activity;
    ChecklistPage* m_checklists;
    ActingDesk* m_desk;
    StatusLine* m_status;
    FirstStartPage* m_firstStart;
    QToolButton* m_treeButton;  // where the window is too narrow for both, the tree comes when it is wanted
    QStackedWidget* m_pages;    // in the order of the tabs
    QStackedWidget* m_whole;    // first start, console
    QScrollArea* m_scroll;      // around it: in a window that is too small nothing is out of reach
};

}  // namespace spillway

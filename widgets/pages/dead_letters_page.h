// What was given up and kept: grouped by what killed it, job by job, and one job in full. The lists are read
// from the server on request, a page at a time; the header speaks from the last poll.
#pragma once

#include <QTimer>
#include <QWidget>
#include <functional>

#include "backends/domain/inquiry.h"
#include "backends/remediation/action_request.h"
#include "widgets/models/connection_view.h"
#include "widgets/models/dead_page_text.h"
#include "widgets/models/queue_ref.h"

class QSplitter;
class QTableView;

namespace spillway {

class ColumnFit;
class DeadFilterBar;
class DeadGroupList;
class DeadHeader;
class DeadJobList;
class JobInspector;

class DeadLettersPage : public QWidget {
    Q_OBJECT
public:
    explicit DeadLettersPage(QWidget* parent = nullptr);

    void setConnections(const ConnectionViews& views);
    // Why a queue cannot be replayed; empty: it can. Asked again by refreshReplay().
    void setReplayGap(std::function<QString(const QueueRef&)> gap);
    void refreshReplay();
    void replay();  // of the selection, or else of all that matches
    [[nodiscard]] DeadJobList* jobList() const { return m_list; }
    // Without queue or system: all of them. Keeps the rest of the filter only if the scope stays the same.
    void setScope(const QueueRef& scope);
    [[nodiscard]] const QueueRef& scope() const { return m_scope; }
    void reload();  // F5
    void focusFilter();
    void showOnlyId(const QString& id);  // in the scope
    void copySelection() const;
    [[nodiscard]] QTableView* table() const;
    [[nodiscard]] ColumnFit* columns() const;
    [[nodiscard]] DeadFilterBar* filterBar() const { return m_filter; }
    [[nodiscard]] DeadGroupList* groupList() const { return m_groups; }
    [[nodiscard]] JobInspector* inspector() const { return m_inspector; }

public slots:
    void takeAnswer(quint64 ticket, const spillway::Answer& answer);

signals:
    void inquiryMade(const QString& connection, quint64 ticket, const spillway::Inquiry& inquiry);
    void scopeChosen(const spillway::QueueRef& scope);  // by its combo boxes
    void connectRequested();
    void retryRequested(const QString& connection);
    void replayRequested(const QString& connection, const spillway::ActionRequest& request);

protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void wire();
    void takeScope();
    void filterChanged();
    void groupChosen(const QString& signature, const QString& kind);
    void bucketChosen(int bucket);
    void askSoon();
    void askAnew();
    void askForGroups();
    void askNextPage(const QString& after);
    void openJob(const QModelIndex& index);
    void askForJob();
    void closeJob();
    quint64 ask(const Inquiry& inquiry);
    void cancel();
    void takePage(const DeadPage& page);
    void takeFailure(quint64 ticket, const Failure& failure);
    [[nodiscard]] ActionRequest replayRequest() const;
    void suggestScope();
    void refreshHeader();
    void refreshState();
    void refreshCount();
    void emptyButtonClicked();
    void fitPanels();

    ConnectionViews m_views;
    QueueRef m_scope;
    std::function<QString(const QueueRef&)> m_replayGap;
    quint64 m_lastTicket = 0;
    quint64 m_pageTicket = 0, m_groupsTicket = 0, m_jobTicket = 0;  // 0: nothing is awaited
    DeadListState m_state = DeadListState::idle;
    bool m_placed = false;  // the panels, by hand
    bool m_dirty = true;    // the lists do not show what the filter asks for
    Failure m_failure;
    QString m_pageProblem;                // why the next page did not come
    std::optional<JobFilter> m_groupsOf;  // what the groups were asked for
    Count m_deadThen;                     // in scope, when the list was read: tells that it has changed since
    QTimer m_debounce;                    // of the filter
    QTimer m_jobDebounce;                 // of walking through the rows
    DeadHeader* m_header;
    DeadFilterBar* m_filter;
    DeadGroupList* m_groups;
    DeadJobList* m_list;
    JobInspector* m_inspector;
    QSplitter* m_panels;
};

}  // namespace spillway

// Who holds which job, and who is there to take one: claims with an owner, an age and an expiry, stuck ones
// first with the evidence; worker processes with their last sign of life. All from the polls.
#pragma once

#include <QStackedWidget>
#include <QWidget>
#include <functional>

#include "backends/remediation/action_request.h"
#include "widgets/models/connection_view.h"
#include "widgets/models/queue_ref.h"
#include "widgets/models/scope_choice.h"

class QComboBox;
class QLineEdit;
class QPushButton;
class QTableView;

namespace spillway {

class ColumnFit;
class EmptyState;
class FigureProxy;
class LeaseTableModel;
class SafeLabel;
class WorkerTableModel;

class LeasesPage : public QWidget {
    Q_OBJECT
public:
    explicit LeasesPage(QWidget* parent = nullptr);

    void setConnections(const ConnectionViews& views);
    void setScope(const QueueRef& scope);  // without queue, system or connection: all of them
    [[nodiscard]] const QueueRef& scope() const { return m_scope; }
    void focusFilter();
    // Why a queue's leases cannot be released; empty: they can. Asked again by refreshRelease().
    void setReleaseGap(std::function<QString(const QueueRef&)> gap);
    void refreshRelease();
    [[nodiscard]] QPushButton* releaseButton() const { return m_release; }
    // Beside it where jobs go with their process (Sidekiq).
    [[nodiscard]] QPushButton* putBackButton() const { return m_putBack; }
    // Why nothing can be put back; empty: it can.
    void setPutBackGap(std::function<QString(const QueueRef&)> gap);
    void copySelection() const;  // of the table that has the focus
    [[nodiscard]] QTableView* leaseTable() const { return m_leaseTable; }
    [[nodiscard]] QTableView* workerTable() const { return m_workerTable; }
    [[nodiscard]] ColumnFit* leaseColumns() const { return m_leaseColumns; }
    [[nodiscard]] ColumnFit* workerColumns() const { return m_workerColumns; }

signals:
    void queueActivated(const spillway::QueueRef& queue);
    void scopeChosen(const spillway::QueueRef& scope);  // in its combo box
    void connectRequested();
    void retryRequested(const QString& connection);
    void releaseRequested(const QString& connection, const spillway::ActionRequest& request);

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    QWidget* buildBar();
    QWidget* buildTables();
    void fillScopes();
    void takeScope();
    void refresh();
    void refreshTexts();
    void emptyButtonClicked();
    // The stuck leases among the selected ones, or else all that are shown; with the queue they are of.
    struct Release {
        QueueRef queue;  // without a queue where they are of several
        QStringList ids;
        bool all = false;
    };
    [[nodiscard]] Release releasable() const;
    void release();
    void putBack();

    std::function<QString(const QueueRef&)> m_releaseGap, m_putBackGap;
    ConnectionViews m_views;
    QueueRef m_scope;
    std::vector<ScopeChoice> m_choices;
    LeaseTableModel* m_leases;
    WorkerTableModel* m_workers;
    FigureProxy* m_leaseProxy;
    FigureProxy* m_workerProxy;
    QTableView* m_leaseTable;
    QTableView* m_workerTable;
    ColumnFit* m_leaseColumns = nullptr;
    ColumnFit* m_workerColumns = nullptr;
    QComboBox* m_scopes;
    QLineEdit* m_filter;
    QPushButton* m_release;
    QPushButton* m_putBack;
    SafeLabel* m_sentence;
    SafeLabel* m_leaseHead;
    SafeLabel* m_workerHead;
    QStackedWidget* m_leaseStack;
    QStackedWidget* m_workerStack;
    QStackedWidget* m_whole;
    EmptyState* m_noLeases;
    EmptyState* m_noWorkers;
    EmptyState* m_empty;
};

}  // namespace spillway

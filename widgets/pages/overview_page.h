// All queues of all connections in one table, worst first, with a filter; or the reason why there is none.
// Under it every open finding.
#pragma once

#include <QStackedWidget>
#include <QTimer>
#include <QWidget>

#include "widgets/charts/queue_past.h"
#include "widgets/models/connection_view.h"
#include "widgets/models/finding_place.h"
#include "widgets/models/queue_ref.h"

class QLineEdit;
class QMenu;
class QModelIndex;
class QPushButton;
class QTableView;

namespace spillway {

class ColumnFit;
class EmptyState;
class FindingList;
class QueueTableModel;
class QueueTableProxy;
class SafeLabel;

class OverviewPage : public QWidget {
    Q_OBJECT
public:
    explicit OverviewPage(QWidget* parent = nullptr);

    void setConnections(const ConnectionViews& views);
    // While nobody can see them: trends go on, nothing else changes.
    void keepUp(const ConnectionViews& views);
    // Of another time: nothing of what was shown goes on, and every trend is asked for anew.
    void startAnew(const ConnectionViews& views);
    void takeTrend(const QueueRef& queue, const QueuePast& past);  // the answer to trendsWanted()
    // Filters by connection, or by one of its systems; empty: all.
    void showOnly(const QueueRef& scope);
    [[nodiscard]] const QueueRef& scope() const { return m_scope; }
    void showFindings();         // all of them, from the worst
    void focusFilter();          // Ctrl+F
    void copySelection() const;  // the selected rows, or all, as tab separated text: every column, exact
    [[nodiscard]] QTableView* table() const { return m_table; }
    [[nodiscard]] ColumnFit* columns() const { return m_fit; }

    // Column choice, order, widths and sorting, to be kept by the caller over restarts. Sorting is only
    // offered again.
    [[nodiscard]] QByteArray saveState() const;
    void restoreState(const QByteArray& state);

signals:
    void queueActivated(const spillway::QueueRef& queue);
    void placeActivated(spillway::Place place, const spillway::QueueRef& queue);
    void replayRequested(const spillway::QueueRef& queue);
    void findingActivated(const spillway::Finding& finding);
    void connectRequested();  // the button of the empty state
    void retryRequested(const QString& connection);
    // Queues that were not there before; their trend begins at `at` (seconds since 1970, server clock).
    void trendsWanted(const std::vector<spillway::QueueRef>& queues, double at);

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    void buildTable();
    QWidget* buildBar();
    void openRow(const QModelIndex& index);
    void fillMenu(QMenu& menu, const QModelIndex& index);
    void sortBy(int column);
    void sortTo(int column, Qt::SortOrder order);
    void offerSort(int column, Qt::SortOrder order);
    void emptyButtonClicked();
    void updateEmptyState();
    void updateFindings();
    void nameColumns();

    ConnectionViews m_views;
    QueueRef m_scope;  // shown alone; empty: all
    int m_sortColumn = 0;
    Qt::SortOrder m_sortOrder = Qt::AscendingOrder;
    QueueTableModel* m_model;
    QueueTableProxy* m_proxy;
    QTableView* m_table;
    ColumnFit* m_fit = nullptr;
    QLineEdit* m_filter;
    QPushButton* m_copy = nullptr;
    QPushButton* m_columns = nullptr;
    SafeLabel* m_count;
    QPushButton* m_lastSort;
    QStackedWidget* m_stack;
    EmptyState* m_empty;
    FindingList* m_findings;
    QTimer m_clock;  // stale rows grow older without any news
};

}  // namespace spillway

// All queues of all connections in one table, worst first, with a filter; or the reason why there is none.
// Under it, where the window is high enough, every open finding.
#pragma once

#include <QStackedWidget>
#include <QTimer>
#include <QWidget>

#include "widgets/models/connection_view.h"
#include "widgets/models/queue_ref.h"

class QLineEdit;
class QModelIndex;
class QPushButton;
class QTableView;

namespace spillway {

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
    void showOnly(const QString& connection);  // filters by connection; empty: all
    void focusFilter();                        // Ctrl+F
    void copySelection() const;                // the selected rows, or all, as tab separated text
    [[nodiscard]] QTableView* table() const { return m_table; }

    // Column choice, order, widths and sorting, to be kept by the caller over restarts.
    [[nodiscard]] QByteArray saveState() const;
    void restoreState(const QByteArray& state);

signals:
    void queueActivated(const spillway::QueueRef& queue);
    void findingActivated(const spillway::Finding& finding);
    void connectRequested();  // the button of the empty state
    void retryRequested(const QString& connection);

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void buildTable();
    QWidget* buildBar();
    void openRow(const QModelIndex& index);
    void sortBy(int column);
    void emptyButtonClicked();
    void updateEmptyState();
    void updateFindings();
    void chooseColumns(const QPoint& at);
    void fitColumns();
    void nameColumns();
    [[nodiscard]] int widthOf(int column) const;

    ConnectionViews m_views;
    QString m_connection;   // shown alone; empty: all
    bool m_chosen = false;  // a person chose the columns
    int m_sortColumn = 0;
    Qt::SortOrder m_sortOrder = Qt::AscendingOrder;
    QueueTableModel* m_model;
    QueueTableProxy* m_proxy;
    QTableView* m_table;
    QLineEdit* m_filter;
    QPushButton* m_copy = nullptr;
    QPushButton* m_columns = nullptr;
    SafeLabel* m_count;
    QStackedWidget* m_stack;
    EmptyState* m_empty;
    FindingList* m_findings;
    QTimer m_clock;  // stale rows grow older without any news
};

}  // namespace spillway

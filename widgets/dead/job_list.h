// The dead jobs as a table with its own head line: how many are shown, order, copy, reload; or an empty state
// in the table's place. Knows nothing about questions and answers.
#pragma once

#include "backends/domain/dead_job.h"
#include "widgets/parts/card.h"
#include "widgets/parts/empty_state.h"

class QComboBox;
class QMenu;
class QPushButton;
class QStackedWidget;
class QTableView;

namespace spillway {

class ColumnFit;
class DeadJobsModel;
class SafeLabel;

class DeadJobList : public Card {
    Q_OBJECT
public:
    explicit DeadJobList(QWidget* parent = nullptr);

    [[nodiscard]] DeadJobsModel& model() const { return *m_jobs; }
    [[nodiscard]] QTableView* table() const { return m_table; }
    [[nodiscard]] ColumnFit* columns() const { return m_columns; }
    [[nodiscard]] bool newestFirst() const;
    void setOneQueue(bool one);                // its column would say the same in each row
    void setCount(const QString& text);        // beside the heading
    void setEmptyText(const EmptyText& text);  // shown while there are no rows
    void setReloadable(bool reloadable);
    void copySelection() const;
    [[nodiscard]] std::vector<DeadJob> selectedJobs() const;
    // `text` on the button; `gap`: why it cannot be pressed, empty: it can.
    void setReplay(const QString& text, const QString& gap, const QString& hint);
    [[nodiscard]] QPushButton* replayButton() const { return m_replay; }

signals:
    void jobActivated(const QModelIndex& index);
    void jobPassed();  // the current row moved
    void orderChanged();
    void reloadRequested();
    void emptyButtonClicked();
    void selectionChanged();
    void replayRequested();

protected:
    void focusInEvent(QFocusEvent* event) override;  // keeps it for the table while there are no rows

private:
    QWidget* buildHead();
    void fillMenu(QMenu& menu, const QModelIndex& index);

    DeadJobsModel* m_jobs;
    QTableView* m_table;
    ColumnFit* m_columns;
    SafeLabel* m_count;
    QComboBox* m_order;
    QPushButton* m_replay;
    QPushButton* m_reload;
    QPushButton* m_copy;
    QStackedWidget* m_stack;
    EmptyState* m_empty;
};

}  // namespace spillway

// What was done, by whom and why: actions under way, the journal with interrupted ones, one record in full,
// and whether the chain of audit records is whole. From the journal on this machine.
#pragma once

#include <QWidget>
#include <functional>

#include "widgets/models/acting_view.h"

class QPlainTextEdit;
class QPushButton;
class QStackedWidget;
class QTableView;
class QVBoxLayout;

namespace spillway {

class ActivityTableModel;
class Card;
class ColumnFit;
class EmptyState;
class FigureProxy;
class SafeLabel;

class ActivityPage : public QWidget {
    Q_OBJECT
public:
    explicit ActivityPage(QWidget* parent = nullptr);

    void setActivity(const ActivityView& activity);
    void setRunning(const std::vector<ActionView>& actions);
    // Why an interrupted action cannot be resumed; empty: it can.
    void setResumeGap(std::function<QString(const ActivityRow&)> gap);
    // Why a replay cannot be undone; empty: it can.
    void setUndoGap(std::function<QString(const ActivityRow&)> gap);
    void refreshButtons();
    void copySelection() const;
    [[nodiscard]] int interrupted() const { return m_interrupted; }
    [[nodiscard]] QTableView* table() const { return m_table; }
    [[nodiscard]] ColumnFit* columns() const { return m_columns; }
    [[nodiscard]] QPushButton* resumeButton() const { return m_resume; }
    [[nodiscard]] QPushButton* undoButton() const { return m_undo; }
    [[nodiscard]] QPushButton* abandonButton() const { return m_abandon; }
    [[nodiscard]] QPlainTextEdit* detail() const { return m_detail; }
    [[nodiscard]] const SafeLabel* chain() const { return m_chain; }

signals:
    void readWanted();  // the journal, and its chain verified
    void showWanted(const QString& connection);
    void resumeWanted(const spillway::ActivityRow& action);
    void undoWanted(const spillway::ActivityRow& action);
    void abandonWanted(const QString& action);

protected:
    void showEvent(QShowEvent* event) override;

private:
    QWidget* buildHead();
    QWidget* buildTable();
    QWidget* buildDetail();
    void refreshDetail();
    void exportRecord();
    [[nodiscard]] const ActivityRow* current() const;

    std::function<QString(const ActivityRow&)> m_resumeGap, m_undoGap;
    int m_interrupted = 0;
    ActivityTableModel* m_model;
    FigureProxy* m_proxy;
    QTableView* m_table;
    ColumnFit* m_columns = nullptr;
    SafeLabel* m_chain;
    QPushButton* m_verify;
    Card* m_runningCard;
    QVBoxLayout* m_running;
    std::vector<ActionView> m_actions;
    QStackedWidget* m_stack;
    EmptyState* m_empty;
    SafeLabel* m_title;
    QPlainTextEdit* m_detail;
    QPushButton* m_resume;
    QPushButton* m_undo;
    QPushButton* m_abandon;
    QPushButton* m_export;
    QPushButton* m_copy;
    Card* m_detailCard;
};

}  // namespace spillway

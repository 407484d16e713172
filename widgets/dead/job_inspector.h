// One dead job in full: what is known of it, its payload, and every error that is kept.
#pragma once

#include "backends/domain/dead_job.h"
#include "backends/domain/failure.h"
#include "widgets/parts/card.h"

class QGridLayout;
class QPlainTextEdit;
class QPushButton;
class QStackedWidget;
class QTabBar;

namespace spillway {

class EmptyState;
class PayloadPane;
class SafeLabel;

class JobInspector : public Card {
    Q_OBJECT
public:
    explicit JobInspector(QWidget* parent = nullptr);

    void showLoading(const DeadJob& job);  // what the list knows already
    void showDetail(const JobDetail& detail);
    void showFailure(const Failure& failure);
    [[nodiscard]] const DeadJob& job() const { return m_detail.job; }
    [[nodiscard]] PayloadPane* payloadPane() const { return m_payload; }
    [[nodiscard]] QPlainTextEdit* errorView() const { return m_errors; }
    void copyRow() const;  // as tab separated text, with titles

signals:
    void closed();
    void retryRequested();

private:
    QWidget* buildHead();
    QWidget* buildFacts();
    QWidget* buildBody();
    void showFacts();
    void setFact(size_t line, const QString& value, const QString& hint = {});
    void showErrors();

    JobDetail m_detail;
    SafeLabel* m_title;
    SafeLabel* m_kind;
    std::vector<SafeLabel*> m_facts;
    QTabBar* m_tabs;
    QStackedWidget* m_pages;
    PayloadPane* m_payload;
    QPlainTextEdit* m_errors;
    QStackedWidget* m_whole;
    EmptyState* m_state;
};

// Every error with its time and attempt, the newest first; safe to show in a plain text widget. Pure.
[[nodiscard]] QString errorHistoryText(const JobDetail& detail, bool reveal);

}  // namespace spillway

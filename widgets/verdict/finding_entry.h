// One finding in a list: a line with sign, title, place and age; the sentence, what to do and the ways to it
// on demand. Its labels stay, so that what a person is selecting survives a poll.
#pragma once

#include <QDate>
#include <QWidget>

#include "backends/domain/finding.h"
#include "widgets/models/finding_place.h"

class QLabel;
class QPushButton;
class QToolButton;

namespace spillway {

class SafeLabel;

class FindingEntry : public QWidget {
    Q_OBJECT
public:
    explicit FindingEntry(Place here, QWidget* parent = nullptr);

    // `dataOf`: "02:41" where its connection does not answer; it is greyed then.
    void setFinding(const Finding& finding, const QString& dataOf, const QDate& today);
    [[nodiscard]] const Finding& finding() const { return m_finding; }
    void setRun(const FindingRun& run, const QDate& today);  // one that ended
    void setOpen(bool open);
    [[nodiscard]] bool isOpen() const;
    void setAcknowledgeable(bool can);  // where somebody keeps it

signals:
    void toggled(bool open);  // by a person
    void findingActivated(const spillway::Finding& finding);
    void replayRequested(const spillway::Finding& finding);
    void runActivated(const spillway::FindingRun& run);
    // Or, of one that is acknowledged, that this is taken back.
    void acknowledgeRequested(const spillway::Finding& finding);

protected:
    void mousePressEvent(QMouseEvent* event) override;  // anywhere on the line
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    void buildLine();
    void buildRest();
    void sayAcknowledged();

    Place m_here;
    Finding m_finding;
    std::optional<FindingRun> m_run;
    Finding m_pressed;  // when the press on a button began
    QWidget* m_line;
    QWidget* m_rest;
    QToolButton* m_fold;
    QLabel* m_sign;
    SafeLabel* m_title;
    SafeLabel* m_where;
    SafeLabel* m_since;
    SafeLabel* m_sentence;
    SafeLabel* m_action;
    SafeLabel* m_said;
    QPushButton* m_way;
    QPushButton* m_replay;
    QPushButton* m_acknowledge;
};

}  // namespace spillway

// One question: yes, no or not applicable with a text, and beside it what is known already.
#pragma once

#include <QWidget>

#include "backends/checklist/checklist_rules.h"
#include "widgets/checklist/known_now.h"

class QButtonGroup;
class QLineEdit;
class QPushButton;
class QVBoxLayout;

namespace spillway {

class DrillPanel;
class SafeLabel;

class QuestionStep : public QWidget {
    Q_OBJECT
public:
    explicit QuestionStep(QWidget* parent = nullptr);

    // nullopt: the question kept for last, which has no choice and no evidence.
    void ask(const Checklist& checklist, std::optional<ChecklistQuestion> question);
    // Leaves what is typed alone.
    void showKnown(const Checklist& checklist, const ChecklistJudgement& judgement, const KnownNow& now);
    [[nodiscard]] DrillPanel* drill() const { return m_drill; }
    [[nodiscard]] std::optional<AnswerChoice> choice() const;
    [[nodiscard]] QString text() const;

signals:
    void finished();  // Return in the text
    void attachFileRequested();
    void attachLiveRequested();
    void attachParityRequested();

private:
    QWidget* buildKnown();
    void showNow(const Checklist& checklist, const KnownNow& now);
    void showEvidence(const Checklist& checklist, const ChecklistJudgement& judgement);

    std::optional<ChecklistQuestion> m_question;
    SafeLabel* m_sentence;
    QWidget* m_choices;
    QButtonGroup* m_group;
    QLineEdit* m_text;
    QWidget* m_known;
    SafeLabel* m_live;
    SafeLabel* m_parity;
    SafeLabel* m_rules;
    QVBoxLayout* m_evidence;
    QPushButton* m_attachLive;
    QPushButton* m_attachParity;
    DrillPanel* m_drill;
};

}  // namespace spillway

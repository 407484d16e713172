// One question: yes, no or not applicable with a text, and beside it what is known already.
#pragma once

#include <QWidget>

#include "backends/checklist/checklist_rules.h"

class QButtonGroup;
class QLineEdit;
class QPushButton;
class QVBoxLayout;

namespace spillway {

class SafeLabel;

class QuestionStep : public QWidget {
    Q_OBJECT
public:
    explicit QuestionStep(QWidget* parent = nullptr);

    // nullopt: the question kept for last, which has no choice and no evidence.
    void ask(const Checklist& checklist, std::optional<ChecklistQuestion> question);
    // `live`: what the console sees now, in a sentence; empty: nothing. Leaves what is typed alone.
    void showKnown(const Checklist& checklist, const ChecklistJudgement& judgement, const QString& live);
    [[nodiscard]] std::optional<AnswerChoice> choice() const;
    [[nodiscard]] QString text() const;

signals:
    void finished();  // Return in the text
    void attachFileRequested();
    void attachLiveRequested();

private:
    QWidget* buildKnown();

    std::optional<ChecklistQuestion> m_question;
    SafeLabel* m_sentence;
    QWidget* m_choices;
    QButtonGroup* m_group;
    QLineEdit* m_text;
    QWidget* m_known;
    SafeLabel* m_live;
    QVBoxLayout* m_evidence;
    QPushButton* m_attachLive;
};

}  // namespace spillway

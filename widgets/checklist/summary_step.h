// The end of a checklist: the verdict with its reasons, the reviewer's signature, and the way out.
#pragma once

#include <QWidget>

#include "backends/checklist/checklist_rules.h"
#include "backends/checklist/deploy_comparison.h"

class QLineEdit;
class QPushButton;

namespace spillway {

class SafeLabel;

class SummaryStep : public QWidget {
    Q_OBJECT
public:
    explicit SummaryStep(QWidget* parent = nullptr);
    void showVerdict(const Checklist& checklist, const ChecklistJudgement& judgement,
                     bool marking);  // the deploy mark is on its way to the disk
    void showComparison(const std::optional<DeployComparison>& comparison);

signals:
    void signRequested(const QString& reviewer, const QString& acceptRisk);
    void copyRequested();
    void saveRequested();
    void deployRequested();

private:
    void sign();
    void explainSigning();

    SafeLabel* m_verdict;
    SafeLabel* m_details;
    SafeLabel* m_signed;
    SafeLabel* m_since;    // the deploy: what became of the signals
    SafeLabel* m_changes;  // a line for each
    QLineEdit* m_reviewer;
    QLineEdit* m_risk;
    QPushButton* m_signature;
    QPushButton* m_deploy;
    ChecklistJudgement m_judgement;
};

}  // namespace spillway

#include "widgets/dialogs/trial_pane.h"

#include <QVBoxLayout>
#include <utility>

#include "widgets/dialogs/stage_list.h"
#include "widgets/parts/failure_card.h"

namespace spillway {
using namespace Qt::StringLiterals;

TrialPane::TrialPane(QWidget* parent) : QWidget(parent), m_stages(new StageList), m_end(new FailureCard) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(14);
    column->addWidget(m_stages);
    column->addWidget(m_end);
}

void TrialPane::clear() {
    m_failed.reset();
    m_stages->clear();
    m_end->clear();
    if (std::exchange(m_running, false)) emit dropped();
    emit changed();
}

void TrialPane::showRunning() {
    clear();
    m_running = true;
    m_end->showRunning(u"Trying…"_s);
    emit changed();
}

void TrialPane::showStage(const StageResult& stage) {
    m_stages->add(stage);
    emit changed();
}

void TrialPane::showEnd(const ConnectionTrial& trial) {
    if (trial.failure) return showFailed(*trial.failure);
    QStringList systems;
    for (const DetectedSystem& system : trial.systems) systems << system.identity.label();
    m_running = false;
    m_end->showPassed(
        u"%1 %2 answers: %3."_s.arg(trial.server.product, trial.server.version, systems.join(u", "_s)));
    emit changed();
}

void TrialPane::showFailed(const Failure& failure) {
    m_running = false;
    m_failed = failure.kind;
    m_end->showFailed(failure);
    emit changed();
}

}  // namespace spillway

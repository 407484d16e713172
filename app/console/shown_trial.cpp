#include "app/console/shown_trial.h"

#include "app/live/live_connection.h"
#include "app/live/trial_thread.h"
#include "widgets/dialogs/trial_pane.h"

namespace spillway {

void showTrial(const ConnectionSettings& settings, TrialPane* pane, const std::function<void()>& passed) {
    pane->showRunning();
    auto* trial = new TrialThread(settings, createBackend(settings), pane);
    QObject::connect(pane, &TrialPane::dropped, trial, [trial] { delete trial; });
    QObject::connect(trial, &TrialThread::stageEnded, pane, &TrialPane::showStage);
    QObject::connect(trial, &TrialThread::ended, pane, [pane, trial, passed](const ConnectionTrial& tried) {
        trial->deleteLater();
        pane->showEnd(tried);
        if (!tried.failure && passed) passed();
    });
    trial->start();
}

}  // namespace spillway

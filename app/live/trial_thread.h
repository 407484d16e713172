// A connection that is tried step by step, on a thread of its own. Belongs to the thread that made it, which
// needs an event loop.
#pragma once

#include <QObject>

#include "backends/trial/connection_trial.h"

namespace spillway {

class TrialThread : public QObject {
    Q_OBJECT
public:
    TrialThread(const ConnectionSettings& settings, std::unique_ptr<QueueBackend> backend,
                QObject* parent = nullptr);
    // Interrupts what blocks and does not wait: the thread ends on its own time, and nothing is emitted.
    ~TrialThread() override;
    void start();  // once

signals:
    void stageEnded(const spillway::StageResult& stage);
    void ended(const spillway::ConnectionTrial& trial);

private:
    std::shared_ptr<TrialRun> m_run;
};

// In the thread; deletes itself with it.
class TrialWorker : public QObject {
    Q_OBJECT
public:
    explicit TrialWorker(std::shared_ptr<TrialRun> run) : m_run(std::move(run)) {}
    void work();

signals:
    void stageEnded(const spillway::StageResult& stage);
    void ended(const spillway::ConnectionTrial& trial);

private:
    std::shared_ptr<TrialRun> m_run;
};

}  // namespace spillway

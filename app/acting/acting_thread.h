// A thread with one ActingWorker in it. Lives in the GUI thread; its signals arrive there.
#pragma once

#include <QThread>

#include "app/acting/acting_worker.h"

namespace spillway {

class ActingThread : public QObject {
    Q_OBJECT
public:
    ActingThread(std::unique_ptr<ActingBackend> backend, const QString& journalFile,
                 const std::shared_ptr<const LiveReading>& live, QObject* parent = nullptr);
    ~ActingThread() override;  // as retire(), and waits for the thread

    // Cancels the action under way, which ends within its batch, and deletes itself when the thread has
    // ended. Nothing is emitted any more.
    void retire();

    void open();  // answered with opened() or openFailed()
    void plan(quint64 ticket, const ActionRequest& request);
    // At most one action at a time.
    void apply(const QString& plan, const RunOptions& options);
    void resume(const QString& action, const RunOptions& options);
    // Of the action under way; null before the first one.
    [[nodiscard]] ActionControl* control() const { return m_control.get(); }

signals:
    void opened(const std::vector<spillway::DetectedSystem>& systems);
    void openFailed(const spillway::Failure& failure);
    void planMade(quint64 ticket, const spillway::PlanView& plan);
    void planFailed(quint64 ticket, const spillway::Failure& failure);
    void progressed(const spillway::ActionSnapshot& snapshot);
    void ended(const spillway::ActionReport& report);
    void runFailed(const spillway::Failure& failure);

private:
    void stop();
    template <typename Task>
    void post(Task task);

    QThread m_thread;
    ActingWorker* m_worker;  // lives in m_thread, deleted there when it finishes
    std::shared_ptr<ActionControl> m_control;
};

}  // namespace spillway

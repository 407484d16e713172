// A thread with one Poller in it. Lives in the GUI thread; its signals arrive there.
#pragma once

#include <QObject>
#include <QThread>

#include "backends/polling/poller.h"

namespace spillway {

class BackendThread : public QObject {
    Q_OBJECT
public:
    explicit BackendThread(const ConnectionSettings& settings, HealthSettings health = {},
                           QObject* parent = nullptr);
    // For tests: any backend.
    BackendThread(const ConnectionSettings& settings, std::unique_ptr<QueueBackend> backend,
                  HealthSettings health = {}, QObject* parent = nullptr);
    ~BackendThread() override;  // interrupts what blocks, then waits for the thread

    // Instead of the destructor, where waiting is not possible: interrupts, returns at once, and deletes
    // itself when the thread has ended. Nothing is emitted any more.
    void retire();

    void requestPoll();  // at most one should be under way; the answer is one of the two signals

signals:
    void polled(spillway::ReadingPtr reading);
    void failed(spillway::Failure failure);

private:
    QThread m_thread;
    Poller* m_poller;  // lives in m_thread, deleted there when it finishes
};

}  // namespace spillway

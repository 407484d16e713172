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

    void remember(const RecordedPast& past);           // see HealthMonitor
    void watchOwnActions(const QString& journalFile);  // see Poller

    // Waits its turn behind a poll under way. Exactly one answered() with the number returned, unless the
    // thread is retired first. Callers who have moved on ignore answers to old numbers.
    quint64 ask(const Inquiry& inquiry);

signals:
    void answered(quint64 request, const spillway::Answer& answer);
    void polled(spillway::ReadingPtr reading);
    void failed(spillway::Failure failure);

private:
    QThread m_thread;
    quint64 m_lastRequest = 0;
    Poller* m_poller;  // lives in m_thread, deleted there when it finishes
};

}  // namespace spillway

// One open connection of the session: its thread, its timer, its run of failures. GUI thread.
#pragma once

#include <QObject>
#include <QTimer>

#include "backends/polling/backend_thread.h"
#include "backends/polling/poll_pacing.h"

namespace spillway {

class LiveConnection : public QObject {
    Q_OBJECT
public:
    LiveConnection(const ConnectionSettings& settings, std::unique_ptr<QueueBackend> backend,
                   PollPacing pacing);
    ~LiveConnection() override;

    void pollNow();  // ignored while a poll is under way
    // Hands the thread over to itself: it ends when what blocks it has come back.
    void abandon();

signals:
    void polled(spillway::ReadingPtr reading);
    // `retryIn`: until the next attempt, or negative where trying again by itself would do harm.
    void failed(spillway::Failure failure, std::chrono::milliseconds retryIn);

private:
    void onPolled(const ReadingPtr& reading);
    void onFailed(const Failure& failure);

    PollPacing m_pacing;
    BackendThread* m_thread;
    QTimer m_timer;
    int m_failures = 0;
    bool m_hadWorked = false;
    bool m_busy = false;
};

}  // namespace spillway

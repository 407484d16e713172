// One connection that is polled on and on: its thread, its timer, its run of failures. Belongs to the
// thread that made it, which needs an event loop.
#pragma once

#include <QHash>
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
    // In place of the first pollNow(): polls with remember(), so that the first reading goes on from what was
    // recorded; without it after a second.
    void pollOncePastIsKnown();
    void remember(const RecordedPast& past);
    void watchOwnActions(const QString& journal) { m_thread->watchOwnActions(journal); }  // see Poller
    // Exactly one answered() for each ticket as long as this object lives, also when it is abandoned.
    void ask(quint64 ticket, const Inquiry& inquiry);
    // Hands the thread over to itself: it ends when what blocks it has come back. What was asked and not
    // answered is answered now, with a Failure.
    void abandon();

signals:
    void answered(quint64 ticket, const spillway::Answer& answer);
    void polled(spillway::ReadingPtr reading);
    // `retryIn`: until the next attempt, or negative where trying again by itself would do harm.
    void failed(spillway::Failure failure, std::chrono::milliseconds retryIn);

private:
    void onPolled(const ReadingPtr& reading);
    void onFailed(const Failure& failure);
    void onAnswered(quint64 request, const Answer& answer);

    PollPacing m_pacing;
    BackendThread* m_thread;
    QTimer m_timer;
    QHash<quint64, quint64> m_tickets;  // of questions under way, by the thread's number
    int m_polls = 0;                    // answered
    int m_failures = 0;
    bool m_hadWorked = false;
    bool m_busy = false;
    bool m_awaitsPast = false;
};

}  // namespace spillway

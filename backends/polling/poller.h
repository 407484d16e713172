// One server connection, polled. Everything but `interrupt()` belongs to the thread the Poller lives
// in; the command line uses it on its only thread, the window through BackendThread.
#pragma once

#include <QObject>
#include <memory>
#include <vector>

#include "backends/domain/queue_backend.h"
#include "backends/health/health_monitor.h"
#include "backends/journal/own_moves.h"

namespace spillway {

class Poller : public QObject {
    Q_OBJECT
public:
    Poller(ConnectionSettings settings, std::unique_ptr<QueueBackend> backend, HealthSettings health = {},
           QObject* parent = nullptr);
    ~Poller() override;

    // Connects if need be and looks for queue systems anew. An empty list is no failure.
    [[nodiscard]] Outcome<std::vector<DetectedSystem>> detect();
    // Connects and detects if need be, reads once, computes health. A server without any queue system
    // answers FailureKind::no_system. While a right is missing, detection looks every fifth poll whether it
    // was granted. After any failure the next call starts from a new connection.
    [[nodiscard]] Outcome<ReadingPtr> pollOnce();
    [[nodiscard]] const QString& connection() const { return m_settings.name; }
    // Valid after the first success of detect() or pollOnce().
    [[nodiscard]] const ServerInfo& server() const { return m_server; }
    // Connects and detects if need be. A failure to answer does not close the connection.
    [[nodiscard]] Answer answer(const Inquiry& inquiry);
    // Makes a blocking call return soon; any thread.
    void interrupt() noexcept;

    // Jobs put back by an action of this program are known to health from now on, by this journal; and jobs
    // that go with their worker are remembered in it.
    void watchOwnActions(const QString& journalFile);

public slots:
    void remember(const spillway::RecordedPast& past) { m_monitor.remember(past); }
    void poll();  // answers with exactly one of the two signals

    void ask(quint64 request, const spillway::Inquiry& inquiry);  // answers with exactly one answered()

signals:
    void answered(quint64 request, const spillway::Answer& answer);
    void polled(spillway::ReadingPtr reading);
    void failed(spillway::Failure failure);

private:
    [[nodiscard]] Outcome<Done> prepare();
    [[nodiscard]] Outcome<ReadingPtr> readAndJudge();
    void noticeMissingRight(const Reading& reading);
    void rememberLostJobs();

    ConnectionSettings m_settings;
    std::unique_ptr<QueueBackend> m_backend;
    HealthMonitor m_monitor;
    std::unique_ptr<OwnMoves> m_own;  // null: not watched
    QString m_journal;
    std::vector<LostJob> m_lost;  // not written down yet
    ServerInfo m_server;
    std::vector<DetectedSystem> m_systems;
    bool m_open = false;
    bool m_detected = false;
    int m_pollsWithoutRight = 0;  // since the last detection
};

}  // namespace spillway

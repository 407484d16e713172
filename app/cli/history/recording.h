// Several connections polled at once into the history, until stopped: what `record` does.
#pragma once

#include <QEventLoop>
#include <QObject>
#include <QTimer>
#include <memory>

#include "app/cli/command_context.h"
#include "app/live/drift_marks.h"
#include "app/live/live_connection.h"
#include "backends/history/history_thread.h"

namespace spillway {

struct RecordSettings {
    HistorySettings history;
    PollPacing pacing;
    bool once = false;  // ends when every connection has been tried once
    bool wait = false;  // while another instance records: wait for its end instead of ending
    std::optional<std::chrono::milliseconds> runFor;
};

struct RecordedConnection {
    QString name;
    qint64 readings = 0;
    qint64 failed = 0;               // attempts
    std::optional<Failure> failure;  // the newest attempt failed
    bool over = false;               // nothing more is expected of it
};

class Recording : public QObject {
    Q_OBJECT
public:
    Recording(CommandContext& context, const std::vector<ConnectionSettings>& connections,
              RecordSettings settings);
    ~Recording() override;

    // Runs an event loop. Everything that was read is in the file when it returns. A failure: there was
    // nothing to record into.
    [[nodiscard]] Outcome<std::vector<RecordedConnection>> run();

private:
    struct Recorded {
        ConnectionSettings settings;
        RecordedConnection state;
        std::unique_ptr<LiveConnection> live;
    };
    void onRole(HistoryRole role);
    void onNotice(const Failure& notice);
    void start();
    void onPast(quint64 request, const QString& connection, const RecordedPast& past);
    void onPolled(Recorded& one, const ReadingPtr& reading);
    void onFailed(Recorded& one, const Failure& failure, bool forGood);
    void endIfAllAreOver();
    void giveUp(const Failure& failure);
    void tell(const QString& text);

    CommandContext& m_context;
    RecordSettings m_settings;
    QEventLoop m_loop;
    QTimer m_end;
    std::unique_ptr<HistoryThread> m_history;
    std::vector<std::unique_ptr<Recorded>> m_connections;
    DriftMarks m_drift;
    std::optional<Failure> m_failure;
    std::optional<Failure> m_notice;  // why the history opened as it did
    bool m_recording = false;
};

}  // namespace spillway

// All open connections of the window: one BackendThread each, re-armed only when its answer is in, paced
// by what a poll costs. The only place where backends and widgets' values meet. GUI thread.
#pragma once

#include <QObject>
#include <functional>
#include <map>
#include <memory>

#include "backends/domain/queue_backend.h"
#include "backends/domain/redaction.h"
#include "backends/history/history_values.h"
#include "backends/polling/poll_pacing.h"
#include "widgets/models/connection_view.h"

namespace spillway {

class LiveConnection;
class SessionHistories;

class Session : public QObject {
    Q_OBJECT
public:
    using MakeBackend = std::function<std::unique_ptr<QueueBackend>(const ConnectionSettings&)>;

    explicit Session(QObject* parent = nullptr);
    // For tests: any backend, any pace.
    Session(MakeBackend makeBackend, PollPacing pacing, QObject* parent = nullptr);
    ~Session() override;  // interrupts every poll under way and waits for the threads

    // Records every reading from now on. Once; before the first open().
    void keepHistory(const HistorySettings& settings);
    // The past of these is somebody else's to record, in another file. Before they are opened; without
    // keepHistory() it does nothing.
    void keepApart(const QStringList& connections, const HistorySettings& settings);
    [[nodiscard]] SessionHistories* history() const { return m_history.get(); }  // null: none is kept

    // What this journal says was put back is no retry storm. Before the first open().
    void watchOwnActions(const QString& journal) { m_journal = journal; }

    // Applied to every answer before anybody sees it.
    void redactBy(const RedactionRules& rules) { m_redaction = rules; }

    // Starts polling. A connection of the same name is replaced.
    void open(const ConnectionSettings& settings);
    void close(const QString& name);  // returns at once; a blocked thread ends on its own time
    void retry(const QString& name);  // now, instead of after the back-off
    void refreshAll();
    // Exactly one answered() with this ticket, from within the call where the connection is not open.
    void ask(const QString& connection, quint64 ticket, const spillway::Inquiry& inquiry);
    // Of an open connection; nullopt: there is none of that name.
    [[nodiscard]] std::optional<ConnectionSettings> settingsOf(const QString& name) const;
    [[nodiscard]] const ConnectionViews& views() const { return m_views; }
    // The open connections with these readings of the past instead of their newest; without a reading where
    // there is none for them.
    [[nodiscard]] ConnectionViews viewsOf(const std::vector<ReadingPtr>& past) const;

signals:
    void answered(quint64 ticket, const spillway::Answer& answer);
    void viewsChanged(const spillway::ConnectionViews& views);
    // The first reading after open() or the first failure of a connection that never had one.
    void firstReading(const QString& name);
    void firstFailure(const QString& name, const spillway::Failure& failure);
    void readingTaken(const spillway::ReadingPtr& reading);

private:
    void onPolled(const QString& name, const ReadingPtr& reading);
    void onFailed(const QString& name, const Failure& failure, std::chrono::milliseconds retryIn);
    void takeAcknowledgements(const Acknowledgements& said);
    [[nodiscard]] Acknowledgements acknowledgementsOf(const QString& connection) const;
    void update(const QString& name, const std::function<ConnectionView(ConnectionView)>& change);

    MakeBackend m_makeBackend;
    PollPacing m_pacing;
    RedactionRules m_redaction;
    QString m_journal;  // empty: not watched
    std::map<QString, ConnectionSettings> m_settings;
    Acknowledgements m_acknowledgements;
    ConnectionViews m_views;  // in the order of opening
    std::unique_ptr<SessionHistories> m_history;
    std::map<QString, std::unique_ptr<LiveConnection>> m_live;  // ends before the history does
};

}  // namespace spillway

// The acting session of one connection, its journal, and the runner. Lives in a thread of its own, where it
// blocks as long as an action runs; only interrupt() may be called from any other.
#pragma once

#include <QObject>
#include <functional>

#include "app/acting/live_reading.h"
#include "backends/acting/action_runner.h"
#include "widgets/models/acting_view.h"

namespace spillway {

using MakeActingBackend = std::function<std::unique_ptr<ActingBackend>(const ConnectionSettings&)>;

class ActingWorker : public QObject {
    Q_OBJECT
public:
    // `backend` may be null: then open() fails with a sentence.
    ActingWorker(std::unique_ptr<ActingBackend> backend, QString journalFile,
                 std::shared_ptr<const LiveReading> live);
    ~ActingWorker() override;

    void open();
    void plan(quint64 ticket, const ActionRequest& request);
    // Exactly one ended() or runFailed().
    void apply(const QString& plan, const RunOptions& options, const std::shared_ptr<ActionControl>& control);
    void resume(const QString& action, const RunOptions& options,
                const std::shared_ptr<ActionControl>& control);
    void interrupt() noexcept;

signals:
    void opened(const std::vector<spillway::DetectedSystem>& systems);
    void openFailed(const spillway::Failure& failure);
    void planMade(quint64 ticket, const spillway::PlanView& plan);
    void planFailed(quint64 ticket, const spillway::Failure& failure);
    void progressed(const spillway::ActionSnapshot& snapshot);
    void ended(const spillway::ActionReport& report);
    void runFailed(const spillway::Failure& failure);

private:
    using Verb = Outcome<ActionReport> (ActionRunner::*)(const QString&, const RunOptions&);
    void run(Verb verb, const QString& id, RunOptions options, ActionControl& control, const QString& plan);

    std::unique_ptr<ActingBackend> m_backend;
    QString m_journalFile;
    std::shared_ptr<const LiveReading> m_live;
    std::unique_ptr<ActionJournal> m_journal;
    SystemClock m_clock;
};

}  // namespace spillway

// Acting from the window: arming, plans and actions, each connection on a thread of its own. Decides nothing:
// guards, pacing and canary are the runner's, and the same for the command line. At most one action at a
// time for each connection. GUI thread.
#pragma once

#include <QObject>
#include <QSet>
#include <QTimer>
#include <map>

#include "app/acting/acting_thread.h"
#include "backends/history/history_values.h"

namespace spillway {

struct ActingSetup {
    MakeActingBackend make = createActingBackend;
    QString journal = ActionJournal::defaultPath();
    std::chrono::milliseconds armedFor = std::chrono::minutes{15};
    std::chrono::milliseconds settle{3000};  // see RunOptions
    Actor actor = thisActor(QStringLiteral(SPILLWAY_VERSION));
};

class SessionActing : public QObject {
    Q_OBJECT
public:
    // `settingsOf`: of an open connection of that name, or nullopt.
    using SettingsOf = std::function<std::optional<ConnectionSettings>(const QString&)>;
    SessionActing(ActingSetup setup, SettingsOf settingsOf, QObject* parent = nullptr);
    ~SessionActing() override;  // cancels what runs and waits until its batch has ended

    [[nodiscard]] const ArmingViews& armings() const { return m_views; }
    [[nodiscard]] bool acts() const;  // an action is under way

public slots:
    // Opens the second session; for one that is armed, the time begins anew. `reason` is never empty.
    void arm(const QString& connection, const QString& reason);
    // An action under way ends with its batch.
    void disarm(const QString& connection);
    void takeReading(const spillway::ReadingPtr& reading);

    // Exactly one planMade() or planFailed() with this ticket.
    void plan(const QString& connection, quint64 ticket, const spillway::ActionRequest& request);
    // Answered by actionChanged(), the last time with an ended() view.
    void apply(const QString& connection, const spillway::ActionPlan& plan, const QString& reason,
               const std::vector<spillway::Guard>& overridden);
    void resume(const spillway::ActivityRow& action, const QString& reason,
                const std::vector<spillway::Guard>& overridden);
    void pause(const QString& connection);
    void goOn(const QString& connection);
    void setRate(const QString& connection, double jobsPerSecond);
    void cancel(const QString& connection);
    void cancelAll();

signals:
    void armingsChanged(const spillway::ArmingViews& views);
    void armingFailed(const QString& connection, const spillway::Failure& failure);
    void planMade(quint64 ticket, const spillway::PlanView& plan);
    void planFailed(quint64 ticket, const spillway::Failure& failure);
    void actionChanged(const spillway::ActionView& action);
    void markWanted(const QString& connection, const QString& queue, const QString& text);
    void idle();  // the last action that was under way has ended

private:
    struct Armed {
        std::unique_ptr<ActingThread> thread;
        std::shared_ptr<LiveReading> live;
        ArmingView view;
        ActionView action;
        std::chrono::milliseconds longest{0};  // armed
        bool acts = false;
        QSet<quint64> planning;  // tickets without an answer
    };
    void openSession(const ConnectionSettings& settings, const QString& reason);
    void close(const QString& connection);
    void restartTime(Armed& armed, const QString& reason);
    void expire();
    void begin(Armed& armed, ActionView action);
    void end(const QString& connection, const std::function<void(ActionView&)>& change);
    void tell();
    [[nodiscard]] RunOptions options(const QString& reason, const std::vector<Guard>& overridden) const;
    Armed* find(const QString& connection);

    ActingSetup m_setup;
    SettingsOf m_settingsOf;
    std::map<QString, Armed> m_armed;
    std::map<QString, ReadingPtr> m_readings;
    ArmingViews m_views;
    QTimer m_clock;
};

}  // namespace spillway

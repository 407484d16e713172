// The window's side of acting: asks for a reason where a connection only observes, holds the dialogs of plans
// and actions, and says why a button cannot be pressed. Reaches no server: what it wants goes out by signal,
// and what is known comes in by slot. GUI thread.
#pragma once

#include <QHash>
#include <QObject>
#include <QPointer>
#include <functional>

#include "widgets/models/acting_view.h"
#include "widgets/models/connection_view.h"
#include "widgets/models/queue_ref.h"

namespace spillway {

class ActionDialog;
class ArmDialog;

class ActingDesk : public QObject {
    Q_OBJECT
public:
    explicit ActingDesk(QWidget* window);

    void setConnections(const ConnectionViews& views);
    [[nodiscard]] const ArmingViews& armings() const { return m_armings; }
    // Why no action of this kind can be begun on this queue; empty: it can.
    [[nodiscard]] QString gap(ActionKind kind, const QueueRef& queue) const;
    [[nodiscard]] QString resumeGap(const ActivityRow& row) const;
    // The newest action of the connection; null: none from this window.
    [[nodiscard]] const ActionView* action(const QString& connection) const;
    [[nodiscard]] std::vector<ActionView> running() const;

    void arm(const QString& connection);
    void begin(const QString& connection, const ActionRequest& request);  // arming first, where needed
    void resume(const ActivityRow& row);
    void undo(const ActivityRow& row);     // a plan of its own
    void show(const QString& connection);  // the dialog of its action
    [[nodiscard]] ArmDialog* armDialog() const;
    [[nodiscard]] ActionDialog* actionDialog(const QString& connection) const;

public slots:
    void setArmings(const spillway::ArmingViews& views);
    void takeArmingFailure(const QString& connection, const spillway::Failure& failure);
    void takePlan(quint64 ticket, const spillway::PlanView& plan);
    void takePlanFailure(quint64 ticket, const spillway::Failure& failure);
    void setAction(const spillway::ActionView& action);

signals:
    void armWanted(const QString& connection, const QString& reason);
    void disarmWanted(const QString& connection);
    void planWanted(const QString& connection, quint64 ticket, const spillway::ActionRequest& request);
    void applyWanted(const QString& connection, const spillway::ActionPlan& plan, const QString& reason,
                     const std::vector<spillway::Guard>& overridden);
    void resumeWanted(const spillway::ActivityRow& action, const QString& reason,
                      const std::vector<spillway::Guard>& overridden);
    void pauseWanted(const QString& connection);
    void goOnWanted(const QString& connection);
    void rateWanted(const QString& connection, double jobsPerSecond);
    void cancelWanted(const QString& connection);
    void activityWanted();
    void changed();      // what may be pressed, or what runs
    void actionEnded();  // the journal holds more than before

private:
    void askToArm(const QString& connection, const QString& what, std::function<void()> then);
    void openPlan(const QString& connection, const ActionRequest& request);
    ActionDialog* dialogFor(const QString& connection);
    void askToOverride(const ActivityRow& row, const std::vector<GuardAnswer>& answers);
    [[nodiscard]] bool isArmed(const QString& connection) const;

    QWidget* m_window;
    ConnectionViews m_views;
    ArmingViews m_armings;
    QHash<QString, ActionView> m_actions;  // the newest, by connection
    QHash<QString, QPointer<ActionDialog>> m_dialogs;
    QHash<QString, ActivityRow> m_resumed;  // what was asked to go on and has not ended yet
    QHash<quint64, QString> m_planning;     // connection by ticket: the newest of each counts
    QHash<QString, quint64> m_newest;
    quint64 m_lastTicket = 0;
    QPointer<ArmDialog> m_arm;
    std::function<void()> m_then;  // once it is armed
};

}  // namespace spillway

// From a question to an action that has ended: plan, confirmation, progress, report. Not modal: the charts
// stay in sight, and closing it stops nothing. Speaks through signals; the acting desk wires it.
#pragma once

#include <QDialog>

#include "widgets/models/acting_view.h"
#include "widgets/models/connection_view.h"
#include "widgets/models/queue_ref.h"

class QStackedWidget;

namespace spillway {

class EnvironmentStrip;
class PlanPane;
class RunPane;

class ActionDialog : public QDialog {
    Q_OBJECT
public:
    explicit ActionDialog(QWidget* parent = nullptr);

    void setConnections(const ConnectionViews& views);
    void plan(const QString& connection, const ActionRequest& request, const QString& reason);
    void takePlan(const PlanView& plan);
    void takePlanFailure(const Failure& failure);
    void setOtherAction(const QString& sentence);
    void showAction(const ActionView& action);

    [[nodiscard]] const QString& connection() const { return m_connection; }
    [[nodiscard]] const ActionRequest& request() const { return m_request; }
    [[nodiscard]] bool planning() const;  // no action has been confirmed in it
    [[nodiscard]] PlanPane* planPane() const { return m_plan; }
    [[nodiscard]] RunPane* runPane() const { return m_run; }

signals:
    void planWanted(const spillway::ActionRequest& request);
    void applyWanted(const spillway::ActionPlan& plan, const QString& reason,
                     const std::vector<spillway::Guard>& overridden);
    void activityWanted();

private:
    void setPlace(const QString& system, const QString& queue, Environment environment);

    ConnectionViews m_views;
    QString m_connection;
    ActionRequest m_request;
    QString m_reason;
    EnvironmentStrip* m_strip;
    QStackedWidget* m_panes;
    PlanPane* m_plan;
    RunPane* m_run;
};

}  // namespace spillway
